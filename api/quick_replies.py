"""Quick replies for sellers: the house's own for each reason and language, and those that a seller has saved."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

import storage.orders
import storage.profiles
import storage.quick_replies
from api.deps import DeskDep, needs
from api.documented import READS, WRITES, Json, answers
from api.door import Door
from api.problems import problem
from api.schemas import Id, QuickReplyBody
from api.shapes_talk import QuickReplies, QuickReplySeen
from api.tokens import Caller, Role
from claims.inputs import NOTE_LIMIT
from claims.model import Claim
from claims.quick_replies import HOUSE, MOST_OWN, PLACEHOLDERS, QuickReply, filled
from claims.reasons import LANGUAGES, REASONS
from storage.database import Database
from storage.quick_replies import TooMany

router = APIRouter(prefix="/v1/quick-replies", tags=["messages"], route_class=Door)
SellerDep = Annotated[Caller, Depends(needs(Role.SELLER))]
Language = StrEnum("Language", {name.upper(): name for name in LANGUAGES})  # type: ignore[misc]
Reason = StrEnum("Reason", {code.upper(): code for code in REASONS})  # type: ignore[misc]
LIMITS = {"replies": MOST_OWN, "characters": NOTE_LIMIT}


_LISTED = answers(QuickReplies, 403, 404, *READS)


@router.get("", summary="What a seller often writes (role seller)", responses=_LISTED)
async def listed(
    desk: DeskDep,
    caller: SellerDep,
    reason: Annotated[Reason | None, Query(description="those for this reason; else for the claim's")] = None,
    language: Annotated[Language | None, Query(description="in place of the profile's")] = None,
    claim: Annotated[Id | None, Query(description="fills the placeholders in")] = None,
) -> Json:
    """The seller's own come first. What there is in no such language comes in another."""
    about = await desk.find(caller, claim) if claim else None
    facts = await _facts(desk.database, about) if about else None
    code = reason or (about.reason.code if about else None)
    async with desk.database.reading() as session:
        own = await storage.quick_replies.of_seller(session, caller.id)
        wanted = language or (await storage.profiles.find(session, caller.role, caller.id)).language
    return {
        "replies": [
            _view(reply, mine, wanted, facts)
            for mine, replies in ((True, own), (False, HOUSE))
            for reply in replies
            if reply.suits(code)
        ],
        "placeholders": PLACEHOLDERS,
        "limits": LIMITS,
    }


_SAVED = answers(QuickReplySeen, 403, 409, *WRITES)


@router.put("/{name}", summary="Save one of one's own (role seller); idempotent", responses=_SAVED)
async def save(name: Id, body: QuickReplyBody, desk: DeskDep, caller: SellerDep) -> Json:
    """In place of the one with this name. It goes through moderation now, and again when it is sent."""
    reply = QuickReply(name, tuple(body.reasons), {each: text for each, text in body.texts.items()})
    await desk.reader.approve(caller, reply.texts)
    try:
        async with desk.database.writing() as session:
            await storage.quick_replies.save(session, caller.id, reply, datetime.now(UTC))
            wanted = (await storage.profiles.find(session, caller.role, caller.id)).language
    except TooMany:
        sentence = f"You have {MOST_OWN} quick replies, as many as there may be; delete or overwrite one."
        raise problem(409, "too_many_quick_replies", sentence, allowed=[]) from None
    return _view(reply, True, wanted, None)


_GONE = answers(None, 403, *READS, status=204)


@router.delete("/{name}", status_code=204, summary="Delete one of one's own (role seller)", responses=_GONE)
async def drop(name: Id, desk: DeskDep, caller: SellerDep) -> Response:
    """Idempotent: one that is not there is gone, too."""
    async with desk.database.writing() as session:
        await storage.quick_replies.drop(session, caller.id, name)
    return Response(status_code=204)


def _view(reply: QuickReply, own: bool, wanted: str, facts: dict[str, str] | None) -> Json:
    language, text = reply.in_language(wanted)
    return {
        "name": reply.name,
        "own": own,
        "reasons": reply.reasons,
        "language": language,
        "text": text if facts is None else filled(text, facts),
        "texts": reply.texts,
    }


async def _facts(database: Database, claim: Claim) -> dict[str, str]:
    """What the placeholders stand for; the seller of a claim reads its buyer's name on the label as well."""
    line = claim.line
    async with database.reading() as session:
        buyer = (await storage.orders.find_people(session, {line.buyer_id}))[line.buyer_id]
    return {"buyer": buyer.name, "product": line.product, "order": line.order_id}
