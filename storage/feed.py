"""The feed of a claim: all that happens on its screen, numbered in the order in which it was committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import FeedRow, ThreadRow


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `ref`: a step's sequence, a message's id, message/language, or role/position."""

    position: int
    kind: str  # step | message | translation | read
    ref: str
    at: datetime


async def extend(session: AsyncSession, claim_id: str, news: list[tuple[str, str]], now: datetime) -> int:
    """Add (kind, ref) pairs; answers the position of the last. Until it commits nobody else adds to this claim."""
    add = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    held = add(ThreadRow).values(claim_id=claim_id, position=len(news))
    held = held.on_conflict_do_update(index_elements=["claim_id"], set_={"position": ThreadRow.position + len(news)})
    last = int(await session.scalar(held.returning(ThreadRow.position)) or 0)
    first = last - len(news) + 1
    rows = [
        {"claim_id": claim_id, "position": first + i, "kind": kind, "ref": ref, "at": now}
        for i, (kind, ref) in enumerate(news)
    ]
    await session.execute(insert(FeedRow), rows)
    return last


async def position(session: AsyncSession, claim_id: str) -> int:
    """The last position there is; 0 when nothing has happened."""
    return await session.scalar(select(ThreadRow.position).where(ThreadRow.claim_id == claim_id)) or 0


async def positions(session: AsyncSession, claim_ids: Iterable[str]) -> dict[str, int]:
    """The last positions of these claims."""
    rows = select(ThreadRow.claim_id, ThreadRow.position).where(ThreadRow.claim_id.in_(list(claim_ids)))
    return {claim_id: last for claim_id, last in await session.execute(rows)}


async def after(session: AsyncSession, claim_id: str, position: int, most: int) -> list[Entry]:
    """The next entries after a position, at most so many."""
    rows = select(FeedRow).where(FeedRow.claim_id == claim_id, FeedRow.position > position)
    found = await session.scalars(rows.order_by(FeedRow.position).limit(most))
    return [Entry(row.position, row.kind, row.ref, row.at) for row in found]
