"""The queue of claims: what waits for me first, in the buckets that the API counts."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

import api.claims
import api.queue
from api.claims import ReasonCode, Sort
from api.deps import CallerDep, DeskDep
from api.pages import mediation
from api.pages.asked import address, chosen, searched
from api.pages.door import PageDoor
from api.pages.names import names
from api.pages.render import page
from api.pages.visitor import Visitor, VisitorDep
from api.tokens import Role
from claims.buckets import Bucket
from claims.reasons import REASONS

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
AT_ONCE = 20
_SORTS = (Sort.URGENCY, Sort.NEWEST, Sort.OLDEST, Sort.LATEST_CHANGE)


@router.get("/claims")
async def claims(
    request: Request,
    desk: DeskDep,
    caller: CallerDep,
    visitor: VisitorDep,
    bucket: str = "",
    q: str = "",
    reason: str = "",
    sort: str = "",
    cursor: str = "",
    all: str = "",
) -> Response:
    """`all`: those on this page are ticked, to be written to at once."""
    if caller.role == Role.MEDIATOR:
        return await mediation.queue(request, desk, caller, visitor)
    text, heap, why = searched(q), chosen(Bucket, bucket), chosen(ReasonCode, reason)
    order = chosen(Sort, sort) or Sort.URGENCY
    found = await api.claims.list_claims(
        desk, caller, reason=why, q=text or None, bucket=heap, sort=order, limit=AT_ONCE, cursor=cursor or None
    )
    asked = {"bucket": heap, "q": text, "reason": why, "sort": order if order != Sort.URGENCY else None}
    return page(
        request,
        visitor,
        "claims.html",
        claims=found["claims"],
        tabs=_tabs(asked, await api.queue.counts(desk, caller)),
        names=await names(desk, {_other(c, visitor) for c in found["claims"]}),
        asked=asked,
        reasons={code: r.texts[visitor.language] for code, r in REASONS.items()},
        sorts=_SORTS,
        sort=order,
        ticked=bool(all),
        links=_links(asked, cursor, found["next"]),
    )


def _other(claim: dict[str, Any], visitor: Visitor) -> str:
    """Whom the visitor deals with in it."""
    return str(claim["buyer_id" if visitor.role == Role.SELLER else "seller_id"])


def _tabs(asked: dict[str, Any], counts: dict[str, Any]) -> list[dict[str, Any]]:
    buckets = [(b["bucket"], b["claims"]) for b in counts["buckets"]]
    return [
        {"name": name, "claims": number, "href": address("/claims", asked, bucket=name)}
        for name, number in (("", counts["claims"]), *buckets)
    ]


def _links(asked: dict[str, Any], cursor: str, older: str | None) -> dict[str, str]:
    """Where the pages and "all on this page" lead."""
    return {
        "next_page": address("/claims", asked, cursor=older) if older else "",
        "first_page": address("/claims", asked) if cursor else "",
        "tick_all": address("/claims", asked, cursor=cursor, all="yes"),
        "tick_none": (here := address("/claims", asked, cursor=cursor)),
        "fresh": here,
    }
