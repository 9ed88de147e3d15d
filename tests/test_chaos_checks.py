"""The checks of `make chaos` can fail: a small finished world is as promised, and what is broken in it is found."""
# ruff: noqa: S608

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.requests import digest
from ops.engine import Engine
from storage import migrate
from storage.codec import seal
from storage.database import Database
from tests.chaos import books, checks, word
from tests.chaos.books import Books
from tests.chaos.checks import Violation
from tests.chaos.journal import Journal
from tests.chaos.verdict import told
from tests.house import House, OpenClaim, house_on, settings_for
from tests.scenes import declined, delivered, fault, mediated

pytestmark = [pytest.mark.xdist_group("chaos checks"), pytest.mark.long]  # what it is set up with is dear


@dataclass
class World:
    """Claims that have come to rest, one of them open, in a database that can be copied and broken."""

    house: House
    path: Path
    bounced: str
    returned: str
    silent: str
    negotiated: str
    parcel: str

    async def read(self, path: Path | None = None) -> Books:
        database = Database(f"sqlite:///{path or self.path}")
        try:
            return await books.read(database, self.house.temporal)
        finally:
            await database.close()


@pytest.fixture(autouse=True)
def nothing_moves_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LIST_LAGS", timedelta())


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its schema."""
    path = tmp_path_factory.mktemp("world") / "amends.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(engine: Engine, fresh: Path) -> AsyncIterator[World]:
    async with house_on(engine, settings_for(f"sqlite:///{fresh}")) as house:
        yield await lived(house, fresh)


async def lived(house: House, path: Path) -> World:
    bounced = await house.claim()
    await bounced.did("seller", "refund")
    await bounced.until(lambda c: c["stage"] == "closed")
    await fault(bounced, "bounced")
    returned = await delivered(house)
    await returned.did("seller", "accept_return", note="As new, thank you.")
    await returned.until(lambda c: c["stage"] == "closed")
    silent = await house.claim()
    await silent.skip(73)
    await silent.did("mediator", "rule", amount=0)
    negotiated, _ = await declined(house), await mediated(house)
    number = (await returned.seen())["return"]["tracking_number"]
    return World(house, path, bounced.id, returned.id, silent.id, negotiated.id, number)


Break = Callable[[sqlite3.Connection, World], Any]


def sql(line: str, claim: str = "negotiated") -> Break:
    """A change by SQL; `:id` is the claim's."""
    return lambda database, world: database.execute(line, {"id": getattr(world, claim)})


def changed(table: str, column: str, path: str, value: Any, where: str, claim: str = "negotiated") -> Break:
    """A change inside a JSON document."""
    line = f"UPDATE {table} SET {column} = json_set({column}, '$.{path}', json(:value)) WHERE {where}"
    return lambda database, world: database.execute(line, {"id": getattr(world, claim), "value": json.dumps(value)})


def resealed(path: str, value: Any, sequence: int, claim: str = "negotiated") -> Break:
    """An entry is altered by somebody who knows how the chain is made, and makes it anew."""

    def alter(database: sqlite3.Connection, world: World) -> None:
        claim_id, before = getattr(world, claim), ""
        rows = database.execute("SELECT sequence, event FROM claim_events WHERE claim_id = ? ORDER BY 1", (claim_id,))
        for number, text in rows.fetchall():
            event = json.loads(text)
            if number == sequence:
                _put(event, path, value)
            before = seal(before, claim_id, event)
            values = (json.dumps(event), before, claim_id, number)
            database.execute(
                "UPDATE claim_events SET event = ?, digest = ? WHERE claim_id = ? AND sequence = ?", values
            )
        database.execute("UPDATE claims SET digest = ? WHERE id = ?", (before, claim_id))

    return alter


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for name in way:
        document = document[name]
    document[last] = value


