"""The standing that sales make at an instant: which of them count, the rates, and the level. No clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from claims.standing.events import Event, Sale, fold
from claims.standing.terms import Level, Metric, Terms

WHOLE = 10_000  # hundredths of a per cent


@dataclass(frozen=True)
class Counts:
    """Sales of a window, and how many of them count in each metric. Each sale counts once in each."""

    sales: int = 0
    claims: int = 0
    mediations: int = 0
    cancellations: int = 0
    delays: int = 0

    def of(self, metric: Metric) -> int:
        value: int = getattr(self, metric)
        return value

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, n) + getattr(other, n) for n in self.__dataclass_fields__))

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, n) - getattr(other, n) for n in self.__dataclass_fields__))


@dataclass(frozen=True)
class Windows:
    """The counts of both windows at one instant: what a level is made from."""

    short: Counts
    long: Counts


@dataclass(frozen=True)
class Protection:
    """A level that the platform shows of a seller until an instant (not at it); a better real one is shown instead."""

    level: Level
    until: datetime


@dataclass(frozen=True)
class Standing:
    """How a seller stands: `level` is shown, `real` is what the rates make."""

    level: Level
    real: Level
    counts: Counts  # of the window used
    window: timedelta
    terms: Terms
    at: datetime
    protected_until: datetime | None = None

    @property
    def since(self) -> datetime:
        """Sales bought after this instant are looked at."""
        return self.at - self.window


def standing(events: Iterable[Event], terms: Terms, now: datetime, protection: Protection | None = None) -> Standing:
    """The standing of the one seller whose events on one site these are. What happens after `now` is left out."""
    past = [e for e in events if e.at <= now]
    return judge(tally(fold(past), terms, now), terms, now, protection)


def tally(sales: Iterable[Sale], terms: Terms, now: datetime) -> Windows:
    """The sales of both windows, counted."""
    short, long = Counts(), Counts()
    for sale in sales:
        one = counted(sale, now)
        short += one if within(sale.at, terms.window, now) else Counts()
        long += one if within(sale.at, terms.long_window, now) else Counts()
    return Windows(short, long)


def counted(sale: Sale, now: datetime) -> Counts:
    """What one sale adds to the counts."""
    if not sale.stands:
        return Counts()
    return Counts(1, int(sale.claimed), int(sale.mediated), int(sale.cancelled), int(sale.late(now)))


def within(bought_at: datetime, window: timedelta, now: datetime) -> bool:
    """Whether a sale is looked at: from its purchase on, until the window's whole length has passed since."""
    return now - window < bought_at <= now


def judge(windows: Windows, terms: Terms, now: datetime, protection: Protection | None = None) -> Standing:
    """The standing that these counts make: the one place where a level comes from."""
    busy = windows.short.sales >= terms.busy
    counts, window = (windows.short, terms.window) if busy else (windows.long, terms.long_window)
    real = level(counts, terms)
    protected = protection is not None and now < protection.until
    shown = max(real, protection.level, key=lambda x: x.rank) if protection and protected else real
    return Standing(shown, real, counts, window, terms, now, protection.until if protection and protected else None)


def level(counts: Counts, terms: Terms) -> Level:
    """The best level whose maxima no rate exceeds; a rate equal to a maximum is within it."""
    if counts.sales <= terms.more_than:
        return Level.NONE
    held = (m.level for m in terms.maxima if all(within_maximum(counts, terms, x, m.of(x)) for x in Metric))
    return next(held, Level.RED)


def within_maximum(counts: Counts, terms: Terms, metric: Metric, maximum: int | None) -> bool:
    """Whether the metric allows a level with this maximum, in hundredths of a per cent."""
    number = counts.of(metric)
    return maximum is None or number < terms.least(metric) or number * WHOLE <= maximum * counts.sales
