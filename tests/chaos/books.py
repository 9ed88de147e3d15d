"""Everything that the database and the engine hold after a run, read directly, as plain values for the checks."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from temporalio.client import Client, WorkflowExecutionStatus

import storage.claims
from claims.model import Claim
from storage.codec import claim_from_json
from storage.database import Database
from storage.tables import (
    AnswerRow,
    CarrierEventRow,
    ClaimRow,
    EntryRow,
    EventRow,
    LabelRow,
    NoticeRow,
    ReputationRow,
    TextRow,
    TransferRow,
)


@dataclass
class ClaimBooks:
    """What the database holds of one claim."""

    row: ClaimRow
    claim: Claim
    sealed: bool  # by storage.claims.verify_chain
    events: list[EventRow] = field(default_factory=list)
    answers: dict[str, AnswerRow] = field(default_factory=dict)
    labels: list[LabelRow] = field(default_factory=list)
    verdicts: list[ReputationRow] = field(default_factory=list)
    notices: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Running:
    """A claim's workflow as the engine's list shows it."""

    status: str
    stage: str
    due_at: datetime | None


@dataclass
class Books:
    claims: dict[str, ClaimBooks]
    texts: dict[str, TextRow]
    transfers: dict[str, TransferRow]
    entries: dict[str, list[EntryRow]]  # by transfer
    carrier: dict[str, CarrierEventRow]
    listed: dict[str, Running] = field(default_factory=dict)  # the engine's list: open workflows by claim
    described: dict[str, str] = field(default_factory=dict)  # the engine's own word on each claim: a status, or none
    orphans: dict[str, list[str]] = field(default_factory=dict)  # rows of claims that do not exist, by table


async def read(database: Database, temporal: Client, described: bool = True) -> Books:
    """The books as they stand; `described` asks the engine about every single claim too."""
    async with database.reading() as session:
        claims = {
            row.id: ClaimBooks(row, claim_from_json(row.state), await storage.claims.verify_chain(session, row.id))
            for row in await session.scalars(select(ClaimRow))
        }
        books = Books(
            claims,
            {row.id: row for row in await session.scalars(select(TextRow))},
            {row.key: row for row in await session.scalars(select(TransferRow))},
            _grouped(await session.scalars(select(EntryRow)), "key"),
            {row.event_id: row for row in await session.scalars(select(CarrierEventRow))},
        )
        for table, keep in _OF_CLAIM.items():
            for row in await session.scalars(select(table)):
                _file(books, table.__tablename__, row, keep)
    for kept in claims.values():
        kept.events.sort(key=lambda e: e.sequence)
        kept.verdicts.sort(key=lambda e: e.version)
    books.listed = await listed(temporal)
    books.described = await statuses(temporal, list(claims)) if described else {}
    return books


async def listed(temporal: Client) -> dict[str, Running]:
    """The engine's list of claims that are under way."""
    found = {}
    async for execution in temporal.list_workflows("WorkflowType = 'Claim' AND ExecutionStatus = 'Running'"):
        shown = execution.search_attributes
        stage = shown.get("ClaimStage", [""])[0]
        due = shown.get("ClaimDue", [None])[0]
        found[execution.id] = Running("running", str(stage), due if isinstance(due, datetime) else None)
    return found


async def statuses(temporal: Client, claim_ids: list[str]) -> dict[str, str]:
    """What the engine says of each claim's last run; the engine itself, not its list."""
    found = {}
    for claim_id in claim_ids:
        description = await temporal.get_workflow_handle(claim_id).describe()
        status = description.status or WorkflowExecutionStatus.TERMINATED
        found[claim_id] = status.name.lower()
    return found


def _file(books: Books, table: str, row: Any, keep: Any) -> None:
    kept = books.claims.get(row.claim_id)
    if kept is None:
        books.orphans.setdefault(table, []).append(row.claim_id)
    else:
        keep(kept, row)


def _grouped(rows: Any, name: str) -> dict[str, list[Any]]:
    groups = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return dict(groups)


_OF_CLAIM: dict[Any, Any] = {
    EventRow: lambda kept, row: kept.events.append(row),
    AnswerRow: lambda kept, row: kept.answers.update({row.command_id: row}),
    LabelRow: lambda kept, row: kept.labels.append(row),
    ReputationRow: lambda kept, row: kept.verdicts.append(row),
    NoticeRow: lambda kept, row: kept.notices.add(row.key),
}
