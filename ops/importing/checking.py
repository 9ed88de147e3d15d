"""One row to one order line, or to the reason why not. No clock, no database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from claims.orders import Address, Order, OrderItem, Person
from ops.importing import cells
from ops.importing.decoding import stray
from ops.importing.reading import Record

FACTS = ("buyer_id", "site", "currency", "purchased_at")  # of the order: all its lines agree on them

_DATES = ("promised_at", "delivered_at", "dispatch_by", "dispatched_at", "cancelled_at")
_END_OF_DAY = time(23, 59, 59)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Reject:
    """Why a line stayed out. `column` is empty when it is about the whole line."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Line:
    """A line that may go in: an order with this one item. A language that the file does not say is empty."""

    number: int
    order: Order
    facts: Mapping[str, str]  # FACTS, in one spelling, dates not moved

    @property
    def item(self) -> OrderItem:
        return self.order.items[0]

    @property
    def newest(self) -> datetime:
        """The last of its dates."""
        dates: list[datetime | None] = [self.order.purchased_at, *(getattr(self.item, name) for name in _DATES)]
        return max(date for date in dates if date)


@dataclass(frozen=True)
class Rules:
    """How cells are read: the decimal sign, the zone of naive dates, and by how much all dates are moved."""

    decimal: str = "."
    zone: ZoneInfo | None = None
    offset: timedelta = timedelta()


class _Refused(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def check_record(record: Record, header: Sequence[str], encoding: str) -> Reject | None:
    """What can be said against the line before its cells are looked at."""
    if len(record.cells) != len(header):
        reason = f"has {len(record.cells)} cells, the header has {len(header)}"
        return Reject(record.line, "", ",".join(record.cells), reason)
    if [cell.strip() for cell in record.cells] == list(header):
        return Reject(record.line, "", ",".join(record.cells), "is the header again")
    bad = next((place for place, cell in enumerate(record.cells) if stray(cell)), None)
    if bad is None:
        return None
    reason = f"is not {encoding}; if the whole file is in another encoding, name it: --encoding cp1252"
    return Reject(record.line, header[bad], record.cells[bad], reason)


def check(number: int, values: Mapping[str, str], rules: Rules) -> Line | Reject:
    """The line, with its dates moved by the rules' offset. `values` are trimmed texts by our column names."""
    try:
        return _Check(values, rules).line(number)
    except _Refused as refused:
        return Reject(number, refused.column, values.get(refused.column, ""), str(refused))


class _Check:
    def __init__(self, values: Mapping[str, str], rules: Rules) -> None:
        self._values = values
        self._rules = rules

    def line(self, number: int) -> Line:
        id, buyer, site = self._id("order_id"), self._person("buyer"), self._id("site")
        currency, bought = self._needed("currency", cells.currency), self._date("purchased_at")
        item = self._item(currency, bought)
        offset = self._rules.offset
        order = Order(id, site, currency, bought + offset, buyer, (item,))
        facts = (buyer.id, site, currency, bought.isoformat())
        return Line(number, order, dict(zip(FACTS, facts, strict=True)))

    def _item(self, currency: str, bought: datetime) -> OrderItem:
        quantity, price, freight = self._money(currency)
        return OrderItem(
            line_id=self._id("line_id"),
            seller=self._person("seller"),
            product=self._needed("product", cells.words),
            quantity=quantity,
            unit_price=price,
            freight=freight,
            category=self._take("category", cells.words),
            promised_at=self._moved(self._optional_date("promised_at", _END_OF_DAY)),
            delivered_at=self._moved(self._happened("delivered_at", bought)),
            dispatch_by=self._moved(self._optional_date("dispatch_by", _END_OF_DAY)),
            dispatched_at=self._moved(self._happened("dispatched_at", bought)),
            cancelled_at=self._moved(self._cancelled(bought)),
            cancelled_by=self._take("cancelled_by", cells.canceller),
            fulfilled_by=self._take("fulfilled_by", cells.fulfiller),
        )

    def _money(self, currency: str) -> tuple[int, int, int]:
        def amount(text: str) -> int:
            return cells.amount(text, currency, self._rules.decimal)

        quantity = self._take("quantity", cells.pieces, "1")
        price, freight = self._needed("unit_price", amount), self._take("freight", amount, "0")
        if quantity * price + freight > cells.DEAREST:
            raise _Refused("unit_price", f"makes the line dearer than {cells.DEAREST:,} of the smallest unit")
        return quantity, price, freight

    def _person(self, who: str) -> Person:
        def take(what: str, read: Callable[[str], _T]) -> _T:
            return self._take(f"{who}_{what}", read)

        address = Address(
            take("address", cells.lines),
            take("city", cells.words),
            take("region", cells.words),
            take("postal_code", cells.words),
            take("country", cells.country),
        )
        id, name, mail = self._id(f"{who}_id"), take("name", cells.words), take("email", cells.mail)
        return Person(id, name, mail, take("language", cells.language), address)

    def _cancelled(self, bought: datetime) -> datetime | None:
        """Both are said, when and by whom, or neither."""
        at, by = self._happened("cancelled_at", bought), self._values.get("cancelled_by", "")
        if bool(at) != bool(by):
            column, other = ("cancelled_at", "cancelled_by") if by else ("cancelled_by", "cancelled_at")
            raise _Refused(column, f"is empty, and {other} is not; of what was cancelled both are needed")
        return at

    def _happened(self, column: str, bought: datetime) -> datetime | None:
        """When it was, if it was: not before the purchase."""
        at = self._optional_date(column, time.min)
        if at is None or at >= bought:
            return at
        if cells.is_day(self._values[column]) and bought - at < timedelta(days=1):
            return bought  # on the day it was bought
        raise _Refused(column, "is before purchased_at")

    def _date(self, column: str) -> datetime:
        return self._needed(column, lambda text: cells.instant(text, self._rules.zone))

    def _optional_date(self, column: str, of_day: time) -> datetime | None:
        return self._take(column, lambda text: cells.instant(text, self._rules.zone, of_day) if text else None)

    def _moved(self, date: datetime | None) -> datetime | None:
        return date and date + self._rules.offset

    def _id(self, column: str) -> str:
        return self._needed(column, cells.identifier)

    def _needed(self, column: str, read: Callable[[str], _T]) -> _T:
        if not self._values.get(column):
            raise _Refused(column, f"is empty; --set, --default or --map can fill it (--default {column}=...)")
        return self._take(column, read)

    def _take(self, column: str, read: Callable[[str], _T], otherwise: str = "") -> _T:
        text = self._values.get(column) or otherwise
        if len(text) > cells.LONGEST:
            raise _Refused(column, f"is longer than {cells.LONGEST:,} characters")
        try:
            return read(text)
        except ValueError as error:
            raise _Refused(column, str(error)) from error
