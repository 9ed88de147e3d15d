"""Drives claims through every ending and path on a real engine, and writes what it remembers of them.

    python -m tests.record_histories            all paths, into tests/histories/ (what was there goes)
    python -m tests.record_histories appeal_of_the_buyer reminders        these alone

Each path below is one claim. A claim that had several runs (an appeal, a bounce, a Reset, a turned page) leaves one
file for each, numbered in the order they began. tests/test_replay.py replays them all with the workflows of today.
"""

import asyncio
import contextlib
import gzip
import json
import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHistory,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy

import storage.claims
from activities.records import RecordActivities
from claims.model import Action, Actor, Command
from claims.process import advance
from claims.recording import Recording
from ops.engine import Engine, Ports, free_port
from storage import migrate
from tests.conftest import PAGE
from tests.house import House, OpenClaim, house_on, key, settings_for, soon
from workflows import QUEUE
from workflows.claim import ClaimWorkflow, Start
from workflows.connection import leave
from workflows.reputation import telling

HISTORIES = Path(__file__).parent / "histories"
TEXT = "It does not turn on."  # what every buyer writes when opening (tests/house.py)
NOTE = "Hold the button for five seconds."
DAY = 24.0  # hours
PATIENCE = 60  # seconds for one path
PATHS: dict[str, Callable[[House], Awaitable[OpenClaim]]] = {}


def path(drive: Callable[[House], Awaitable[OpenClaim]]) -> Callable[[House], Awaitable[OpenClaim]]:
    PATHS[drive.__name__] = drive
    return drive


# --- what happens again and again


async def closed(claim: OpenClaim) -> OpenClaim:
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def in_stage(claim: OpenClaim, stage: str) -> None:
    await claim.until(lambda c: c["stage"] == stage)


async def returning(house: House) -> tuple[OpenClaim, str]:
    """A claim whose return has its label; and the parcel's number."""
    claim = await house.claim()
    await claim.did("seller", "grant_return")
    return claim, await labelled(claim)


async def labelled(claim: OpenClaim) -> str:
    ready = await claim.until(lambda c: c["return"] and c["return"]["tracking_number"])
    return str(ready["return"]["tracking_number"])


async def delivered(house: House) -> OpenClaim:
    claim, parcel = await returning(house)
    await claim.carrier("shipped", parcel)
    await claim.carrier("delivered", parcel)
    return claim


async def mediated(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "escalate")
    return claim


async def fault(claim: OpenClaim, kind: str, refund: int = 1, times: int = 1) -> None:
    async with claim.house.as_("platform") as platform:
        body = {"fault": kind, "times": times}
        answer = await platform.post(f"/v1/dev/claims/{claim.id}/refunds/{refund}/faults", json=body)
    assert answer.is_success, answer.text


async def signal(claim: OpenClaim, name: str, payload: Any) -> None:
    await claim.house.temporal.get_workflow_handle(claim.id).signal(name, payload)


async def reset(claim: OpenClaim, nth_task: int) -> None:
    """An operator's Reset to the nth completed workflow task."""
    temporal = claim.house.temporal
    handle = temporal.get_workflow_handle(claim.id)
    done = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    tasks = [e.event_id async for e in handle.fetch_history_events() if e.event_type == done]
    request = ResetWorkflowExecutionRequest(
        namespace=temporal.namespace,
        workflow_execution=WorkflowExecution(workflow_id=claim.id, run_id=(await handle.describe()).run_id),
        reason="recorded",
        workflow_task_finish_event_id=tasks[nth_task],
        request_id=f"{claim.id}-{nth_task}",
    )
    await temporal.workflow_service.reset_workflow_execution(request)


# --- settled between the two


@path
async def guided_and_closed(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "guide", note=NOTE)
    await claim.did("buyer", "close")
    return claim


@path
async def partial_refund_accepted(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=30, note=NOTE)
    await claim.did("buyer", "accept_offer", offer=1)
    return await closed(claim)


@path
async def total_refund(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "refund")
    return await closed(claim)


