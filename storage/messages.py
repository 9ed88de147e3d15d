"""The messages of a claim's thread: who wrote to whom, when, and in which stage. Their words are in `texts`, once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import storage.feed
import storage.profiles
import storage.translations
from claims.guidance import EXPLAINED
from claims.model import Action, Actor, Claim, Event
from claims.thread import ALL, PARTIES, Kind, hears, kind_of_note, receiver_of_note
from storage.tables import ClaimRow, MessageRow, ReadRow, TextRow, TranslationRow


@dataclass(frozen=True)
class Sent:
    """A message as it comes in. `reasons`: why moderation keeps it from the other side, as JSON."""

    id: str
    claim_id: str
    command_id: str
    body: str  # digest of the request
    text_id: str
    sender: Actor
    person: str
    receiver: str
    stage: str
    at: datetime
    reasons: tuple[dict[str, Any], ...] = ()
    kind: Kind = Kind.TEXT
    action: str = ""
    helped: str = ""


Found = Row[MessageRow, TextRow, TranslationRow]
Seen = Select[MessageRow, TextRow, TranslationRow]  # the last is None where there is none


async def lock(session: AsyncSession, claim_id: str) -> None:
    """Hold the claim: no step is recorded until this transaction ends, so that a message meets the stage it was for."""
    await session.execute(select(ClaimRow.id).where(ClaimRow.id == claim_id).with_for_update())


async def answered(session: AsyncSession, command_id: str) -> MessageRow | None:
    """The message that came under this key."""
    return await session.scalar(select(MessageRow).where(MessageRow.command_id == command_id))


async def add(session: AsyncSession, claim: Claim, sent: Sent) -> None:
    """Put a message into the thread and the feed, and have it translated for whoever will read it."""
    position = await storage.feed.extend(session, claim.id, [("message", sent.id)], sent.at)
    await _insert(session, [_row(sent, position)])
    await _want(session, claim, [sent])
    if (sent.sender, sent.receiver) == (Actor.SELLER, Actor.BUYER) and not sent.reasons:
        await _note_answer(session, claim.id, sent.at)


async def add_steps(session: AsyncSession, claim: Claim, events: tuple[Event, ...], now: datetime) -> None:
    """Put steps into the feed, and what was written with them into the thread."""
    notes = {e.sequence: _note(claim, e, now) for e in events if e.note}
    news = [entry for e in events for entry in _news(e, notes.get(e.sequence))]
    if thanked := await _thanked(session, claim, events):
        news.append(("message", thanked))
    last = await storage.feed.extend(session, claim.id, news, now)
    places = {ref: last - len(news) + i for i, (_, ref) in enumerate(news, 1)}
    if notes:
        await _insert(session, [_row(sent, places[sent.id]) for sent in notes.values()])
        await _want(session, claim, list(notes.values()))


def thread(claim_id: str, role: str, person: str, language: str, newest_first: bool) -> Seen:
    """The messages that a caller may see, with their texts and their translations into a language, for paging."""
    order = MessageRow.position.desc() if newest_first else MessageRow.position
    return _seen(role, person, language).where(MessageRow.claim_id == claim_id).order_by(order)


def one(claim_id: str, message_id: str, role: str, person: str, language: str) -> Seen:
    return _seen(role, person, language).where(MessageRow.claim_id == claim_id, MessageRow.id == message_id)


def some(message_ids: list[str], role: str, person: str, language: str) -> Seen:
    return _seen(role, person, language).where(MessageRow.id.in_(message_ids))


def found(words: str, role: str, person: str, language: str) -> Seen:
    """What the caller wrote or was told and that has all of the words, in either language; newest first, for paging."""
    needle = [f"%{_escaped(word)}%" for word in words.split()]
    texts = [or_(TextRow.folded.like(n, escape="\\"), TranslationRow.folded.like(n, escape="\\")) for n in needle]
    return (
        _seen(role, person, language)
        .where(_of_own_claims(role, person), *texts)
        .order_by(MessageRow.created_at.desc(), MessageRow.id)
    )


async def heard(session: AsyncSession, claim_id: str, role: str, person: str) -> list[Row[str, int, str, str]]:
    """What a caller may see of a thread, oldest first, without its words: id, position, sender and receiver."""
    columns = select(MessageRow.id, MessageRow.position, MessageRow.sender, MessageRow.receiver)
    rows = columns.where(MessageRow.claim_id == claim_id, _heard(role, person))
    return list(await session.execute(rows.order_by(MessageRow.position)))


async def reads(session: AsyncSession, claim_ids: Iterable[str]) -> dict[str, list[ReadRow]]:
    """The receipts of these claims, oldest first."""
    rows = select(ReadRow).where(ReadRow.claim_id.in_(list(claim_ids))).order_by(ReadRow.position)
    found: dict[str, list[ReadRow]] = {}
    for row in await session.scalars(rows):
        found.setdefault(row.claim_id, []).append(row)
    return found


async def read_up_to(session: AsyncSession, claim_id: str, by: tuple[str, str], position: int, now: datetime) -> bool:
    """Note that a role has read up to a position; `by` is (role, person). False when it had before."""
    role, person = by
    before = await session.scalar(_read_to(role).where(ReadRow.claim_id == claim_id))
    if before is not None and before >= position:
        return False
    session.add(ReadRow(claim_id=claim_id, role=role, position=position, person=person, at=now))
    await session.flush()
    await storage.feed.extend(session, claim_id, [("read", f"{role}/{position}")], now)
    return True


async def unread(session: AsyncSession, role: str, claim_ids: Iterable[str]) -> dict[str, int]:
    """How many messages to this role nobody in it has read, for each claim that has some; none for who is no party."""
    if role not in (*PARTIES, Actor.MEDIATOR):
        return {}
    read_to = _read_to(role).where(ReadRow.claim_id == MessageRow.claim_id).scalar_subquery()
    rows = select(MessageRow.claim_id, func.count()).where(
        MessageRow.claim_id.in_(list(claim_ids)),
        MessageRow.moderation == "clean",
        MessageRow.sender != role,
        MessageRow.receiver.in_((role, ALL)),
        MessageRow.position > func.coalesce(read_to, 0),
    )
    return {claim_id: count for claim_id, count in await session.execute(rows.group_by(MessageRow.claim_id))}


async def note_help(session: AsyncSession, message_id: str, helped: bool, claim_id: str, now: datetime) -> bool:
    """What the buyer says of an explanation; the message comes into the feed again. False when it was said before.

    One explanation of a claim has helped at most: another that was thought to have is asked about again.
    """
    said = "yes" if helped else "no"
    changed = [message_id] if await _set_help(session, said, MessageRow.id == message_id) else []
    if helped:
        others = and_(MessageRow.claim_id == claim_id, MessageRow.id != message_id, MessageRow.helped == "yes")
        changed += await _set_help(session, "asked", others)
    if changed:
        await storage.feed.extend(session, claim_id, [("message", one) for one in changed], now)
    return bool(changed)


def message_id(text_id: str) -> str:
    """A message is named like its text."""
    return f"msg_{text_id.removeprefix('txt_')}"


async def _note_answer(session: AsyncSession, claim_id: str, at: datetime) -> None:
    """The seller has answered the buyer, unless they had before."""
    first = or_(ClaimRow.answered_at.is_(None), ClaimRow.answered_at > at)
    await session.execute(update(ClaimRow).where(ClaimRow.id == claim_id, first).values(answered_at=at))


async def _thanked(session: AsyncSession, claim: Claim, events: tuple[Event, ...]) -> str:
    """Who closes because the seller explained it thanks the last explanation that is still asked about."""
    closed = any(e.action == Action.CLOSE for e in events)
    if not closed or claim.closing is None or claim.closing.code != EXPLAINED:
        return ""
    asked = and_(MessageRow.claim_id == claim.id, MessageRow.kind == Kind.GUIDANCE, MessageRow.helped != "no")
    last = await session.scalar(select(MessageRow.id).where(asked).order_by(MessageRow.position.desc()).limit(1))
    thanked = await _set_help(session, "yes", MessageRow.id == last) if last else []
    return "".join(thanked)


async def _set_help(session: AsyncSession, said: str, which: ColumnElement[bool]) -> list[str]:
    """The ids of those of these messages that said otherwise before."""
    rows = update(MessageRow).where(which, MessageRow.helped != said).values(helped=said)
    return list(await session.scalars(rows.returning(MessageRow.id)))


def _news(event: Event, note: Sent | None) -> list[tuple[str, str]]:
    step = ("step", str(event.sequence))
    return [step, ("message", note.id)] if note else [step]


def _note(claim: Claim, event: Event, now: datetime) -> Sent:
    text_id = event.note.id if event.note else ""
    kind = kind_of_note(event)
    return Sent(
        id=message_id(text_id),
        claim_id=claim.id,
        command_id=event.id,
        body="",
        text_id=text_id,
        sender=event.by,
        person=event.person,
        receiver=receiver_of_note(event),
        stage=event.stage,
        at=now,
        kind=kind,
        action=event.action,
        helped="asked" if kind == Kind.GUIDANCE else "",
    )


def _row(sent: Sent, position: int) -> dict[str, Any]:
    values = {name: value for name, value in vars(sent).items() if name not in ("at", "reasons")}
    moderation = "rejected" if sent.reasons else "clean"
    more = {"moderation": moderation, "reasons": list(sent.reasons), "created_at": sent.at}
    return values | more | {"position": position}


async def _insert(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    await session.execute(insert(MessageRow), rows)


async def _want(session: AsyncSession, claim: Claim, sent: list[Sent]) -> None:
    """Have messages translated into what their receivers read, unless they are written in it."""
    ids = [s.text_id for s in sent if not s.reasons]
    rows = await session.execute(select(TextRow.id, TextRow.language).where(TextRow.id.in_(ids)))
    written = {text_id: language for text_id, language in rows}
    for message in sent:
        own = written.get(message.text_id)
        if not own:
            continue
        line = claim.line
        readers = await storage.profiles.languages(session, message.receiver, line.buyer_id, line.seller_id)
        await storage.translations.want(session, message.id, readers - {own}, message.at)


def _seen(role: str, person: str, language: str) -> Seen:
    in_it = and_(TranslationRow.message_id == MessageRow.id, TranslationRow.language == language)
    rows = select(MessageRow, TextRow, TranslationRow).join(TextRow, TextRow.id == MessageRow.text_id)
    return rows.outerjoin(TranslationRow, in_it).where(_heard(role, person))


def _heard(role: str, person: str) -> ColumnElement[bool]:
    mine = and_(MessageRow.sender == role, or_(MessageRow.person == person, MessageRow.sender == Actor.MEDIATOR))
    clean, to_me = MessageRow.moderation == "clean", MessageRow.receiver.in_((role, ALL))
    heard: ColumnElement[bool] = hears(role, mine=mine, clean=clean, to_me=to_me)
    return heard


def _of_own_claims(role: str, person: str) -> ColumnElement[bool]:
    """What a party's claims hold; mediators share what was written to them or by them."""
    if role == Actor.MEDIATOR:
        return or_(MessageRow.sender == role, MessageRow.receiver.in_((role, ALL)))
    party = ClaimRow.buyer_id if role == Actor.BUYER else ClaimRow.seller_id
    return MessageRow.claim_id.in_(select(ClaimRow.id).where(party == person))


def _read_to(role: str) -> Select[Any]:
    return select(func.max(ReadRow.position)).where(ReadRow.role == role)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
