"""What an examination comes to: a file made anew, or a refusal with a stable code and a sentence."""

from dataclasses import dataclass

MOST_BYTES = 5 * 2**20
MOST_PIXELS = 40_000_000
MOST_PAGES = 50
KINDS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}  # as kept


@dataclass(frozen=True)
class Examined:
    """A file as it is kept: of one of the KINDS, at most MOST_BYTES; nothing in it that is not seen."""

    media_type: str
    content: bytes
    width: int | None = None  # pixels
    height: int | None = None
    pages: int | None = None


class NotEvidence(Exception):
    """The file is refused. `code` is for programs, the sentence names value, limit and what is allowed."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)  # both, so that it comes whole out of another process
        self.code, self.sentence = code, sentence


def damaged(what: str) -> NotEvidence:
    return NotEvidence("file_damaged", f"This {what} cannot be read to its end; send it again, or save it anew first.")


def too_many_pixels(width: int, height: int) -> NotEvidence:
    size = f"{width} x {height}" if max(width, height) < 10**7 else "so many"
    return NotEvidence(
        "picture_too_large",
        f"A picture has at most {MOST_PIXELS // 10**6} million pixels; this one has {size}. Send a smaller one.",
    )
