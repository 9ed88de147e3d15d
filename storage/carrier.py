"""What carriers said: each of their events once, with what became of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import CarrierEventRow


async def find(session: AsyncSession, event_id: str) -> CarrierEventRow | None:
    return await session.get(CarrierEventRow, event_id)


async def add(
    session: AsyncSession, event_id: str, body: str, facts: tuple[str, str, datetime], claim_id: str, now: datetime
) -> CarrierEventRow:
    """Keep an event that has just come in; `facts` are (tracking number, kind, at)."""
    row = CarrierEventRow(
        event_id=event_id,
        body=body,
        tracking_number=facts[0],
        kind=facts[1],
        at=facts[2],
        claim_id=claim_id,
        outcome="received",
        sentence="",
        created_at=now,
    )
    session.add(row)
    return row


async def settle(session: AsyncSession, event_id: str, outcome: str, sentence: str = "") -> None:
    """Note what became of an event: taken, or ignored and why."""
    row = await session.get(CarrierEventRow, event_id)
    if row is not None:
        row.outcome, row.sentence = outcome, sentence
