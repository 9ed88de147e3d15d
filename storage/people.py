"""The people of a demonstration, with how many claims of theirs are open."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from claims.model import Stage
from storage.tables import ClaimRow, OrderLineRow, OrderRow, PersonRow

MOST = 12  # of each role


@dataclass(frozen=True)
class Known:
    id: str
    name: str
    claims: int


async def of_demo(session: AsyncSession) -> dict[str, list[Known]]:
    """By role, those with most open claims first. Mediators are not kept as people: there is always one."""
    waiting = select(func.count()).where(ClaimRow.stage == Stage.MEDIATION).scalar_subquery()
    mediator = Known("mediator-1", "Mediator 1", await session.scalar(select(waiting)) or 0)
    sellers = await _known(session, ClaimRow.seller_id, select(OrderLineRow.seller_id))
    buyers = await _known(session, ClaimRow.buyer_id, select(OrderRow.buyer_id))
    return {"seller": sellers, "buyer": buyers, "mediator": [mediator]}


async def _known(session: AsyncSession, column: Any, ids: Any) -> list[Known]:
    opened = (
        select(column.label("person"), func.count().label("number"))
        .where(ClaimRow.stage != Stage.CLOSED)
        .group_by(column)
        .subquery()
    )
    number = func.coalesce(opened.c.number, 0)
    rows = await session.execute(
        select(PersonRow.id, PersonRow.name, number)
        .outerjoin(opened, opened.c.person == PersonRow.id)
        .where(PersonRow.id.in_(ids))
        .order_by(number.desc(), PersonRow.id)
        .limit(MOST)
    )
    return [Known(person, name or person, count) for person, name, count in rows]
