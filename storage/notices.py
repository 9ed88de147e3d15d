"""The inbox, and the queue of what is still to be mailed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from claims.notices import Notice
from storage.tables import NoticeRow


async def add(session: AsyncSession, claim_id: str, notices: Iterable[Notice], mail: bool, now: datetime) -> None:
    """Put notices into their inboxes; one whose key is known is there already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [
        {
            "key": n.key,
            "claim_id": claim_id,
            "role": n.role,
            "person": n.person,
            "kind": n.kind,
            "facts": n.facts,
            "created_at": now,
            "mail": "pending" if mail and n.person else "none",
            "mail_error": "",
        }
        for n in notices
    ]
    if rows:
        await session.execute(insert(NoticeRow).values(rows).on_conflict_do_nothing(index_elements=["key"]))


def inbox(role: str, person: str) -> Select[NoticeRow]:
    """The notices of one person, newest first, for paging."""
    mine = select(NoticeRow).where(NoticeRow.role == role, NoticeRow.person == person)
    return mine.order_by(NoticeRow.id.desc())


async def of_claim(session: AsyncSession, claim_id: str, kind: str) -> list[NoticeRow]:
    rows = select(NoticeRow).where(NoticeRow.claim_id == claim_id, NoticeRow.kind == kind)
    return list(await session.scalars(rows.order_by(NoticeRow.id)))


async def to_mail(session: AsyncSession, keys: list[str]) -> list[NoticeRow]:
    """Those of these notices that still wait to be mailed."""
    rows = select(NoticeRow).where(NoticeRow.key.in_(keys), NoticeRow.mail == "pending")
    return list(await session.scalars(rows.order_by(NoticeRow.id)))


async def mark_mail(session: AsyncSession, notice_id: int, state: str, error: str = "") -> None:
    """Note what became of a mail: sent, or failed and why."""
    await session.execute(update(NoticeRow).where(NoticeRow.id == notice_id).values(mail=state, mail_error=error))


async def mark_read(session: AsyncSession, role: str, person: str, notice_id: int, now: datetime) -> bool:
    """Note that a person has read a notice; False when it is not theirs."""
    mine = update(NoticeRow).where(NoticeRow.id == notice_id, NoticeRow.role == role, NoticeRow.person == person)
    done = await session.execute(mine.values(read_at=func.coalesce(NoticeRow.read_at, now)).returning(NoticeRow.id))
    return done.first() is not None
