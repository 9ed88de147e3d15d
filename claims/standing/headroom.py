"""How far it is to the other levels: how many more of a count until a worse one, how many fewer until a better one."""

from dataclasses import dataclass

from claims.standing.standing import WHOLE, Counts, level, within_maximum
from claims.standing.terms import Level, Maxima, Metric, Terms

ROOMS = (Metric.CLAIMS, Metric.CANCELLATIONS, Metric.DELAYS)


@dataclass(frozen=True)
class Headroom:
    """Of one metric, all else as it is. None: that level cannot be reached by this metric alone.

    `worse`: by level, best first, how many more of the sales of the window have to count until it is that level or
    a worse one. `better`: by level, nearest first, how many fewer until it is that level or a better one.
    """

    metric: Metric
    worse: dict[Level, int | None]
    better: dict[Level, int | None]


def headroom(counts: Counts, terms: Terms, metric: Metric) -> Headroom:
    """By the rates alone: what protects a level does not change how many it takes."""
    now = level(counts, terms)
    worse = [x for x in reversed(Level) if Level.NONE.rank < x.rank < now.rank]
    better = [x for x in Level if x.rank > now.rank]
    return Headroom(
        metric,
        {x: _more(counts, terms, metric, x) for x in worse},
        {x: _fewer(counts, terms, metric, x) for x in better},
    )


def _more(counts: Counts, terms: Terms, metric: Metric, to: Level) -> int | None:
    """Until the last number is passed with which a level better than `to` is held."""
    most = max(_limits(counts, terms, metric, to.rank + 1))
    return None if most >= counts.sales else most + 1 - counts.of(metric)


def _fewer(counts: Counts, terms: Terms, metric: Metric, to: Level) -> int | None:
    """Until the highest number with which `to` or a better level is held; None also for too few sales."""
    limits = _limits(counts, terms, metric, to.rank) if counts.sales > terms.more_than else []
    return counts.of(metric) - max(limits) if limits else None


def _limits(counts: Counts, terms: Terms, metric: Metric, rank: int) -> list[int]:
    """Of the levels from this rank on that all other metrics allow: the most of this one with which each is held."""
    return [
        _most(counts, terms, metric, m)
        for m in terms.maxima
        if m.level.rank >= rank and _else_held(counts, terms, metric, m)
    ]


def _else_held(counts: Counts, terms: Terms, metric: Metric, maxima: Maxima) -> bool:
    return all(within_maximum(counts, terms, other, maxima.of(other)) for other in Metric if other != metric)


def _most(counts: Counts, terms: Terms, metric: Metric, maxima: Maxima) -> int:
    """The highest number that within_maximum() allows; with no maximum all sales may count."""
    maximum = maxima.of(metric)
    if maximum is None:
        return counts.sales
    return max(terms.least(metric) - 1, maximum * counts.sales // WHOLE)
