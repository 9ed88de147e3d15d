"""The days ahead: when what counts today drops out of the window, and the standing then. Costs days, not sales."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, pairwise

from claims.standing.days import day_of, midnight
from claims.standing.standing import Counts, Protection, Standing, Windows, judge
from claims.standing.terms import Terms

TermsAt = Callable[[datetime], Terms]


@dataclass(frozen=True)
class Turn:
    """A midnight at which the standing is another: what has left the window that was used, and how it stands then."""

    leaving: Counts
    standing: Standing


def turns(
    days: Mapping[int, Counts], now: Standing, terms_at: TermsAt, protection: Protection | None = None
) -> list[Turn]:
    """The midnights ahead at which something that counts leaves, or the level or the window used is another.

    `days`: the sales up to now by the day of purchase, at least those of the longest window, counted as of now. They
    stay as they are: what is not handed over yet is taken to go out in time, and nothing new is sold or claimed.
    `terms_at`: the site's terms at an instant; their windows are whole days.
    """
    sums = _Sums(days)
    stands = [
        now,
        *(_standing(sums, at, terms_at(at), protection) for at in _midnights(sums, now, terms_at, protection)),
    ]
    met = ((Turn(before.counts - sums.within(before, after.at), after), before) for before, after in pairwise(stands))
    return [turn for turn, before in met if _matters(turn, before)]


def _matters(turn: Turn, before: Standing) -> bool:
    after = turn.standing
    told = (before.level, before.real, before.window) != (after.level, after.real, after.window)
    return told or replace(turn.leaving, sales=0) != Counts()


def _standing(sums: "_Sums", at: datetime, terms: Terms, protection: Protection | None) -> Standing:
    short, long = (sums.between(at - window, at) for window in (terms.window, terms.long_window))
    return judge(Windows(short, long), terms, at, protection)


def _midnights(sums: "_Sums", now: Standing, terms_at: TermsAt, protection: Protection | None) -> Iterator[datetime]:
    """Each, until all that was sold has left the longer window; and the one at which a protection is over."""
    day = day_of(now.at)
    while day_of(midnight(day - 1) - terms_at(midnight(day - 1)).long_window) < sums.last:
        yield midnight(day)
        day += 1
    if protection and protection.until > midnight(day - 1):
        yield midnight(day_of(protection.until))


class _Sums:
    """The counts of any days on end, by two look-ups."""

    def __init__(self, days: Mapping[int, Counts]) -> None:
        self.first, self.last = min(days, default=0), max(days, default=-1)
        by_day = (days.get(day, Counts()) for day in range(self.first, self.last + 1))
        self._until = list(accumulate(by_day, initial=Counts()))

    def between(self, since: datetime, until: datetime) -> Counts:
        """Bought after one midnight, and not after another."""
        return self._to(day_of(until)) - self._to(day_of(since))

    def within(self, before: Standing, at: datetime) -> Counts:
        """What is left at this midnight of the window that a standing was made of."""
        return self.between(at - before.window, at)

    def _to(self, day: int) -> Counts:
        return self._until[min(max(day + 1 - self.first, 0), len(self._until) - 1)]
