"""The sweeper: what a crash between database and engine can leave is made here for real, and then swept."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, select, text, update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, ScheduleHandle, WorkflowHandle
from temporalio.testing import ActivityEnvironment

import storage.carrier
import storage.claims
import storage.orders
import storage.sweeping
import storage.texts
from activities.records import RecordActivities
from api import requests
from api.desk import Desk
from claims.model import Action, Actor, Command
from claims.opening import Opening, open_claim, opened
from claims.policy import DEFAULT
from claims.process import advance
from claims.recording import Recording
from ops.engine import Engine, free_port
from ops.sweeper import Sweeper
from ops.swept import Patience, Swept, some_at_a_time
from storage import migrate
from storage.sweeping import Report
from storage.tables import AnswerRow, CarrierEventRow, ClaimRow, EventRow, TextRow
from tests.house import PATIENCE, SECRET, House, OpenClaim, house_on, settings_for, soon
from tests.scenes import labelled, mediated, offered
from workflows import QUEUE, attributes, runs
from workflows.claim import ClaimWorkflow, Start
from workflows.runs import Away, Runs
from workflows.sweep import SCHEDULE, keep_schedule

AT_ONCE = Patience(*[timedelta()] * 5)
pytestmark = [pytest.mark.xdist_group("sweeper"), pytest.mark.long]  # what it is set up with is dear


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


async def sweep(house: House, *claims: OpenClaim, thorough: bool = False, seconds: float = PATIENCE) -> dict[str, Any]:
    """One sweep over the house, which gives a workflow so long to answer; what it found of these claims, by kind."""
    desk = Desk(Runs(house.temporal, seconds), house.database, True, translates=house.desk.translates)
    await ActivityEnvironment().run(Sweeper(desk, patience=AT_ONCE).sweep, thorough)
    return await last_found(house, *claims)


async def finding(house: House, *claims: OpenClaim, **more: Any) -> dict[str, Any]:
    """What a sweep finds of these claims, once the engine's index shows it, which is some moments behind."""
    return await soon(lambda: sweep(house, *claims, **more))


async def terminated(*claims: OpenClaim) -> None:
    """By an operator, and the engine's index shows it."""
    for claim in claims:
        await workflow(claim).terminate("an operator's mistake")
        await soon(lambda claim=claim: is_shown_ended(claim))


