"""Uploaded files as rows: who, for what, where it is used. Their bytes lie in the object store, under `key`."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from claims.evidence import MOST_AT_ONCE, UNUSED, addressing, freezes, shown
from claims.model import Invalid
from storage.tables import AttachmentRow, ClaimRow, EventRow

_STRAY = timedelta(days=30)  # as with texts: so long the engine may still open the claim that it was sent with
_OF_CHAT = ("msg_", "txt_")  # ids of messages that are stored together with the use of their attachments


@dataclass(frozen=True)
class Attachment:
    """An uploaded file. `size` in bytes, `width` and `height` in pixels; erased: no name, no digest, no content."""

    id: str
    owner_role: str
    owner: str
    claim_id: str | None
    message_id: str | None
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    pages: int | None
    purpose: str
    visibility: str
    key: str
    body: str
    created_at: datetime
    stored_at: datetime | None = None
    used_at: datetime | None = None
    frozen_at: datetime | None = None
    erased_at: datetime | None = None

    def owned_by(self, role: str, person: str) -> bool:
        return (self.owner_role, self.owner) == (role, person)


def new_id() -> str:
    return f"att_{secrets.token_hex(12)}"


def new_key() -> str:
    """Where the bytes will lie: random, in one of 256 folders."""
    name = secrets.token_hex(20)
    return f"{name[:2]}/{name[2:]}"


async def add(session: AsyncSession, command_id: str, new: Attachment) -> Attachment:
    """Keep the row of an upload, once for each command; answers the row that stands, another try's perhaps."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = vars(new) | {"command_id": command_id}
    await session.execute(insert(AttachmentRow).values(**values).on_conflict_do_nothing())  # two tries may race
    return await of_command(session, command_id) or new


async def of_command(session: AsyncSession, command_id: str) -> Attachment | None:
    row = await session.scalar(select(AttachmentRow).where(AttachmentRow.command_id == command_id))
    return of_row(row) if row else None


async def stored(session: AsyncSession, attachment_id: str, now: datetime) -> bool:
    """Note that the object is there; whether its row still is, too."""
    waiting = update(AttachmentRow).where(AttachmentRow.id == attachment_id, AttachmentRow.erased_at.is_(None))
    noted = waiting.values(stored_at=func.coalesce(AttachmentRow.stored_at, now))
    return await _count(session, noted.execution_options(synchronize_session=False)) == 1


async def find(session: AsyncSession, attachment_id: str) -> Attachment | None:
    row = await session.get(AttachmentRow, attachment_id, populate_existing=True)
    return of_row(row) if row and (row.stored_at or row.erased_at) else None


async def bind(
    session: AsyncSession,
    ids: Sequence[str],
    by: tuple[str, str],
    claim_id: str,
    message_id: str,
    now: datetime,
    visibility: str | None = None,
) -> list[Attachment]:
    """Use these of the owner's uploads in a message of a claim; answers them in their order. Raises Invalid.

    `by` is (role, person); `message_id` of a step is its command's id, the same for each try of it. `visibility`
    narrows whom they are shown to. The same again changes nothing; what was to go with a step never taken is free.
    """
    if not ids:
        return []
    _check_number(ids)
    found = select(AttachmentRow).where(AttachmentRow.id.in_(ids)).with_for_update()
    rows = {row.id: row for row in await session.scalars(found.execution_options(populate_existing=True))}
    mediated = bool(await session.scalar(select(ClaimRow.mediated).where(ClaimRow.id == claim_id)))
    for attachment_id in ids:
        row = _owned(rows.get(attachment_id), attachment_id, by)
        if (row.claim_id, row.message_id) != (claim_id, message_id) and await _stands(session, row):
            raise Invalid("attachment_used", f"Attachment {row.id} stands in another message already; upload it again.")
    for row in rows.values():
        row.claim_id, row.message_id = claim_id, message_id
        row.used_at = row.used_at or now
        row.frozen_at = row.frozen_at or (now if freezes(row.purpose, mediated) else None)
        row.visibility = visibility or row.visibility
    await session.flush()
    return [of_row(rows[attachment_id]) for attachment_id in ids]


def of_claim(claim_id: str, role: str, person: str) -> Select[AttachmentRow]:
    """What is used in the claim and shown to somebody who sees it, oldest first, for paging."""
    mine = and_(AttachmentRow.owner_role == role, AttachmentRow.owner == person)
    visible = shown(role, owns=mine, addressed=AttachmentRow.visibility.in_(addressing(role)))
    rows = select(AttachmentRow).where(AttachmentRow.claim_id == claim_id, visible)
    used = func.coalesce(AttachmentRow.used_at, AttachmentRow.created_at)  # a cursor needs what is never null
    return rows.order_by(used, AttachmentRow.id)


async def of_messages(
    session: AsyncSession, claim_id: str, role: str, person: str, message_ids: Iterable[str]
) -> dict[str, list[Attachment]]:
    """What is shown to the caller of each of these messages that has any; a step's message is its command's id."""
    wanted = of_claim(claim_id, role, person).where(AttachmentRow.message_id.in_(set(message_ids)))
    found: dict[str, list[Attachment]] = {}
    for row in await session.scalars(wanted):
        found.setdefault(str(row.message_id), []).append(of_row(row))
    return found


