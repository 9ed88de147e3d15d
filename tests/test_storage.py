"""What the database promises, on SQLite and on PostgreSQL."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

import storage.claims
import storage.labels
import storage.ledger
import storage.notices
import storage.orders
import storage.reputation
import storage.texts
from activities import embedded_bank
from activities.embedded_bank import EmbeddedBank
from activities.records import RecordActivities
from activities.refunds import RefundAnswer, RefundRequest, Unavailable
from activities.reputation import ReputationActivities
from activities.returns import LabelActivities
from api.deps import page
from claims.model import Action, Actor, Claim, Command, Event, Impact, Input, Note, Stage, Verdict
from claims.notices import Notice
from claims.opening import Opening, open_claim
from claims.orders import Address, Order, OrderItem, Person
from claims.policy import DEFAULT
from claims.process import advance, available, let_time_pass
from claims.reasons import REASONS
from claims.recording import Outcome, Recording
from storage import migrate
from storage.codec import claim_from_json, claim_to_json, event_from_json, event_to_json
from storage.database import Database
from storage.ledger import OtherAmount, OverRefund, Payment
from storage.listing import Filter, matching
from storage.tables import ClaimRow, EventRow, LabelRow, NoticeRow, OrderLineRow, PersonRow, Table, TextRow, TransferRow
from tests.house import House, soon
from tests.recordings import BUYER, CLOCK, SELLER, START, named, new_claim, opening, tag

# --- claims to be stored


def step(claim: Claim, action: Action, by: Actor = SELLER, **given: Any) -> Recording:
    """The recording of one step taken an hour after the last."""
    name = f"{claim.id}/{claim.version}/{action}/{tag()}"
    command = Command(action, by, Input(**given), id=name, person=f"{by}-1", body=f"body of {name}")
    return Recording.of(claim, advance(claim, command, claim.updated_at + timedelta(hours=1)), command)


def guided_life(claim: Claim) -> list[Recording]:
    """Five recordings: opened, explained, offered, declined, refunded."""
    recordings = [opening(claim)]
    for action, by, more in (
        (Action.GUIDE, SELLER, {}),
        (Action.OFFER_PARTIAL_REFUND, SELLER, {"percent": 20}),
        (Action.DECLINE_OFFER, BUYER, {"offer": 1}),
        (Action.REFUND, SELLER, {}),
    ):
        recordings.append(step(recordings[-1].claim, action, by, **more))
    return recordings


def wander(choices: Iterator[int], claim: Claim) -> Iterator[Recording]:
    """A life made of whatever somebody may do next, or of the clock's own step."""
    yield (recording := opening(claim))
    for choice in choices:
        claim = recording.claim
        ways = [c.example for actor in Actor for c in available(claim, actor, claim.updated_at) if c.example]
        ways += [Command(Action.OPEN, CLOCK)] * (claim.due_at is not None)
        if not ways:
            return
        command = named(ways[choice % len(ways)], claim)
        at = claim.due_at + timedelta(microseconds=1) if command.by == CLOCK and claim.due_at else claim.updated_at
        yield (recording := Recording.of(claim, advance(claim, command, at + timedelta(microseconds=7)), command))


def wandered(seed: int, claim: Claim) -> list[Recording]:
    chance = random.Random(seed)
    return list(wander((chance.randrange(1000) for _ in range(14)), claim))


# --- databases


@pytest_asyncio.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


@pytest_asyncio.fixture(scope="session")
async def others(database_url: str) -> AsyncIterator[list[Database]]:
    """The same database as other processes would reach it: each with connections of its own."""
    made = [Database(database_url) for _ in range(4)]
    yield made
    for one in made:
        await one.close()


async def store(database: Database, recording: Recording) -> Outcome:
    async with database.writing() as session:
        return (await storage.claims.record(session, recording)).outcome


async def stored_life(database: Database) -> list[Recording]:
    life = guided_life(new_claim(tag()))
    for recording in life:
        assert await store(database, recording) == Outcome.STORED
    return life


async def standing(database: Database, claim_id: str) -> Claim | None:
    async with database.reading() as session:
        return await storage.claims.find(session, claim_id)


async def entries(database: Database, claim_id: str) -> list[Event]:
    async with database.reading() as session:
        return await storage.claims.events(session, claim_id)


async def intact(database: Database, claim_id: str) -> bool:
    async with database.reading() as session:
        return await storage.claims.verify_chain(session, claim_id)


async def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    async with database.reading() as session:
        tables = Table.metadata.sorted_tables
        return {t.name: sorted(map(tuple, await session.execute(select(t))), key=repr) for t in tables}


# --- documents


def kinds(value: Any) -> Any:
    """The types within a value: a text is no enum, a list no tuple."""
    if is_dataclass(value):
        return type(value), [kinds(getattr(value, f.name)) for f in fields(value)]
    if isinstance(value, tuple):
        return tuple, [kinds(v) for v in value]
    return (datetime, value.utcoffset()) if isinstance(value, datetime) else type(value)


def through_json(document: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(document))


@given(st.sampled_from(sorted(REASONS)), st.lists(st.integers(0, 999), max_size=14))
def test_claims_and_events_come_back_from_their_documents_exactly(reason: str, choices: list[int]) -> None:
    late = {"delivered_at": None, "promised_at": START - timedelta(days=1)} if reason == "not_received" else {}
    for recording in wander(iter(choices), new_claim("codec", reason, **late)):
        again = claim_from_json(through_json(claim_to_json(recording.claim)))
        assert again == recording.claim
        assert kinds(again) == kinds(recording.claim)
        for event in recording.events:
            back = event_from_json(through_json(event_to_json(event)))
            assert back == event
            assert kinds(back) == kinds(replace(event, waiting_on=str(event.waiting_on)))


