"""Moderation of what people write, before it is delivered: pure rules over the text alone, in linear time."""

import re
from collections.abc import Iterable, Iterator

from claims.moderation.contacts import contacts
from claims.moderation.english import ENGLISH
from claims.moderation.links import links
from claims.moderation.phrases import compiled, compiled_spared
from claims.moderation.portuguese import PORTUGUESE
from claims.moderation.reading import Text, read
from claims.moderation.reasons import CODES, CONTACT, DISCOURAGED, LINK, Reason
from claims.moderation.spanish import SPANISH

__all__ = ["CODES", "Reason", "moderate"]

_LANGUAGES = (PORTUGUESE, SPANISH, ENGLISH)  # people mix them: each one's rules apply to every text
_PHRASES = [
    (code, compiled(one, lines), compiled_spared(one)) for one in _LANGUAGES for code, lines in one.phrases.items()
]
_INVITES = re.compile("|".join(compiled(one, "\n".join(one.invites.split())).pattern for one in _LANGUAGES))
_BEFORE = 64  # letters before a phrase, in which it may be denied or told of another


def moderate(text: str, role: str, own_hosts: Iterable[str] = ()) -> tuple[Reason, ...]:
    """Why the text of this role may not be delivered, each code once with the first piece found; empty: it may.
    `own_hosts`: hosts, with all under them, whose links are allowed."""
    reading = read(text)
    found: dict[str, str] = {}
    for code, piece in _findings(reading, frozenset(host.lower() for host in own_hosts)):
        if code != DISCOURAGED or role == "seller":  # a buyer may speak of closing the own claim, a mediator too
            found.setdefault(code, piece)
    return tuple(Reason(code, found[code]) for code in CODES if code in found)


def _findings(text: Text, own_hosts: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield from ((CONTACT, text.piece(*span)) for span in contacts(text, own_hosts))
    yield from ((LINK, text.piece(*span)) for span in links(text, own_hosts, _INVITES))
    for code, phrases, spared in _PHRASES:
        for match in phrases.finditer(text.phrases):
            if not spared.search(_before(text, match)):
                yield code, text.words(match.start(), match.end() - 1)


def _before(text: Text, match: re.Match[str]) -> str:
    """The words before the match, within its part of the sentence."""
    near = text.phrases[max(0, match.start() - _BEFORE) : match.start()]
    return " " + re.split("[.,] ", near)[-1].lstrip()
