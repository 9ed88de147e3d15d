"""The mediators' desk as queries: its heaps, the most urgent claim first, and what brought each claim there."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from claims.mediation import BROUGHT, Heap
from claims.model import Actor, Event, RefundStatus, Stage
from claims.thread import PARTIES
from storage.codec import event_from_json
from storage.tables import AT_MEDIATORS, ClaimRow, EventRow

_MEDIATED = ClaimRow.mediated.is_(True)
_OPEN = text(AT_MEDIATORS)  # of those
_DECLINED = ClaimRow.state["refunds"].as_string().contains(f'"{RefundStatus.FAILED}"')  # only the last one can be
_SETTLING = and_(_OPEN, ClaimRow.stage == Stage.SETTLING)
_HEAPS: dict[Heap, ColumnElement[bool]] = {
    Heap.DECIDE: and_(_OPEN, ClaimRow.stage == Stage.MEDIATION, ClaimRow.waiting_on == Actor.MEDIATOR),
    Heap.EVIDENCE: and_(_OPEN, ClaimRow.stage == Stage.MEDIATION, ClaimRow.waiting_on.in_(PARTIES)),
    Heap.EXCLUSIONS: and_(ClaimRow.exclusion == "asked", ClaimRow.closed_at.is_not(None)),  # to ask is to come here
    Heap.PAYMENTS: and_(_SETTLING, _DECLINED),
    Heap.UNDER_WAY: or_(and_(_OPEN, ClaimRow.stage == Stage.RETURN), and_(_SETTLING, ~_DECLINED)),
    Heap.CLOSED: and_(_MEDIATED, ClaimRow.stage == Stage.CLOSED, ClaimRow.exclusion != "asked"),
}
COUNTED = tuple(bucket for bucket in Heap if bucket != Heap.CLOSED)  # what is done with is not counted
_URGENT = (ClaimRow.priority.desc(), func.coalesce(ClaimRow.due_at, ClaimRow.updated_at), ClaimRow.id)
_LATEST = (ClaimRow.updated_at.desc(), ClaimRow.id)
_SORTS: dict[Heap | None, tuple[Any, ...]] = {
    Heap.EXCLUSIONS: (func.coalesce(ClaimRow.exclusion_due_at, ClaimRow.updated_at), ClaimRow.id),
    Heap.CLOSED: _LATEST,
    None: _LATEST,
}


def heap(bucket: Heap | None, reason: str | None = None, start_of_id: str | None = None) -> Select[ClaimRow]:
    """The claims of a heap, sorted for keyset paging; without one, all that ever came before the mediators."""
    conditions: list[Any] = [_HEAPS[bucket] if bucket else _MEDIATED]
    if reason:
        conditions.append(ClaimRow.reason == reason)
    if start_of_id:
        starts = (column.startswith(start_of_id, autoescape=True) for column in (ClaimRow.id, ClaimRow.order_id))
        conditions.append(or_(*starts))
    return select(ClaimRow).where(*conditions).order_by(*_SORTS.get(bucket, _URGENT))


async def counts(session: AsyncSession) -> dict[Heap, int]:
    """How many claims lie on each heap that work is left on."""
    each = [_count(bucket).label(bucket) for bucket in COUNTED]
    found = (await session.execute(select(*each))).one()
    return dict(zip(COUNTED, found, strict=True))


async def brought(session: AsyncSession, claim_ids: Iterable[str]) -> dict[str, Event]:
    """The step that brought each of these claims before a mediator, the last time that one did."""
    called = EventRow.event["action"].as_string().in_(BROUGHT)
    rows = select(EventRow).where(EventRow.claim_id.in_(list(claim_ids)), called).order_by(EventRow.sequence)
    return {row.claim_id: event_from_json(row.event) for row in await session.scalars(rows)}


def _count(bucket: Heap) -> Any:
    return select(func.count()).where(_HEAPS[bucket]).scalar_subquery()
