"""Claims over JSON: opening, finding, reading, and the timeline."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response

import storage.claims
import storage.feed
import storage.messages
import storage.texts
from api.answers import body_digest, shown
from api.deps import CallerDep, Cursor, DeskDep, KeyDep, Limit, only, page
from api.documented import READS, WRITES, Json, answers, of_claim
from api.door import Door
from api.foreseen import outlook_of
from api.requests import Request
from api.schemas import Id, Instant, OpenBody, Plain
from api.shapes import ClaimRead, Claims, ClaimSeen, RefusedSignals, Timeline
from api.tokens import Role
from api.views import event_view, refusal_view, summary_view
from claims.buckets import Bucket
from claims.model import Actor, Stage
from claims.opening import Opening
from claims.reasons import REASONS
from storage.claims import Answer
from storage.codec import claim_from_json, event_from_json
from storage.listing import Filter, matching

router = APIRouter(prefix="/v1/claims", tags=["claims"], route_class=Door)


class Sort(StrEnum):
    NEWEST = "-opened_at"
    OLDEST = "opened_at"
    LATEST_CHANGE = "-updated_at"
    DUE = "due_at"  # open claims, nearest first
    URGENCY = "urgency"  # the caller's turn first, the nearest due of it first; what is closed at the end


WaitingOn = StrEnum("WaitingOn", {a.name: a.value for a in Actor if a != Actor.CLOCK} | {"NOBODY": "nobody"})  # type: ignore[misc]
ReasonCode = StrEnum("ReasonCode", {code.upper(): code for code in REASONS})  # type: ignore[misc]


_OPENED = answers(ClaimSeen, 202, 403, 404, 409, *WRITES, status=201, **of_claim(located=True))


@router.post("", status_code=201, summary="Open a claim", responses=_OPENED)
async def open_claim(body: OpenBody, response: Response, desk: DeskDep, caller: CallerDep, key: KeyDep) -> Json:
    request = Request(caller, key, body_digest(body))
    asked = Opening(body.reason, body.quantity, body.wanted)
    answer = await desk.open(request, body.order_id, body.line_id, asked, body.message, body.attachments)
    response.headers["Location"] = f"/v1/claims/{answer.claim.id}"
    return shown(answer, caller, response)


@router.get("", summary="The claims that concern the caller", responses=answers(Claims, *READS))
async def list_claims(
    desk: DeskDep,
    caller: CallerDep,
    stage: Stage | None = None,
    waiting_on: WaitingOn | None = None,
    reason: ReasonCode | None = None,
    seller: Id | None = None,
    due_before: Instant | None = None,
    updated_after: Instant | None = None,
    q: Annotated[Plain | None, Query(description="start of a claim's or an order's id")] = None,
    bucket: Annotated[Bucket | None, Query(description="of the caller's work, as in GET /v1/queue")] = None,
    sort: Sort = Sort.NEWEST,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Json:
    wanted = Filter(
        role=caller.role,
        person=caller.id,
        stage=stage,
        waiting_on=waiting_on,
        reason=reason,
        seller=seller,
        due_before=due_before,
        updated_after=updated_after,
        start_of_id=q,
        bucket=bucket,
        sort=sort,
    )
    async with desk.database.reading() as session:
        rows, after = await page(session, matching(wanted), limit, cursor, of=f"claims by {sort}")
        unread = await storage.messages.unread(session, caller.role, [row.id for (row,) in rows])
    claims = [claim_from_json(row.state) for (row,) in rows]
    listed = [summary_view(c, caller, await desk.now(c.id)) | {"unread": unread.get(c.id, 0)} for c in claims]
    return {"claims": listed, "next": after}


_READ = answers(ClaimRead, 404, *READS, **of_claim())


@router.get("/{claim_id}", summary="One claim: all of its screen in one call", responses=_READ)
async def read_claim(claim_id: Id, response: Response, desk: DeskDep, caller: CallerDep) -> Json:
    async with desk.database.reading() as session:  # before the claim: what comes meanwhile is told by the stream
        position = await storage.feed.position(session, claim_id)
        unread = await storage.messages.unread(session, caller.role, [claim_id])
    claim = await desk.find(caller, claim_id)
    now = await desk.now(claim_id)
    outlook = await outlook_of(desk, caller, claim, now)
    following = {"href": f"/v1/claims/{claim_id}/stream", "position": position}
    seen = shown(Answer("", claim, now), caller, response, outlook)
    return seen | {"unread": unread.get(claim_id, 0), "stream": following}


@router.get("/{claim_id}/events", summary="The timeline, by sequence", responses=answers(Timeline, 404, *READS))
async def events(claim_id: Id, desk: DeskDep, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None) -> Json:
    await desk.find(caller, claim_id)
    async with desk.database.reading() as session:
        rows, after = await page(session, storage.claims.timeline(claim_id), limit, cursor, of=f"events of {claim_id}")
        found = [event_from_json(row.event) for (row,) in rows]
        texts = await storage.texts.bodies(session, {e.note.id for e in found if e.note})
    return {"events": [event_view(e, texts, caller.role) for e in found], "next": after}


_REFUSALS = answers(RefusedSignals, 403, 404, *READS)


@router.get("/{claim_id}/refusals", summary="Signals that were refused, for operators", responses=_REFUSALS)
async def refusals(claim_id: Id, desk: DeskDep, caller: CallerDep) -> Json:
    only(caller, Role.OPS, Role.PLATFORM, Role.AUDITOR)
    await desk.find(caller, claim_id)
    async with desk.database.reading() as session:
        found = await storage.claims.refusals(session, claim_id)
    return {"refusals": [refusal_view(row) for row in found]}
