"""What the buyer answers to an explanation's question: did this help? A yes closes the claim, by the step `close`."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

import storage.claims
import storage.messages
import storage.notices
from api import requests
from api.conversation import Conversation, standing
from api.desk import Desk
from api.requests import KeyReused, Request
from api.tokens import Role
from claims.guidance import EXPLAINED
from claims.model import Action, Claim, Input, Refused
from claims.notices import of_no_help
from claims.thread import Kind
from storage.claims import Answer


async def answer(desk: Desk, request: Request, claim_id: str, message_id: str, helped: bool) -> Answer | None:
    """Note whether an explanation helped; answers the claim that a yes has closed.

    Raises NotFound, KeyReused, or Refused, also by the rules of the step. The same key and body do it once.
    """
    await desk.find(request.caller, claim_id)
    if request.caller.role != Role.BUYER:
        raise Refused("not_for_role", "Only the buyer can say whether an explanation helped.")
    asked = await Conversation(desk).one(request.caller, claim_id, message_id)
    if asked.message.kind != Kind.GUIDANCE:
        raise Refused("not_guidance", "Only an explanation asks whether it helped; this message is none.")
    request = replace(request, key=f"{message_id} {request.key}")  # with a blank: no key of anybody's own
    if helped:
        return await _yes(desk, request, claim_id, message_id)
    await _no(desk, request, claim_id, message_id)
    return None


async def _yes(desk: Desk, request: Request, claim_id: str, message_id: str) -> Answer:
    """First the step, which may be refused, then the mark; what fails between them the same request makes good."""
    async with desk.database.reading() as session:
        if await storage.claims.find_answer(session, _id_of_no(request, claim_id)):
            raise KeyReused
    closed = await desk.act(request, claim_id, Action.CLOSE, Input(code=EXPLAINED), None)
    async with desk.database.writing() as session:
        await storage.messages.lock(session, claim_id)
        await storage.messages.note_help(session, message_id, True, claim_id, datetime.now(UTC))
    return closed


async def _no(desk: Desk, request: Request, claim_id: str, message_id: str) -> None:
    """Mark it and tell the seller, while the claim is open; the answer to the key is kept with the mark."""
    now, command_id = await desk.now(claim_id), _id_of_no(request, claim_id)
    async with desk.database.writing() as session:
        await storage.messages.lock(session, claim_id)
        if await _answered(session, request, claim_id):
            return
        claim = await standing(session, claim_id, now)
        if not claim.open:
            raise Refused("claim_closed", "The claim is closed; nothing more is asked about its explanations.")
        await storage.claims.keep_answer(session, command_id, request.body, claim, now)
        first = await storage.messages.note_help(session, message_id, False, claim_id, datetime.now(UTC))
        mails = await _tell(desk, session, claim, message_id, now) if first else []
    if mails:
        desk.courier.send(claim_id, f"{message_id}/no", tuple(mails))  # beside the delivery of the message itself


async def _answered(session: AsyncSession, request: Request, claim_id: str) -> bool:
    """Whether this key brought this no before. Raises KeyReused when it brought a yes."""
    closing = requests.command_id(request, Action.CLOSE, claim_id)
    if await storage.claims.find_answer(session, closing):
        raise KeyReused
    return await storage.claims.find_answer(session, _id_of_no(request, claim_id)) is not None


async def _tell(desk: Desk, session: AsyncSession, claim: Claim, message_id: str, now: datetime) -> list[str]:
    """Put the notice into the seller's inbox; answers the keys of what is to be mailed."""
    notice = of_no_help(claim, message_id, now)
    await storage.notices.add(session, claim.id, [notice], desk.mails, datetime.now(UTC))
    return [notice.key] if desk.mails else []


def _id_of_no(request: Request, claim_id: str) -> str:
    return requests.command_id(request, "no help", claim_id)
