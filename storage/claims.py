"""Claims in and out of the database. record() is the only way in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import storage.messages
from claims.model import Action, Actor, Claim, Command, Event, Stage
from claims.notices import for_mediators
from claims.opening import Earlier, in_the_way
from claims.process import waiting_on
from claims.recording import Outcome, Recorded, Recording
from storage.codec import claim_from_json, claim_to_json, event_from_json, event_to_json, seal
from storage.tables import AnswerRow, ClaimRow, EventRow, RefusalRow, SkipRow


@dataclass(frozen=True)
class Answer:
    """What a command was answered with: the claim after it, as of that instant."""

    body: str
    claim: Claim
    at: datetime


async def record(session: AsyncSession, recording: Recording) -> Recorded:
    """Store a turn once. A turn made on another claim than the stored one changes nothing.

    Runs inside a transaction of its own. Two that open on one line at the same moment meet in the unique index: the
    caller gets IntegrityError and rolls back.
    """
    claim, command = recording.claim, recording.command
    standing = await _standing(session, claim.id)
    stored = claim_from_json(standing.state) if standing else None
    if stored and await knows(session, claim.id, command.id):
        return Recorded(Outcome.REPEATED, stored)
    if recording.before.version > (stored.version if stored else 0):
        return Recorded(Outcome.BEHIND)
    if not _made_on(recording.before, stored):
        return Recorded(Outcome.MOVED, stored)
    if other := await _in_the_way(session, recording) or await _answered_elsewhere(session, recording):
        return Recorded(Outcome.TAKEN, other=other)
    await _write(session, recording, standing)
    return Recorded(Outcome.STORED)


async def find(session: AsyncSession, claim_id: str) -> Claim | None:
    state = await session.scalar(select(ClaimRow.state).where(ClaimRow.id == claim_id))
    return claim_from_json(state) if state else None


async def was_mediated(session: AsyncSession, claim_id: str) -> bool:
    """Whether the claim has ever reached mediation."""
    return bool(await session.scalar(select(ClaimRow.mediated).where(ClaimRow.id == claim_id)))


async def knows(session: AsyncSession, claim_id: str, command_id: str) -> bool:
    """Whether this command has taken its step in the claim."""
    found = select(EventRow.sequence).where(EventRow.claim_id == claim_id, EventRow.command_id == command_id)
    return await session.scalar(found) is not None


async def find_answer(session: AsyncSession, command_id: str) -> Answer | None:
    row = await session.get(AnswerRow, command_id)
    return Answer(row.body, claim_from_json(row.state), row.at) if row else None


async def keep_answer(session: AsyncSession, command_id: str, body: str, claim: Claim, at: datetime) -> None:
    """Keep what a key was answered with that took no step; the claim as it stood."""
    values = {"command_id": command_id, "body": body, "claim_id": claim.id, "at": at, "state": claim_to_json(claim)}
    await session.execute(insert(AnswerRow).values(**values))


async def earlier(session: AsyncSession, order_id: str, line_id: str) -> tuple[Earlier, ...]:
    """The claims opened on this order line so far."""
    of_line = select(ClaimRow.state).where(ClaimRow.order_id == order_id, ClaimRow.line_id == line_id)
    claims = [
        claim_from_json(state) for state in await session.scalars(of_line.order_by(ClaimRow.opened_at, ClaimRow.id))
    ]
    return tuple(Earlier(c.id, c.open, c.code, c.ruled, c.paid, c.quantity) for c in claims)


async def contested(session: AsyncSession, order_id: str, line_id: str) -> str:
    """The id of the claim that is open on this order line, or an empty text."""
    stages = (Stage.NEGOTIATION, Stage.RETURN, Stage.MEDIATION)
    rows = select(ClaimRow.id).where(ClaimRow.order_id == order_id, ClaimRow.line_id == line_id)
    return await session.scalar(rows.where(ClaimRow.stage.in_(stages))) or ""


def timeline(claim_id: str) -> Select[EventRow]:
    """Entries of a timeline in their order, for paging."""
    return select(EventRow).where(EventRow.claim_id == claim_id).order_by(EventRow.sequence)


async def steps(session: AsyncSession, claim_id: str, sequences: Iterable[int]) -> dict[int, Event]:
    """These entries of a timeline, by their sequence."""
    rows = timeline(claim_id).where(EventRow.sequence.in_(list(sequences)))
    return {row.sequence: event_from_json(row.event) for row in await session.scalars(rows)}


async def events(session: AsyncSession, claim_id: str) -> list[Event]:
    return [event_from_json(row.event) for row in await session.scalars(timeline(claim_id))]


async def verify_chain(session: AsyncSession, claim_id: str) -> bool:
    """Whether every entry of the timeline is the one that was sealed, from the first to the claim's last."""
    digest = ""
    for number, row in enumerate(await session.scalars(timeline(claim_id)), 1):
        digest = seal(digest, claim_id, row.event)
        if (row.sequence, row.digest) != (number, digest):
            return False
    return digest == await session.scalar(select(ClaimRow.digest).where(ClaimRow.id == claim_id))