_EVENT = "claim_id = :id AND sequence = 2"
_LATER = (datetime.now(UTC) + timedelta(days=50)).isoformat().replace("+00:00", "Z")
BREAKS: dict[str, tuple[Break, str]] = {
    "an entry is deleted": (sql(f"DELETE FROM claim_events WHERE {_EVENT}"), "a timeline has a gap"),
    "the last entry is deleted": (
        sql("DELETE FROM claim_events WHERE claim_id = :id AND sequence = 3"), "a timeline has a gap"),
    "an entry's document is altered": (
        changed("claim_events", "event", "person", "mallory", _EVENT), "a hash chain is broken"),
    "an entry is altered and the chain made anew": (
        resealed("due_at", _LATER, 2), "a timeline is not what the rules make of it"),
    "a command stands in another entry": (
        sql(f"UPDATE claim_events SET command_id = 'x' WHERE {_EVENT}"), "a row contradicts its entry"),
    "a claim's date is moved": (
        sql("UPDATE claims SET due_at = '2030-01-01' WHERE id = :id"), "a row contradicts its claim"),
    "a claim's state is altered": (
        changed("claims", "state", "due_at", _LATER, "id = :id"), "a claim is not what its timeline says"),
    "the clock acted late": (
        resealed("at", _LATER, 2, "silent"), "the clock acted at another instant"),
    "a step came after the date": (resealed("at", _LATER, 3), "a due date passed without its step"),
    "a refund is booked twice": (
        sql("INSERT INTO ledger_transfers SELECT key || '1', kind, order_id, line_id, amount, currency, created_at "
            "FROM ledger_transfers WHERE key = :id || '/refund/1'", "returned"), "money moved that no claim knows of"),
    "more is given back than was paid": (
        sql("UPDATE ledger_transfers SET amount = amount * 3 WHERE key = :id || '/refund/1'", "returned"),
        "more was given back than was paid"),
    "a refund is booked with another amount": (
        sql("UPDATE ledger_transfers SET amount = amount + 1 WHERE key = :id || '/refund/1'", "returned"),
        "a refund that was told was not made"),
    "one side of a transfer is missing": (
        sql("DELETE FROM ledger_entries WHERE key = :id || '/refund/1' AND amount < 0", "returned"),
        "the books do not add up to zero"),
    "a refund was never booked": (
        sql("DELETE FROM ledger_transfers WHERE key = :id || '/refund/1'", "returned"),
        "a refund that was told was not made"),
    "a bounce was never booked": (
        sql("DELETE FROM ledger_transfers WHERE key = :id || '/refund/1/bounce'", "bounced"),
        "a bounce is not told, or not made"),
    "a claim says that less was paid": (
        changed("claims", "state", "refunds[0].amount", 1, "id = :id", "returned"),
        "a closed claim paid something else"),
    "a label is gone": (sql("DELETE FROM labels WHERE claim_id = :id", "returned"), "a return has not its one label"),
    "a label has another number": (
        sql("UPDATE labels SET tracking_number = 'RR1' WHERE claim_id = :id", "returned"),
        "a return has not its one label"),
    "a label belongs to no return": (
        sql("INSERT INTO labels (claim_id, number, tracking_number, sscc, codes, pdf, created_at) SELECT claim_id, 2, "
            "tracking_number || '2', sscc || '2', codes, pdf, created_at FROM labels WHERE claim_id = :id", "returned"),
        "a label has no return",
    ),
    "a text is gone": (sql("DELETE FROM texts WHERE claim_id = :id"), "a text is lost"),
    "a text is another": (sql("UPDATE texts SET digest = 'x' WHERE claim_id = :id"), "a text is lost"),
    "a verdict is not posted": (
        sql("DELETE FROM reputation_entries WHERE claim_id = :id", "silent"),
        "a verdict is not in the seller's ledger"),
    "somebody was not told": (
        sql("DELETE FROM notices WHERE claim_id = :id AND role = 'seller'"), "a notice is missing"),
    "a claim is gone": (sql("DELETE FROM claims WHERE id = :id"), "a row belongs to no claim"),
    "an answer is gone": (sql("DELETE FROM answers WHERE claim_id = :id"), "an answer is not stored"),
    "an acknowledged step is gone": (
        sql(f"DELETE FROM claim_events WHERE {_EVENT}"), "an acknowledged command is not in the timeline"),
    "a carrier's event is gone": (
        sql("DELETE FROM carrier_events WHERE claim_id = :id", "returned"), "a carrier's event is lost"),
    "a carrier's event was not passed on": (
        sql("UPDATE carrier_events SET outcome = 'received' WHERE claim_id = :id", "returned"),
        "a carrier's event is lost"),
    "a carrier's event was taken for moot": (
        sql("UPDATE carrier_events SET outcome = 'noted' WHERE claim_id = :id", "returned"),
        "a carrier's event is not what the timeline says"),
    "a claim's workflow does not know that it is closed": (
        sql("UPDATE claims SET state = json_set(state, '$.stage', 'closed') WHERE id = :id"),
        "a workflow runs for a closed claim"),
    "a claim's workflow has ended": (
        sql("UPDATE claims SET state = json_set(state, '$.stage', 'mediation') WHERE id = :id", "silent"),
        "an open claim has no running workflow"),
    "the engine's list shows another stage": (
        sql("UPDATE claims SET state = json_set(state, '$.stage', 'mediation') WHERE id = :id"),
        "the engine's list shows another claim"),
}  # fmt: skip