@path
async def total_refund_over_an_offer(house: House) -> OpenClaim:
    claim = await house.claim("changed_mind")
    await claim.did("seller", "offer_partial_refund", percent=30)
    await claim.did("seller", "refund")
    return await closed(claim)


@path
async def offer_withdrawn(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=30)
    await claim.did("seller", "withdraw_offer", offer=1)
    await claim.did("buyer", "close", code="opened_claim_by_mistake")
    return claim


@path
async def offers_declined(house: House) -> OpenClaim:
    claim = await house.claim()
    for number, percent in enumerate((10, 20, 50), 1):
        await claim.did("seller", "offer_partial_refund", percent=percent)
        await claim.did("buyer", "decline_offer", offer=number)
    await claim.did("seller", "refund")
    return await closed(claim)


@path
async def offer_expired(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=40)
    await claim.skip(6 * DAY)
    return await closed(claim)


# --- returns


@path
async def return_accepted(house: House) -> OpenClaim:
    claim = await delivered(house)
    await claim.did("seller", "accept_return")
    return await closed(claim)


@path
async def return_accepted_by_silence(house: House) -> OpenClaim:
    claim = await delivered(house)
    await claim.skip(4 * DAY)
    return await closed(claim)


@path
async def return_rejected(house: House) -> OpenClaim:
    claim = await delivered(house)
    await claim.did("seller", "reject_return", note=NOTE)
    await claim.did("mediator", "rule", amount=5500)
    return await closed(claim)


@path
async def return_cancelled(house: House) -> OpenClaim:
    claim, _ = await returning(house)
    await claim.did("buyer", "cancel_return")
    return claim


@path
async def label_lapsed_and_return_expired(house: House) -> OpenClaim:
    claim, _ = await returning(house)
    await claim.skip(11 * DAY)
    await claim.skip(3 * DAY)
    return await closed(claim)


@path
async def parcel_scanned_after_the_label_lapsed(house: House) -> OpenClaim:
    claim, parcel = await returning(house)
    await claim.skip(11 * DAY)
    await claim.carrier("delivered", parcel)
    await claim.did("seller", "accept_return")
    return await closed(claim)


@path
async def parcel_lost(house: House) -> OpenClaim:
    claim, parcel = await returning(house)
    await claim.carrier("shipped", parcel)
    await claim.carrier("lost", parcel)
    await claim.did("mediator", "rule", amount=5500)
    return await closed(claim)


@path
async def parcel_never_heard_of_again(house: House) -> OpenClaim:
    claim, parcel = await returning(house)
    await claim.carrier("shipped", parcel)
    await claim.skip(16 * DAY)
    await in_stage(claim, "mediation")
    return claim


@path
async def refunded_while_the_parcel_moves(house: House) -> OpenClaim:
    claim, parcel = await returning(house)
    await claim.carrier("shipped", parcel)
    await claim.did("seller", "refund")
    return await closed(claim)


# --- the mediator


@path
async def silence_then_a_ruling_for_the_buyer(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=5000, note=NOTE)
    return await closed(claim)


@path
async def ruled_for_the_seller(house: House) -> OpenClaim:
    claim = await mediated(house)
    await claim.did("mediator", "rule", amount=0)
    return claim


@path
async def ruled_return_first(house: House) -> OpenClaim:
    claim = await mediated(house)
    await claim.did("mediator", "rule", return_first=True)
    parcel = await labelled(claim)
    await claim.carrier("shipped", parcel)
    await claim.carrier("delivered", parcel)
    await claim.did("seller", "accept_return")
    return await closed(claim)


