"""Finding claims: filters and orders of the list, as queries for paging."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from claims.buckets import Bucket, bucket, inside
from claims.model import Stage
from claims.sight import sees
from storage.tables import ClaimRow, Instant

URGENCY = "urgency"
_LAST = literal(datetime(2200, 1, 1, tzinfo=UTC), Instant())  # after every date of a claim
_SORTS: dict[str, tuple[Any, ...]] = {
    "opened_at": (ClaimRow.opened_at, ClaimRow.id),
    "-opened_at": (ClaimRow.opened_at.desc(), ClaimRow.id),
    "-updated_at": (ClaimRow.updated_at.desc(), ClaimRow.id),
    "due_at": (func.coalesce(ClaimRow.due_at, ClaimRow.updated_at), ClaimRow.id),
}
_FIRST_DUE = func.coalesce(ClaimRow.exclusion_due_at, ClaimRow.updated_at), ClaimRow.id  # a cursor needs no nulls


@dataclass(frozen=True)
class Filter:
    """What a list shows. `role` and `person` decide what the caller may see at all."""

    role: str
    person: str
    stage: Stage | None = None
    waiting_on: str | None = None
    reason: str | None = None
    seller: str | None = None
    due_before: datetime | None = None
    updated_after: datetime | None = None
    start_of_id: str | None = None
    bucket: Bucket | None = None
    sort: str = "-opened_at"


def matching(wanted: Filter) -> Select[ClaimRow]:
    """The claims that match and that the caller may see, sorted for keyset paging."""
    conditions = [_visible(wanted.role, wanted.person), *_conditions(wanted)]
    if wanted.sort == "due_at":
        conditions.append(ClaimRow.due_at.is_not(None))
    sort = _by_urgency(wanted.role) if wanted.sort == URGENCY else _SORTS[wanted.sort]
    return select(ClaimRow).where(*conditions).order_by(*sort)


async def counts(session: AsyncSession, role: str, person: str) -> dict[Bucket, int]:
    """How many claims lie in each bucket of the caller's; read from an index alone."""
    columns = ClaimRow.stage, ClaimRow.waiting_on
    found = await session.execute(select(*columns, func.count()).where(_visible(role, person)).group_by(*columns))
    numbers = dict.fromkeys(Bucket, 0)
    for stage, waiting_on, number in found:
        numbers[bucket(role, stage, waiting_on)] += number
    return numbers


async def waiting(session: AsyncSession, role: str, person: str) -> int:
    """How many claims wait for the caller."""
    mine = _visible(role, person), ClaimRow.waiting_on == role
    return await session.scalar(select(func.count()).select_from(ClaimRow).where(*mine)) or 0


def on_orders(role: str, person: str, order_ids: list[str]) -> Select[ClaimRow]:
    """The claims on these orders that the caller may see, newest first."""
    mine = (_visible(role, person), ClaimRow.order_id.in_(order_ids))
    return select(ClaimRow).where(*mine).order_by(ClaimRow.opened_at.desc())


def exclusions(role: str, person: str, state: str | None) -> Select[ClaimRow]:
    """The claims whose exclusion was asked for (in this state) and that the caller may see, the first due first."""
    which = ClaimRow.exclusion == state if state else ClaimRow.exclusion != ""
    return select(ClaimRow).where(_visible(role, person), which).order_by(*_FIRST_DUE)


def with_claim(role: str, person: str, needs_me: bool) -> Select[str]:
    """The ids of the orders with an open claim that the caller may see, or with one that waits for the caller."""
    which = ClaimRow.waiting_on == role if needs_me else ClaimRow.stage != Stage.CLOSED
    return select(ClaimRow.order_id).where(_visible(role, person), which)


def _by_urgency(role: str) -> tuple[Any, ...]:
    """What waits for the caller first, the nearest due of it first; what is closed at the end, the newest first."""
    closed = ClaimRow.stage == Stage.CLOSED
    rank = case((ClaimRow.waiting_on == role, 0), (closed, 2), else_=1)
    due = case((closed, _LAST), else_=func.coalesce(ClaimRow.due_at, _LAST))
    return rank, due, ClaimRow.updated_at.desc(), ClaimRow.id


def _visible(role: str, person: str) -> ColumnElement[bool]:
    bought, sold = ClaimRow.buyer_id == person, ClaimRow.seller_id == person
    return and_(sees(role, bought=bought, sold=sold, mediated=ClaimRow.mediated.is_(True)))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [
        column == value
        for column, value in (
            (ClaimRow.stage, wanted.stage),
            (ClaimRow.waiting_on, wanted.waiting_on),
            (ClaimRow.reason, wanted.reason),
            (ClaimRow.seller_id, wanted.seller),
        )
        if value is not None
    ]
    if wanted.due_before is not None:
        conditions.append(ClaimRow.due_at < wanted.due_before)
    if wanted.updated_after is not None:
        conditions.append(ClaimRow.updated_at > wanted.updated_after)
    if wanted.start_of_id is not None:
        conditions.append(_starts(wanted.start_of_id))
    if wanted.bucket is not None:
        places = list(inside(wanted.bucket, wanted.role))
        conditions.append(tuple_(ClaimRow.stage, ClaimRow.waiting_on).in_(places))
    return conditions


def _starts(text: str) -> ColumnElement[bool]:
    return or_(ClaimRow.id.startswith(text, autoescape=True), ClaimRow.order_id.startswith(text, autoescape=True))
