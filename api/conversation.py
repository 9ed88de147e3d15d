"""The thread of a claim at the desk: posting, reading, receipts, translations."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

import storage.attachments
import storage.claims
import storage.messages
import storage.notices
import storage.profiles
import storage.translations
from api import requests
from api.desk import Desk
from api.requests import KeyReused, NotFound, Request
from api.tokens import Caller
from api.words import keep
from claims.model import Actor, Claim, Refused
from claims.notices import of_message
from claims.process import let_time_pass
from claims.thread import receiver
from storage.attachments import Attachment
from storage.messages import Found, Sent
from storage.profiles import Profile
from storage.tables import MessageRow, ReadRow, TextRow, TranslationRow


@dataclass(frozen=True)
class Seen:
    """A message as it stands for one reader; `translation` is in the reader's language."""

    message: MessageRow
    text: TextRow
    translation: TranslationRow | None
    receipts: list[ReadRow]
    files: list[Attachment]
    reader: Caller
    profile: Profile


@dataclass(frozen=True)
class Posted:
    """What somebody writes: `to` whom, where that has to be said; `files`: the ids of uploads."""

    text: str
    to: Actor | None = None
    files: tuple[str, ...] = ()


class Conversation:
    def __init__(self, desk: Desk) -> None:
        self.desk, self.database = desk, desk.database

    async def post(self, request: Request, claim_id: str, posted: Posted) -> str:
        """Accept a message; answers its id. One that moderation rejects is kept for its author alone.

        Raises Refused, NotFound or KeyReused. The same key and body answer the same message.
        """
        await self.desk.find(request.caller, claim_id)
        command_id = requests.command_id(request, "message", claim_id)
        async with self.database.reading() as session:
            if found := await _answered(session, command_id, request.body):
                return found
        words = await self.desk.reader.look(request.caller, posted.text)
        now = await self.desk.now(claim_id)
        async with self.database.writing() as session:
            await storage.messages.lock(session, claim_id)
            if found := await _answered(session, command_id, request.body):
                return found
            claim = await standing(session, claim_id, now)
            to = receiver(claim, request.caller.actor, posted.to)
            note = await keep(session, request.caller, claim_id, words, now)
            sent = _sent(request, claim, command_id, note.id, to, words.reasons, now)
            await storage.messages.add(session, claim, sent)
            mails = [] if words.reasons else await self._let_out(session, claim, sent, to, posted.files)
        if not words.reasons:
            self.desk.courier.send(claim_id, sent.id, tuple(mails))
        return sent.id

    async def one(self, caller: Caller, claim_id: str, message_id: str) -> Seen:
        """A message as the caller sees it; NotFound for whoever does not."""
        await self.desk.find(caller, claim_id)
        async with self.database.reading() as session:
            profile = await self.profile(session, caller)
            query = storage.messages.one(claim_id, message_id, caller.role, caller.id, profile.language)
            row = (await session.execute(query)).first()
            if row is None:
                raise NotFound(f"message {message_id[:60]}")
            (seen,) = await self.seen(session, caller, profile, [row])
        return seen

    async def seen(self, session: AsyncSession, caller: Caller, profile: Profile, rows: list[Found]) -> list[Seen]:
        """These rows of a list as the caller sees them."""
        claim_ids = {row[0].claim_id for row in rows}
        receipts = await storage.messages.reads(session, claim_ids)
        names = {
            name for row in rows for name in (row[0].id, row[0].command_id)
        }  # those of a step stand by its command
        by = (caller.role, caller.id)
        files = [await storage.attachments.of_messages(session, claim_id, *by, names) for claim_id in claim_ids]
        used = {name: found for of_claim in files for name, found in of_claim.items()}
        return [_seen(row, receipts, used, caller, profile) for row in rows]

    async def profile(self, session: AsyncSession, caller: Caller) -> Profile:
        return await storage.profiles.find(session, caller.role, caller.id)

    async def have_translated(self, seen: list[Seen]) -> None:
        """Have what its reader cannot read yet translated: a mediator who comes late, a language that was changed."""
        missing = [s for s in seen if _is_missing(s)]
        if not missing or not self.desk.translates:
            return
        async with self.database.writing() as session:
            for s in missing:
                await storage.translations.want(session, s.message.id, [s.profile.language], datetime.now(UTC))
        for s in missing:
            self.desk.courier.send(s.message.claim_id, s.message.id)

    async def translate_again(self, caller: Caller, claim_id: str, message_id: str) -> Seen:
        """Have a message translated anew for the caller. Raises Refused when it is in the caller's language already."""
        seen = await self.one(caller, claim_id, message_id)
        _check_is_reader(caller)
        as_written = seen.text.language in ("", seen.profile.language) or seen.message.sender == caller.role
        if as_written or seen.text.erased_at or seen.message.moderation != "clean":
            raise Refused("nothing_to_translate", "There is nothing to translate: the message is read as written.")
        async with self.database.writing() as session:
            await storage.translations.want_anew(session, message_id, seen.profile.language, datetime.now(UTC))
        self.desk.courier.send(claim_id, message_id)
        return await self.one(caller, claim_id, message_id)

    async def read_up_to(self, caller: Caller, claim_id: str, message_id: str) -> int:
        """Note that the caller has read the thread up to a message; answers how many are left unread."""
        seen = await self.one(caller, claim_id, message_id)
        _check_is_reader(caller)
        async with self.database.writing() as session:
            await storage.messages.lock(session, claim_id)
            by = (str(caller.role), caller.id)
            await storage.messages.read_up_to(session, claim_id, by, seen.message.position, datetime.now(UTC))
            left = await storage.messages.unread(session, caller.role, [claim_id])
        return left.get(claim_id, 0)

    async def _let_out(
        self, session: AsyncSession, claim: Claim, sent: Sent, to: Actor, files: tuple[str, ...]
    ) -> list[str]:
        """Show the files to the receiver and put the notice into the inbox; answers the keys of what is to be mailed.

        Before a mediator, files are for whom the message is for.
        """
        visibility = to if Actor.MEDIATOR in (to, sent.sender) else None
        by = (str(sent.sender), sent.person)
        await storage.attachments.bind(session, files, by, claim.id, sent.id, sent.at, visibility)
        notice = of_message(claim, sent.id, sent.sender, to, sent.at)
        await storage.notices.add(session, claim.id, [notice], self.desk.mails, datetime.now(UTC))
        return [notice.key] if self.desk.mails and notice.person else []


