"""Joins Arabic letters and puts right-to-left text in printing order, where no shaping engine does."""

import unicodedata
from collections.abc import Iterator
from functools import cache

from fpdf.bidi import BidiParagraph

LETTERS = (*range(0xFB50, 0xFBEA), *range(0xFBFC, 0xFC00), *range(0xFE80, 0xFEFD))
VOWEL_MARKS = dict.fromkeys((*range(0x64B, 0x660), 0x670))


def in_printing_order(line: str) -> str:
    """Give a line as it is printed from left to right; lines without Hebrew or Arabic come back unchanged."""
    if not any(unicodedata.bidirectional(char) in ("R", "AL") for char in line):
        return line
    return BidiParagraph(line).get_reordered_string()


def joined(text: str) -> str:
    """Replace Arabic letters by the forms they take beside their neighbours; vowel marks are left out."""
    letters = list(_letters(text.translate(VOWEL_MARKS)))
    return "".join(_form(*three) for three in zip(["", *letters], letters, [*letters[1:], ""], strict=False))


def _letters(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        size = 2 if text[at : at + 2] in _forms() else 1
        yield text[at : at + size]
        at += size


def _form(before: str, letter: str, after: str) -> str:
    forms = _forms().get(letter)
    if forms is None:
        return letter
    follows = "final" in forms and "initial" in _forms().get(before, {})
    leads = "initial" in forms and "final" in _forms().get(after, {})
    name = ("medial" if leads else "final") if follows else ("initial" if leads else "isolated")
    return forms.get(name, letter)


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Map a letter, or lam with alef, to its printed forms by their names in the Unicode database."""
    forms: dict[str, dict[str, str]] = {}
    for char in map(chr, LETTERS):
        name, *letters = unicodedata.decomposition(char).split() or ("",)
        forms.setdefault("".join(chr(int(code, 16)) for code in letters), {})[name.strip("<>")] = char
    forms.pop("", None)
    return forms