async def test_nothing_is_wrong_with_a_world_that_nobody_has_touched(world: World, tmp_path: Path) -> None:
    untouched = await world.read()
    assert len(untouched.claims) == 5
    assert found_in(untouched, notes_of(untouched, world, tmp_path)) == []


@pytest.mark.parametrize("name", BREAKS)
async def test_a_broken_promise_is_found(name: str, world: World, tmp_path: Path) -> None:
    alter, expected = BREAKS[name]
    notes = notes_of(await world.read(), world, tmp_path)
    copy = tmp_path / "copy.db"
    broken(world, copy, alter)
    assert expected in {v.kind for v in found_in(await world.read(copy), notes)}


async def test_a_refused_command_that_was_carried_out_is_found(world: World, tmp_path: Path) -> None:
    notes, now = Journal(tmp_path), await world.read()
    command = now.claims[world.negotiated].events[1].command_id
    notes.note("refused", command=command, path="/", status=409, code="wrong_stage")
    assert [v.kind for v in word.what_was_refused_is_not_told(now, notes)] == ["a refused command was carried out"]


async def test_an_open_claim_that_is_overdue_is_found(world: World) -> None:
    now = await world.read()
    assert list(checks.nothing_is_overdue(now, datetime.now(UTC))) == []
    late = {v.claim for v in checks.nothing_is_overdue(now, datetime.now(UTC) + timedelta(days=30))}
    assert late == {claim_id for claim_id, kept in now.claims.items() if kept.claim.open}


async def test_a_workflow_that_was_terminated_is_found(world: World) -> None:
    claim: OpenClaim = await mediated(world.house)
    await world.house.temporal.get_workflow_handle(claim.id).terminate()
    kinds = {v.kind for v in checks.open_claims_run(await world.read()) if v.claim == claim.id}
    assert "an open claim has no running workflow" in kinds


def broken(world: World, copy: Path, alter: Break) -> None:
    """A copy of the world's database with one thing altered."""
    with sqlite3.connect(world.path) as database:
        database.execute(f"VACUUM INTO '{copy}'")
    with sqlite3.connect(copy) as database:
        before = database.total_changes
        alter(database, world)
        assert database.total_changes > before, "nothing was altered"
    shutil.copymode(world.path, copy)


def notes_of(now: Books, world: World, folder: Path) -> Journal:
    """What clients would have noted: every stored answer as acknowledged, and the carrier's scans."""
    notes = Journal(folder)
    for claim_id, kept in now.claims.items():
        numbers = {e.command_id: e.sequence for e in kept.events}
        for command in kept.answers:
            notes.note("ack", command=command, claim=claim_id, version=numbers[command], path="/")
    for event_id, event in now.carrier.items():
        assert digest("carrier", event_id) in {e.command_id for e in now.claims[event.claim_id].events}
        notes.note("carrier", event=event_id, claim=event.claim_id)
    notes.note("bank", fault="bounced", claim=world.bounced, number=1)
    return notes


def found_in(now: Books, notes: Journal) -> list[Violation]:
    return [*told(now, notes), *checks.open_claims_run(now)]
