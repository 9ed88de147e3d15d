"""Erasing a person: everything personal, in every place that keeps it. What was done, and by whom, stays."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Delete, Update

from claims.model import Stage
from claims.orders import Person
from storage import attachments, orders
from storage.tables import (
    AnswerRow,
    ClaimRow,
    ErasureRow,
    EventRow,
    LabelRow,
    MessageRow,
    PersonRow,
    QuickReplyRow,
    TextRow,
    TranslationRow,
)

_UNDER_WAY = timedelta(hours=1)  # an opening that the engine has and has not recorded
_WRITERS = ("buyer", "seller")  # the roles whose texts are those of a person in `people`
Place = Callable[[AsyncSession, str, datetime], Awaitable[int]]


@dataclass(frozen=True)
class Erasure:
    """That a person was erased: when, by whom, and how many rows of each place."""

    person: str
    at: datetime
    by: str
    rows: dict[str, int]


class PersonUnknown(Exception):
    """There is no such person."""


class ClaimsOpen(Exception):
    """The person is a party to open claims, or is just opening one: the process still needs the name and address."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} open claims")
        self.count = count


async def erase(session: AsyncSession, person: str, by: str, now: datetime) -> Erasure:
    """Erase the person everywhere; again changes nothing and answers as before. Raises PersonUnknown or ClaimsOpen."""
    if await session.get(PersonRow, person, with_for_update=True) is None:
        raise PersonUnknown(person)
    count = await session.scalar(select(func.count()).select_from(_open_claims(person).subquery()))
    coming = await session.scalar(select(func.count()).select_from(_openings_under_way(person, now).subquery()))
    if (count or 0) + (coming or 0):
        raise ClaimsOpen((count or 0) + (coming or 0))
    rows = {name: await place(session, person, now) for name, place in PLACES.items()}
    before = (await history(session, person))[-1:]
    if before and not any(rows.values()):
        return before[0]
    session.add(ErasureRow(person=person, at=now, by=by, rows=rows))
    return Erasure(person, now, by, rows)


async def history(session: AsyncSession, person: str | None = None) -> list[Erasure]:
    """The erasures of this person, or of all, oldest first."""
    rows = select(ErasureRow).order_by(ErasureRow.id)
    found = await session.scalars(rows if person is None else rows.where(ErasureRow.person == person))
    return [Erasure(r.person, r.at, r.by, r.rows) for r in found]


# --- the places: each erases what is personal there, and says how many rows that were


async def _name_and_address(session: AsyncSession, person: str, now: datetime) -> int:
    """The row stays, as that of a person of whom nothing is known; an order pushed later fills it anew."""
    if (await orders.find_people(session, {person}))[person] == Person(person):
        return 0
    return await _count(session, update(PersonRow).where(PersonRow.id == person).values(**orders.unknown(person, now)))


async def _request_digests(session: AsyncSession, person: str, now: datetime) -> int:
    """Digests of the requests that brought texts: they are not salted, so a guess at a text could be confirmed."""
    note = EventRow.event[("note", "id")].as_string()
    brought = select(EventRow.command_id).where(EventRow.claim_id.in_(_claims(person)), note.in_(_texts(person)))
    answers = update(AnswerRow).where(AnswerRow.command_id.in_(brought), AnswerRow.body != "")
    return await _count(session, answers.values(body=""))


async def _digests_of_messages(session: AsyncSession, person: str, now: datetime) -> int:
    """As with the requests of steps."""
    messages = update(MessageRow).where(MessageRow.text_id.in_(_texts(person)), MessageRow.body != "")
    return await _count(session, messages.values(body="", reasons=[]))


async def _translations(session: AsyncSession, person: str, now: datetime) -> int:
    """What the person wrote, in other languages. The digest is not salted: it goes, too."""
    theirs = select(MessageRow.id).where(MessageRow.text_id.in_(_texts(person)))
    rows = update(TranslationRow).where(TranslationRow.message_id.in_(theirs), TranslationRow.state != "erased")
    return await _count(session, rows.values(state="erased", body="", folded="", digest=""))


async def _what_was_written(session: AsyncSession, person: str, now: datetime) -> int:
    """The timeline keeps the id and the salted digest, which say nothing without the salt."""
    texts = update(TextRow).where(TextRow.id.in_(_texts(person)), TextRow.erased_at.is_(None))
    return await _count(session, texts.values(body="", folded="", guidance=None, salt="", erased_at=now))


async def _return_labels(session: AsyncSession, person: str, now: datetime) -> int:
    """A label names both parties, so it goes for both; its numbers and codes hold no personal data."""
    labels = update(LabelRow).where(LabelRow.claim_id.in_(_claims(person)), LabelRow.erased_at.is_(None))
    return await _count(session, labels.values(pdf=b"", erased_at=now))


async def _quick_replies(session: AsyncSession, person: str, now: datetime) -> int:
    """What the person has saved for writing again; nothing refers to it."""
    return await _count(session, delete(QuickReplyRow).where(QuickReplyRow.seller_id == person))


async def _uploads(session: AsyncSession, person: str, now: datetime) -> int:
    """Names and digests at once; the files themselves are deleted after it, by whoever has the store."""
    return await attachments.erase_of(session, person, _WRITERS, now)


PLACES: dict[str, Place] = {  # digests before texts
    "people": _name_and_address,
    "answers": _request_digests,
    "messages": _digests_of_messages,
    "translations": _translations,
    "texts": _what_was_written,
    "labels": _return_labels,
    "quick_replies": _quick_replies,
    "attachments": _uploads,
}


def _claims(person: str) -> Select[str]:
    return select(ClaimRow.id).where(or_(ClaimRow.buyer_id == person, ClaimRow.seller_id == person))


def _open_claims(person: str) -> Select[str]:
    return _claims(person).where(ClaimRow.stage != Stage.CLOSED)


def _openings_under_way(person: str, now: datetime) -> Select[str]:
    """Claims that this person's words were kept for just now, and that are not recorded yet."""
    lately = (TextRow.person == person, TextRow.role == "buyer", TextRow.created_at > now - _UNDER_WAY)
    return select(TextRow.claim_id).where(*lately, TextRow.claim_id.not_in(select(ClaimRow.id))).distinct()


def _texts(person: str) -> Select[str]:
    return select(TextRow.id).where(TextRow.person == person, TextRow.role.in_(_WRITERS))


async def _count(session: AsyncSession, statement: Update | Delete) -> int:
    done = await session.execute(statement.execution_options(synchronize_session=False))
    return done.rowcount if isinstance(done, CursorResult) else 0