async def test_many_lives_are_stored_and_read_back_exactly(database: Database) -> None:
    seen: set[str] = set()
    for seed in range(12):
        life = wandered(seed, new_claim(tag()))
        for recording in life:
            assert await store(database, recording) == Outcome.STORED
            assert await standing(database, recording.claim.id) == recording.claim
        assert await entries(database, life[0].claim.id) == [e for r in life for e in r.events]
        assert await intact(database, life[0].claim.id)
        seen |= {e.action for r in life for e in r.events}
    assert len(seen) >= 20, set(Action) - seen  # of 29 actions: the walks go far


# --- recording


async def test_a_recording_is_stored_once_and_again_is_repeated(database: Database) -> None:
    life = await stored_life(database)
    before = await everything(database)
    for recording in life:
        async with database.writing() as session:
            again = await storage.claims.record(session, recording)
        assert (again.outcome, again.claim) == (Outcome.REPEATED, life[-1].claim)
    assert await everything(database) == before


async def test_a_turn_made_on_another_version_is_moved_and_changes_nothing(database: Database) -> None:
    life = await stored_life(database)
    before = await everything(database)
    older = step(life[1].claim, Action.OFFER_PARTIAL_REFUND, percent=30)
    ahead = replace(older, before=replace(life[-1].claim, version=life[-1].claim.version + 1))
    for recording, told in ((older, (Outcome.MOVED, life[-1].claim)), (ahead, (Outcome.BEHIND, None))):
        async with database.writing() as session:
            moved = await storage.claims.record(session, recording)
        assert (moved.outcome, moved.claim) == told
    assert await everything(database) == before


async def test_a_turn_made_on_another_claim_of_the_same_version_is_moved(database: Database) -> None:
    """A run that was replayed by newer rules may remember what was never stored."""
    life = await stored_life(database)
    stands = life[-1].claim
    imagined = replace(stands, due_at=stands.due_at + timedelta(days=1))
    before = await everything(database)
    turn = advance(imagined, Command(Action.OPEN, CLOCK), imagined.due_at + timedelta(seconds=1))
    async with database.writing() as session:
        moved = await storage.claims.record(session, Recording.of(imagined, turn, Command(Action.OPEN, CLOCK)))
    assert (moved.outcome, moved.claim) == (Outcome.MOVED, stands)
    assert await everything(database) == before


async def test_a_step_on_a_claim_that_is_not_there_waits_for_a_person(database: Database) -> None:
    lost = guided_life(new_claim(tag()))[1]
    async with database.writing() as session:
        moved = await storage.claims.record(session, lost)
    assert (moved.outcome, moved.claim) == (Outcome.BEHIND, None)


async def test_of_two_recordings_of_one_version_exactly_one_wins(others: list[Database]) -> None:
    first = opening(new_claim(tag()))
    await store(others[0], first)
    rivals = [step(first.claim, Action.OFFER_PARTIAL_REFUND, percent=p) for p in (10, 20, 30, 40)]
    outcomes = await asyncio.gather(*(store(d, r) for d, r in zip(others, rivals, strict=True)))
    assert sorted(outcomes) == sorted([Outcome.STORED, *[Outcome.MOVED] * 3])
    winner = rivals[outcomes.index(Outcome.STORED)]
    assert await standing(others[0], first.claim.id) == winner.claim
    assert len(await entries(others[0], first.claim.id)) == 2
    assert await intact(others[0], first.claim.id)


async def test_of_the_same_recording_many_times_at_once_one_is_stored(others: list[Database]) -> None:
    first = opening(new_claim(tag()))
    tries = [RecordActivities(d).record(first) for d in others]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(a, IntegrityError) or a.outcome in ("stored", "repeated") for a in answers), answers
    assert (await RecordActivities(others[0]).record(first)).outcome == Outcome.REPEATED
    assert await entries(others[0], first.claim.id) == list(first.events)


async def test_a_second_open_claim_on_an_order_line_is_taken(database: Database) -> None:
    first = opening(new_claim(tag()))
    records = RecordActivities(database)
    assert (await records.record(first)).outcome == Outcome.STORED
    before = await everything(database)
    second = opening(replace(first.claim, id=f"clm_{tag()}", version=0))
    recorded = await records.record(second)
    assert (recorded.outcome, recorded.other) == (Outcome.TAKEN, first.claim.id)
    assert await everything(database) == before


async def test_an_appeal_is_taken_while_another_claim_is_open_on_the_line(database: Database) -> None:
    first = opening(new_claim(tag()))
    offered = step(first.claim, Action.OFFER_PARTIAL_REFUND, percent=10)
    lapsed = let_time_pass(offered.claim, offered.claim.updated_at + timedelta(days=6))
    closed = Recording.of(offered.claim, lapsed, Command(Action.OPEN, Actor.CLOCK))
    second = opening(replace(first.claim, id=f"clm_{tag()}", version=0))
    records = RecordActivities(database)
    for recording in (first, offered, closed, second):
        assert (await records.record(recording)).outcome == Outcome.STORED
    before = await everything(database)
    recorded = await records.record(appealed(closed.claim))
    assert (recorded.outcome, recorded.other) == (Outcome.TAKEN, second.claim.id)
    assert await everything(database) == before


def appealed(claim: Claim) -> Recording:
    command = Command(Action.APPEAL, BUYER, id=f"{claim.id}/appeal", person="b")
    return Recording.of(claim, advance(claim, command, claim.protect_until + timedelta(hours=1)), command)


# --- the timeline


async def test_the_timeline_is_numbered_without_gaps(database: Database) -> None:
    life = await stored_life(database)
    assert [e.sequence for e in await entries(database, life[0].claim.id)] == [1, 2, 3, 4, 5]
    assert await intact(database, life[0].claim.id)


