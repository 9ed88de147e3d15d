"""The sales of a seller as they count for the standing: kept beside orders and ledger, and made from nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from claims.model import PLATFORM, Impact
from claims.standing.days import day_of
from claims.standing.events import By, Cancelled, Dispatched, Event, Judged, Sale, Sold, fold
from claims.standing.standing import Counts, Windows
from claims.standing.terms import Terms
from storage.rows import parts, upsert
from storage.tables import OrderLineRow, OrderRow, ReputationRow, SaleRow

COLUMNS = tuple(SaleRow.__table__.columns.keys())


async def hold(session: AsyncSession, order_ids: Sequence[str]) -> None:
    """Let no other transaction change these orders, or what counts on them, meanwhile."""
    for part in parts(sorted(order_ids)):
        rows = select(OrderRow.id).where(OrderRow.id.in_(part)).order_by(OrderRow.id)
        await session.execute(rows.with_for_update())


async def refresh(session: AsyncSession, order_ids: Sequence[str]) -> None:
    """Make the sales of these orders anew from their lines and the ledger. The caller holds the orders."""
    for part in parts(sorted(order_ids)):
        sales = fold(await _events(session, part))
        await upsert(session, SaleRow, (row_of(sale) for sale in sales if sale.stands))
        standing = {(s.order_id, s.seller_id) for s in sales if s.stands}
        stale = [k for k in await _known(session, part) if k not in standing]
        if stale:
            await session.execute(delete(SaleRow).where(tuple_(SaleRow.order_id, SaleRow.seller_id).in_(stale)))


async def windows(session: AsyncSession, seller_id: str, site: str, terms: Terms, now: datetime) -> Windows:
    """The counts of both windows as of now. What is older than the windows is not touched."""
    short = await _counts(session, seller_id, site, now - terms.window, now)
    if short.sales >= terms.busy:
        return Windows(short, short)  # nobody looks at the other
    return Windows(short, await _counts(session, seller_id, site, now - terms.long_window, now))


async def by_day(session: AsyncSession, seller_id: str, site: str, since: datetime, now: datetime) -> dict[int, Counts]:
    """The sales bought after `since`, counted by the day of the purchase as day_of() has it."""
    found = select(SaleRow.day, *_columns(now)).where(*_of(seller_id, site, since, now)).group_by(SaleRow.day)
    rows: Any = await session.execute(found)
    return {day: Counts(*numbers) for day, *numbers in rows}


async def sites(session: AsyncSession, seller_id: str) -> list[str]:
    """The sites on which the seller ever sold. Looks each up in the index: how many sales there are does not matter."""
    found: list[str] = []
    while True:
        more = select(func.min(SaleRow.site)).where(SaleRow.seller_id == seller_id)
        site = await session.scalar(more.where(SaleRow.site > found[-1]) if found else more)
        if site is None:
            return found
        found.append(site)


async def find(session: AsyncSession, order_id: str, seller_id: str) -> Sale | None:
    """One sale with its lines and the verdicts on it; None when there is none."""
    sales = fold(await _events(session, [order_id]))
    return next((s for s in sales if s.seller_id == seller_id), None)


async def events(session: AsyncSession, order_ids: Sequence[str]) -> list[Event]:
    """All that happened to these orders, by the orders and the ledger."""
    return [e for part in parts(list(order_ids)) for e in await _events(session, part)]


def of_seller(found: Iterable[Event], seller_id: str) -> list[Event]:
    """What of these events is of one seller's lines and claims."""
    found = list(found)
    lines = {(e.order_id, e.line_id) for e in found if isinstance(e, Sold) and e.seller_id == seller_id}
    return [e for e in found if _concerns(e, seller_id, lines)]


def _concerns(event: Event, seller_id: str, lines: set[tuple[str, str]]) -> bool:
    if isinstance(event, Judged):
        return event.seller_id == seller_id
    return (event.order_id, event.line_id) in lines


async def _events(session: AsyncSession, order_ids: Sequence[str]) -> list[Event]:
    order = (OrderRow.site, OrderRow.purchased_at)
    lines = select(OrderLineRow, *order).join(OrderRow, OrderRow.id == OrderLineRow.order_id)
    sold = await session.execute(lines.where(OrderLineRow.order_id.in_(order_ids)))
    entries = await session.scalars(select(ReputationRow).where(ReputationRow.order_id.in_(order_ids)))
    return [e for row in sold for e in _of_line(*row)] + [judged(entry) for entry in entries]


def _of_line(line: OrderLineRow, site: str, bought_at: datetime) -> Iterator[Event]:
    key = (line.order_id, line.line_id)
    yield Sold(*key, line.seller_id, site, bought_at, line.dispatch_by, line.fulfilled_by == PLATFORM)
    if line.dispatched_at:
        yield Dispatched(*key, line.dispatched_at)
    if line.cancelled_at:
        yield Cancelled(*key, line.cancelled_at, By(line.cancelled_by))


def judged(row: ReputationRow) -> Judged:
    """An entry of the ledger as an event."""
    return Judged(
        row.claim_id, row.version, row.order_id, row.seller_id, row.site, Impact(row.impact), row.mediated, row.at
    )


def row_of(sale: Sale) -> dict[str, Any]:
    """The row of table sales that this sale makes; of one that stands."""
    counting = [v for v in sale.verdicts.values() if v.impact == Impact.AFFECTED]
    return {
        "order_id": sale.order_id,
        "seller_id": sale.seller_id,
        "site": sale.site,
        "bought_at": sale.at,
        "day": day_of(sale.at),
        "claims": len(counting),
        "mediations": sum(v.mediated for v in counting),
        "cancelled": sale.cancelled,
        "late_after": sale.late_after,
    }


async def _known(session: AsyncSession, order_ids: Sequence[str]) -> list[tuple[str, str]]:
    rows = await session.execute(select(SaleRow.order_id, SaleRow.seller_id).where(SaleRow.order_id.in_(order_ids)))
    return [(row.order_id, row.seller_id) for row in rows]


def _of(seller_id: str, site: str, since: datetime, now: datetime) -> Iterable[ColumnElement[bool]]:
    return (SaleRow.seller_id == seller_id, SaleRow.site == site, SaleRow.bought_at > since, SaleRow.bought_at <= now)


def _columns(now: datetime) -> list[ColumnElement[Any]]:
    return [
        func.count(),
        func.count(case((SaleRow.claims > 0, 1))),
        func.count(case((SaleRow.mediations > 0, 1))),
        func.count(case((SaleRow.cancelled, 1))),
        func.count(case((SaleRow.late_after < now, 1))),
    ]


async def _counts(session: AsyncSession, seller_id: str, site: str, since: datetime, now: datetime) -> Counts:
    found = select(*_columns(now)).where(*_of(seller_id, site, since, now))
    numbers: Any = (await session.execute(found)).one()
    return Counts(*numbers)
