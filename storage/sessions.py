"""Sessions of the pages that were ended by signing out: their cookies are good for nothing, whoever has them."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import EndedSessionRow


async def end(session: AsyncSession, digest: str, until: datetime, now: datetime) -> None:
    """`digest` of the cookie, which would have been good until then. Those that are over anyhow are forgotten."""
    await session.execute(delete(EndedSessionRow).where(EndedSessionRow.until < now))
    await session.merge(EndedSessionRow(digest=digest, until=until))


async def has_ended(session: AsyncSession, digest: str) -> bool:
    return await session.get(EndedSessionRow, digest) is not None