async def is_shown_ended(claim: OpenClaim) -> bool:
    query = f"WorkflowId = '{claim.id}' AND ExecutionStatus = 'Running'"
    return not [found.id async for found in claim.house.temporal.list_workflows(query)]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workflow that is asked how it stands has two seconds to answer, not ten."""
    monkeypatch.setattr(runs, "_QUERY", timedelta(seconds=2))


async def last_found(house: House, *claims: OpenClaim) -> dict[str, Any]:
    """What the last report says of these claims, by kind."""
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
    await terminated(claim)
    found = await sweep(any_house, claim)
    assert found["begun_again"]["repaired"]
    closed = await claim.did("buyer", "accept_offer", offer=1)
    assert closed["version"] == 3
    assert await sweep(any_house, claim) == {}


async def test_the_clock_of_a_claim_that_was_begun_again_runs(house: House) -> None:
    claim = await house.claim()
    await terminated(claim)
    await sweep(house, claim)
    await claim.skip(73)
    assert (await claim.steps())[-1] == "clock escalate"


async def test_a_claim_that_the_engine_never_knew_gets_its_workflow(any_house: House) -> None:
    claim = await opened_unknown_to_the_engine(any_house)
    assert await any_house.desk.runs.standing(claim.id) is None
    assert (await finding(any_house, claim))["begun_again"]["repaired"]
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
    found = (await finding(any_house, claim))["caught_up"]
    assert (found["repaired"], found["facts"]) == (True, {"engine": 1, "database": 2})
    assert await sweep(any_house, claim, thorough=True) == {}
    assert (await claim.did("mediator", "rule", amount=0))["stage"] == "closed"


async def test_a_workflow_whose_claim_is_closed_ends(any_house: House) -> None:
    claim = await any_house.claim()
    await step_unknown_to_the_engine(claim, Action.CLOSE, Actor.BUYER)
    assert (await finding(any_house, claim))["caught_up"]["repaired"]
    assert await workflow(claim).result() == "worked_out_with_seller"


async def test_a_database_that_was_put_back_is_told_claim_by_claim_and_nothing_moves(any_house: House) -> None:
    claim, still = await offered(any_house), await offered(any_house)
    yesterday = await snapshot(claim)
    await claim.did("buyer", "accept_offer", offer=1)
    await claim.until(lambda c: c["stage"] == "closed")
    await restore(claim, yesterday)
    found = (await finding(any_house, claim, still, thorough=True))["database_behind"]
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
    found = (await finding(house, claim, thorough=True))["database_behind"]
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
    found = (await finding(house, claim, thorough=True))["not_in_database"]
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
    assert (await finding(house, claim))["carrier_event_passed_on"]["repaired"]
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
    await sweep(any_house)  # the next one looks at what has grown old since
    old, young = datetime.now(UTC) - timedelta(days=30, seconds=1), datetime.now(UTC) - timedelta(days=29)
    async with any_house.database.writing() as session:
        await session.execute(update(TextRow).where(TextRow.claim_id == claim.id).values(created_at=old))
        await storage.texts.keep(session, f"txt_stray-{claim.id}", claim.id, ("buyer", "b"), "never sent", old)
        await storage.texts.keep(session, f"txt_young-{claim.id}", claim.id, ("buyer", "b"), "x", young)
    found = await sweep(any_house, claim)
    assert found["stray_text_dropped"]["facts"] == {"text": f"txt_stray-{claim.id}"}
    async with any_house.database.reading() as session:
        left = set(await session.scalars(select(TextRow.body).where(TextRow.claim_id == claim.id)))
    assert left == {"It does not turn on.", "x"}


async def test_a_thorough_sweep_drops_a_stray_text_however_old(house: House) -> None:
    claim = await house.claim()
    await sweep(house)
    old = datetime.now(UTC) - timedelta(days=100)
    async with house.database.writing() as session:
        await storage.texts.keep(session, f"txt_old-{claim.id}", claim.id, ("buyer", "b"), "never sent", old)
    assert await sweep(house, claim) == {}
    assert list(await finding(house, claim, thorough=True)) == ["stray_text_dropped"]


async def test_a_text_whose_step_was_taken_meanwhile_is_not_dropped(any_house: House) -> None:
    claim = await any_house.claim()
    async with any_house.database.writing() as session:
        ids = list(await session.scalars(select(TextRow.id).where(TextRow.claim_id == claim.id)))
        assert ids
        assert await storage.sweeping.drop_stray_texts(session, ids) == []


async def test_a_timeline_that_was_tampered_with_is_found_until_it_is_mended(any_house: House) -> None:
    claim = await offered(any_house)
    await tamper(claim, 90)
    assert not (await finding(any_house, claim))["seal_broken"]["repaired"]
    await recorded_long_ago(claim)
    for _ in range(2):
        assert not (await finding(any_house, claim))["seal_broken"]["repaired"]
    await tamper(claim, 30)
    assert await sweep(any_house, claim) == {}


async def tamper(claim: OpenClaim, percent: int) -> None:
    async with claim.house.database.writing() as session:
        row = await session.get(EventRow, (claim.id, 2))
        assert row
        row.event = row.event | {"input": row.event["input"] | {"percent": percent}}


async def recorded_long_ago(claim: OpenClaim) -> None:
    """Before the last sweep: nothing but its report speaks of the claim any more."""
    async with claim.house.database.writing() as session:
        mine = update(EventRow).where(EventRow.claim_id == claim.id)
        await session.execute(mine.values(recorded_at=datetime.now(UTC) - timedelta(hours=1)))


async def test_a_date_that_was_overdue_at_the_last_sweep_already_is_found(house: House) -> None:
    claim = await house.claim()
    kept = await due(claim, datetime.now(UTC) - timedelta(hours=1))
    await reported(house, timedelta(minutes=10))
    assert (await finding(house, claim))["overdue"]["facts"]["running"]
    assert not (await finding(house, claim))["overdue"]["repaired"]  # at once again: it is still so
    await due(claim, kept)
    assert await sweep(house, claim) == {}


@pytest.mark.parametrize("ago", [timedelta(hours=2), timedelta(minutes=1)])
async def test_a_sweep_right_after_an_outage_takes_no_date_for_overdue(house: House, ago: timedelta) -> None:
    """At the last sweep the date was still to come; or the last sweep, the first after the outage, was just now."""
    claim = await house.claim()
    kept = await due(claim, datetime.now(UTC) - timedelta(hours=1))
    await reported(house, ago)
    assert await sweep(house, claim) == {}
    await due(claim, kept)


async def due(claim: OpenClaim, at: datetime) -> datetime:
    """Give the claim in the database this date; answers the one that it had."""
    async with claim.house.database.writing() as session:
        row = await session.get(ClaimRow, claim.id)
        assert row
        assert row.due_at
        kept, row.due_at, row.state = row.due_at, at, row.state | {"due_at": at.isoformat()}
    return kept


async def reported(house: House, ago: timedelta) -> None:
    """The report of a sweep so long ago that found nothing, as the last one."""
    at = datetime.now(UTC) - ago
    async with house.database.writing() as session:
        report = Report(at, at, 0, 0, 0, ())
        await storage.sweeping.save(session, report, thorough=False, keep_since=at - timedelta(days=1))


@pytest.mark.long
async def test_a_claim_that_does_not_answer_is_told_and_holds_up_no_other(house: House, hurried: None) -> None:
    """Begun by hand on a task queue that nobody serves; the carrier's news cannot be passed on."""
    claim, other = await labelled(house), await labelled(house)
    number = (await claim.seen())["return"]["tracking_number"]
    event = f"correo/ev-{claim.id}"
    await terminated(claim, other)
    nobody = await on_a_queue_of_nobody(claim)
    async with house.database.writing() as session:
        facts = (number, "shipped", datetime.now(UTC))
        await storage.carrier.add(session, event, "digest", facts, claim.id, datetime.now(UTC))
    found = await sweep(house, claim, other, seconds=3)
    assert set(found) == {"unreachable", "begun_again"}
    assert found["unreachable"]["facts"] == {"tried": f"to pass on the carrier's event {event}", "why": "Slow"}
    assert not found["unreachable"]["repaired"]
    asked = await sweep(house, claim, other, seconds=3)  # the other goes on; this one is asked again, how it stands
    assert "unreachable" in asked
    await nobody.terminate("mended")  # what it knew stays unread; the news begins another run from the database
    assert set(await finding(house, claim, other)) == {"workflow_unreadable", "carrier_event_passed_on"}
    assert await sweep(house, claim, other) == {}


