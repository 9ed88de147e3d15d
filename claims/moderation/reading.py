"""How a text is read before it is judged: disguises taken off, and every piece traceable to what was written."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

LONGEST_PIECE = 60

# Letters of other alphabets that pass for Latin ones, and signs that pass for those a link or a phone needs.
_LOOKALIKES = str.maketrans(
    "авекмнорстухіѕјԁɡոαεικνορτυχıƅ。․‐‑‒–—−’ʼ`´＇",
    "abekmhopctyxisjdgnaeikvoptuxib..------'''''",
)
_LEET = str.maketrans("03457@$!|", "oeastas11")  # 1 stays: it may be i or l, which the phrases know
_WORD = re.compile(r"[a-z0-9@$][a-z0-9@$!|*']*+|[.!?;:\n]++|,")
_NUMBER = re.compile(r"\d++(?:[.,/:-]\d++)*+(?![a-z@$])")
_SPACED = re.compile(r"(?<![a-z0-9@$*])[a-z0-9@$]([ .*_-])[a-z0-9@$](?:\1[a-z0-9@$])+(?![a-z0-9@$*])")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}+|([aiu])\2++$")


@dataclass(frozen=True)
class Text:
    """`folded`: lower case, no accents, no invisible signs; `phrases`: its words between single spaces, with ` . ` and
    ` , ` where a sentence or a part of one ends."""

    original: str
    folded: str
    origins: Sequence[int]  # of each folded character, where it stands in the original
    phrases: str
    starts: tuple[int, ...]  # of each word in `phrases`, where it begins there
    spans: tuple[tuple[int, int], ...]  # and from where to where it stands in `folded`

    def piece(self, start: int, end: int) -> str:
        """What was written where `folded[start:end]` stands, at most 60 characters."""
        written = self.original[self.origins[start] : self.origins[end - 1] + 1].strip()
        return written if len(written) <= LONGEST_PIECE else written[: LONGEST_PIECE - 1] + "…"

    def words(self, start: int, end: int) -> str:
        """The same for `phrases[start:end]`."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        return self.piece(self.spans[first][0], self.spans[last][1])


def read(text: str) -> Text:
    folded, origins = _fold(text)
    pieces, starts, spans, length = [" "], [], [], 1
    for word, start, end in _words(folded):
        starts.append(length)
        spans.append((start, end))
        pieces.append(word + " ")
        length += len(word) + 1
    return Text(text, folded, origins, "".join(pieces), tuple(starts), tuple(spans))


def _fold(text: str) -> tuple[str, Sequence[int]]:
    if text.isascii():
        return text.lower(), range(len(text))
    letters, origins = [], []
    for place, sign in enumerate(text):
        plain = _plain(sign)
        letters.append(plain)
        origins.extend([place] * len(plain))
    return "".join(letters), origins


@lru_cache(4096)
def _plain(sign: str) -> str:
    """Full-width, accented, circled, Cyrillic and invisible signs as the plain ones they stand for."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", sign) if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return bare.casefold().translate(_LOOKALIKES)


def _words(folded: str) -> Iterator[tuple[str, int, int]]:
    yield ".", 0, min(1, len(folded))
    place = 0
    for spaced in _SPACED.finditer(folded):
        yield from _plain_words(folded, place, spaced.start())
        yield _joined(spaced)
        place = spaced.end()
    yield from _plain_words(folded, place, len(folded))
    yield ".", max(0, len(folded) - 1), len(folded)


def _joined(spaced: re.Match[str]) -> tuple[str, int, int]:
    """`i d i o t a` as one word."""
    word = spaced[0].replace(spaced[1], "")
    return _bare(word), spaced.start(), spaced.end()


def _plain_words(folded: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    place = start
    while found := _WORD.search(folded, place, end):
        number = _NUMBER.match(folded, found.start(), end)
        found = number or found
        place = found.end()
        yield _token(found[0], number is not None), found.start(), found.end()


def _token(word: str, number: bool) -> str:
    if number:
        return re.sub(r"\D", "-", word)
    if word == ",":
        return ","
    return _bare(word.rstrip("!|'")) if word[0] not in ".!?;:\n" else "."


def _bare(word: str) -> str:
    """Without leetspeak, apostrophes and drawn-out letters; a word of digits alone is a number and stays."""
    word = word.replace("'", "")
    if not word.isdigit():
        word = word.translate(_LEET)
    return _DRAWN_OUT.sub(r"\1\2", word)