async def event_of(session: AsyncSession, claim_id: str, number: int) -> dict[str, Any]:
    mine = select(EventRow.event).where(EventRow.claim_id == claim_id, EventRow.sequence == number)
    found = await session.scalar(mine)
    assert found
    return found


async def rewrite(session: AsyncSession, claim_id: str, number: int, **values: Any) -> None:
    mine = update(EventRow).where(EventRow.claim_id == claim_id, EventRow.sequence == number)
    await session.execute(mine.values(**values))


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("field", "value"), [("person", "mallory"), ("at", "2026-01-01T00:00:00Z"), ("by", "clock")])
async def test_an_altered_entry_breaks_the_chain(database: Database, number: int, field: str, value: str) -> None:
    claim_id = (await stored_life(database))[0].claim.id
    async with database.writing() as session:
        document = await event_of(session, claim_id, number)
        assert document[field] != value
        await rewrite(session, claim_id, number, event=document | {field: value})
    assert not await intact(database, claim_id)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("closing_the_gap", [False, True])
async def test_a_removed_entry_breaks_the_chain(database: Database, number: int, closing_the_gap: bool) -> None:
    claim_id = (await stored_life(database))[0].claim.id
    async with database.writing() as session:
        await session.execute(delete(EventRow).where(EventRow.claim_id == claim_id, EventRow.sequence == number))
        for later in range(number + 1, 6) if closing_the_gap else ():
            await rewrite(session, claim_id, later, sequence=later - 1)
    assert not await intact(database, claim_id)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_reordered_entries_break_the_chain(database: Database, number: int) -> None:
    claim_id = (await stored_life(database))[0].claim.id
    async with database.writing() as session:
        for old, new in ((number, 99), (number + 1, number), (99, number + 1)):
            await rewrite(session, claim_id, old, sequence=new)
    assert not await intact(database, claim_id)


async def test_an_entry_copied_from_another_claim_breaks_the_chain(database: Database) -> None:
    mine, theirs = await stored_life(database), await stored_life(database)
    async with database.writing() as session:
        document = await event_of(session, theirs[0].claim.id, 2)
        await rewrite(session, mine[0].claim.id, 2, event=document)
    assert not await intact(database, mine[0].claim.id)
    assert await intact(database, theirs[0].claim.id)


async def keep_text(database: Database, claim: Claim, text_id: str, body: str) -> Note:
    async with database.writing() as session:
        return await storage.texts.keep(session, text_id, claim.id, ("seller", "s-1"), body, START)


async def ruled_against(database: Database, claim: Claim) -> Claim:
    """A claim that a mediator has ended with nothing for the buyer, after the seller's window: it can be appealed."""
    first = opening(claim)
    assert await store(database, first) == Outcome.STORED
    claim = first.claim
    for action, by, more in ((Action.ESCALATE, SELLER, {}), (Action.RULE, Actor.MEDIATOR, {"amount": 0})):
        taken = step(claim, action, by, **more)
        assert await store(database, taken) == Outcome.STORED
        claim = taken.claim
    return claim


def another_on_the_line(claim: Claim, quantity: int = 1) -> Claim:
    """A claim opened by somebody who has not heard of the first one."""
    return open_claim(f"{claim.id}x", claim.line, (), Opening("not_working", quantity), DEFAULT, START)


async def test_an_appeal_is_barred_by_a_claim_that_came_and_was_granted_since_the_desk_looked(
    database: Database,
) -> None:
    first = opening(new_claim(tag()))
    offered = step(first.claim, Action.OFFER_PARTIAL_REFUND, percent=10)
    lapsed = let_time_pass(offered.claim, offered.claim.updated_at + timedelta(days=6))
    closed = Recording.of(offered.claim, lapsed, Command(Action.OPEN, Actor.CLOCK))
    second = opening(another_on_the_line(first.claim))
    granted = step(second.claim, Action.REFUND)  # settling: the index no longer sees it
    for recording in (first, offered, closed, second, granted):
        assert await store(database, recording) == Outcome.STORED
    async with database.writing() as session:
        recorded = await storage.claims.record(session, appealed(closed.claim))
    assert (recorded.outcome, recorded.other) == (Outcome.TAKEN, second.claim.id)
    assert await standing(database, first.claim.id) == closed.claim


@pytest.mark.parametrize("ended", ["settling", "paid", "ruled"])
async def test_an_opening_is_barred_by_what_came_of_the_line_since_the_desk_looked(
    database: Database, ended: str
) -> None:
    claim = new_claim(tag(), quantity=1)
    if ended == "ruled":
        first = await ruled_against(database, claim)
    else:
        await store(database, opening(claim))
        refund = step(opening(claim).claim, Action.REFUND)
        assert await store(database, refund) == Outcome.STORED
        first = refund.claim
    if ended == "paid":
        paid = step(first, Action.REFUNDED, Actor.BANK, refund=1)
        assert await store(database, paid) == Outcome.STORED
    async with database.writing() as session:
        recorded = await storage.claims.record(session, opening(another_on_the_line(claim)))
    assert (recorded.outcome, recorded.other) == (Outcome.TAKEN, claim.id)


async def test_pieces_that_nobody_was_paid_for_can_still_be_claimed(database: Database) -> None:
    claim = new_claim(tag(), quantity=2)
    await store(database, opening(claim))
    refund = step(opening(claim).claim, Action.REFUND)
    await store(database, refund)
    await store(database, step(refund.claim, Action.REFUNDED, Actor.BANK, refund=1))
    assert await store(database, opening(another_on_the_line(claim, 1))) == Outcome.STORED
    third = opening(replace(another_on_the_line(claim, 1), id=f"{claim.id}y"))
    assert await store(database, third) == Outcome.TAKEN


