"""What other terms would have made of a seller at a past instant, by what had happened by then. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from claims.standing.events import Event, fold
from claims.standing.standing import judge, tally
from claims.standing.terms import Level, Terms


@dataclass(frozen=True)
class Tried:
    """The real levels of one seller at one instant: by the terms in force, and by the tried ones."""

    before: Level
    after: Level


def tried(events: Iterable[Event], in_force: Terms, other: Terms, at: datetime) -> Tried:
    """Both levels of the one seller whose events on one site these are, as standing() has them."""
    sales = fold(e for e in events if e.at <= at)
    one, two = (judge(tally(sales, terms, at), terms, at).real for terms in (in_force, other))
    return Tried(one, two)
