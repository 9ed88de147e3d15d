"""Return labels as they were printed, and the serial numbers that they use up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import CounterRow, LabelRow


@dataclass(frozen=True)
class StoredLabel:
    claim_id: str
    number: int  # of the return
    tracking_number: str
    sscc: str
    codes: dict[str, str]  # what each code on the label says
    pdf: bytes
    erased_at: datetime | None = None  # since then the PDF is empty: it named people


async def find(session: AsyncSession, claim_id: str, number: int) -> StoredLabel | None:
    row = await session.get(LabelRow, (claim_id, number))
    return _label(row) if row else None


async def find_claim(session: AsyncSession, tracking_number: str) -> str:
    """The claim that a tracking number belongs to, or an empty text."""
    return await session.scalar(select(LabelRow.claim_id).where(LabelRow.tracking_number == tracking_number)) or ""


async def add(session: AsyncSession, label: StoredLabel, now: datetime) -> StoredLabel:
    """Keep the label, or answer the one that was kept for this return before."""
    standing = await find(session, label.claim_id, label.number)
    if standing is None:
        session.add(LabelRow(created_at=now, **vars(label)))
    return standing or label


async def next_serial(session: AsyncSession, name: str, by: int = 1) -> int:
    """The next number of a counter, from 1; none is given out twice. With `by`, those before it are left out."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = insert(CounterRow).values(name=name, value=by)
    counted = first.on_conflict_do_update(index_elements=["name"], set_={"value": CounterRow.value + by})
    return int((await session.execute(counted.returning(CounterRow.value))).scalar_one())


def _label(row: LabelRow) -> StoredLabel:
    return StoredLabel(row.claim_id, row.number, row.tracking_number, row.sscc, row.codes, row.pdf, row.erased_at)