async def test_a_text_can_be_erased_and_the_chain_still_holds(database: Database) -> None:
    first = opening(new_claim(tag()))
    text_id, body = f"txt_{tag()}", "Hold the button for five seconds."
    note = await keep_text(database, first.claim, text_id, body)
    command = Command(Action.GUIDE, SELLER, id=f"{first.claim.id}/guide", note=note)
    guided = Recording.of(first.claim, advance(first.claim, command, START), command)
    for recording in (first, guided):
        await store(database, recording)
    async with database.writing() as session:
        assert await storage.texts.bodies(session, [text_id]) == {text_id: body}
        await session.execute(delete(TextRow).where(TextRow.id == text_id))
    async with database.reading() as session:
        assert await storage.texts.bodies(session, [text_id]) == {}
    assert await intact(database, first.claim.id)
    assert (await entries(database, first.claim.id))[1].note == note


async def test_a_text_is_kept_once_and_its_digest_tells_nothing(database: Database) -> None:
    claim = new_claim(tag())
    first, other = f"txt_{tag()}", f"txt_{tag()}"
    note = await keep_text(database, claim, first, "yes")
    assert await keep_text(database, claim, first, "something else") == note
    assert (await keep_text(database, claim, other, "yes")).digest != note.digest
    async with database.reading() as session:
        assert await storage.texts.bodies(session, [first, other]) == {first: "yes", other: "yes"}


