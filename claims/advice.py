"""The advice for a seller: what the claims of a period say, which reason costs most, and what the reasons cost. Pure.

Shares and rates are in hundredths of a per cent, rounded half up; money is in minor units, by currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from claims.reasons import REASONS
from claims.standing.standing import WHOLE

MINIMUM = 5  # claims; of fewer nobody can say what the main issue is


@dataclass(frozen=True)
class Sum:
    """Money of claims in one currency; what is neither refunded nor kept back is still open."""

    currency: str
    claimed: int
    refunded: int  # the provider says so
    undecided: int  # the rest of the claims that have not ended

    @property
    def kept(self) -> int:
        """What the seller keeps of claims that have ended."""
        return self.claimed - self.refunded - self.undecided


@dataclass(frozen=True)
class Cost:
    """What a reason costs on a site: `alone` of its `sales` have counted claims, and all of them for this reason.

    Without those claims the claims rate would be lower by `rate`.
    """

    site: str
    sales: int
    alone: int

    @property
    def rate(self) -> int:
        return hundredths(self.alone, self.sales) or 0


@dataclass(frozen=True)
class Mixed:
    """The claims for one reason. `counted`: against the seller; of those, first answered `late` or `never`."""

    reason: str
    claims: int = 0
    counted: int = 0
    late: int = 0
    never: int = 0
    money: tuple[Sum, ...] = ()  # by currency
    costs: tuple[Cost, ...] = ()  # by site


@dataclass(frozen=True)
class Times:
    """How long something took in whole seconds: the nearest ranks. None: it never happened."""

    count: int = 0
    median: int | None = None
    ninetieth: int | None = None


@dataclass(frozen=True)
class Facts:
    """What happened to a seller, or to one product, in a period: claims by opening, sales by purchase."""

    sales: int = 0
    mix: tuple[Mixed, ...] = ()
    answer: Times = Times()
    resolution: Times = Times()

    @property
    def claims(self) -> int:
        return sum(m.claims for m in self.mix)

    @property
    def counted(self) -> int:
        return sum(m.counted for m in self.mix)

    @property
    def late(self) -> int:
        return sum(m.late for m in self.mix)

    @property
    def never(self) -> int:
        return sum(m.never for m in self.mix)

    @property
    def per_hundred(self) -> int | None:
        """Claims per 100 sales, in hundredths; None without sales."""
        return hundredths(self.claims, self.sales)

    @property
    def by_answering(self) -> int | None:
        """The share of the counted claims that answering in time would have protected; None when none counts.

        Nobody answered them inside the window. Every claim that counts would not, had a refund come inside it.
        """
        return hundredths(self.late + self.never, self.counted)

    @property
    def enough(self) -> bool:
        """Whether there are enough claims to say what is the matter."""
        return self.claims >= MINIMUM

    @property
    def main_issue(self) -> str | None:
        """The reason that costs most: by_cost() has its order. None when there is not enough to say so."""
        here = [m for m in self.mix if m.claims]
        return by_cost(here)[0].reason if self.enough else None

    @property
    def answer_sooner(self) -> bool:
        """Whether more than half of the counted claims were not answered inside the window."""
        return self.enough and 2 * (self.late + self.never) > self.counted


def hundredths(part: int, whole: int) -> int | None:
    """The share in hundredths of a per cent, rounded half up; None of nothing."""
    return (2 * part * WHOLE + whole) // (2 * whole) if whole else None


def by_cost(mix: Iterable[Mixed]) -> list[Mixed]:
    """What costs most first: more counted claims; of as many, more money refunded if all of it is in one currency;
    then more claims; then the order of the catalogue."""
    mix = list(mix)
    comparable = len({s.currency for m in mix for s in m.money}) == 1
    return sorted(mix, key=lambda m: _dearest(m, comparable))


def in_order(mix: Iterable[Mixed]) -> list[Mixed]:
    """As people read it: the most claims first, then the order of the catalogue."""
    return sorted(mix, key=lambda m: (-m.claims, _place(m.reason)))


def _dearest(mixed: Mixed, comparable: bool) -> tuple[int, int, int, int]:
    refunded = sum(s.refunded for s in mixed.money) if comparable else 0
    return -mixed.counted, -refunded, -mixed.claims, _place(mixed.reason)


def _place(reason: str) -> int:
    return list(REASONS).index(reason)
