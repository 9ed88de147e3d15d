"""What the standing is made of, read once more from where it first stood: orders, and the claims' own timelines."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

import storage.sales
from claims.model import Event as Step
from claims.model import Impact, Stage
from claims.standing.events import Event, Judged
from storage.codec import event_from_json
from storage.rows import parts
from storage.tables import ClaimRow, EventRow, OrderLineRow, ReputationRow, SaleRow

_PAGE = 500
_DECIDED = (Stage.SETTLING, Stage.CLOSED)


@dataclass(frozen=True)
class Books:
    """All that is known of one seller: by orders and timelines, and what the ledger and table sales make of it."""

    events: list[Event]  # by orders and timelines
    ledger: dict[str, Judged]  # the last entry of each claim
    sales: list[SaleRow]


async def sellers_after(session: AsyncSession, seller_id: str) -> list[str]:
    """The next sellers, by id, of whom anything is known: lines, sales, claims or entries of the ledger."""
    found: set[str] = set()
    for column in (OrderLineRow.seller_id, SaleRow.seller_id, ClaimRow.seller_id, ReputationRow.seller_id):
        found |= set(await session.scalars(_after(column, seller_id)))
    return sorted(found)[:_PAGE]


async def books(session: AsyncSession, seller_id: str) -> Books:
    """One consistent view of them."""
    found = await storage.sales.events(session, await _orders(session, seller_id))
    sold = [e for e in storage.sales.of_seller(found, seller_id) if not isinstance(e, Judged)]
    entries = select(ReputationRow).where(ReputationRow.seller_id == seller_id).order_by(ReputationRow.version)
    ledger = {row.claim_id: storage.sales.judged(row) for row in await session.scalars(entries)}
    sales = list(await session.scalars(select(SaleRow).where(SaleRow.seller_id == seller_id)))
    return Books([*sold, *[v async for v in _verdicts(session, seller_id)]], ledger, sales)


async def orders_of(session: AsyncSession, seller_id: str) -> list[str]:
    """The orders that have to do with the seller: by their lines, and by table sales."""
    sold = set(await _orders(session, seller_id))
    kept = await session.scalars(select(SaleRow.order_id).where(SaleRow.seller_id == seller_id))
    return sorted(sold | set(kept))


async def _orders(session: AsyncSession, seller_id: str) -> list[str]:
    mine = select(OrderLineRow.order_id).where(OrderLineRow.seller_id == seller_id)
    return list(await session.scalars(mine.distinct()))


async def _verdicts(session: AsyncSession, seller_id: str) -> AsyncIterator[Judged]:
    """The verdict of each claim that was ever decided, by its timeline."""
    claims = (ClaimRow.id, ClaimRow.order_id, ClaimRow.seller_id, ClaimRow.site)
    rows = {row.id: row for row in await session.execute(select(*claims).where(ClaimRow.seller_id == seller_id))}
    for part in parts(sorted(rows)):
        steps = select(EventRow.claim_id, EventRow.event).where(EventRow.claim_id.in_(part))
        timelines: dict[str, list[Step]] = {}
        for claim_id, event in await session.execute(steps.order_by(EventRow.claim_id, EventRow.sequence)):
            timelines.setdefault(claim_id, []).append(event_from_json(event))
        for claim_id, timeline in timelines.items():
            if (last := decided_by(timeline)) is not None:
                row, before = rows[claim_id], [e for e in timeline if e.sequence <= last.sequence]
                mediated = any(e.stage == Stage.MEDIATION for e in before)
                yield Judged(
                    claim_id, last.sequence, row.order_id, row.seller_id, row.site, last.impact, mediated, last.at
                )


def decided_by(timeline: Sequence[Step]) -> Step | None:
    """The step whose verdict counts: the last one that ended the claim, or after which only the bank is waited for.

    While an appeal is under way that is the step before it: the old verdict stands until there is another.
    """
    ends = (e for e in reversed(timeline) if e.stage in _DECIDED and e.impact != Impact.PENDING)
    return next(ends, None)


def _after(column: Any, seller_id: str) -> Select[str]:
    return select(column).where(column > seller_id).distinct().order_by(column).limit(_PAGE)