async def test_what_people_write_is_in_the_texts_alone(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.did("seller", "guide", note="Marked: xyzzy-plugh.")
    await claim.did("seller", "offer_partial_refund", percent=10, note="Also xyzzy-plugh.")
    rows = await everything(any_house.database)
    assert {name for name, found in rows.items() if "xyzzy-plugh" in repr(found)} == {"texts"}


async def test_names_and_mail_addresses_are_with_the_people_alone(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.did("seller", "guide", note="Like this.")
    rows = await everything(any_house.database)
    marks = (f"Name of {claim.sale.buyer}", f"{claim.sale.seller}@example.com")
    assert [{name for name, found in rows.items() if mark in repr(found)} for mark in marks] == [{"people"}] * 2


# --- answers


async def test_a_key_is_answered_as_it_was_the_first_time(database: Database) -> None:
    life = await stored_life(database)
    async with database.reading() as session:
        answer = await storage.claims.find_answer(session, life[1].command.id)
        unknown = await storage.claims.find_answer(session, "never heard of")
    assert unknown is None
    assert answer
    assert (answer.body, answer.claim, answer.at) == (
        life[1].command.body,
        life[1].claim,
        life[1].claim.updated_at,
    )


async def test_a_command_without_a_request_keeps_no_answer(database: Database) -> None:
    first = opening(new_claim(tag()))
    silent = replace(first, command=replace(first.command, body=""))
    assert await store(database, silent) == Outcome.STORED
    async with database.reading() as session:
        assert await storage.claims.find_answer(session, first.command.id) is None


async def test_when_the_answer_cannot_be_kept_nothing_is(database: Database) -> None:
    """The answer's key is in the way: the step, its entry and its notices are not there either."""
    other, first = await stored_life(database), opening(new_claim(tag()))
    records = RecordActivities(database)
    await records.record(first)
    before = await everything(database)
    guided = step(first.claim, Action.GUIDE)
    in_the_way = replace(guided, command=replace(guided.command, id=other[1].command.id))
    with pytest.raises(IntegrityError):
        await records.record(in_the_way)
    assert await everything(database) == before


async def test_a_step_its_answer_and_its_notices_come_together(database: Database) -> None:
    first = opening(new_claim(tag()))
    await RecordActivities(database).record(first)
    async with database.reading() as session:
        assert await storage.claims.find_answer(session, first.command.id)
        assert [n.role for n in await storage.notices.of_claim(session, first.claim.id, "step")] == ["seller"]
    assert await standing(database, first.claim.id) == first.claim


# --- the ledger


def payment(name: str, amount: int = 11_000) -> Payment:
    return Payment(f"ord-{name}", "1", f"b-{name}", f"s-{name}", amount, "BRL")


async def refund(database: Database, key: str, paid: Payment, amount: int) -> bool:
    async with database.writing() as session:
        return await storage.ledger.refund(session, key, paid, amount, datetime.now(UTC))


async def bounce(database: Database, key: str, paid: Payment) -> bool:
    async with database.writing() as session:
        return await storage.ledger.bounce(session, key, paid, datetime.now(UTC))


async def books(database: Database, paid: Payment) -> list[tuple[str, int]]:
    """(kind, amount) of what was booked for this payment, in no order; and the books are right."""
    async with database.reading() as session:
        assert await storage.ledger.balance(session) == 0
        return sorted(t[1:] for t in await storage.ledger.transfers_of(session, paid.order_id, paid.line_id))


async def test_a_key_is_booked_once_for_ever(database: Database) -> None:
    paid, key = payment(tag()), f"{tag()}/refund/1"
    assert await refund(database, key, paid, 4000) is True
    assert await refund(database, key, paid, 4000) is False
    with pytest.raises(OtherAmount):  # one key, one intent
        await refund(database, key, paid, 7000)
    assert await books(database, paid) == [("capture", 11_000), ("refund", 4000)]


async def test_never_more_goes_back_than_was_paid(database: Database) -> None:
    paid, name = payment(tag()), tag()
    await refund(database, f"{name}/1", paid, 6000)
    await refund(database, f"{name}/2", paid, 4999)
    with pytest.raises(OverRefund):
        await refund(database, f"{name}/3", paid, 2)
    assert await refund(database, f"{name}/4", paid, 1) is True
    assert await books(database, paid) == [("capture", 11_000), ("refund", 1), ("refund", 4999), ("refund", 6000)]


async def test_a_first_refund_above_the_payment_books_nothing_at_all(database: Database) -> None:
    paid = payment(tag())
    with pytest.raises(OverRefund):
        await refund(database, tag(), paid, 11_001)
    assert await books(database, paid) == []


async def test_what_bounced_can_be_given_back_again_and_no_more(database: Database) -> None:
    paid, name = payment(tag()), tag()
    await refund(database, f"{name}/1", paid, 11_000)
    assert await bounce(database, f"{name}/1", paid) is True
    assert await bounce(database, f"{name}/1", paid) is False
    assert await bounce(database, f"{name}/unknown", paid) is False
    assert await refund(database, f"{name}/2", paid, 11_000) is True
    with pytest.raises(OverRefund):
        await refund(database, f"{name}/3", paid, 1)
    assert [kind for kind, _ in await books(database, paid)] == ["bounce", "capture", "refund", "refund"]


async def test_what_was_paid_is_what_it_was_at_first_touch(database: Database) -> None:
    name = tag()
    await refund(database, f"{name}/1", payment(name, 5000), 1000)
    with pytest.raises(OverRefund):
        await refund(database, f"{name}/2", payment(name, 90_000), 4001)
    assert await refund(database, f"{name}/3", payment(name, 90_000), 4000) is True
    assert (await books(database, payment(name)))[0] == ("capture", 5000)


async def test_a_payment_stands_in_the_books_before_its_refunds(database: Database) -> None:
    paid, name = payment(tag()), tag()
    for key, amount in ((f"a-{name}/2", 1000), (f"a-{name}/1", 2000)):
        await refund(database, key, paid, amount)
    async with database.reading() as session:
        transfers = await storage.ledger.transfers_of(session, paid.order_id, paid.line_id)
    assert [t[1:] for t in transfers] == [("capture", 11_000), ("refund", 1000), ("refund", 2000)]


async def test_refunds_under_different_keys_at_once_give_no_more_back_than_was_paid(
    others: list[Database],
) -> None:
    """The second is asked for while the first is booked and not yet committed."""
    paid, name = payment(tag()), tag()
    await refund(others[0], f"{name}/1", paid, 1000)
    async with others[0].writing() as session:
        await storage.ledger.refund(session, f"{name}/2", paid, 10_000, datetime.now(UTC))
        second = asyncio.create_task(refund(others[1], f"{name}/3", paid, 10_000))
        await asyncio.wait([second], timeout=0.5)
    await asyncio.gather(second, return_exceptions=True)
    assert sum(amount for kind, amount in await books(others[0], paid) if kind == "refund") <= 11_000


# --- the embedded bank


def asked(name: str, amount: int = 5000, number: int = 1) -> RefundRequest:
    return RefundRequest(f"clm_{name}/refund/{number}", f"ord-{name}", "1", "b", "s", 11_000, amount, "BRL")


async def order(database: Database, request: RefundRequest, fault: str, times: int = 1) -> None:
    async with database.writing() as session:
        await storage.ledger.order_fault(session, request.key, fault, times)


def paid_by(request: RefundRequest) -> Payment:
    return Payment(request.order_id, request.line_id, "b", "s", request.paid, "BRL")


async def test_a_declined_refund_moves_nothing_and_can_be_asked_for_again(database: Database) -> None:
    bank, request = EmbeddedBank(database), asked(tag())
    await order(database, request, "declined", times=2)
    for _ in range(2):
        assert (await bank.refund(request)).succeeded is False
        assert await books(database, paid_by(request)) == []
    assert await bank.refund(request) == RefundAnswer(True)
    assert await books(database, paid_by(request)) == [("capture", 11_000), ("refund", 5000)]


async def test_a_key_that_was_booked_with_another_amount_is_declined(database: Database) -> None:
    bank, name = EmbeddedBank(database), tag()
    assert await bank.refund(asked(name, 5000)) == RefundAnswer(True)
    answer = await bank.refund(asked(name, 6000))
    assert not answer.succeeded
    assert "5000 BRL instead of 6000" in answer.reason
    assert await books(database, paid_by(asked(name))) == [("capture", 11_000), ("refund", 5000)]


async def test_an_unavailable_bank_moves_nothing(database: Database) -> None:
    bank, request = EmbeddedBank(database), asked(tag())
    await order(database, request, "unavailable")
    with pytest.raises(Unavailable) as raised:
        await bank.refund(request)
    assert raised.value.retry_after
    assert await books(database, paid_by(request)) == []
    assert await bank.refund(request) == RefundAnswer(True)


async def test_a_lost_answer_books_once(database: Database) -> None:
    bank, request = EmbeddedBank(database), asked(tag())
    await order(database, request, "lost_answer", times=3)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await bank.refund(request)
    assert await bank.refund(request) == RefundAnswer(True)
    assert await books(database, paid_by(request)) == [("capture", 11_000), ("refund", 5000)]


async def test_a_slow_answer_has_moved_the_money_before_it_comes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_bank, "_SLOW_SECONDS", 60)
    bank, request = EmbeddedBank(database), asked(tag())
    await order(database, request, "slow_answer")
    asking = asyncio.create_task(bank.refund(request))
    await soon(lambda: books(database, paid_by(request)))
    assert not asking.done()
    asking.cancel()
    assert await bank.refund(request) == RefundAnswer(True)
    assert await books(database, paid_by(request)) == [("capture", 11_000), ("refund", 5000)]


async def test_an_over_refund_is_declined_with_its_reason(database: Database) -> None:
    answer = await EmbeddedBank(database).refund(asked(tag(), amount=11_001))
    assert (answer.succeeded, "11000 left" in answer.reason) == (False, True)


async def test_the_same_refund_asked_for_many_times_at_once_is_booked_once(others: list[Database]) -> None:
    request = asked(tag())
    banks = [EmbeddedBank(database) for database in others]
    answers = await asyncio.gather(*(bank.refund(request) for bank in banks * 3), return_exceptions=True)
    assert all(isinstance(a, Unavailable) or a == RefundAnswer(True) for a in answers), answers
    assert await banks[0].refund(request) == RefundAnswer(True)
    assert await books(others[0], paid_by(request)) == [("capture", 11_000), ("refund", 5000)]


async def test_a_refund_bounces_once(database: Database) -> None:
    bank, request = EmbeddedBank(database), asked(tag())
    assert await bank.bounce(request) is False
    await bank.refund(request)
    assert [await bank.bounce(request), await bank.bounce(request)] == [True, False]


# --- labels


async def test_serial_numbers_are_given_out_once(others: list[Database]) -> None:
    name = tag()

    async def draw(database: Database) -> int:
        async with database.writing() as session:
            return await storage.labels.next_serial(session, name)

    drawn = await asyncio.gather(*(draw(database) for database in others * 10))
    assert sorted(drawn) == list(range(1, 41))


def person(name: str, **more: Any) -> Person:
    address = Address(("Rua A, 1", "ap. 2"), "São Paulo", "SP", "01000-000", "BR")
    return Person(name, f"Name of {name}", f"{name}@example.com", "pt", address, **more)


def an_order(name: str, unit_price: int = 5000) -> Order:
    item = OrderItem("1", person(f"s-{name}"), "Lâmpada", 2, unit_price, 1001, delivered_at=START - timedelta(days=2))
    return Order(f"ord-{name}", "MLB", "BRL", START - timedelta(days=9), person(f"b-{name}"), (item,))


async def put(database: Database, order: Order, at: datetime = START) -> int:
    async with database.writing() as session:
        return await storage.orders.put(session, [order], at)


async def returning(database: Database) -> Claim:
    """A claim with a return granted, whose people are known."""
    name = tag()
    await put(database, an_order(name))
    return step(opening(new_claim(name)).claim, Action.GRANT_RETURN).claim


async def labels_of(database: Database, claim: Claim) -> list[tuple[int, str, bytes]]:
    async with database.reading() as session:
        rows = await session.scalars(select(LabelRow).where(LabelRow.claim_id == claim.id).order_by(LabelRow.number))
        return [(r.number, r.tracking_number, r.pdf) for r in rows]


async def test_making_a_label_twice_gives_the_same_label(database: Database) -> None:
    claim, labels = await returning(database), LabelActivities(database, "BR", "7890000")
    first = await labels.make_label(claim)
    kept = await labels_of(database, claim)
    assert [await labels.make_label(claim), await labels.make_label(claim)] == [first, first]
    assert await labels_of(database, claim) == kept
    assert [row[:2] for row in kept] == [(1, first)]
    async with database.reading() as session:
        assert await storage.labels.find_claim(session, first) == claim.id


async def test_a_label_made_many_times_at_once_is_one_label(others: list[Database]) -> None:
    claim = await returning(others[0])
    makers = [LabelActivities(database, "BR", "7890000") for database in others]
    answers = await asyncio.gather(*(m.make_label(claim) for m in makers), return_exceptions=True)
    kept = await labels_of(others[0], claim)
    assert len(kept) == 1
    assert all(isinstance(a, IntegrityError) or a == kept[0][1] for a in answers), answers
    assert await makers[0].make_label(claim) == kept[0][1]


async def test_the_second_return_of_a_claim_gets_a_label_of_its_own(database: Database) -> None:
    claim, labels = await returning(database), LabelActivities(database, "BR", "7890000")
    first = await labels.make_label(claim)
    second = await labels.make_label(replace(claim, returns=(*claim.returns, replace(claim.returns[0], number=2))))
    assert first != second
    assert [row[:2] for row in await labels_of(database, claim)] == [(1, first), (2, second)]


# --- reputation


def judged(claim: Claim, version: int, impact: Impact, rule: str) -> Claim:
    return replace(claim, version=version, verdict=Verdict(impact, rule))


async def ledger_of(database: Database, claim: Claim) -> list[tuple[int, str, str]]:
    async with database.reading() as session:
        return [(e.version, e.impact, e.rule) for e in await storage.reputation.of_claim(session, claim.id)]


async def test_a_verdict_posted_twice_is_one_entry_and_a_correction_a_second(database: Database) -> None:
    post, claim = ReputationActivities(database).post_verdict, new_claim(tag())
    counts = judged(claim, 5, Impact.AFFECTED, "no_solution_in_time")
    for again in (counts, counts, replace(counts, version=6)):
        await post(again)
    corrected = judged(claim, 8, Impact.NOT_AFFECTED, "ruled_for_seller")
    for again in (corrected, corrected):
        await post(again)
    assert await ledger_of(database, claim) == [
        (5, "affected", "no_solution_in_time"),
        (8, "not_affected", "ruled_for_seller"),
    ]


async def test_an_old_verdict_posted_late_changes_nothing(database: Database) -> None:
    post, claim = ReputationActivities(database).post_verdict, new_claim(tag())
    await post(judged(claim, 8, Impact.NOT_AFFECTED, "ruled_for_seller"))
    assert await post(judged(claim, 5, Impact.AFFECTED, "no_solution_in_time")) == []
    assert await ledger_of(database, claim) == [(8, "not_affected", "ruled_for_seller")]


# --- notices


def notice(name: str, number: int) -> Notice:
    return Notice(f"clm_{name}/{number}/seller", SELLER, f"s-{name}", "step", {"action": "open", "n": str(number)})


async def add_notices(database: Database, name: str, numbers: range, mail: bool = False) -> None:
    async with database.writing() as session:
        await storage.notices.add(session, f"clm_{name}", [notice(name, n) for n in numbers], mail, START)


async def walk(database: Database, query: Any, limit: int) -> list[Any]:
    """Everything a list gives out when its cursors are followed, each page in a session of its own."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        async with database.reading() as session:
            rows, cursor = await page(session, query, limit, cursor, of="a list")
        assert 0 < len(rows) <= limit or not found
        found += [row for (row,) in rows]
        if cursor is None:
            return found


async def test_a_notice_stands_in_its_inbox_once(database: Database) -> None:
    name = tag()
    await add_notices(database, name, range(3))
    await add_notices(database, name, range(1, 5))
    async with database.reading() as session:
        found = await storage.notices.of_claim(session, f"clm_{name}", "step")
    assert [n.facts["n"] for n in found] == ["0", "1", "2", "3", "4"]


async def test_a_notice_that_is_there_is_not_mailed_again(database: Database) -> None:
    name = tag()
    await add_notices(database, name, range(1), mail=True)
    async with database.writing() as session:
        keys = [row.key for row in await storage.notices.of_claim(session, f"clm_{name}", "step")]
        (waiting,) = await storage.notices.to_mail(session, keys)
        await storage.notices.mark_mail(session, waiting.id, "sent")
    await add_notices(database, name, range(1), mail=True)
    async with database.reading() as session:
        assert await storage.notices.to_mail(session, keys) == []


async def test_an_inbox_is_paged_newest_first_without_gap_or_double(database: Database) -> None:
    name, other = tag(), tag()
    for n in range(23):
        await add_notices(database, name, range(n, n + 1))
        await add_notices(database, other, range(n, n + 1))
    for limit in (1, 5, 22, 23, 24):
        found = await walk(database, storage.notices.inbox("seller", f"s-{name}"), limit)
        assert [n.facts["n"] for n in found] == [str(n) for n in reversed(range(23))]


async def test_only_its_reader_marks_a_notice_as_read(database: Database) -> None:
    name = tag()
    await add_notices(database, name, range(1))
    async with database.writing() as session:
        (mine,) = await storage.notices.of_claim(session, f"clm_{name}", "step")
        read = [
            await storage.notices.mark_read(session, role, who, mine.id, START)
            for role, who in (("seller", "s-other"), ("buyer", f"s-{name}"), ("seller", f"s-{name}"))
        ]
    assert read == [False, False, True]
    async with database.reading() as session:
        assert await session.scalar(select(NoticeRow.read_at).where(NoticeRow.id == mine.id)) == START


# --- orders


async def test_an_order_comes_back_as_it_was_put(database: Database) -> None:
    order = an_order(tag())
    assert await put(database, order) == 4  # two people, the order and its line
    async with database.reading() as session:
        assert await storage.orders.find(session, order.id) == order


async def test_putting_an_order_again_changes_nothing(database: Database) -> None:
    order = an_order(tag())
    await put(database, order)
    before = await everything(database)
    assert await put(database, order, START + timedelta(days=1)) == 0
    assert await everything(database) == before


async def test_of_two_pushes_at_once_one_stands_and_not_a_mixture(others: list[Database]) -> None:
    """One changes the price alone, the other the currency alone: neither may leave the other's half."""
    name = tag()
    await put(others[0], an_order(name))
    dearer, moved = an_order(name, unit_price=9000), replace(an_order(name), currency="COP")
    async with others[0].writing() as session:
        await storage.orders.put(session, [dearer], START)
        second = asyncio.create_task(put(others[1], moved))
        await asyncio.wait({second}, timeout=0.3)  # it waits, or has read what is about to change
    await second
    async with others[0].reading() as session:
        assert await storage.orders.find(session, dearer.id) in (dearer, moved)


async def test_whoever_reads_an_order_sees_one_version_of_it(others: list[Database]) -> None:
    """Two queries of one session, and a push between them."""
    name = tag()
    await put(others[0], an_order(name))
    async with others[0].reading() as session:
        before = await storage.orders.find(session, f"ord-{name}")
        session.expunge_all()
        await put(others[1], an_order(name, unit_price=9000))
        assert await storage.orders.find(session, f"ord-{name}") == before


async def test_a_changed_price_changes_its_line_alone(database: Database) -> None:
    name = tag()
    await put(database, an_order(name))
    assert await put(database, an_order(name, unit_price=9000), START + timedelta(days=1)) == 1
    async with database.reading() as session:
        price = select(OrderLineRow.unit_price).where(OrderLineRow.order_id == f"ord-{name}")
        assert await session.scalar(price) == 9000
        touched = select(PersonRow.updated_at).where(PersonRow.id == f"b-{name}")
        assert await session.scalar(touched) == START


async def test_a_changed_price_is_for_later_claims_and_not_for_an_open_one(any_house: House) -> None:
    claim = await any_house.claim()
    async with any_house.as_("platform") as platform:
        dearer = claim.sale.body(unit_price=9000)
        assert (await platform.put(f"/v1/orders/{claim.sale.order_id}", json=dearer)).json()["changed"] is True
    assert (await claim.seen())["total"]["amount"] == 5500
    await claim.did("buyer", "close")
    later = await any_house.open(claim.sale)
    assert (await later.seen())["total"]["amount"] == 9500


async def test_the_books_keep_the_price_that_was_paid_though_the_order_comes_again_dearer(any_house: House) -> None:
    claim = await any_house.claim()
    async with any_house.as_("platform") as platform:
        await platform.put(f"/v1/orders/{claim.sale.order_id}", json=claim.sale.body(unit_price=9000))
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["stage"] == "closed")
    async with any_house.database.reading() as session:
        transfers = await storage.ledger.transfers_of(session, claim.sale.order_id, "1")
    assert sorted(t[1:] for t in transfers) == [("capture", 11_000), ("refund", 5500)]


