"""What the sweeper looks at in the database, and the reports that it leaves there."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from claims.model import Stage
from storage.tables import CarrierEventRow, ClaimRow, CounterRow, EventRow, MessageRow, NoticeRow, SweepRow, TextRow

_PAGE = 500
_THOROUGH = "sweep thoroughly"  # a counter's name


@dataclass(frozen=True)
class Outline:
    """So much of an open claim as the engine's index shows of it, too."""

    claim_id: str
    stage: str
    waiting_on: str
    impact: str
    due_at: datetime | None


@dataclass(frozen=True)
class Finding:
    """One thing that was not as it should be; what is not repaired needs a person. No personal data."""

    kind: str
    claim_id: str
    repaired: bool
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """One sweep: how much was looked at, and what was found."""

    started_at: datetime
    finished_at: datetime
    claims: int  # open in the database
    workflows: int  # running on the engine
    timelines: int  # whose seals were verified
    findings: tuple[Finding, ...]


async def open_claims(session: AsyncSession) -> AsyncIterator[Outline]:
    """Every claim that is open."""
    columns = (ClaimRow.id, ClaimRow.stage, ClaimRow.waiting_on, ClaimRow.impact, ClaimRow.due_at)
    wanted = select(*columns).where(ClaimRow.stage != Stage.CLOSED).order_by(ClaimRow.id)
    async for row in _pages(session, wanted, ClaimRow.id):
        yield Outline(row.id, row.stage, row.waiting_on, row.impact, row.due_at)


async def unknown(session: AsyncSession, claim_ids: Iterable[str]) -> set[str]:
    """Those of these claims that the database has never heard of."""
    asked = set(claim_ids)
    return asked - set(await session.scalars(select(ClaimRow.id).where(ClaimRow.id.in_(asked))))


async def recorded_at(session: AsyncSession, claim_id: str) -> datetime | None:
    """When the claim's last step was written down, by the wall's clock."""
    last = select(EventRow.recorded_at).where(EventRow.claim_id == claim_id).order_by(EventRow.sequence.desc())
    return await session.scalar(last.limit(1))


async def changed_since(session: AsyncSession, since: datetime | None) -> AsyncIterator[str]:
    """The ids of the claims with a step recorded since; of all claims without a date."""
    wanted = select(ClaimRow.id).order_by(ClaimRow.id)
    if since is not None:
        changed = select(EventRow.claim_id).where(EventRow.recorded_at >= since)
        wanted = wanted.where(ClaimRow.id.in_(changed))
    async for row in _pages(session, wanted, ClaimRow.id):
        yield row[0]


async def carrier_events(session: AsyncSession, before: datetime) -> list[CarrierEventRow]:
    """Carrier events that came in before and whose claim was never told."""
    lost = select(CarrierEventRow).where(CarrierEventRow.outcome == "received", CarrierEventRow.created_at < before)
    return list(await session.scalars(lost.order_by(CarrierEventRow.at, CarrierEventRow.event_id)))


async def unsent_mail(session: AsyncSession, after: datetime, before: datetime) -> dict[str, list[str]]:
    """The keys of notices that came up between these instants and still wait to be mailed, by claim."""
    between = (NoticeRow.created_at >= after, NoticeRow.created_at < before)
    rows = select(NoticeRow.claim_id, NoticeRow.key).where(NoticeRow.mail == "pending", *between)
    found: dict[str, list[str]] = {}
    for claim_id, key in await session.execute(rows.order_by(NoticeRow.id)):
        found.setdefault(claim_id, []).append(key)
    return found


async def stray_texts(session: AsyncSession, since: datetime | None, before: datetime) -> AsyncIterator[str]:
    """The ids of texts from between these instants, or from any time before, whose step was never taken."""
    wanted = select(TextRow.id).where(TextRow.created_at < before, *_stray()).order_by(TextRow.id)
    if since is not None:
        wanted = wanted.where(TextRow.created_at >= since)
    async for row in _pages(session, wanted, TextRow.id):
        yield row[0]


async def drop_stray_texts(session: AsyncSession, text_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Forget those of these texts whose step was still not taken; answers (text id, claim id) of each."""
    stray = delete(TextRow).where(TextRow.id.in_(list(text_ids)), *_stray())
    gone = await session.execute(stray.returning(TextRow.id, TextRow.claim_id))
    return [(text_id, claim_id) for text_id, claim_id in gone]


def _stray() -> tuple[ColumnElement[bool], ...]:
    """A text that stands in no timeline and in no thread."""
    note = EventRow.event[("note", "id")].as_string()
    taken = select(EventRow.sequence).where(EventRow.claim_id == TextRow.claim_id, note == TextRow.id)
    sent = select(MessageRow.id).where(MessageRow.text_id == TextRow.id)
    return TextRow.id.startswith("txt_"), ~taken.exists(), ~sent.exists()


async def save(session: AsyncSession, report: Report, thorough: bool, keep_since: datetime) -> None:
    """Add a report, and forget those from before; a thorough one fulfils the wish for it."""
    if thorough:
        await session.execute(delete(CounterRow).where(CounterRow.name == _THOROUGH))
    await session.execute(delete(SweepRow).where(SweepRow.finished_at < keep_since))
    values = {name: value for name, value in vars(report).items() if name != "findings"}
    session.add(SweepRow(**values, findings=[asdict(f) for f in report.findings]))


async def want_thorough(session: AsyncSession) -> None:
    """Have the next sweep look at everything."""
    await session.merge(CounterRow(name=_THOROUGH, value=1))


async def wants_thorough(session: AsyncSession) -> bool:
    """Whether the next sweep is to look at everything."""
    return await session.get(CounterRow, _THOROUGH) is not None


def reports() -> Select[SweepRow]:
    """The reports, newest first, for paging."""
    return select(SweepRow).order_by(SweepRow.id.desc())


async def last_report(session: AsyncSession) -> Report | None:
    row = await session.scalar(reports().limit(1))
    if row is None:
        return None
    found = tuple(Finding(**f) for f in row.findings)
    return Report(row.started_at, row.finished_at, row.claims, row.workflows, row.timelines, found)


async def _pages(session: AsyncSession, wanted: Select[*tuple[Any, ...]], by: Any) -> AsyncIterator[Row[Any]]:
    """All rows of a query, a page at a time, so that no long read holds anything up."""
    last = ""
    while rows := list(await session.execute(wanted.where(by > last).limit(_PAGE))):
        for row in rows:
            yield row
        last = rows[-1][0]
        await session.rollback()  # each page is a read of its own
