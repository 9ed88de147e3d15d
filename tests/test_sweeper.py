"""The sweeper: what a crash between database and engine can leave is made here for real, and then swept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, select, update
from temporalio.client import WorkflowHandle
from temporalio.testing import ActivityEnvironment

import storage.carrier
import storage.claims
import storage.orders
import storage.texts
from activities.records import RecordActivities
from api import requests
from claims.model import Action, Actor, Command
from claims.opening import Opening, open_claim, opened
from claims.policy import DEFAULT
from claims.process import advance
from claims.recording import Recording
from ops.engine import Engine
from ops.sweeper import Patience, Sweeper
from storage import migrate
from storage.tables import AnswerRow, CarrierEventRow, ClaimRow, EventRow, TextRow
from tests.house import House, OpenClaim, house_on, settings_for
from tests.scenes import labelled, mediated, offered
from workflows.sweep import SCHEDULE, keep_schedule

AT_ONCE = Patience(timedelta(), timedelta(), timedelta())


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def own_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database whose claims are all in one namespace: what a sweep begins again must have been there."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_server").new_database()
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('swept') / 'amends.db'}"
    migrate.upgrade(url)
    return url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def any_house(engine: Engine, own_url: str) -> AsyncIterator[House]:
    async with house_on(engine, settings_for(own_url)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path_factory.mktemp('swept') / 'amends.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with house_on(engine, settings_for(url)) as made:
        yield made


async def sweep(house: House, *claims: OpenClaim, thorough: bool = False) -> dict[str, Any]:
    """One sweep over the house; what it found of these claims, by kind."""
    await ActivityEnvironment().run(Sweeper(house.desk, patience=AT_ONCE).sweep, thorough)
    async with house.as_("ops", "olga") as ops:
        report = (await ops.get("/v1/sweeps", params={"limit": 1})).json()["sweeps"][0]
    mine = {claim.id for claim in claims}
    return {f["kind"]: f for f in report["findings"] if f["claim_id"] in mine}


def workflow(claim: OpenClaim) -> WorkflowHandle[Any, Any]:
    return claim.house.temporal.get_workflow_handle(claim.id)


async def snapshot(claim: OpenClaim) -> dict[str, Any]:
    """All that the database has of a claim, as a backup would keep it."""
    kept: dict[str, Any] = {}
    async with claim.house.database.reading() as session:
        for table in (ClaimRow, EventRow, AnswerRow):
            mine = table.id if table is ClaimRow else table.claim_id
            rows = await session.execute(select(table.__table__).where(mine == claim.id))
            kept[table.__tablename__] = [dict(row._mapping) for row in rows]
    return kept


async def restore(claim: OpenClaim, kept: dict[str, Any]) -> None:
    """Put the database back to where it was."""
    async with claim.house.database.writing() as session:
        for table in (AnswerRow, EventRow, ClaimRow):
            mine = table.id if table is ClaimRow else table.claim_id
            await session.execute(delete(table).where(mine == claim.id))
        for table in (ClaimRow, EventRow, AnswerRow):
            if rows := kept.get(table.__tablename__):
                await session.execute(table.__table__.insert(), rows)


async def test_where_all_is_well_nothing_is_found(house: House) -> None:
    claims = [await offered(house), await labelled(house), await mediated(house)]
    assert await sweep(house, *claims, thorough=True) == {}


async def test_a_terminated_workflow_is_begun_again_and_goes_on(any_house: House) -> None:
    claim = await offered(any_house)
    await workflow(claim).terminate("an operator's mistake")
    found = await sweep(any_house, claim)
    assert found["begun_again"]["repaired"]
    closed = await claim.did("buyer", "accept_offer", offer=1)
    assert closed["version"] == 3
    assert (await sweep(any_house, claim)) == {}


async def test_the_clock_of_a_claim_that_was_begun_again_runs(house: House) -> None:
    claim = await house.claim()
    await workflow(claim).terminate("an operator's mistake")
    await sweep(house, claim)
    await claim.skip(73)
    assert (await claim.steps())[-1] == "clock escalate"


async def test_a_claim_that_the_engine_never_knew_gets_its_workflow(any_house: House) -> None:
    claim = await opened_unknown_to_the_engine(any_house)
    assert await any_house.desk.runs.standing(claim.id) is None
    assert (await sweep(any_house, claim))["begun_again"]["repaired"]
    assert (await claim.did("seller", "escalate"))["stage"] == "mediation"


async def opened_unknown_to_the_engine(house: House) -> OpenClaim:
    """A claim that stands in the database alone, as after the engine's store was restored from before it."""
    sale = await house.order()
    async with house.database.reading() as session:
        line = await storage.orders.find_line(session, sale.order_id, "1")
    assert line
    claim = open_claim(requests.claim_id(line, 0), line, (), Opening("damaged", 1), DEFAULT, datetime.now(UTC))
    command = Command(Action.OPEN, Actor.BUYER, id=f"open-{claim.id}", person=sale.buyer)
    turn = opened(claim, command)
    await RecordActivities(house.database).record(Recording.of(claim, turn, command))
    return OpenClaim(house, sale, claim.id)