# --- lists

SORTED = {
    "opened_at": lambda c: (c.opened_at, c.id),
    "-opened_at": lambda c: (-c.opened_at.timestamp(), c.id),
    "-updated_at": lambda c: (-c.updated_at.timestamp(), c.id),
    "due_at": lambda c: (c.due_at or START, c.id),
}


@pytest_asyncio.fixture(scope="session")
async def shop(database: Database) -> list[Claim]:
    """57 claims of one seller; many share an instant, and every fifth is closed."""
    seller, claims = f"s-{tag()}", []
    for n in range(57):
        claim = new_claim(tag(), seller_id=seller)
        at = START + timedelta(hours=n // 4, microseconds=n // 8)
        claim = replace(claim, opened_at=at, due_at=at + timedelta(hours=72), updated_at=at + timedelta(hours=n % 3))
        recordings = [opening(claim)]
        recordings += [step(recordings[0].claim, Action.CLOSE, BUYER)] if n % 5 == 0 else []
        for recording in recordings:
            await store(database, recording)
        claims.append(recordings[-1].claim)
    return claims


def of_shop(shop: list[Claim], sort: str, **more: Any) -> Any:
    return matching(Filter("seller", shop[0].line.seller_id, sort=sort, **more))


@pytest.mark.long
@pytest.mark.parametrize("sort", SORTED)
@pytest.mark.parametrize("limit", [1, 7, 19, 56, 57, 100])
async def test_cursors_walk_through_all_claims_without_gap_or_double(
    database: Database, shop: list[Claim], sort: str, limit: int
) -> None:
    found = [row.id for row in await walk(database, of_shop(shop, sort), limit)]
    listed = [c for c in shop if c.due_at or sort != "due_at"]
    assert len(listed) == (45 if sort == "due_at" else 57)
    assert found == [c.id for c in sorted(listed, key=SORTED[sort])]


async def test_a_claim_that_comes_in_between_pages_moves_nobody(database: Database) -> None:
    seller = f"s-{tag()}"
    first = [opening(new_claim(tag(), seller_id=seller)).claim for _ in range(4)]
    for claim in first:
        await store(database, opening(replace(claim, version=0)))
    query = matching(Filter("seller", seller, sort="-opened_at"))
    async with database.reading() as session:
        rows, cursor = await page(session, query, 2, None, of="a list")
    newer = replace(new_claim(tag(), seller_id=seller), opened_at=START + timedelta(days=1))
    await store(database, opening(newer))
    async with database.reading() as session:
        more, after = await page(session, query, 2, cursor, of="a list")
    assert [r.id for (r,) in [*rows, *more]] == sorted(c.id for c in first)
    assert after is None


async def test_filters_show_what_they_say(database: Database, shop: list[Claim]) -> None:
    async def ids(**wanted: Any) -> set[str]:
        return {row.id for row in await walk(database, of_shop(shop, "-opened_at", **wanted), 20)}

    due = START + timedelta(hours=75)
    assert await ids(stage=Stage.CLOSED) == {c.id for c in shop if not c.open} != set()
    assert await ids(waiting_on="seller") == {c.id for c in shop if c.open} != set()
    assert await ids(reason="damaged") == set()
    assert await ids(due_before=due) == {c.id for c in shop if c.due_at and c.due_at < due} != set()
    assert await ids(updated_after=due) == {c.id for c in shop if c.updated_at > due}
    assert await ids(start_of_id=shop[7].id) >= {shop[7].id}


async def test_a_timeline_is_paged_in_its_order(database: Database) -> None:
    life = await stored_life(database)
    found = await walk(database, storage.claims.timeline(life[0].claim.id), 2)
    assert [row.sequence for row in found] == [1, 2, 3, 4, 5]


# --- the schema, and instants


def test_migrations_and_models_agree(database_url: str) -> None:
    migrate.check(database_url)


def test_a_database_behind_its_migrations_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="not up to date"):
        migrate.check(f"sqlite:///{tmp_path / 'empty.db'}")