async def standing(session: AsyncSession, claim_id: str, now: datetime) -> Claim:
    """The claim as it is at this instant, while nobody can move it."""
    claim = await storage.claims.find(session, claim_id)
    if claim is None:
        raise NotFound(f"claim {claim_id[:60]}")
    return let_time_pass(claim, now).claim


def _seen(
    row: Found, receipts: dict[str, list[ReadRow]], used: dict[str, list[Attachment]], caller: Caller, profile: Profile
) -> Seen:
    message, text, translation = row
    files = used.get(message.id, []) + used.get(message.command_id, [])
    return Seen(message, text, translation, receipts.get(message.claim_id, []), files, caller, profile)


def _check_is_reader(caller: Caller) -> None:
    if caller.actor is None:
        raise Refused("not_for_role", f"This is for the parties and the mediators; your token says {caller.role}.")


async def _answered(session: AsyncSession, command_id: str, body: str) -> str:
    """The message that came under this key, or an empty text."""
    found = await storage.messages.answered(session, command_id)
    if found and found.body != body:
        raise KeyReused
    return found.id if found else ""


def _sent(
    request: Request,
    claim: Claim,
    command_id: str,
    text_id: str,
    to: Actor,
    reasons: tuple[dict[str, Any], ...],
    now: datetime,
) -> Sent:
    return Sent(
        id=storage.messages.message_id(text_id),
        claim_id=claim.id,
        command_id=command_id,
        body=request.body,
        text_id=text_id,
        sender=Actor(request.caller.role),
        person=request.caller.id,
        receiver=to,
        stage=claim.stage,
        at=now,
        reasons=reasons,
    )


def _is_missing(seen: Seen) -> bool:
    theirs = seen.message.sender != seen.reader.role and seen.reader.actor is not None
    foreign = seen.text.language not in ("", seen.profile.language) and not seen.text.erased_at
    return theirs and foreign and seen.translation is None and not seen.profile.originals