@path
async def escalated_by_the_buyer(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.skip(60)
    await claim.did("seller", "offer_partial_refund", percent=10)
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.skip(14)
    await claim.did("buyer", "escalate")
    return claim


@path
async def escalated_by_the_buyer_from_a_return(house: House) -> OpenClaim:
    claim, _ = await returning(house)
    await claim.skip(73)
    await claim.did("buyer", "escalate")
    return claim


@path
async def evidence_asked_and_given(house: House) -> OpenClaim:
    claim = await mediated(house)
    await claim.did("mediator", "request_evidence", party="seller")
    await claim.did("seller", "give_evidence", note=NOTE)
    await claim.did("mediator", "request_evidence", party="buyer")
    await claim.did("buyer", "give_evidence", note=TEXT)
    await claim.did("mediator", "rule", amount=100)
    return await closed(claim)


@path
async def evidence_not_given_and_a_silent_mediator(house: House) -> OpenClaim:
    claim = await mediated(house)
    await claim.did("mediator", "request_evidence", party="buyer")
    await claim.skip(4 * DAY)
    await claim.skip(8 * DAY)
    await claim.did("mediator", "rule", amount=0)
    return claim


@path
async def settled_in_mediation(house: House) -> OpenClaim:
    claim = await mediated(house)
    await claim.did("seller", "grant_return")
    await labelled(claim)
    return claim


# --- the bank


@path
async def refund_declined_and_retried_by_the_clock(house: House) -> OpenClaim:
    claim = await house.claim()
    await fault(claim, "declined", times=2)
    await claim.did("seller", "refund")
    for tries in (2, 3):
        await claim.until(lambda c: c["refunds"][0]["status"] == "failed")
        await claim.skip(25)
        await claim.until(lambda c, tries=tries: c["refunds"][0]["tries"] == tries)
    return await closed(claim)


@path
async def bank_unavailable_for_a_while(house: House) -> OpenClaim:
    claim = await house.claim()
    await fault(claim, "unavailable", times=2)
    await claim.did("seller", "refund")
    return await closed(claim)


@path
async def answer_of_the_bank_lost(house: House) -> OpenClaim:
    claim = await house.claim()
    await fault(claim, "lost_answer")
    await claim.did("seller", "refund")
    return await closed(claim)


@path
async def paid_by_hand(house: House) -> OpenClaim:
    claim = await mediated(house)
    await fault(claim, "declined", times=1000)
    await claim.did("mediator", "rule", amount=5000)
    await claim.until(lambda c: c["refunds"][0]["status"] == "failed")
    await claim.did("mediator", "pay_by_hand")
    return claim


@path
async def bounced_after_closing(house: House) -> OpenClaim:
    claim = await total_refund(house)
    await fault(claim, "bounced")
    await in_stage(claim, "settling")
    await claim.skip(25)
    return await closed(claim)


@path
async def bounced_during_an_appeal(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=3000)
    await closed(claim)
    await claim.did("buyer", "appeal")
    await fault(claim, "bounced")
    await claim.did("mediator", "rule", amount=5500)
    return await closed(claim)


# --- appeals


@path
async def appeal_of_the_buyer(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=0)
    await claim.did("buyer", "appeal", note=NOTE)
    await claim.did("mediator", "rule", amount=5500)
    return await closed(claim)


@path
async def appeal_of_the_seller(house: House) -> OpenClaim:
    claim = await silence_then_a_ruling_for_the_buyer(house)
    await claim.did("seller", "appeal")
    await claim.skip(8 * DAY)
    await claim.did("mediator", "rule", amount=5000)
    return await closed(claim)


# --- exclusions


@path
async def exclusion_denied(house: House) -> OpenClaim:
    claim = await silence_then_a_ruling_for_the_buyer(house)
    await claim.did("seller", "ask_exclusion", code="carrier_damage", note=NOTE)
    await claim.did("mediator", "decide_exclusion", granted=False, note=TEXT)
    return claim


@path
async def excluded_and_appealed(house: House) -> OpenClaim:
    """A verdict that is corrected while the claim stays closed; and an appeal that does not undo it."""
    claim = await silence_then_a_ruling_for_the_buyer(house)
    await claim.did("seller", "ask_exclusion", code="carrier_damage", note=NOTE)
    await claim.did("mediator", "decide_exclusion", granted=True, note=TEXT)
    await claim.did("buyer", "appeal", note=TEXT)
    await claim.did("mediator", "rule", amount=5500)
    return await closed(claim)


# --- operators


@path
async def steered_by_signals(house: House) -> OpenClaim:
    claim = await house.claim()
    await signal(claim, "guide", {"operator": "ops-7"})
    await signal(claim, "offer_partial_refund", {"operator": "ops-7", "percent": 40})
    await claim.until(lambda c: c["offers"])
    await signal(claim, "accept_offer", {"operator": "ops-7", "on_behalf_of": "buyer", "offer": 1})
    return await closed(claim)


@path
async def signals_refused(house: House) -> OpenClaim:
    claim = await house.claim()
    sent = ({"operator": "ops-7", "offer": 1}, 5, {"offer": 1}, {"operator": "ops-7", "on_behalf_of": "bank"})
    for payload in sent:
        await signal(claim, "accept_offer", payload)
    await claim.until(lambda c: c["version"] == 1)
    await claim.did("buyer", "close")
    return claim


@path
async def reset_in_negotiation(house: House) -> OpenClaim:
    claim = await house.claim()
    old, act = key(), {"percent": 20}
    await claim.act("seller", "offer_partial_refund", old, **act)
    await claim.did("buyer", "decline_offer", offer=1)
    await reset(claim, 0)
    await claim.act("seller", "offer_partial_refund", old, **act)
    await claim.did("seller", "grant_return")
    await labelled(claim)
    return claim


@path
async def reset_and_then_a_signal(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=20)
    await reset(claim, 0)
    await signal(claim, "accept_offer", {"operator": "ops-7", "offer": 1})
    return await closed(claim)


@path
async def reset_after_closing(house: House) -> OpenClaim:
    claim = await total_refund(house)
    await reset(claim, 1)
    await house.temporal.get_workflow_handle(claim.id).result()
    return claim


@path
async def caught_up_by_the_sweeper(house: House) -> OpenClaim:
    """A step stands in the database alone, as after the engine's store was restored from before it."""
    claim = await house.claim()
    async with house.database.reading() as session:
        standing = await storage.claims.find(session, claim.id)
    assert standing
    command = Command(Action.ESCALATE, Actor.SELLER, id=f"{claim.id}/escalate", person=claim.sale.seller)
    turn = advance(standing, command, datetime.now(UTC))
    await RecordActivities(house.database).record(Recording.of(standing, turn, command))
    await house.desk.runs.catch_up(claim.id)
    await claim.did("mediator", "rule", amount=0)
    return await closed(claim)


@path
async def begun_again_by_the_sweeper(house: House) -> OpenClaim:
    """An operator has terminated the workflow of an open claim."""
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=20)
    await house.temporal.get_workflow_handle(claim.id).terminate("an operator's mistake")
    async with house.database.reading() as session:
        standing = await storage.claims.find(session, claim.id)
    assert standing
    await house.desk.begin_again(standing)
    await claim.did("buyer", "accept_offer", offer=1)
    return await closed(claim)