async def test_instants_come_back_aware_and_exact(database: Database) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    for micro in (0, 1, 123_457, 999_999):
        claim = replace(new_claim(tag()), opened_at=START.replace(microsecond=micro).astimezone(india))
        await store(database, opening(claim))
        async with database.reading() as session:
            back = await session.scalar(select(ClaimRow.opened_at).where(ClaimRow.id == claim.id))
        assert back == claim.opened_at
        assert back.utcoffset() == timedelta()


async def test_a_naive_instant_is_refused(database: Database) -> None:
    naive = replace(an_order(tag()), purchased_at=datetime(2026, 3, 2, 12))  # noqa: DTZ001
    with pytest.raises(StatementError, match="no time zone"):
        await put(database, naive)


async def test_a_transfer_without_its_counterpart_would_be_seen(database: Database) -> None:
    """The sum of all entries is no vacuous check: half a transfer moves it."""
    paid = payment(tag())
    await refund(database, tag(), paid, 1000)
    async with database.reading() as session:
        assert await session.scalar(select(TransferRow.key).where(TransferRow.order_id == paid.order_id))
        await session.execute(
            update(Table.metadata.tables["ledger_entries"])
            .where(Table.metadata.tables["ledger_entries"].c.account == f"buyer:{paid.buyer_id}")
            .values(amount=0)
        )
        assert await storage.ledger.balance(session) != 0
