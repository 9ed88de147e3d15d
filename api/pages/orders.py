"""Orders as people see them: a seller's, a buyer's, and one of them."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

import api.orders
from api.deps import CallerDep, DeskDep, only
from api.desk import Desk
from api.orders import OrderId, Status, WithClaim
from api.pages.asked import address, chosen, searched
from api.pages.door import PageDoor
from api.pages.names import names
from api.pages.render import page
from api.pages.visitor import VisitorDep
from api.tokens import Caller, Role

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
_AT_ONCE, _FIRST = 20, 5
Json = dict[str, Any]


@router.get("/orders")
async def orders(
    request: Request,
    desk: DeskDep,
    caller: CallerDep,
    visitor: VisitorDep,
    q: str = "",
    status: str = "",
    claim: str = "",
    cursor: str = "",
) -> Response:
    """Newest first; where nothing is searched for, those with a claim that waits for the caller stand before them."""
    only(caller, Role.SELLER, Role.BUYER)
    text, become, with_claim = searched(q), chosen(Status, status), chosen(WithClaim, claim)
    found = await api.orders.list_orders(desk, caller, text or None, become, with_claim, _AT_ONCE, cursor or None)
    asked = {"q": text, "status": become, "claim": with_claim}
    urgent = [] if any(asked.values()) or cursor else await _urgent(desk, caller)
    seen = {o["id"] for o in urgent}
    rest = [o for o in found["orders"] if o["id"] not in seen]
    return page(
        request,
        visitor,
        "orders.html",
        asked=asked,
        urgent=urgent,
        more_urgent=len(urgent) == _FIRST,
        orders=rest,
        names=await _people(desk, [*urgent, *rest]),
        older=found["next"] and address("/orders", asked, cursor=found["next"]),
        newest=address("/orders", asked) if cursor else "",
        fresh=address("/orders", asked, cursor=cursor),
        statuses=Status,
    )


@router.get("/orders/{order_id}")
async def order(order_id: OrderId, request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep) -> Response:
    only(caller, Role.SELLER, Role.BUYER)
    found = await api.orders.read_order(order_id, desk, caller)
    return page(request, visitor, "order.html", order=found, names=await _people(desk, [found]))


async def _people(desk: Desk, orders: list[Json]) -> dict[str, str]:
    """What the people of these orders are called; who has no name, by their id."""
    ids = {o["buyer_id"] for o in orders} | {line["seller_id"] for o in orders for line in o["lines"]}
    return await names(desk, ids)


async def _urgent(desk: Desk, caller: Caller) -> list[Json]:
    found = await api.orders.list_orders(desk, caller, None, None, WithClaim.NEEDS_ME, _FIRST, None)
    urgent: list[Json] = found["orders"]
    return urgent
