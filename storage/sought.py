"""Finding orders: the filters of their list, as queries for paging."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from claims.sight import sees
from storage.listing import with_claim
from storage.tables import OrderLineRow, OrderRow
from storage.texts import folded

_STATUS: dict[str, ColumnElement[bool]] = {
    "cancelled": OrderLineRow.cancelled_at.is_not(None),
    "delivered": OrderLineRow.cancelled_at.is_(None) & OrderLineRow.delivered_at.is_not(None),
    "on_its_way": OrderLineRow.cancelled_at.is_(None) & OrderLineRow.delivered_at.is_(None),
}


@dataclass(frozen=True)
class Sought:
    """`role` and `person` decide what the caller may see at all, and which lines of an order are looked at."""

    role: str
    person: str
    text: str = ""  # the start of an order's id, or a part of what a product is called
    status: str | None = None  # of one of the lines
    claim: str | None = None  # open | needs_me


def orders(sought: Sought) -> Select[str, datetime]:
    """(id, purchased_at) of the orders that the caller may see, newest first, for paging."""
    sold = OrderRow.id.in_(select(OrderLineRow.order_id).where(OrderLineRow.seller_id == sought.person))
    mine = sees(sought.role, bought=OrderRow.buyer_id == sought.person, sold=sold, mediated=False)
    found = select(OrderRow.id, OrderRow.purchased_at).where(mine, *_conditions(sought))
    return found.order_by(OrderRow.purchased_at.desc(), OrderRow.id)


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if sought.text:
        named = _with_line(sought, OrderLineRow.folded.contains(folded(sought.text), autoescape=True))
        conditions.append(or_(OrderRow.id.istartswith(sought.text, autoescape=True), named))
    if sought.status is not None:
        conditions.append(_with_line(sought, _STATUS[sought.status]))
    if sought.claim is not None:
        conditions.append(OrderRow.id.in_(with_claim(sought.role, sought.person, sought.claim == "needs_me")))
    return conditions


def _with_line(sought: Sought, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Orders with such a line that the caller may see: of an order of several sellers each sees their own lines."""
    lines = select(OrderLineRow.order_id).where(which)
    if sought.role == "seller":
        lines = lines.where(OrderLineRow.seller_id == sought.person)
    elif sought.role == "buyer":
        of_buyer = select(OrderRow.id).where(OrderRow.buyer_id == sought.person)
        lines = lines.where(OrderLineRow.order_id.in_(of_buyer))
    return OrderRow.id.in_(lines)
