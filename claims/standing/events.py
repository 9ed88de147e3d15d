"""What a standing is made of: sales, what became of them, and the verdicts of their claims; and folding them together.

Events may come in any order that keeps each claim's own, and more than once: fold() makes the same of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from claims.model import Impact


class By(StrEnum):
    """Who cancelled an order line."""

    BUYER = "buyer"
    SELLER = "seller"
    PLATFORM = "platform"


@dataclass(frozen=True)
class Sold:
    """A line of an order as it was sold. `dispatch_by`: until when the seller promised to hand it over."""

    order_id: str
    line_id: str
    seller_id: str
    site: str
    at: datetime
    dispatch_by: datetime | None = None
    by_platform: bool = False  # the platform itself stores and sends it: then no dispatch is the seller's


@dataclass(frozen=True)
class Cancelled:
    order_id: str
    line_id: str
    at: datetime
    by: By


@dataclass(frozen=True)
class Dispatched:
    order_id: str
    line_id: str
    at: datetime


@dataclass(frozen=True)
class Judged:
    """The verdict of a claim at one of its versions: a later version replaces an earlier one."""

    claim_id: str
    version: int
    order_id: str
    seller_id: str
    site: str
    impact: Impact
    mediated: bool  # it has reached a mediator
    at: datetime


Event = Sold | Cancelled | Dispatched | Judged


@dataclass(frozen=True)
class Line:
    """One line of a sale with what became of it."""

    sold: Sold
    cancelled: Cancelled | None = None
    dispatched_at: datetime | None = None

    @property
    def late_after(self) -> datetime | None:
        """After this instant it is late: handed over after it, or not yet. None: it was in time, or nobody is late.

        What is cancelled by then need not be handed over; cancelling it later does not make it in time.
        """
        due = self.sold.dispatch_by
        if due is None or self.sold.by_platform or (self.cancelled and self.cancelled.at <= due):
            return None
        return due if self.dispatched_at is None or self.dispatched_at > due else None


@dataclass(frozen=True)
class Sale:
    """All that one seller sold in one order: it counts once, however many lines and claims it has."""

    order_id: str
    seller_id: str
    site: str
    lines: tuple[Line, ...] = ()
    verdicts: dict[str, Judged] = field(default_factory=dict)  # the last one of each claim

    @property
    def at(self) -> datetime:
        """The purchase."""
        return min(line.sold.at for line in self.lines)

    @property
    def stands(self) -> bool:
        """Whether it is a sale at all: what the buyer cancelled whole is none."""
        return bool(self.lines) and any(not _by(line, By.BUYER) for line in self.lines)

    @property
    def claimed(self) -> bool:
        """Whether a claim on it counts."""
        return any(v.impact == Impact.AFFECTED for v in self.verdicts.values())

    @property
    def mediated(self) -> bool:
        """Whether a claim that counts came before a mediator."""
        return any(v.impact == Impact.AFFECTED and v.mediated for v in self.verdicts.values())

    @property
    def cancelled(self) -> bool:
        """Whether the seller cancelled any of it."""
        return any(_by(line, By.SELLER) for line in self.lines)

    @property
    def late_after(self) -> datetime | None:
        """After this instant a line of it is late; None: none is."""
        return min((line.late_after for line in self.lines if line.late_after), default=None)

    def late(self, now: datetime) -> bool:
        """Whether a line of it was handed over too late, or is due and not handed over yet."""
        return self.late_after is not None and now > self.late_after


def _by(line: Line, who: By) -> bool:
    return line.cancelled is not None and line.cancelled.by == who


def fold(events: Iterable[Event]) -> list[Sale]:
    """The sales that these events tell of, by seller, site and purchase. What belongs to no known sale is left out.

    Of several cancellations or dispatches of one line the earliest is right, of a claim's verdicts the last version.
    """
    return list(_Folding(events).sales())


class _Folding:
    def __init__(self, events: Iterable[Event]) -> None:
        self.sold: dict[tuple[str, str], Sold] = {}
        self.cancelled: dict[tuple[str, str], Cancelled] = {}
        self.dispatched: dict[tuple[str, str], Dispatched] = {}
        self.judged: dict[str, Judged] = {}
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Judged():
                known = self.judged.get(event.claim_id)
                self.judged[event.claim_id] = event if known is None or event.version > known.version else known
            case Sold():
                known_sale = self.sold.get(_line(event))
                self.sold[_line(event)] = min(known_sale or event, event, key=_first)
            case Cancelled():
                known_end = self.cancelled.get(_line(event))
                self.cancelled[_line(event)] = min(known_end or event, event, key=lambda e: (e.at, e.by))
            case Dispatched():
                known_dispatch = self.dispatched.get(_line(event))
                self.dispatched[_line(event)] = min(known_dispatch or event, event, key=lambda e: e.at)

    def sales(self) -> list[Sale]:
        found: dict[tuple[str, str, str], Sale] = {}
        for key in sorted(self.sold):
            sold = self.sold[key]
            place = (sold.seller_id, sold.site, sold.order_id)
            dispatched = self.dispatched.get(key)
            line = Line(sold, self.cancelled.get(key), dispatched.at if dispatched else None)
            sale = found.get(place) or Sale(sold.order_id, sold.seller_id, sold.site)
            found[place] = replace(sale, lines=(*sale.lines, line))
        for judged in self.judged.values():
            sale_of = found.get((judged.seller_id, judged.site, judged.order_id))
            if sale_of:
                sale_of.verdicts[judged.claim_id] = judged
        return sorted(found.values(), key=lambda s: (s.seller_id, s.site, s.at, s.order_id))


def _line(event: Sold | Cancelled | Dispatched) -> tuple[str, str]:
    return event.order_id, event.line_id


def _first(sold: Sold) -> tuple[object, ...]:
    """Of two tellings of one line, whichever came first; of all that can differ, so that their order never decides."""
    promised = (sold.dispatch_by is not None, sold.dispatch_by or sold.at)
    return (sold.at, sold.seller_id, sold.site, promised, sold.by_platform)
