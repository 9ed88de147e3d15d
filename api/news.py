"""What happened on a claim as one reader is told of it: each entry of the feed a server-sent event, or passed over."""

import json
from dataclasses import dataclass
from typing import Any

from fastapi.sse import format_sse_event
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

import storage.claims
import storage.feed
import storage.messages
import storage.texts
from api.conversation import Conversation, Seen
from api.desk import Desk
from api.talk import message_view
from api.tokens import Caller
from api.views import event_view
from claims.model import Event
from claims.thread import ALL
from storage.feed import Entry
from storage.tables import ReadRow

MOST = 25  # entries at once: what waits for a slow client is never more than these
_AS_ANSWERED: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
Json = dict[str, Any]


@dataclass(frozen=True)
class News:
    """The next entries as they go over the wire; `last` is the position up to which the feed was read."""

    events: list[bytes]
    last: int
    whole: bool  # there was no more


@dataclass
class _Facts:
    """What stands behind some entries, as far as the reader may see it."""

    steps: dict[int, Event]
    notes: dict[str, str | None]
    messages: dict[str, Seen]
    heard: list[Any]  # id, position, sender and receiver of the thread; only where something was read
    reads: list[ReadRow]


async def after(desk: Desk, caller: Caller, claim_id: str, position: int) -> News:
    """What comes after a position. Raises NotFound when the caller does not see the claim, or DatabaseAway."""
    await desk.find(caller, claim_id)
    async with desk.database.reading() as session:
        entries = await storage.feed.after(session, claim_id, position, MOST)
        end = await storage.feed.position(session, claim_id)  # of the same instant; positions may have gaps
        facts = await _facts(session, desk, caller, claim_id, entries)
    await Conversation(desk).have_translated(_fresh(entries, facts))
    told = [(entry, _said(entry, facts, caller, desk.translates)) for entry in entries]
    last = entries[-1].position if len(entries) == MOST else max(end, position)
    return News([_event(*one) for one in _without_silent_runs(told)], last, len(entries) < MOST)


def _without_silent_runs(told: list[tuple[Entry, Json | None]]) -> list[tuple[Entry, Json | None]]:
    """Of what is passed over only the last entry, for its id, and only where nothing comes after it."""
    return [(entry, said) for i, (entry, said) in enumerate(told, 1) if said is not None or i == len(told)]


def _event(entry: Entry, said: Json | None) -> bytes:
    """What a caller may not see is passed over; its position is still what the client goes on from."""
    if said is None:
        return format_sse_event(id=str(entry.position))
    data = json.dumps(_AS_ANSWERED.dump_python(said, mode="json"))  # as the other answers write it, but ASCII alone
    return format_sse_event(event=entry.kind, id=str(entry.position), data_str=data)


def _said(entry: Entry, facts: _Facts, caller: Caller, translates: bool) -> Json | None:
    """The event's data; None for what this reader is not told."""
    if entry.kind == "step":
        return event_view(facts.steps[int(entry.ref)], facts.notes, caller.role)
    if entry.kind == "read":
        return _read(entry, facts)
    message_id, _, language = entry.ref.partition("/")
    if message_id not in facts.messages:
        return None
    view = message_view(facts.messages[message_id], translates)
    made = view["translation"]
    foreign = entry.kind == "translation" and (made is None or made["language"] != language)
    return None if foreign else view


def _read(entry: Entry, facts: _Facts) -> Json | None:
    """The last message that was read thereby, of those that were written to the reader and that the caller sees."""
    role, _, position = entry.ref.partition("/")
    to = int(position)
    since = max((r.position for r in facts.reads if r.role == role and r.position < to), default=0)
    new = [m for m in facts.heard if since < m.position <= to and m.sender != role and m.receiver in (role, ALL)]
    if not new:
        return None
    return {"role": role, "up_to": new[-1].id, "position": new[-1].position, "at": entry.at}


async def _facts(session: AsyncSession, desk: Desk, caller: Caller, claim_id: str, entries: list[Entry]) -> _Facts:
    steps = await storage.claims.steps(session, claim_id, _refs(entries, "step"))
    notes = await storage.texts.bodies(session, {e.note.id for e in steps.values() if e.note})
    told_of = _refs(entries, "message") | _refs(entries, "translation")
    messages = await _messages(session, desk, caller, told_of) if told_of else {}
    if not _refs(entries, "read"):
        return _Facts(steps, notes, messages, [], [])
    heard = await storage.messages.heard(session, claim_id, caller.role, caller.id)
    reads = await storage.messages.reads(session, [claim_id])
    return _Facts(steps, notes, messages, heard, reads.get(claim_id, []))


async def _messages(session: AsyncSession, desk: Desk, caller: Caller, ids: set[str]) -> dict[str, Seen]:
    conversation = Conversation(desk)
    profile = await conversation.profile(session, caller)
    query = storage.messages.some(list(ids), caller.role, caller.id, profile.language)
    rows = list(await session.execute(query))
    return {seen.message.id: seen for seen in await conversation.seen(session, caller, profile, rows)}


def _refs(entries: list[Entry], kind: str) -> set[Any]:
    """What the entries of a kind name: steps by sequence, the others by id."""
    found = {entry.ref.partition("/")[0] for entry in entries if entry.kind == kind}
    return {int(ref) for ref in found} if kind == "step" else found


def _fresh(entries: list[Entry], facts: _Facts) -> list[Seen]:
    """The messages that are told for the first time."""
    told = _refs(entries, "message")
    return [seen for message_id, seen in facts.messages.items() if message_id in told]
