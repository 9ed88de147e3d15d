"""What people wrote. A text is kept under its own id; the timeline holds only that id and a salted digest."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from claims.model import Note
from storage.tables import TextRow


async def keep(
    session: AsyncSession, text_id: str, claim_id: str, by: tuple[str, str], body: str, now: datetime
) -> Note:
    """Keep a text, once for each id; `by` is (role, person). Answers what the timeline may hold of it."""
    salt = secrets.token_hex(16)
    values = {
        "id": text_id,
        "claim_id": claim_id,
        "role": by[0],
        "person": by[1],
        "body": body,
        "salt": salt,
        "digest": hashlib.sha256(f"{salt}{body}".encode()).hexdigest(),
        "created_at": now,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    await session.execute(insert(TextRow).values(**values).on_conflict_do_nothing())  # two tries may race
    digest = await session.scalar(select(TextRow.digest).where(TextRow.id == text_id))
    return Note(text_id, str(digest))


async def bodies(session: AsyncSession, ids: Iterable[str]) -> dict[str, str | None]:
    """The texts by their ids; None for one that was erased."""
    rows = await session.scalars(select(TextRow).where(TextRow.id.in_(set(ids))))
    return {r.id: None if r.erased_at else r.body for r in rows}