async def on_a_queue_of_nobody(claim: OpenClaim) -> WorkflowHandle[Any, Any]:
    async with claim.house.database.reading() as session:
        standing = await storage.claims.find(session, claim.id)
    assert standing
    shown = attributes.at_start(standing)
    client = claim.house.temporal
    return await client.start_workflow(
        ClaimWorkflow.run, Start(standing), id=claim.id, task_queue="nobody", search_attributes=shown
    )


async def test_where_the_engine_is_away_no_claim_is_blamed(house: House) -> None:
    """The look at one claim fails as a whole sweep does, to be tried again."""
    claim = await labelled(house)
    number = (await claim.seen())["return"]["tracking_number"]
    async with house.database.writing() as session:
        facts = (number, "shipped", datetime.now(UTC))
        await storage.carrier.add(session, f"correo/away-{claim.id}", "d", facts, claim.id, datetime.now(UTC))
    nowhere = await Client.connect(f"127.0.0.1:{free_port()}", lazy=True)
    sweeper = Sweeper(Desk(Runs(nowhere), house.database, True, translates=house.desk.translates), patience=AT_ONCE)
    under_way = Swept(datetime.now(UTC), False, None)
    with pytest.raises(Away):
        await ActivityEnvironment().run(sweeper._carrier, under_way)
    assert under_way.findings == []
    assert list(await finding(house, claim)) == ["carrier_event_passed_on"]


