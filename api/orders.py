"""Orders: the marketplace pushes them; buyers and sellers see theirs with the claims on them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

import storage.orders
import storage.sought
from api.deps import CallerDep, Cursor, DeskDep, Limit, PlatformDep, page
from api.desk import Desk
from api.documented import READS, WRITES, Json, answers
from api.door import Door
from api.problems import problem
from api.requests import NotFound
from api.schemas import Id, OrderBody, Plain
from api.shapes_around import Orders, OrderSeen, OrderStored
from api.tokens import Caller
from api.views import summary_view
from claims.money import known
from claims.orders import Order, OrderItem
from claims.sight import sees
from storage.codec import claim_from_json
from storage.listing import on_orders
from storage.sought import Sought

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=Door)
OrderId = Annotated[Id, Path(description="the marketplace's own id")]


class Status(StrEnum):
    DELIVERED = "delivered"
    ON_ITS_WAY = "on_its_way"
    CANCELLED = "cancelled"


class WithClaim(StrEnum):
    OPEN = "open"
    NEEDS_ME = "needs_me"


_PUSHED = answers(OrderStored, 403, *WRITES) | {201: {"model": OrderStored, "description": "It is new"}}


@router.put("/{order_id}", summary="Push an order as it is now (role platform)", responses=_PUSHED)
async def put_order(order_id: OrderId, body: OrderBody, response: Response, desk: DeskDep, caller: PlatformDep) -> Json:
    order = _checked(body.order(order_id))
    async with desk.database.writing() as session:
        new = await storage.orders.find(session, order_id) is None
        changed = await storage.orders.put(session, [order], datetime.now(UTC))
        stored = await storage.orders.find(session, order_id)
    response.status_code = 201 if new else 200
    return _order(stored or order, caller, []) | {"changed": changed > 0}


@router.get("", summary="The orders that concern the caller, newest first", responses=answers(Orders, *READS))
async def list_orders(
    desk: DeskDep,
    caller: CallerDep,
    q: Annotated[
        Plain | None, Query(description="start of an order's id, or a part of what a product is called")
    ] = None,
    status: Annotated[Status | None, Query(description="of one of its lines")] = None,
    with_claim: Annotated[
        WithClaim | None, Query(description="with an open claim, or one that waits for the caller")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Json:
    """In `q` neither case nor a product's accents matter."""
    wanted = storage.sought.orders(Sought(caller.role, caller.id, q or "", status, with_claim))
    async with desk.database.reading() as session:
        rows, after = await page(session, wanted, limit, cursor, of="orders")
        orders = await storage.orders.find_many(session, [row.id for row in rows])
    claims = await _claims(desk, caller, [o.id for o in orders])
    return {"orders": [_order(o, caller, claims.get(o.id, [])) for o in orders], "next": after}


@router.get(
    "/{order_id}", summary="One order with its lines and the claims on it", responses=answers(OrderSeen, 404, *READS)
)
async def read_order(order_id: OrderId, desk: DeskDep, caller: CallerDep) -> Json:
    async with desk.database.reading() as session:
        order = await storage.orders.find(session, order_id)
    if order is None or not _items(order, caller):
        raise NotFound(f"order {order_id}")
    claims = await _claims(desk, caller, [order_id])
    return _order(order, caller, claims.get(order_id, []))


def _checked(order: Order) -> Order:
    ids = [item.line_id for item in order.items]
    if twice := next((i for i in ids if ids.count(i) > 1), None):
        raise problem(422, "line_twice", f"Line '{twice[:60]}' stands in the order twice.")
    if not known(order.currency):
        raise problem(422, "unknown_currency", f"'{order.currency}' is no ISO 4217 currency.")
    if half := next((i for i in order.items if bool(i.cancelled_at) != bool(i.cancelled_by)), None):
        sentence = f"Line '{half.line_id[:60]}' says either when it was cancelled or by whom; both are needed."
        raise problem(422, "cancelled_in_part", sentence)
    for item in order.items:
        _check_dates(order, item)
    return order


def _check_dates(order: Order, item: OrderItem) -> None:
    for what, at in (
        ("delivered", item.delivered_at), ("dispatched", item.dispatched_at), ("cancelled", item.cancelled_at)
    ):  # fmt: skip
        if at and at < order.purchased_at:
            sentence = f"Line '{item.line_id[:60]}' is {what} before its purchase."
            raise problem(422, f"{what}_before_purchase", sentence)


async def _claims(desk: Desk, caller: Caller, order_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    async with desk.database.reading() as session:
        rows = list(await session.scalars(on_orders(caller.role, caller.id, order_ids)))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        view = summary_view(claim_from_json(row.state), caller, await desk.now(row.id))
        found.setdefault(row.order_id, []).append(view)
    return found


def _items(order: Order, caller: Caller) -> list[OrderItem]:
    """The lines that the caller may see."""
    bought = caller.id == order.buyer.id
    return [i for i in order.items if sees(caller.role, bought=bought, sold=caller.id == i.seller.id, mediated=False)]


def _order(order: Order, caller: Caller, claims: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": order.id,
        "site": order.site,
        "currency": order.currency,
        "purchased_at": order.purchased_at,
        "buyer_id": order.buyer.id,
        "lines": [_line(order, item, claims) for item in _items(order, caller)],
        "claims": claims,
        "needs_me": any(c["needs_me"] for c in claims),
    }


def _line(order: Order, item: OrderItem, claims: list[dict[str, Any]]) -> dict[str, Any]:
    open_claim = next((c["id"] for c in claims if c["line_id"] == item.line_id and c["stage"] != "closed"), None)
    return {
        "line_id": item.line_id,
        "seller_id": item.seller.id,
        "product": item.product,
        "category": item.category,
        "quantity": item.quantity,
        "unit_price": {"amount": item.unit_price, "currency": order.currency},
        "freight": {"amount": item.freight, "currency": order.currency},
        "total": {"amount": item.total, "currency": order.currency},
        "promised_at": item.promised_at,
        "delivered_at": item.delivered_at,
        "dispatch_by": item.dispatch_by,
        "dispatched_at": item.dispatched_at,
        "cancelled_at": item.cancelled_at,
        "cancelled_by": item.cancelled_by or None,
        "fulfilled_by": item.fulfilled_by,
        "status": _status(item),
        "open_claim": open_claim,
    }


def _status(item: OrderItem) -> str:
    if item.cancelled_at:
        return "cancelled"
    return "delivered" if item.delivered_at else "on_its_way"
