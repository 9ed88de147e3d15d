"""Messages in other languages: wished for, made, and known from before."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

import storage.feed
from claims.guidance import whole
from storage.tables import MessageRow, TextRow, TranslationRow
from storage.texts import folded

PENDING, DONE, UNAVAILABLE, FAILED = "pending", "done", "unavailable", "failed"


@dataclass(frozen=True)
class Wish:
    """A message that waits to be translated. `fresh`: what is known from before does not do."""

    message_id: str
    claim_id: str
    source: str
    target: str
    text: str
    fresh: bool


@dataclass(frozen=True)
class Made:
    """What came of a wish: done with words, or unavailable or failed without."""

    state: str
    text: str = ""
    engine: str = ""
    route: str = ""
    digest: str = ""


async def want(session: AsyncSession, message_id: str, languages: Iterable[str], now: datetime) -> None:
    """Note that a message is to be had in these languages; what was wished for before stays as it is."""
    add = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [_empty(message_id, language, now) for language in sorted(languages)]
    if rows:
        await session.execute(add(TranslationRow).values(rows).on_conflict_do_nothing())


async def want_anew(session: AsyncSession, message_id: str, language: str, now: datetime) -> None:
    """Have a message translated again, whatever is known of it; what there is stays readable meanwhile."""
    await want(session, message_id, [language], now)
    row = update(TranslationRow).where(TranslationRow.message_id == message_id, TranslationRow.language == language)
    await session.execute(row.values(state=PENDING, fresh=True, wanted_at=now))


async def wishes(session: AsyncSession, message_id: str) -> list[Wish]:
    """The translations of a message that are pending, with what is to be translated."""
    rows = select(MessageRow, TextRow, TranslationRow).join(TextRow, TextRow.id == MessageRow.text_id)
    rows = rows.join(TranslationRow, TranslationRow.message_id == MessageRow.id)
    pending = rows.where(MessageRow.id == message_id, TranslationRow.state == PENDING, TextRow.erased_at.is_(None))
    return [
        Wish(message.id, message.claim_id, text.language, wish.language, _words(text), wish.fresh)
        for message, text, wish in await session.execute(pending.order_by(TranslationRow.language))
    ]


def _words(text: TextRow) -> str:
    """An explanation with its steps, a line for each."""
    return whole(text.body, text.guidance["steps"]) if text.guidance else text.body


async def known(session: AsyncSession, digest: str) -> Made | None:
    """What this very text was translated to before, by this engine and route."""
    row = await session.scalar(
        select(TranslationRow).where(TranslationRow.digest == digest, TranslationRow.state == DONE).limit(1)
    )
    return Made(DONE, row.body, row.engine, row.route, digest) if row else None


async def settle(session: AsyncSession, wish: Wish, made: Made, now: datetime) -> bool:
    """Note what came of a wish, once, and put it into the feed; False when it was settled or erased meanwhile."""
    this = (TranslationRow.message_id == wish.message_id, TranslationRow.language == wish.target)
    row = update(TranslationRow).where(*this, TranslationRow.state == PENDING)
    values = {"state": made.state, "done_at": now, "fresh": False}
    if made.state == DONE:
        values |= {"body": made.text, "folded": folded(made.text), "engine": made.engine}
        values |= {"route": made.route, "digest": made.digest}
    done = await session.execute(row.values(**values).returning(TranslationRow.language))
    if done.first() is None:
        return False
    await storage.feed.extend(session, wish.claim_id, [("translation", f"{wish.message_id}/{wish.target}")], now)
    return True


async def left_pending(session: AsyncSession, before: datetime, most: int) -> list[tuple[str, str]]:
    """(message id, claim id) of those whose translations have waited since before this instant, oldest first."""
    rows = select(MessageRow.id, MessageRow.claim_id).join(TranslationRow, TranslationRow.message_id == MessageRow.id)
    waiting = rows.where(TranslationRow.state == PENDING, TranslationRow.wanted_at < before)
    found = await session.execute(waiting.order_by(TranslationRow.wanted_at).limit(most))
    return list(dict.fromkeys((message_id, claim_id) for message_id, claim_id in found))


def digest_of(engine: str, source: str, target: str, text: str) -> str:
    """Under which a translation is known again: the engine, the route asked for, and the text."""
    return hashlib.sha256("\x00".join((engine, source, target, text)).encode()).hexdigest()


def _empty(message_id: str, language: str, now: datetime) -> dict[str, object]:
    return {"message_id": message_id, "language": language, "state": PENDING, "fresh": False, "body": "",
            "folded": "", "engine": "", "route": "", "digest": "", "wanted_at": now, "done_at": None}  # fmt: skip