async def step_unknown_to_the_engine(claim: OpenClaim, action: Action, by: Actor) -> None:
    """A step that stands in the database alone, as after the engine's store was restored from before it."""
    async with claim.house.database.reading() as session:
        standing = await storage.claims.find(session, claim.id)
    assert standing
    command = Command(action, by, id=f"{claim.id}/{action}", person=claim.who(by))
    turn = advance(standing, command, datetime.now(UTC))
    await RecordActivities(claim.house.database).record(Recording.of(standing, turn, command))


async def test_a_workflow_behind_the_database_catches_up(any_house: House) -> None:
    claim = await any_house.claim()
    await step_unknown_to_the_engine(claim, Action.ESCALATE, Actor.SELLER)
    found = (await sweep(any_house, claim))["caught_up"]
    assert (found["repaired"], found["facts"]) == (True, {"engine": 1, "database": 2})
    assert await sweep(any_house, claim, thorough=True) == {}
    assert (await claim.did("mediator", "rule", amount=0))["stage"] == "closed"


async def test_a_workflow_whose_claim_is_closed_ends(any_house: House) -> None:
    claim = await any_house.claim()
    await step_unknown_to_the_engine(claim, Action.CLOSE, Actor.BUYER)
    assert (await sweep(any_house, claim))["caught_up"]["repaired"]
    assert await workflow(claim).result() == "worked_out_with_seller"


async def test_a_database_that_was_put_back_is_told_claim_by_claim_and_nothing_moves(any_house: House) -> None:
    claim, still = await offered(any_house), await offered(any_house)
    yesterday = await snapshot(claim)
    await claim.did("buyer", "accept_offer", offer=1)
    await claim.until(lambda c: c["stage"] == "closed")
    await restore(claim, yesterday)
    found = (await sweep(any_house, claim, still, thorough=True))["database_behind"]
    assert not found["repaired"]
    assert (found["facts"]["database"]["version"], found["facts"]["database"]["stage"]) == (2, "negotiation")
    assert (found["facts"]["engine"]["version"], found["facts"]["engine"]["stage"]) == (4, "closed")
    assert found["facts"]["engine"]["refunds"] == [{"number": 1, "amount": 1500, "status": "succeeded"}]
    standing = await any_house.desk.runs.standing(claim.id)
    assert standing
    assert not standing.running


async def test_a_running_workflow_that_knows_more_is_reported_too(house: House) -> None:
    claim = await offered(house)
    yesterday = await snapshot(claim)
    await claim.did("buyer", "decline_offer", offer=1)
    await restore(claim, yesterday)
    found = (await sweep(house, claim, thorough=True))["database_behind"]
    assert (found["facts"]["engine"]["version"], found["facts"]["database"]["version"]) == (3, 2)
    assert await house.desk.runs.catch_up(claim.id) == 2  # a person decided: as the database has it
    assert await sweep(house, claim, thorough=True) == {}
    assert (await claim.did("buyer", "accept_offer", offer=1))["version"] == 3


@pytest.mark.parametrize("ended", [False, True])
async def test_a_claim_that_the_database_lost_whole_is_reported(house: House, ended: bool) -> None:
    claim = await house.claim()
    if ended:
        await claim.did("buyer", "close")
        await workflow(claim).result()
    kept = await snapshot(claim)
    await restore(claim, {})
    found = (await sweep(house, claim, thorough=True))["not_in_database"]
    assert found["facts"]["engine"]["stage"] == ("closed" if ended else "negotiation")
    await restore(claim, kept)
    assert await sweep(house, claim, thorough=True) == {}


async def test_a_carrier_event_whose_claim_was_never_told_is_passed_on_once(house: House) -> None:
    """The API died between keeping the event and telling the claim."""
    claim = await labelled(house)
    number = (await claim.seen())["return"]["tracking_number"]
    async with house.database.writing() as session:
        facts = (number, "shipped", datetime.now(UTC))
        await storage.carrier.add(session, f"correo/ev-{claim.id}", "digest", facts, claim.id, datetime.now(UTC))
    assert (await sweep(house, claim))["carrier_event_passed_on"]["repaired"]
    assert (await claim.steps())[-1] == "carrier ship"
    async with house.database.reading() as session:
        row = await storage.carrier.find(session, f"correo/ev-{claim.id}")
    assert row
    assert row.outcome == "taken"
    assert await sweep(house, claim) == {}


