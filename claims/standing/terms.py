"""The terms of a site: windows, volumes and maxima, as versioned data; the figures are those of the trade.

Maxima are in hundredths of a per cent, so that every comparison is of whole numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Level(StrEnum):
    """Best last; `none` for a seller with too few sales. Compare by `rank`."""

    NONE = "none"
    RED = "1_red"
    ORANGE = "2_orange"
    YELLOW = "3_yellow"
    LIGHT_GREEN = "4_light_green"
    GREEN = "5_green"

    @property
    def rank(self) -> int:
        """0 for none to 5 for green."""
        return list(Level).index(self)


class Metric(StrEnum):
    CLAIMS = "claims"
    MEDIATIONS = "mediations"
    CANCELLATIONS = "cancellations"
    DELAYS = "delays"


@dataclass(frozen=True)
class Maxima:
    """The highest rates with which a level is held. None: this metric does not decide."""

    level: Level
    claims: int | None
    cancellations: int | None
    delays: int | None
    mediations: int | None = None

    def of(self, metric: Metric) -> int | None:
        value: int | None = getattr(self, metric)
        return value


@dataclass(frozen=True)
class Terms:
    """One version of a site's terms. `since`: in force from this instant on."""

    site: str
    version: str
    maxima: tuple[Maxima, ...]  # best level first; worse than the last of them is red
    busy: int  # with so many sales in the short window it alone is looked at
    window: timedelta = timedelta(days=60)
    long_window: timedelta = timedelta(days=365)
    more_than: int = 10  # a level is shown with more sales than this
    bites: tuple[tuple[Metric, int], ...] = ((Metric.CLAIMS, 3), (Metric.MEDIATIONS, 3))  # fewer never cost a level
    since: datetime = datetime(2020, 1, 1, tzinfo=UTC)

    def least(self, metric: Metric) -> int:
        """The number of sales counted from which a metric can cost a level at all."""
        return dict(self.bites).get(metric, 1)


def _maxima(*rows: tuple[float, float, float]) -> tuple[Maxima, ...]:
    """Rows of claims, cancellations and delays in per cent; green, light green, yellow, orange."""
    levels = (Level.GREEN, Level.LIGHT_GREEN, Level.YELLOW, Level.ORANGE)
    whole = ([round(value * 100) for value in row] for row in rows)
    return tuple(Maxima(level, *row) for level, row in zip(levels, whole, strict=True))


_BRAZIL = _maxima((1, 0.5, 6), (2, 1.5, 10), (4.5, 3.5, 18), (8, 4, 22))
_LARGE = _maxima((1, 0.5, 8), (1.5, 1, 10), (3, 2.5, 15), (6, 3, 22))
_MIDDLE = _maxima((2.5, 1.5, 10), (3.5, 2.5, 12), (5.5, 7, 18), (7, 9, 26))
_ECUADOR = _maxima((4, 3, 12), (4, 3, 12), (6, 8, 20), (8, 11, 30))
_PERU = _maxima((2, 2.5, 12), (2, 2.5, 12), (4.5, 7, 18), (8, 9, 26))
_SHORTER = timedelta(days=120)

DEFAULT = Terms("", "default/1", _LARGE, busy=50)  # of a site that has none of its own
PUBLISHED = (
    Terms("MLB", "MLB/1", _BRAZIL, busy=60),
    Terms("MLA", "MLA/1", _LARGE, busy=50),
    Terms("MLM", "MLM/1", _LARGE, busy=40),
    Terms("MCO", "MCO/1", _MIDDLE, busy=60),
    Terms("MLC", "MLC/1", _MIDDLE, busy=40),
    Terms("MLU", "MLU/1", _MIDDLE, busy=25, long_window=_SHORTER),
    Terms("MEC", "MEC/1", _ECUADOR, busy=20, long_window=_SHORTER),
    Terms("MPE", "MPE/1", _PERU, busy=20, long_window=_SHORTER),
)


def in_force(site: str, now: datetime, versions: Iterable[Terms] = PUBLISHED) -> Terms:
    """The site's latest terms that are in force by now; else those of every other site (site ""), or the default."""
    begun = [t for t in versions if t.since <= now]
    own = [t for t in begun if t.site == site] or [t for t in begun if t.site == DEFAULT.site]
    return max(own, key=lambda t: t.since, default=DEFAULT)


def coming(site: str, now: datetime, versions: Iterable[Terms] = PUBLISHED) -> list[Terms]:
    """The site's terms that are not in force yet, the next first."""
    own = [t for t in versions if t.site == site]
    return sorted((t for t in own if t.since > now), key=lambda t: t.since)
