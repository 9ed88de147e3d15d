"""Which entries of the ledger the outside reputation service has heard, which it refused, and which it waits for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import ReputationRow

_PAGE = 500
_WAITS = (ReputationRow.told_at.is_(None), ReputationRow.refused.is_(None))
_REFUSED = (ReputationRow.told_at.is_(None), ReputationRow.refused.is_not(None))


@dataclass(frozen=True)
class Refusal:
    """An entry that the service refused for good, with the HTTP status of its answer."""

    claim_id: str
    version: int
    status: int


async def untold(session: AsyncSession, claim_id: str) -> list[ReputationRow]:
    """The entries of a claim that are to be told yet, in the order of their versions."""
    rows = select(ReputationRow).where(ReputationRow.claim_id == claim_id, *_WAITS).order_by(ReputationRow.version)
    return list(await session.scalars(rows))


async def keep_standing(
    session: AsyncSession, claim_id: str, version: int, standing: dict[str, Any]
) -> dict[str, Any] | None:
    """Keep what the service is told of the seller, unless it is kept already; what is kept."""
    row = await session.get_one(ReputationRow, (claim_id, version), with_for_update=True)
    row.told_standing = row.told_standing or standing
    return row.told_standing


async def mark_told(session: AsyncSession, claim_id: str, version: int, at: datetime) -> None:
    mine = (*_is(claim_id, version), ReputationRow.told_at.is_(None))
    await session.execute(update(ReputationRow).where(*mine).values(told_at=at, refused=None))


async def mark_refused(session: AsyncSession, claim_id: str, version: int, status: int) -> None:
    mine = (*_is(claim_id, version), ReputationRow.told_at.is_(None))
    await session.execute(update(ReputationRow).where(*mine).values(refused=status))


async def claims_that_wait(session: AsyncSession) -> AsyncIterator[str]:
    """The claims with entries that are to be told, the oldest entry first; one with several may come again."""
    place = (ReputationRow.at, ReputationRow.claim_id, ReputationRow.version)
    wanted = select(*place).where(*_WAITS).order_by(*place).limit(_PAGE)
    rows = list(await session.execute(wanted))
    while rows:
        for _, claim_id, _ in rows:
            yield claim_id
        last = rows[-1]
        rest = (ReputationRow.at >= last[0], tuple_(*place) > tuple(last))
        rows = list(await session.execute(wanted.where(*rest)))


async def refusals(session: AsyncSession, limit: int) -> list[Refusal]:
    """What the service refused, the oldest first."""
    columns = (ReputationRow.claim_id, ReputationRow.version, ReputationRow.refused)
    rows = await session.execute(select(*columns).where(*_REFUSED).order_by(ReputationRow.at).limit(limit))
    return [Refusal(claim_id, version, status) for claim_id, version, status in rows if status is not None]


async def have_refused_told_again(session: AsyncSession) -> None:
    """Let what was refused wait once more."""
    await session.execute(update(ReputationRow).where(*_REFUSED).values(refused=None))


def _is(claim_id: str, version: int) -> tuple[Any, ...]:
    return ReputationRow.claim_id == claim_id, ReputationRow.version == version
