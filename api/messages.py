"""The thread of a claim over JSON: write, read, tell that it was read, have it translated anew, search."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response

import storage.messages
from api import helped
from api.answers import body_digest, refused, shown
from api.conversation import Conversation, Posted
from api.deps import CallerDep, Cursor, DeskDep, KeyDep, Limit, only, page
from api.documented import READS, WRITES, Json, answers, of_claim
from api.door import Door
from api.requests import Request
from api.schemas import HelpedBody, Id, MessageBody, ReadBody, Words
from api.shapes_talk import Answered, Found, Message, Receipt, Thread
from api.talk import message_view
from api.tokens import Role
from claims.model import Refused
from claims.process import let_time_pass
from claims.thread import MOST_FILES, TEXT_LIMIT, may_write
from storage.texts import folded

router = APIRouter(prefix="/v1", tags=["messages"], route_class=Door)
LIMITS = {"characters": TEXT_LIMIT, "attachments": MOST_FILES}


class Order(StrEnum):
    OLDEST = "position"
    NEWEST = "-position"


_POSTED = answers(Message, 403, 404, 409, *WRITES, status=201)


@router.post("/claims/{claim_id}/messages", status_code=201, summary="Write a message", responses=_POSTED)
async def post(claim_id: Id, body: MessageBody, desk: DeskDep, caller: CallerDep, key: KeyDep) -> Json:
    """It is accepted as written; its translation follows. What moderation rejects is seen by its author only."""
    conversation = Conversation(desk)
    request = Request(caller, key, body_digest(body))
    posted = Posted(body.text, body.to, tuple(body.attachments))
    message_id = await conversation.post(request, claim_id, posted)
    return message_view(await conversation.one(caller, claim_id, message_id), desk.translates)


_READ = answers(Thread, 404, *READS)


@router.get("/claims/{claim_id}/messages", summary="The thread, in the reader's language", responses=_READ)
async def thread(
    claim_id: Id,
    desk: DeskDep,
    caller: CallerDep,
    sort: Order = Order.OLDEST,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Json:
    """What the caller may see of it. Reading it is no receipt."""
    claim = await desk.find(caller, claim_id)
    conversation = Conversation(desk)
    async with desk.database.reading() as session:
        profile = await conversation.profile(session, caller)
        newest = sort == Order.NEWEST
        query = storage.messages.thread(claim_id, caller.role, caller.id, profile.language, newest)
        rows, after = await page(session, query, limit, cursor, of=f"messages of {claim_id} by {sort}")
        seen = await conversation.seen(session, caller, profile, rows)
        unread = await storage.messages.unread(session, caller.role, [claim_id])
    await conversation.have_translated(seen)
    writing = may_write(let_time_pass(claim, await desk.now(claim_id)).claim, caller.actor)
    return {
        "messages": [message_view(s, desk.translates) for s in seen],
        "next": after,
        "unread": unread.get(claim_id, 0),
        "writing": {"to": writing.to, "code": writing.code or None, "why_not": writing.sentence or None},
        "limits": LIMITS,
    }


@router.get("/claims/{claim_id}/messages/{message_id}", summary="One message", responses=answers(Message, 404, *READS))
async def read(claim_id: Id, message_id: Id, desk: DeskDep, caller: CallerDep) -> Json:
    return message_view(await Conversation(desk).one(caller, claim_id, message_id), desk.translates)


_NOTED = answers(Receipt, 403, 404, *WRITES)


@router.put("/claims/{claim_id}/receipt", summary="Tell that all up to a message was read", responses=_NOTED)
async def read_up_to(claim_id: Id, body: ReadBody, desk: DeskDep, caller: CallerDep) -> Json:
    """Idempotent. An integration may leave receipts out: then nothing is shown as read."""
    left = await Conversation(desk).read_up_to(caller, claim_id, body.up_to)
    return {"up_to": body.up_to, "unread": left}


_ANSWERED = answers(Answered, 202, 403, 404, 409, *WRITES, **of_claim())


@router.post("/claims/{claim_id}/messages/{message_id}/answer", summary="Did this help?", responses=_ANSWERED)
async def answer(
    claim_id: Id,
    message_id: Id,
    body: HelpedBody,
    response: Response,
    desk: DeskDep,
    caller: CallerDep,
    key: KeyDep,
) -> Json:
    """The buyer's answer to an explanation. A yes closes the claim, like the action `close`; a no tells the seller."""
    request = Request(caller, key, body_digest(body))
    try:
        closed = await helped.answer(desk, request, claim_id, message_id, body.helped)
    except Refused as error:
        raise await refused(desk, caller, claim_id, error) from error
    seen = await Conversation(desk).one(caller, claim_id, message_id)
    claim = shown(closed, caller, response) if closed else None
    return {"message": message_view(seen, desk.translates), "claim": claim}


_AGAIN = answers(Message, 403, 404, 409, *READS, status=202)


@router.post(
    "/claims/{claim_id}/messages/{message_id}/translation",
    status_code=202,
    summary="Have it translated anew",
    responses=_AGAIN,
)
async def translate_again(claim_id: Id, message_id: Id, desk: DeskDep, caller: CallerDep) -> Json:
    """Into the caller's language, whatever is known of the text; what there is stays readable meanwhile."""
    seen = await Conversation(desk).translate_again(caller, claim_id, message_id)
    return message_view(seen, desk.translates)


@router.get("/messages", summary="Search one's own messages", responses=answers(Found, 403, *READS))
async def search(
    desk: DeskDep,
    caller: CallerDep,
    q: Annotated[Words, Query(description="words that all stand in it, in either language; accents do not matter")],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Json:
    """Newest first: what the caller wrote or was told, in all claims."""
    only(caller, Role.BUYER, Role.SELLER, Role.MEDIATOR)
    conversation = Conversation(desk)
    async with desk.database.reading() as session:
        profile = await conversation.profile(session, caller)
        query = storage.messages.found(folded(q), caller.role, caller.id, profile.language)
        rows, after = await page(session, query, limit, cursor, of=f"messages with {q}")
        seen = await conversation.seen(session, caller, profile, rows)
    return {"messages": [message_view(s, desk.translates) for s in seen], "next": after}