async def take_back(session: AsyncSession, attachment_id: str, now: datetime) -> bool:
    """Erase an upload that is not used; whether it was. The row stays until the sweeper has seen the object go."""
    unused = (AttachmentRow.id == attachment_id, AttachmentRow.claim_id.is_(None))
    return await _count(session, _erasing(now).where(*unused)) == 1


async def erase_of(session: AsyncSession, person: str, roles: Sequence[str], now: datetime) -> int:
    """Erase all that a person uploaded in these roles, frozen or not; the objects are then `left_behind`."""
    theirs = (AttachmentRow.owner == person, AttachmentRow.owner_role.in_(roles), AttachmentRow.erased_at.is_(None))
    return await _count(session, _erasing(now).where(*theirs))


# --- what is to be deleted from the object store, and is then forgotten


async def lapse(session: AsyncSession, now: datetime, since: datetime | None, limit: int) -> int:
    """Erase some of the uploads that nobody used in time, or whose claim was never opened; answers how many.

    `since`: the latter were looked at up to then; None: look at all.
    """
    unused = and_(AttachmentRow.claim_id.is_(None), AttachmentRow.created_at < now - UNUSED)
    stray = [AttachmentRow.created_at < now - _STRAY, AttachmentRow.claim_id.not_in(select(ClaimRow.id))]
    if since is not None:
        stray.append(AttachmentRow.created_at >= since - _STRAY)
    old = select(AttachmentRow.id).where(or_(unused, and_(*stray)), AttachmentRow.erased_at.is_(None)).limit(limit)
    return await _count(session, _erasing(now).where(AttachmentRow.id.in_(old)))


async def left_behind(session: AsyncSession, limit: int, person: str | None = None) -> list[tuple[str, str]]:
    """(id, key) of some erased attachments whose object may still be there: of this person, or of anybody."""
    rows = select(AttachmentRow.id, AttachmentRow.key).where(
        AttachmentRow.erased_at.is_not(None), AttachmentRow.key != ""
    )
    rows = rows if person is None else rows.where(AttachmentRow.owner == person)
    return [(found, key) for found, key in await session.execute(rows.order_by(AttachmentRow.id).limit(limit))]


async def gone(session: AsyncSession, ids: Sequence[str]) -> None:
    """Note that the objects of these erased attachments are deleted."""
    erased = (AttachmentRow.id.in_(ids), AttachmentRow.erased_at.is_not(None))
    await session.execute(update(AttachmentRow).where(*erased).values(key=""))


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drop the rows of uploads that were never used and are gone; for two days their owner is told that they are."""
    never = (AttachmentRow.claim_id.is_(None), AttachmentRow.key == "", AttachmentRow.created_at < now - UNUSED)
    await session.execute(delete(AttachmentRow).where(*never))


async def unknown_keys(session: AsyncSession, keys: Iterable[str]) -> list[str]:
    """Those of these keys that no row names: a database from before they were stored was put back."""
    asked = set(keys)
    return sorted(asked - set(await session.scalars(select(AttachmentRow.key).where(AttachmentRow.key.in_(asked)))))


def _erasing(now: datetime) -> Any:
    """The digests go, too: they are not salted, so that a guess at a picture could be confirmed."""
    blank = {"name": "", "sha256": "", "body": "", "erased_at": now}
    fresh = AttachmentRow.id  # frees the key of the upload for another try
    return update(AttachmentRow).values(**blank, command_id=fresh).execution_options(synchronize_session=False)


def _check_number(ids: Sequence[str]) -> None:
    if len(ids) > MOST_AT_ONCE:
        raise Invalid("too_many_attachments", f"A message has at most {MOST_AT_ONCE} attachments, not {len(ids)}.")
    if len(set(ids)) < len(ids):
        raise Invalid("attachment_twice", "An attachment is named twice; each stands in a message once.")


def _owned(row: AttachmentRow | None, attachment_id: str, by: tuple[str, str]) -> AttachmentRow:
    if row is None or (row.owner_role, row.owner) != by or row.erased_at or not row.stored_at:
        raise Invalid("attachment_unknown", f"There is no attachment {attachment_id[:60]} of yours; upload it first.")
    return row


async def _stands(session: AsyncSession, row: AttachmentRow) -> bool:
    """Whether what it was used in has come to be: a step that was refused in the end leaves it free."""
    if row.claim_id is None:
        return False
    if row.message_id and row.message_id.startswith(_OF_CHAT):
        return True
    taken = select(EventRow.sequence).where(EventRow.claim_id == row.claim_id, EventRow.command_id == row.message_id)
    return await session.scalar(taken) is not None


def of_row(row: AttachmentRow) -> Attachment:
    return Attachment(**{name: getattr(row, name) for name in Attachment.__dataclass_fields__})


async def _count(session: AsyncSession, statement: Any) -> int:
    done = await session.execute(statement)
    return done.rowcount if isinstance(done, CursorResult) else 0