@path
async def opening_in_the_way_of_another(house: House) -> OpenClaim:
    """A second workflow, of another id, on an order line that has an open claim: it is refused and ends."""
    first = await house.claim()
    async with house.database.reading() as session:
        stored = await storage.claims.find(session, first.id)
    assert stored
    rival = OpenClaim(house, first.sale, f"{first.id}b")
    with contextlib.suppress(WorkflowUpdateFailedError):
        await _start_beside(house, Start(_unrecorded(stored, rival.id), _opening(rival.id)))
    await house.temporal.get_workflow_handle(rival.id).result()
    return rival


def _unrecorded(claim: Any, claim_id: str) -> Any:
    return type(claim)(**{**vars(claim), "id": claim_id, "version": 0})


def _opening(claim_id: str) -> Command:
    return Command(Action.OPEN, Actor.BUYER, id=f"{claim_id}/open", person="buyer")


async def _start_beside(house: House, start: Start) -> None:
    start_workflow = WithStartWorkflowOperation(
        ClaimWorkflow.run, start, id=start.claim.id, task_queue=QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )  # fmt: skip
    command_id = start.opening.id if start.opening else ""
    await house.temporal.execute_update_with_start_workflow(
        ClaimWorkflow.opened, command_id, id=command_id, start_workflow_operation=start_workflow
    )


