"""What a file is by what is in it, never by its name; what it may be; and the file made anew from what is seen."""

import re
import resource
import zipfile
from io import BytesIO

import filetype  # type: ignore[import-untyped]

from activities.evidence import documents, pictures
from activities.evidence.examined import MOST_BYTES, Examined, NotEvidence

LONGEST_NAME = 125
_NAME = re.compile(rf"[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1")  # what such a file says it is, at its beginning
_SIGNS = re.compile(rb"<script[\s>]|<!doctype\s|<html[\s>]|<\?php\s|<svg\s[^\x00]{0,200}xmlns", re.IGNORECASE)
_MEMORY = 3 * 2**30  # bytes of addresses: some 40 million pixels several times over, and the libraries
_SECONDS = 60  # of a processor
_ALLOWED = "Evidence is a JPEG, PNG, WebP or HEIC picture or a PDF"


def examine(content: bytes) -> Examined:
    """The file as it may be kept. Raises NotEvidence. Blocks, takes up to some seconds and hundreds of MB."""
    if not content:
        raise NotEvidence("file_empty", f"The file is empty. {_ALLOWED}.")
    if len(content) > MOST_BYTES:
        raise NotEvidence("file_too_large", too_large(len(content)))
    kind = _kind(content)
    _refuse_another_file_inside(content)
    if kind == "application/pdf":
        return documents.made_anew(content)
    return pictures.made_anew(content, kind)


def examine_confined(content: bytes) -> Examined:
    """The same in a process of its own, which may not take more memory or time than any good file needs."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + _SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    return examine(content)


def check_name(name: str) -> None:
    """Raise NotEvidence unless it is a file's name that is safe everywhere."""
    if not _NAME.fullmatch(name) or ".." in name:
        shown = "".join(c if c.isascii() and c.isprintable() else "?" for c in name[:40])
        raise NotEvidence(
            "file_name_invalid",
            f"A file's name has 1 to {LONGEST_NAME} of the characters A-Z a-z 0-9 . _ -, no dot first and no '..'; "
            f"'{shown}' is none.",
        )


def too_large(size: int) -> str:
    return f"A file has at most {MOST_BYTES} bytes (5 MB); this one has {size}."


def _kind(content: bytes) -> str:
    kind = _guessed(content)
    if kind == "image/apng":
        raise NotEvidence("picture_animated", "Evidence is one picture; this is an animation. Send one picture of it.")
    if kind is None or kind not in (*pictures.FORMATS, "application/pdf"):
        raise NotEvidence("file_type_not_allowed", f"{_ALLOWED}, whatever its name; this is {_called(content, kind)}.")
    return kind


def _guessed(content: bytes) -> str | None:
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    kind: str | None = filetype.guess_mime(content)
    heic = content[4:8] == b"ftyp" and content[8:12] in _HEIC and kind != "image/avif"
    return "image/heic" if heic else kind


def _called(content: bytes, kind: str | None) -> str:
    if kind:
        return kind
    if re.search(rb"<svg[\s>]", content[:100_000], re.IGNORECASE):
        return "an SVG drawing"
    return "HTML or a script" if _SIGNS.search(content[:100_000]) else "something else"


def _refuse_another_file_inside(content: bytes) -> None:
    """A file that is two at once. What is kept is made anew, and would not have it; but no camera makes such."""
    another = "a ZIP archive" if zipfile.is_zipfile(BytesIO(content)) else ""
    another = another or ("HTML or a script" if _SIGNS.search(content) else "")
    another = another or ("a PDF" if content.find(b"%PDF-", 1) > 0 and not content.startswith(b"%PDF-") else "")
    if another:
        raise NotEvidence("file_is_two", f"There is {another} hidden in this file. Send the picture or PDF alone.")