@pytest.mark.long
async def test_an_opening_that_is_never_recorded_is_found(house: House) -> None:
    sale = await house.order()
    async with house.database.reading() as session:
        line = await storage.orders.find_line(session, sale.order_id, "1")
    assert line
    claim = open_claim(requests.claim_id(line, 0), line, (), Opening("damaged", 1), DEFAULT, datetime.now(UTC))
    opening = Command(Action.OPEN, Actor.BUYER, id=f"open-{claim.id}", person=sale.buyer)
    begun = OpenClaim(house, sale, claim.id)
    never = (
        f"CREATE TRIGGER never BEFORE INSERT ON claims WHEN NEW.id = '{claim.id}' BEGIN SELECT RAISE(FAIL, 'no'); END"
    )
    async with house.database.writing() as session:
        await session.execute(text(never))
    try:
        await house.temporal.start_workflow(ClaimWorkflow.run, Start(claim, opening), id=claim.id, task_queue=QUEUE)
        found = (await finding(house, begun))["opening_stuck"]
        assert not found["repaired"]
        with_patience = Sweeper(house.desk, patience=Patience(quiet=timedelta()))  # five minutes
        await ActivityEnvironment().run(with_patience.sweep, True)
        assert await last_found(house, begun) == {}
    finally:
        async with house.database.writing() as session:
            await session.execute(text("DROP TRIGGER never"))
    async with asyncio.timeout(PATIENCE):  # until it is tried again
        await workflow(begun).execute_update(ClaimWorkflow.opened, opening.id)
    assert await sweep(house, begun) == {}


async def test_what_a_person_is_to_mend_is_told_by_every_sweep(house: House) -> None:
    """The claim is closed in the database and its run has ended: no index shows that the two differ."""
    claim = await house.claim()
    await claim.did("buyer", "close")
    await workflow(claim).result()
    kept = await snapshot(claim)
    await restore(claim, {})
    assert "not_in_database" in await finding(house, claim, thorough=True)
    for _ in range(2):
        assert "not_in_database" in await finding(house, claim)
    await restore(claim, kept)
    assert await sweep(house, claim) == {}
    assert await sweep(house, claim) == {}


async def test_a_run_that_is_deleted_is_no_finding_any_more(house: House) -> None:
    """What docs/backup.md tells a person to do with a claim that the database has never seen."""
    claim = await house.claim()
    await restore(claim, {})
    assert "not_in_database" in await finding(house, claim)
    execution = WorkflowExecution(workflow_id=claim.id)
    request = DeleteWorkflowExecutionRequest(namespace=house.temporal.namespace, workflow_execution=execution)
    await house.temporal.workflow_service.delete_workflow_execution(request)
    await soon(lambda: is_unknown(claim))
    assert await sweep(house, claim) == {}


async def is_unknown(claim: OpenClaim) -> bool:
    """Whether the engine knows of no run."""
    return await claim.house.desk.runs.standing(claim.id) is None


async def test_many_claims_are_looked_at_and_one_failure_ends_all() -> None:
    looked: list[int] = []

    async def look(number: int) -> None:
        await asyncio.sleep(0)
        if number == 40:
            raise Away
        looked.append(number)

    await some_at_a_time(look(number) for number in range(40))
    assert sorted(looked) == list(range(40))
    with pytest.raises(Away):
        await some_at_a_time(look(number) for number in range(35, 1000))
    assert len(looked) < 100


async def test_a_sweep_by_hand_that_was_broken_off_says_so(house: House) -> None:
    """An operator terminates it in the Web UI; the command has a sentence and exit code 2."""
    environment = os.environ | {
        "AMENDS_DATABASE_URL": house.settings.database_url,
        "AMENDS_TOKEN_SECRET": SECRET,
        "TEMPORAL_NAMESPACE": house.temporal.namespace,
    }
    await house.rest()
    try:
        by_hand = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ops.sweep", env=environment, stderr=asyncio.subprocess.PIPE
        )
        await terminate_a_sweep(house)
        said = (await by_hand.communicate())[1].decode()
    finally:
        await house.work()
    assert said == "The sweep did not come to its end, and nothing was reported: terminated by user via frontend\n"
    assert by_hand.returncode == 2


async def terminate_a_sweep(house: House) -> None:
    """Once it is under way."""

    async def under_way() -> list[str]:
        query = "WorkflowType = 'Sweep' AND ExecutionStatus = 'Running'"
        return [found.id async for found in house.temporal.list_workflows(query)]

    name = (await soon(under_way))[0]
    await house.temporal.get_workflow_handle(name).terminate("an operator's mistake")


async def test_a_report_holds_no_personal_data(house: House) -> None:
    claim = await offered(house)
    await terminated(claim)
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
        await soon(lambda: acted(handle))
        assert (await handle.describe()).info.num_actions >= 1
    finally:
        await handle.delete()


async def acted(handle: ScheduleHandle) -> bool:
    return bool((await handle.describe()).info.recent_actions)
