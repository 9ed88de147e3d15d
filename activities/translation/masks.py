"""What no engine may touch, ids, links, amounts, dates, emoji: hidden as tokens, and put back exactly."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

_NUMBER = r"\d+(?:[.,]\d+)*"
_MONEY = r"(?:R\$|US?\$|AR\$|MX\$|CL\$|(?-i:S/)|\$|€|£|\b(?:BRL|USD|EUR|ARS|MXN|COP|CLP|PEN|UYU)\b)"
_TLD = r"(?:com|net|org|gov|edu|app|shop|store|online|site|link|info|io|ly|br)"
_PICTURES = (
    r"\U0001F000-\U0001FAFF\U000E0020-\U000E007F\u00A9\u00AE\u203C\u2049\u2122\u2139\u2190-\u21FF\u2300-\u23FF"
    r"\u2460-\u24FF\u25A0-\u27BF\u2934\u2935\u2B00-\u2BFF\u3030\u303D\u3297\u3299"
)
_EMOJI = rf"(?:[0-9#*]\uFE0F?\u20E3|[{_PICTURES}])[{_PICTURES}\u200D\uFE0E\uFE0F\u20E3]*"
_KINDS = (  # the first that fits wins
    r"XQZ ?\d+",  # what looks like our own token
    r"(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)\]}…]",
    r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    rf"\b(?:[a-z0-9-]+\.)+{_TLD}(?:\.[a-z]{{2}})?\b(?:/[^\s<>\"']*[^\s<>\"'.,;:!?)\]}}…])?",
    r"@[A-Za-z_][\w.]*\w",
    r"#\w*\d\w*",
    r"\b\w+_[\w-]*\w",  # our own ids: clm_..., off_...
    rf"[-+−]?{_MONEY}\s?[-+−]?{_NUMBER}",
    rf"[-+−]?\b{_NUMBER}\s?(?:{_MONEY}(?!\s?\d)|%(?!\w))",
    r"\b\d{4}-\d\d?-\d\d?\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b",
    r"\b\d{1,2}:\d\d(?::\d\d)?h?\b|\b\d{1,2}h(?:\d\d)?\b",
    # phones, CPF, CEP
    r"(?<![\w.,])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,3}\)[ .-]?|\d{1,5}[ .-])?\d{3,5}(?:[ .-]\d{2,5})+(?!\w)",
    r"\b\d+ ?[xX]\b(?! ?\d)",
    # codes: letters and digits in one word; but 1a and 20dias
    r"\b(?!\d+[aoªº]s?\b)(?!\d+[^\W\d_]{3,}\b)(?=\w*\d)(?=\w*[^\W\d_])[\w-]*\w",
    r"\b\d+(?:[.,/-]\d+)+\b|\b\d{4,}\b",
    _EMOJI,
    r"(?<!\w)(?:[:;=]['-]?(?:\)+|\(+|[DPpO3|\\/*])|<3+|:['-]?\()(?!\w)",
)
_PIECE = re.compile("|".join(f"(?:{kind})" for kind in _KINDS), re.IGNORECASE)
_PICTURE = re.compile(_EMOJI)
_TOKEN = re.compile(r"XQZ ?(\d+)(?!\d)", re.IGNORECASE)
_AROUND = re.compile(r"[^\S\n\r]*XQZ ?(\d+)(?!\d)[^\S\n\r]*", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"(?<!XQZ)(?<!\d)\d+")
_CLOSING = re.compile(r"[,.;:!?)\]}…»”]+(?:\s|$)")


@dataclass(frozen=True)
class Piece:
    """One hidden piece of the text, and the characters that stood right before and after it, if any."""

    text: str
    before: str
    after: str


def pieces(text: str) -> list[str]:
    """What must come through, in order."""
    return [found[0] for found in _PIECE.finditer(text)]


def masked(text: str, hidden: list[Piece]) -> str:
    """The text with a token in place of each piece; the pieces are added to `hidden`."""
    return _hide(_PIECE, text, hidden)


def numbers_masked(text: str, hidden: list[Piece]) -> str:
    """A masked text, now with every number hidden as well."""
    return _hide(_BARE_NUMBER, text, hidden)


def tokens(text: str) -> list[int]:
    """The numbers of the tokens that stand in the text, in order; the first piece has number 1."""
    return [int(found[1]) for found in _TOKEN.finditer(text)]


def numbers(text: str) -> Counter[str]:
    """The numbers of the text that are not hidden."""
    return Counter(re.findall(r"\d+", _TOKEN.sub("", text)))


def same_tokens(before: str, after: str) -> bool:
    """Whether every token came back, once, and nothing that looks like one was made up."""
    return sorted(tokens(before)) == sorted(tokens(after)) and "XQZ" not in _TOKEN.sub("", after).upper()


def intact(before: str, after: str) -> bool:
    """The same tokens, and the same numbers."""
    return same_tokens(before, after) and numbers(before) == numbers(after)


def unmasked(text: str, hidden: list[Piece]) -> str:
    """The pieces in their places, with the spaces that they had."""
    parts: list[str | Piece] = []
    for place, part in enumerate(_AROUND.split(text)):
        if part:
            parts.append(hidden[int(part) - 1] if place % 2 else part)
    if not parts:
        return ""
    gaps = [_gap(left, right) for left, right in pairwise(parts)]
    return "".join(gap + _text(part) for gap, part in zip(["", *gaps], parts, strict=True))


def is_picture(piece: Piece) -> bool:
    return _PICTURE.fullmatch(piece.text) is not None


def _hide(pattern: re.Pattern[str], text: str, hidden: list[Piece]) -> str:
    def hide(found: re.Match[str]) -> str:
        before, after = text[max(0, found.start() - 1) : found.start()], text[found.end() : found.end() + 1]
        hidden.append(Piece(found[0], before, after))
        return f"{_apart(before)}XQZ{len(hidden)}{_apart(after)}"

    return pattern.sub(hide, text)


def _apart(neighbour: str) -> str:
    return " " if neighbour and not neighbour.isspace() else ""


def _gap(left: str | Piece, right: str | Piece) -> str:
    """A space, unless there was none between the very same characters: a link must not grow by what follows it."""
    last, first = _text(left)[-1], _text(right)[0]
    if last.isspace() or first.isspace() or (isinstance(right, str) and _CLOSING.match(right)):
        return ""
    kept = (isinstance(left, str) or left.after == first) and (isinstance(right, str) or right.before == last)
    return "" if kept and not (last.isalnum() and first.isalnum()) else " "


def _text(part: str | Piece) -> str:
    return part if isinstance(part, str) else part.text
