"""What people wrote. A text is kept under its own id; the timeline holds only that id and a salted digest."""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from claims.guidance import whole
from claims.model import Note
from storage.tables import TextRow


@dataclass(frozen=True)
class Tongue:
    """The language of a text, and what told it: the text itself, or its writer's profile. Empty: nobody knows."""

    language: str = ""
    by: str = ""


async def keep(
    session: AsyncSession,
    text_id: str,
    claim_id: str,
    by: tuple[str, str],
    body: str,
    now: datetime,
    tongue: Tongue | None = None,
    guidance: dict[str, Any] | None = None,
) -> Note:
    """Keep a text, once for each id; `by` is (role, person), `guidance` has its steps and link.

    Answers what the timeline may hold of it: the digest seals all of it.
    """
    tongue = tongue or Tongue()
    words = whole(body, guidance["steps"]) if guidance else body
    sealed = whole(words, [guidance["link"] or ""]) if guidance else body
    salt = secrets.token_hex(16)
    values = {
        "id": text_id,
        "claim_id": claim_id,
        "role": by[0],
        "person": by[1],
        "body": body,
        "folded": folded(words),
        "language": tongue.language,
        "language_by": tongue.by,
        "guidance": guidance,
        "salt": salt,
        "digest": hashlib.sha256(f"{salt}{sealed}".encode()).hexdigest(),
        "created_at": now,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    await session.execute(insert(TextRow).values(**values).on_conflict_do_nothing())  # two tries may race
    digest = await session.scalar(select(TextRow.digest).where(TextRow.id == text_id))
    return Note(text_id, str(digest))


def folded(text: str) -> str:
    """As it is searched: without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


async def bodies(session: AsyncSession, ids: Iterable[str]) -> dict[str, str | None]:
    """The texts by their ids; None for one that was erased."""
    rows = await session.scalars(select(TextRow).where(TextRow.id.in_(set(ids))))
    return {r.id: None if r.erased_at else r.body for r in rows}