# --- time


@path
async def reminders(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.skip(47)
    await claim.skip(2)
    await claim.did("seller", "offer_partial_refund", percent=10)
    await claim.skip(4 * DAY + 20)
    await claim.did("buyer", "accept_offer", offer=1)
    return await closed(claim)


@path
async def page_turned(house: House) -> OpenClaim:
    """More than PAGE events: the workflow goes on as a new run, where a signal and the clock still count."""
    claim = await house.claim()
    await claim.skip(10)
    await signal(claim, "guide", {"operator": "ops-7"})
    await turn_the_page(claim)
    await signal(claim, "guide", {"operator": "ops-7"})
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.skip(63)
    await claim.did("mediator", "rule", amount=0)
    return claim


async def fill_the_page(claim: OpenClaim) -> str:
    """So many events that the engine suggests to go on as new; answers the run that is filled."""
    handle = claim.house.temporal.get_workflow_handle(claim.id)
    while (await handle.describe()).history_length <= PAGE:
        await claim.did("seller", "guide", note=NOTE)
    return str((await handle.describe()).run_id)


async def turn_the_page(claim: OpenClaim) -> None:
    """Fill the history, then move the claim's date, so that the workflow looks up and goes on as a new run."""
    full = await fill_the_page(claim)
    await claim.did("seller", "offer_partial_refund", percent=10)
    await turned(claim, full)


async def turned(claim: OpenClaim, full: str) -> None:
    async def another() -> bool:
        return (await claim.house.temporal.get_workflow_handle(claim.id).describe()).run_id != full

    await soon(another)


# --- with a mail server


async def mailed(house: House) -> OpenClaim:
    """Notices and a reminder by mail: the claim starts Mail workflows."""
    claim = await house.claim()
    await claim.did("seller", "guide", note=NOTE)
    await claim.skip(50)
    await claim.did("buyer", "close")
    return claim


async def mail_sent(house: House) -> OpenClaim:
    """The Mail workflow that the opening of a claim starts."""
    claim = await house.claim()
    handle = house.temporal.get_workflow_handle(claim.id)
    events = [e async for e in handle.fetch_history_events()]
    children = [e.start_child_workflow_execution_initiated_event_attributes for e in events]
    mail = next(child.workflow_id for child in children if child.workflow_id)
    assert await house.temporal.get_workflow_handle(mail).result() == 1
    return OpenClaim(house, claim.sale, mail)


MAIL_PATHS = {drive.__name__: drive for drive in (mailed, mail_sent)}


# --- with an outside reputation service


async def told_outside(house: House) -> OpenClaim:
    """A verdict and its correction, told outside: each run of the claim starts a Reputation workflow."""
    claim = await house.claim()
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=3000)
    await closed(claim)
    await told_all(claim)
    await claim.did("seller", "appeal")
    await claim.did("mediator", "rule", amount=0)
    return await closed(claim)


async def telling_outside(house: House) -> OpenClaim:
    """The Reputation workflow itself."""
    claim = await total_refund(house)
    await told_all(claim)
    return OpenClaim(house, claim.sale, telling(claim.id))


async def told_all(claim: OpenClaim) -> None:
    async def result() -> bool:
        handle = claim.house.temporal.get_workflow_handle(telling(claim.id))
        return (await handle.describe()).status == WorkflowExecutionStatus.COMPLETED

    await soon(result)


TOLD_PATHS = {drive.__name__: drive for drive in (told_outside, telling_outside)}


# --- what is written


async def runs(house: House, workflow_id: str) -> list[WorkflowHistory]:
    """The histories of all runs of a workflow, in the order they began."""
    latest = (await house.temporal.get_workflow_handle(workflow_id).describe()).run_id
    found: list[Any] = []
    while latest not in [f.run_id for f in found]:
        found = [f async for f in house.temporal.list_workflows(f"WorkflowId = '{workflow_id}'")]
    found.sort(key=lambda f: f.start_time)
    return [await house.temporal.get_workflow_handle(f.id, run_id=f.run_id).fetch_history() for f in found]


