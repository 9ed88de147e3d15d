"""What people wrote. A text is kept under its own id; the timeline holds only that id and a salted digest."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from claims.model import Note
from storage.tables import TextRow


async def keep(
    session: AsyncSession, text_id: str, claim_id: str, by: tuple[str, str], body: str, now: datetime
) -> Note:
    """Keep a text, once for each id; `by` is (role, person). Answers what the timeline may hold of it."""
    row = await session.get(TextRow, text_id)
    if row is None:
        salt = secrets.token_hex(16)
        row = TextRow(
            id=text_id,
            claim_id=claim_id,
            role=by[0],
            person=by[1],
            body=body,
            salt=salt,
            digest=hashlib.sha256(f"{salt}{body}".encode()).hexdigest(),
            created_at=now,
        )
        session.add(row)
    return Note(row.id, row.digest)


async def drop(session: AsyncSession, text_id: str) -> None:
    """Forget a text whose step was refused."""
    row = await session.get(TextRow, text_id)
    if row is not None:
        await session.delete(row)


async def bodies(session: AsyncSession, ids: Iterable[str]) -> dict[str, str]:
    rows = await session.scalars(select(TextRow).where(TextRow.id.in_(set(ids))))
    return {r.id: r.body for r in rows}
