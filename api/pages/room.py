"""The claim room: one screen for all that a claim is, for whoever looks at it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

import api.attachments
import api.claims
import api.messages
import api.quick_replies
from api.deps import CallerDep, DeskDep
from api.desk import Desk
from api.messages import Order
from api.pages.door import PageDoor, see
from api.pages.mediation import rulings_of
from api.pages.names import names
from api.pages.render import page
from api.pages.visitor import Visitor, VisitorDep
from api.requests import NotFound
from api.schemas import Id
from api.tokens import Caller, Role
from claims.reasons import REASONS
from claims.remedies import REMEDIES
from claims.thread import TEXT_LIMIT

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
_MESSAGES, _MOST = 50, 100  # shown at once, the newest; asked for at once
EMPTY: dict[str, Any] = {"problem": None, "begun": "", "kept": []}  # a composer in which nothing is written
_LOOKS = 20  # for a claim that is not there yet
Json = dict[str, Any]


@router.get("/claims/{claim_id}")
async def room(
    claim_id: Id,
    request: Request,
    desk: DeskDep,
    caller: CallerDep,
    visitor: VisitorDep,
    reply: str = "",
    before: str = "",
    done: str = "",
    looked: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """`reply`: the quick reply to begin with; `before`: the cursor of older messages; `looked`: for a claim that the
    engine has, and has not answered yet, how often in vain."""
    try:
        seen = await gathered(desk, caller, visitor, claim_id, before or None)
    except NotFound:
        if done != "slow" or looked >= _LOOKS:
            raise
        again = f"{request.url.path}?done=slow&looked={looked + 1}"
        return page(request, visitor, "room_soon.html", 202, again=again, notice="")
    if looked:
        return see(request.url.path, done="opened")
    begun = next((r["text"] for r in seen["replies"] if r["name"] == reply), "")
    return page(request, visitor, "room.html", **seen, **EMPTY | {"begun": begun}, before=before)


async def gathered(desk: Desk, caller: Caller, visitor: Visitor, claim_id: str, before: str | None = None) -> Json:
    """All that the room shows, from the same answers that the API gives."""
    claim = await api.claims.read_claim(claim_id, Response(), desk, caller)
    thread = await api.messages.thread(claim_id, desk, caller, Order.NEWEST, _MESSAGES, before)
    events = await _whole("events", lambda after: api.claims.events(claim_id, desk, caller, _MOST, after))
    files = await _whole("attachments", lambda after: api.attachments.of_claim(claim_id, desk, caller, _MOST, after))
    return {
        "now": await desk.now(claim_id),
        "claim": claim,
        "messages": thread["messages"][::-1],
        "thread": await _thread(desk, caller, claim_id),
        "rulings": await rulings_of(desk, caller, claim_id),
        "older": thread["next"],
        "writing": thread["writing"],
        "events": events,
        "files": [f for f in files if f["content"]],
        "people": await people_of(desk, claim),
        "replies": await _replies(desk, caller, claim_id),
        "cause": _cause(claim, visitor) if caller.role == Role.SELLER else None,
        "key": uuid4().hex,
        "most": TEXT_LIMIT,
    }


async def _thread(desk: Desk, caller: Caller, claim_id: str) -> list[Json]:
    """All that was written, for the stories of both sides, which mediators read."""
    if caller.role != Role.MEDIATOR:
        return []
    return await _whole(
        "messages", lambda after: api.messages.thread(claim_id, desk, caller, Order.OLDEST, _MOST, after)
    )


async def _whole(name: str, ask: Callable[[str | None], Awaitable[Json]]) -> list[Json]:
    """What there is of it on all pages of an answer."""
    found: list[Json] = []
    after = None
    while True:
        part = await ask(after)
        found += part[name]
        if not (after := part["next"]):
            return found


async def people_of(desk: Desk, claim: Json) -> dict[str, str]:
    """The names of both sides, by role."""
    ids = {"buyer": claim["buyer_id"], "seller": claim["seller_id"]}
    known = await names(desk, ids.values())
    return {role: known[person] for role, person in ids.items()}


def _cause(claim: Json, visitor: Visitor) -> str:
    """What usually is behind such a complaint, and helps."""
    code = claim["reason"]["code"]
    return REMEDIES[code][visitor.language] if code in REASONS else ""


async def _replies(desk: Desk, caller: Caller, claim_id: str) -> list[Json]:
    if caller.role != Role.SELLER:
        return []
    found = await api.quick_replies.listed(desk, caller, None, None, claim_id)
    replies: list[Json] = found["replies"]
    return replies