async def note_refusal(session: AsyncSession, claim_id: str, command: Command, code: str, sentence: str) -> None:
    """Keep a refused signal where it can be found; the same one is kept once."""
    if await session.get(RefusalRow, command.id) is None:
        session.add(
            RefusalRow(
                command_id=command.id,
                claim_id=claim_id,
                at=command.accepted_at or datetime.now(UTC),
                action=command.action,
                by=command.by,
                person=command.person,
                code=code,
                sentence=sentence,
            )
        )


async def refusals(session: AsyncSession, claim_id: str) -> list[RefusalRow]:
    rows = select(RefusalRow).where(RefusalRow.claim_id == claim_id).order_by(RefusalRow.at)
    return list(await session.scalars(rows))


async def skipped(session: AsyncSession, claim_id: str) -> timedelta:
    """By how much this claim's clock is ahead of the wall (embedded mode only)."""
    found = await session.scalar(select(SkipRow.milliseconds).where(SkipRow.claim_id == claim_id))
    return timedelta(milliseconds=found or 0)


async def set_skipped(session: AsyncSession, claim_id: str, ahead: timedelta) -> None:
    await session.merge(SkipRow(claim_id=claim_id, milliseconds=int(ahead / timedelta(milliseconds=1))))


async def _standing(session: AsyncSession, claim_id: str) -> ClaimRow | None:
    return await session.scalar(select(ClaimRow).where(ClaimRow.id == claim_id).with_for_update())


def _made_on(before: Claim, stored: Claim | None) -> bool:
    """Whether it is the stored claim, not only its version: a run that was replayed by newer rules may hold another."""
    if stored is None:
        return before.version == 0
    return stored == replace(before, claimed_again=stored.claimed_again)


async def _answered_elsewhere(session: AsyncSession, recording: Recording) -> str:
    """The claim that was opened under this very key; an opening's key does not name the order line."""
    if recording.command.action != Action.OPEN or not recording.command.body:
        return ""
    answer = await session.get(AnswerRow, recording.command.id)
    return answer.claim_id if answer else ""


async def _in_the_way(session: AsyncSession, recording: Recording) -> str:
    """The claim on the order line that came between the desk's look and now; the unique index sees only two at once."""
    action, line = recording.command.action, recording.claim.line
    if action not in (Action.OPEN, Action.APPEAL) or recording.command.by == Actor.CLOCK:
        return ""
    return in_the_way(recording.claim, action, await earlier(session, line.order_id, line.line_id))


async def _write(session: AsyncSession, recording: Recording, standing: ClaimRow | None) -> None:
    claim = recording.claim
    rows = _event_rows(claim.id, recording.events, standing.digest if standing else "")
    values = _columns(claim) | {"digest": rows[-1]["digest"] if rows else standing.digest if standing else ""}
    values |= {"answered_at": _answered_at(standing, recording.events)}
    if standing is None:
        await session.execute(insert(ClaimRow).values(id=claim.id, mediated=claim.stage == Stage.MEDIATION, **values))
    else:
        mediated = standing.mediated or any(for_mediators(e) for e in recording.events)
        await session.execute(update(ClaimRow).where(ClaimRow.id == claim.id).values(mediated=mediated, **values))
    if rows:
        await session.execute(insert(EventRow), rows)
        await storage.messages.add_steps(session, claim, recording.events, rows[0]["recorded_at"])
    if recording.command.body:
        await session.execute(insert(AnswerRow).values(**_answer(recording, values["state"])))


def _columns(claim: Claim) -> dict[str, Any]:
    return {
        "order_id": claim.line.order_id,
        "line_id": claim.line.line_id,
        "buyer_id": claim.line.buyer_id,
        "seller_id": claim.line.seller_id,
        "site": claim.line.site,
        "reason": claim.reason.code,
        "stage": claim.stage,
        "waiting_on": waiting_on(claim),
        "due_at": claim.due_at,
        "impact": claim.verdict.impact,
        "code": claim.code,
        "priority": claim.priority,
        "version": claim.version,
        "opened_at": claim.opened_at,
        "closed_at": claim.closed_at,
        "protect_until": claim.protect_until,
        "currency": claim.line.currency,
        "claimed": claim.total,
        "refunded": claim.paid,
        "updated_at": claim.updated_at,
        "exclusion": claim.exclusion.state if claim.exclusion else "",
        "exclusion_due_at": claim.exclusion.due_at if claim.exclusion else None,
        "state": claim_to_json(claim),
    }


def _answered_at(standing: ClaimRow | None, events: tuple[Event, ...]) -> datetime | None:
    """When the seller first answered, by what is known and by these steps; what the clock does is no answer."""
    known = standing.answered_at if standing else None
    return min((at for at in (known, *(e.at for e in events if e.by == Actor.SELLER)) if at), default=None)


def _event_rows(claim_id: str, events: tuple[Event, ...], digest: str) -> list[dict[str, Any]]:
    rows = []
    for event in events:
        document = event_to_json(event)
        digest = seal(digest, claim_id, document)
        rows.append(
            {
                "claim_id": claim_id,
                "sequence": event.sequence,
                "command_id": event.id,
                "at": event.at,
                "recorded_at": datetime.now(UTC),
                "event": document,
                "digest": digest,
            }
        )
    return rows


def _answer(recording: Recording, state: dict[str, Any]) -> dict[str, Any]:
    command, claim = recording.command, recording.claim
    return {
        "command_id": command.id,
        "body": command.body,
        "claim_id": claim.id,
        "at": claim.updated_at,
        "state": state,
    }