async def test_an_event_that_was_told_but_not_settled_is_taken_not_refused(house: House) -> None:
    claim = await labelled(house)
    number = (await claim.seen())["return"]["tracking_number"]
    await claim.carrier("shipped", number, f"ev-{claim.id}")
    async with house.database.writing() as session:
        rows = update(CarrierEventRow).where(CarrierEventRow.event_id == f"correo/ev-{claim.id}")
        await session.execute(rows.values(outcome="received"))
    await sweep(house, claim)
    async with house.database.reading() as session:
        row = await storage.carrier.find(session, f"correo/ev-{claim.id}")
    assert row
    assert (row.outcome, row.sentence) == ("taken", "")
    assert (await claim.steps()).count("carrier ship") == 1


async def test_a_text_whose_step_was_never_taken_goes_and_all_others_stay(any_house: House) -> None:
    claim = await any_house.claim()
    old = datetime.now(UTC) - timedelta(days=2)
    async with any_house.database.writing() as session:
        await session.execute(update(TextRow).where(TextRow.claim_id == claim.id).values(created_at=old))
        await storage.texts.keep(session, f"txt_stray-{claim.id}", claim.id, ("buyer", "b"), "never sent", old)
        await storage.texts.keep(session, f"txt_young-{claim.id}", claim.id, ("buyer", "b"), "x", datetime.now(UTC))
    found = await sweep(any_house, claim)
    assert found["stray_text_dropped"]["facts"] == {"text": f"txt_stray-{claim.id}"}
    async with any_house.database.reading() as session:
        left = set(await session.scalars(select(TextRow.body).where(TextRow.claim_id == claim.id)))
    assert left == {"It does not turn on.", "x"}


async def test_a_timeline_that_was_tampered_with_is_found(any_house: House) -> None:
    claim = await offered(any_house)
    async with any_house.database.writing() as session:
        row = await session.get(EventRow, (claim.id, 2))
        assert row
        row.event = row.event | {"input": row.event["input"] | {"percent": 90}}
    assert not (await sweep(any_house, claim))["seal_broken"]["repaired"]
    async with any_house.database.writing() as session:  # so that no other sweep stumbles over it
        row = await session.get(EventRow, (claim.id, 2))
        assert row
        row.event = row.event | {"input": row.event["input"] | {"percent": 30}}


async def test_a_date_that_passed_without_its_step_is_found(house: House) -> None:
    claim = await house.claim()
    async with house.database.writing() as session:
        state = (await storage.claims.find(session, claim.id), datetime.now(UTC) - timedelta(hours=1))
        row = await session.get(ClaimRow, claim.id)
        assert row
        kept = (row.due_at, row.state)
        row.due_at, row.state = state[1], row.state | {"due_at": state[1].isoformat()}
    found = await sweep(house, claim)
    assert found["overdue"]["facts"]["running"]
    async with house.database.writing() as session:
        row = await session.get(ClaimRow, claim.id)
        assert row
        row.due_at, row.state = kept


async def test_a_report_holds_no_personal_data(house: House) -> None:
    claim = await offered(house)
    await workflow(claim).terminate("trial")
    await sweep(house, claim)
    async with house.as_("ops", "olga") as ops:
        said = (await ops.get("/v1/sweeps")).text
    assert claim.id in said
    assert "Name of" not in said
    assert "example.com" not in said
    assert "turn on" not in said


@pytest.mark.parametrize("role", ["buyer", "seller", "mediator", "carrier"])
async def test_reports_are_for_operators(house: House, role: str) -> None:
    async with house.as_(role) as caller:
        assert (await caller.get("/v1/sweeps")).status_code == 403


async def test_the_schedule_is_made_once_and_follows_the_setting(house: House) -> None:
    for minutes in (5, 5, 7):
        await keep_schedule(house.temporal, timedelta(minutes=minutes))
    found = [s async for s in await house.temporal.list_schedules()]
    handle = house.temporal.get_schedule_handle(SCHEDULE)
    try:
        assert (await handle.describe()).schedule.spec.intervals[0].every == timedelta(minutes=7)
        assert len(found) <= 1  # the index may be a moment behind
        await handle.trigger()
        for _ in range(200):
            if (await handle.describe()).info.recent_actions:
                break
            await asyncio.sleep(0.05)
        assert (await handle.describe()).info.num_actions >= 1
    finally:
        await handle.delete()