def without_hosts(document: Any) -> Any:
    """The history without the names of the machines and users that took part."""
    if isinstance(document, list):
        return [without_hosts(part) for part in document]
    if not isinstance(document, dict):
        return document
    return {name: "recorder" if name == "identity" else without_hosts(part) for name, part in document.items()}


def write(name: str, histories: list[WorkflowHistory]) -> None:
    for number, history in enumerate(histories, 1):
        file = HISTORIES / (f"{name}.{number}.json.gz" if len(histories) > 1 else f"{name}.json.gz")
        document = {"workflow_id": history.workflow_id, "history": without_hosts(json.loads(history.to_json()))}
        file.write_bytes(gzip.compress(json.dumps(document, separators=(",", ":")).encode(), 9, mtime=0))


def read(file: Path) -> WorkflowHistory:
    """A history as write() left it."""
    document = json.loads(gzip.decompress(file.read_bytes()))
    return WorkflowHistory.from_json(document["workflow_id"], document["history"])


async def record(house: House, name: str, drive: Callable[[House], Awaitable[OpenClaim]]) -> bool:
    """Drive one path and write its histories; a path that fails is told, and the others go on."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            histories = await runs(house, (await drive(house)).id)
    except Exception:
        print(f"{name}: FAILED\n{traceback.format_exc()}", flush=True)
        return False
    write(name, histories)
    print(f"{name}: {[len(h.events) for h in histories]} events, {time.monotonic() - began:.1f} s", flush=True)
    return True


@contextlib.asynccontextmanager
async def mailing_house(engine: Engine, database_url: str) -> AsyncIterator[House]:
    from tests.test_mail import PostOffice, serving, url

    with serving(PostOffice()) as office:
        async with house_on(engine, settings_for(database_url, smtp_url=url(office))) as house:
            yield house


@contextlib.asynccontextmanager
async def telling_house(engine: Engine, database_url: str) -> AsyncIterator[House]:
    from tests.test_reputation_service import KEY, taken
    from tests.translation_servers import serving

    async with serving(taken) as outside:
        settings = settings_for(database_url, reputation_url=outside.url, reputation_key=KEY)
        async with house_on(engine, settings) as house:
            yield house


async def record_all(engine: Engine, database_url: str, names: list[str]) -> bool:
    """Whether all that was asked for is written."""
    async with house_on(engine, settings_for(database_url)) as house:
        logging.disable(logging.INFO)
        done = [await record(house, n, drive) for n, drive in PATHS.items() if not names or n in names]
    async with mailing_house(engine, database_url) as house:
        done += [await record(house, n, drive) for n, drive in MAIL_PATHS.items() if not names or n in names]
    async with telling_house(engine, database_url) as house:
        done += [await record(house, n, drive) for n, drive in TOLD_PATHS.items() if not names or n in names]
    return all(done)


def clear(names: list[str]) -> None:
    HISTORIES.mkdir(exist_ok=True)
    for file in HISTORIES.glob("*.json.gz"):
        if not names or file.name.split(".")[0] in names:
            file.unlink()


def main(names: list[str]) -> bool:
    if unknown := set(names) - set(PATHS) - set(MAIL_PATHS) - set(TOLD_PATHS):
        sys.exit(f"no such path: {', '.join(sorted(unknown))}")
    engine = Engine(
        Ports(free_port(), free_port(), free_port()), more={"limit.historyCount.suggestContinueAsNew": str(PAGE)}
    )
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/amends.db"
        migrate.upgrade(url)
        engine.start()
        os.environ["TEMPORAL_ADDRESS"] = engine.address
        try:
            clear(names)
            return asyncio.run(record_all(engine, url, names))
        finally:
            engine.stop()


if __name__ == "__main__":
    leave(0 if main(sys.argv[1:]) else 1)
