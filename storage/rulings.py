"""What mediators ruled on claims for the same reason: the newest rulings, and why."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

import storage.messages
from claims.effects import awarded
from claims.model import Action, Claim, Event
from claims.rulings import MOST, Ruling
from storage.codec import claim_from_json, event_from_json
from storage.tables import RULED, ClaimRow, EventRow, TextRow, TranslationRow


async def on(session: AsyncSession, reason: str, without: str, site: str | None = None) -> list[Ruling]:
    """The last ruling on each of the claims for this reason that ended by one, the newest first, MOST of them.

    `without`: the claim for which they are looked up. `site`: on this one only.
    """
    conditions: list[Any] = [text(RULED), ClaimRow.reason == reason]
    if site is not None:
        conditions.append(ClaimRow.site == site)
    claims = select(ClaimRow.id, ClaimRow.claimed).where(*conditions, ClaimRow.id != without)
    rows = (await session.execute(claims.order_by(ClaimRow.closed_at.desc(), ClaimRow.id.desc()).limit(MOST))).all()
    events = await _ruled(session, [claim_id for claim_id, _ in rows])
    found = [_ruling(claim_id, total, events[claim_id]) for claim_id, total in rows if claim_id in events]
    return sorted(found, key=lambda r: r.at, reverse=True)


async def claims(session: AsyncSession, rulings: Iterable[Ruling]) -> dict[str, Claim]:
    """The claims that were ruled on, by id."""
    ids = [r.claim_id for r in rulings]
    states = await session.scalars(select(ClaimRow.state).where(ClaimRow.id.in_(ids)))
    return {claim.id: claim for claim in map(claim_from_json, states)}


async def notes(
    session: AsyncSession, rulings: Iterable[Ruling], language: str
) -> dict[str, tuple[TextRow, TranslationRow | None]]:
    """What was written with these rulings, and that in this language where there is a translation; by the note's id."""
    ids = [r.note_id for r in rulings if r.note_id]
    texts = {row.id: row for row in await session.scalars(select(TextRow).where(TextRow.id.in_(ids)))}
    messages = {storage.messages.message_id(text_id): text_id for text_id in ids}
    wanted = select(TranslationRow).where(TranslationRow.message_id.in_(messages), TranslationRow.language == language)
    made = {messages[row.message_id]: row for row in await session.scalars(wanted) if row.body}
    return {text_id: (row, made.get(text_id)) for text_id, row in texts.items()}


async def _ruled(session: AsyncSession, claim_ids: list[str]) -> dict[str, Event]:
    """The last ruling in each of these timelines."""
    ruled = EventRow.event["action"].as_string() == Action.RULE
    rows = select(EventRow).where(EventRow.claim_id.in_(claim_ids), ruled).order_by(EventRow.sequence)
    return {row.claim_id: event_from_json(row.event) for row in await session.scalars(rows)}


def _ruling(claim_id: str, total: int, event: Event) -> Ruling:
    given, note_id = event.input, event.note.id if event.note else ""
    return Ruling(claim_id, event.at, total, awarded(total, given), bool(given.return_first), note_id)
