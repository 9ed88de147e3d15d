"""Bytes of a file to its physical lines, in bounded memory. What is not valid in the encoding stays visible."""

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LONGEST = 100_000  # characters of a physical line; the rest of a longer one is dropped, which shows in its length

_BREAK = re.compile("\r\n|\r|\n")
_STRAY = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Unusable(Exception):
    """Nothing of the file can be imported as it was asked for: a sentence for the person who asked."""


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("amends-keep", _keep)


def encoding_of(path: Path, named: str) -> str:
    """The encoding to read the file in: that of its byte order mark, else the one named. Raises Unusable."""
    with path.open("rb") as file:
        head = file.read(64)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "")
    if not marked and 0 in head[:4] and _is_utf8(named):
        raise Unusable("The file looks like UTF-16 without its mark; name it: --encoding utf-16-le (or utf-16-be).")
    return marked or _known(named)


def physical_lines(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Lines without their ends (\\n, \\r\\n or \\r, also mixed). A byte that is not valid becomes U+DC00 plus it."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="amends-keep")
    rest = ""
    for chunk in chunks:
        text = rest + decoder.decode(chunk)
        held = "\r" if text.endswith("\r") else ""  # its \n may still come
        *whole, rest = _BREAK.split(text.removesuffix(held))
        rest = rest[: LONGEST + 1] + held
        yield from whole
    *whole, rest = _BREAK.split(rest + decoder.decode(b"", final=True))
    yield from whole
    if rest:
        yield rest


def stray(text: str) -> bool:
    """Whether some byte of it was not valid in the file's encoding."""
    return not text.isascii() and _STRAY.search(text) is not None


def shown(text: str, most: int = 200) -> str:
    """The text as it can be written down: stray bytes as \\xe9, control characters escaped, cut when long."""
    cut = text if len(text) <= most else text[:most] + "…"
    return cut if cut.isprintable() else "".join(map(_visible, cut))


def _visible(character: str) -> str:
    code = ord(character)
    if 0xDC00 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character if character.isprintable() or character == "\n" else ascii(character)[1:-1]


def _known(name: str) -> str:
    try:
        b" ".decode(name, "ignore")
        return "utf-8" if _is_utf8(name) else codecs.lookup(name).name
    except LookupError as error:
        raise Unusable(f"'{name}' is not an encoding; try utf-8, cp1252, latin-1 or utf-16.") from error


def _is_utf8(name: str) -> bool:
    return name.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")
