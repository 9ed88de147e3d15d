"""The quick replies of sellers: a seller's own, by name."""

from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from claims.quick_replies import MOST_OWN, QuickReply
from storage.tables import PersonRow, QuickReplyRow


class TooMany(Exception):
    """The seller has as many as there may be."""


async def of_seller(session: AsyncSession, seller: str) -> list[QuickReply]:
    """By name."""
    rows = await session.scalars(_of(seller).order_by(QuickReplyRow.name))
    return [QuickReply(row.name, tuple(row.reasons), row.texts) for row in rows]


async def save(session: AsyncSession, seller: str, reply: QuickReply, now: datetime) -> None:
    """Add it, or put it in place of the one with this name. Raises TooMany."""
    # One after the other, and not beside an erasure of the seller.
    await session.execute(select(PersonRow.id).where(PersonRow.id == seller).with_for_update())
    others = _of(seller).where(QuickReplyRow.name != reply.name).subquery()
    if (await session.scalar(select(func.count()).select_from(others)) or 0) >= MOST_OWN:
        raise TooMany
    values = {"texts": dict(reply.texts), "reasons": list(reply.reasons), "updated_at": now}
    await session.merge(QuickReplyRow(seller_id=seller, name=reply.name, **values))


async def drop(session: AsyncSession, seller: str, name: str) -> None:
    mine = delete(QuickReplyRow).where(QuickReplyRow.seller_id == seller, QuickReplyRow.name == name)
    await session.execute(mine)


def _of(seller: str) -> Select[QuickReplyRow]:
    return select(QuickReplyRow).where(QuickReplyRow.seller_id == seller)
