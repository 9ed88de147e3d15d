"""A text as sentences and what stands between them, so that putting it together again keeps every line and mark."""

import re
from dataclasses import dataclass

LONGEST = 200  # characters; the engine silently cuts what is much longer
_END = re.compile(r"(?<=[.!?…])[\s]+|(?<=[^\W\d_]{3}[.!?…])(?=[^\W\d_]{2})|(?<=[!?])(?=[^\W\d_])")
_SHORTENED = re.compile(
    r"(?:\b(?:sr|sra|srta|dr|dra|prof|profa|mr|mrs|ms|no|nº|art|obs|ref|etc|av|ud|uds|pág|tel)|^\W*\d+)\.$", re.I
)
_CUTS = (
    re.compile(r"[,;:]\s+"),
    re.compile(r"\s+(?=(?:e|y|and|mas|but|pero|porque|que|because)\s)"),
    re.compile(r"\s+"),
)
_EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)
_MARKS = re.compile(r"([.!?…])((?:\s?[.!?…])+)$")


@dataclass(frozen=True)
class Sentence:
    """`before` and `after` are kept as they are; only the core goes to an engine, unless it is empty."""

    before: str
    core: str
    after: str


def lines(text: str) -> list[Sentence]:
    """Not cut into sentences, for engines that do this better."""
    return [_sentence(line) for line in text.splitlines(keepends=True)]


def sentences(text: str) -> list[Sentence]:
    """Joined together, before + core + after of all, they are the text."""
    return [_sentence(part) for line in text.splitlines(keepends=True) for end in _ends(line) for part in _short(end)]


def _ends(line: str) -> list[str]:
    """The line cut after each sentence; the space goes with what is before it."""
    parts, start = [], 0
    for found in _END.finditer(line):
        if not _SHORTENED.search(line[start : found.start()]):
            parts.append(line[start : found.end()])
            start = found.end()
    return [part for part in [*parts, line[start:]] if part]


def _short(text: str) -> list[str]:
    """Cut where it hurts least, as near to the middle as it goes, until no part is too long."""
    if len(text) <= LONGEST:
        return [text]
    middle = len(text) // 2
    for cut in _CUTS:
        places = [found.end() for found in cut.finditer(text) if LONGEST // 5 < found.end() < len(text) - LONGEST // 5]
        if places:
            place = min(places, key=lambda place: abs(place - middle))
            return [*_short(text[:place]), *_short(text[place:])]
    return [*_short(text[:middle]), *_short(text[middle:])]


def _sentence(text: str) -> Sentence:
    before, core, after = _EDGES.fullmatch(text).groups()  # type: ignore[union-attr] # it fits every text
    if found := _MARKS.search(core):
        core, after = core[: found.end(1)], found[2] + after
    return Sentence(before, core, after)
