"""What a standing would be: with another verdict on one sale, with more sold, claimed, cancelled or late."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from claims.model import Impact, Invalid
from claims.standing.events import Judged, Sale
from claims.standing.standing import Counts, Protection, Standing, Windows, counted, judge, within
from claims.standing.terms import Metric, Terms


@dataclass(frozen=True)
class Ground:
    """All that a seller's standing on a site is judged on at an instant."""

    windows: Windows
    terms: Terms
    at: datetime
    protection: Protection | None = None

    def standing(self) -> Standing:
        return judge(self.windows, self.terms, self.at, self.protection)

    def revised(self, before: Sale | None, after: Sale | None) -> "Ground":
        """With one of its sales as it is `after`; outside the windows, or with no sale, nothing is another."""
        if before is None or after is None:
            return self
        change = counted(after, self.at) - counted(before, self.at)
        short, long = (
            one + (change if within(before.at, window, self.at) else Counts())
            for one, window in ((self.windows.short, self.terms.window), (self.windows.long, self.terms.long_window))
        )
        return replace(self, windows=Windows(short, long))

    def supposing(self, more: Counts) -> "Ground":
        """With so many more sales, bought now, and so many more that count, each on a sale that does not count yet.

        Raises Invalid when the window used has not so many.
        """
        sold = self._grown(Counts(more.sales)).standing().counts
        for metric in Metric:
            if more.of(metric) > sold.sales - sold.of(metric):
                raise _too_many(metric, more.of(metric), sold)
        return self._grown(more)

    def _grown(self, more: Counts) -> "Ground":
        return replace(self, windows=Windows(self.windows.short + more, self.windows.long + more))


@dataclass(frozen=True)
class Effect:
    """The standing now, and as it would be."""

    before: Standing
    after: Standing


def with_verdict(sale: Sale, claim_id: str, impact: Impact, mediated: bool, at: datetime) -> Sale:
    """The sale after this verdict on one of its claims."""
    judged = Judged(claim_id, 0, sale.order_id, sale.seller_id, sale.site, impact, mediated, at)
    return replace(sale, verdicts=sale.verdicts | {claim_id: judged})


def without(sale: Sale, claim_ids: Iterable[str]) -> Sale:
    """The sale as if these claims on it had been excluded."""
    return replace(sale, verdicts={name: v for name, v in sale.verdicts.items() if name not in set(claim_ids)})


def _too_many(metric: Metric, wanted: int, sold: Counts) -> Invalid:
    left = sold.sales - sold.of(metric)
    return Invalid(
        "more_than_sales",
        f"{wanted} more {metric} need as many sales; of the {sold.sales} in the window only {left} do not count yet.",
    )
