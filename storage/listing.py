"""Finding claims: filters and orders of the list, as queries for paging."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from claims.model import Stage
from claims.sight import sees
from storage.tables import ClaimRow

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
    sort: str = "-opened_at"


def matching(wanted: Filter) -> Select[ClaimRow]:
    """The claims that match and that the caller may see, sorted for keyset paging."""
    conditions = [_visible(wanted.role, wanted.person), *_conditions(wanted)]
    if wanted.sort == "due_at":
        conditions.append(ClaimRow.due_at.is_not(None))
    return select(ClaimRow).where(*conditions).order_by(*_SORTS[wanted.sort])


def on_orders(role: str, person: str, order_ids: list[str]) -> Select[ClaimRow]:
    """The claims on these orders that the caller may see, newest first."""
    mine = (_visible(role, person), ClaimRow.order_id.in_(order_ids))
    return select(ClaimRow).where(*mine).order_by(ClaimRow.opened_at.desc())


def exclusions(role: str, person: str, state: str | None) -> Select[ClaimRow]:
    """The claims whose exclusion was asked for (in this state) and that the caller may see, the first due first."""
    which = ClaimRow.exclusion == state if state else ClaimRow.exclusion != ""
    return select(ClaimRow).where(_visible(role, person), which).order_by(*_FIRST_DUE)


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
    return conditions


def _starts(text: str) -> ColumnElement[bool]:
    return or_(ClaimRow.id.startswith(text, autoescape=True), ClaimRow.order_id.startswith(text, autoescape=True))
