"""A standing so that it can be checked by hand: each rate, what each metric allows by itself, and which one holds.

A rate in hundredths of a per cent is rounded up: compared with a maximum, which is whole hundredths, it then says
exactly what the fraction says.
"""

from claims.standing.standing import WHOLE, Counts, Standing, within_maximum
from claims.standing.terms import Level, Metric, Terms


def rate(part: int, whole: int) -> int:
    """Hundredths of a per cent, rounded up; 0 of nothing."""
    return -(-part * WHOLE // whole) if whole else 0


def per_cent(hundredths: int) -> str:
    """As people write it: 450 is 4.50."""
    return f"{hundredths // 100}.{hundredths % 100:02}"


def allowed(counts: Counts, terms: Terms, metric: Metric) -> Level:
    """The best level that this metric would allow if it were the only one; none with too few sales."""
    if counts.sales <= terms.more_than:
        return Level.NONE
    held = (m.level for m in terms.maxima if within_maximum(counts, terms, metric, m.of(metric)))
    return next(held, Level.RED)


def holding(standing: Standing) -> tuple[Metric, ...]:
    """The metrics without which the real level would be better; none when it is the best, or there is no level."""
    best = standing.terms.maxima[0].level if standing.terms.maxima else Level.GREEN
    if standing.real in (Level.NONE, best):
        return ()
    return tuple(m for m in Metric if allowed(standing.counts, standing.terms, m) == standing.real)


def missing_sales(standing: Standing) -> int:
    """How many sales more in the window would give the seller a level at all; 0 for one who has a level."""
    return max(0, standing.terms.more_than + 1 - standing.counts.sales)
