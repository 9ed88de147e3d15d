"""The claim's workflow on the real engine: turned pages, new runs, what operators see, and that it never fails."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus

import storage.claims
import storage.ledger
from claims.model import Action, Event
from storage.tables import PersonRow
from tests.conftest import PAGE
from tests.house import House, OpenClaim, key, soon
from tests.record_histories import closed, fault, fill_the_page, signal, turn_the_page, turned
from workflows import attributes

DAY = 24.0  # hours
SENT = 16  # signals while a page turns
UPSERT = "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"


async def described(claim: OpenClaim) -> WorkflowExecutionDescription:
    return await claim.house.temporal.get_workflow_handle(claim.id).describe()


async def shown(claim: OpenClaim) -> dict[str, Any]:
    """The search attributes by their names, those that are unset left out."""
    found = (await described(claim)).typed_search_attributes
    return {key.name: found[key] for key in attributes.ALL if key in found}


async def counted(claim: OpenClaim) -> Counter[str]:
    """How many events of each kind the latest run has."""
    handle = claim.house.temporal.get_workflow_handle(claim.id)
    kinds = [EventType.Name(e.event_type).removeprefix("EVENT_TYPE_") async for e in handle.fetch_history_events()]
    return Counter(kinds)


async def details(claim: OpenClaim) -> str:
    """What the Web UI shows of the claim, asked for as it does."""
    handle = claim.house.temporal.get_workflow_handle(claim.id)
    found: WorkflowMetadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return found.current_details


async def listed(house: House, query: str, claim: OpenClaim) -> list[str]:
    """The claim among what operators find by this query, once visibility has caught up."""

    async def found() -> list[str]:
        return [f.id async for f in house.temporal.list_workflows(f"{query} AND WorkflowId = '{claim.id}'")]

    return await soon(found)


async def moved(claim: OpenClaim) -> list[tuple[str, int]]:
    """(kind, amount) of the order line's transfers."""
    async with claim.house.database.reading() as session:
        transfers = await storage.ledger.transfers_of(session, claim.sale.order_id, "1")
    return sorted(t[1:] for t in transfers)


async def timeline(claim: OpenClaim) -> list[Event]:
    async with claim.house.database.reading() as session:
        return await storage.claims.events(session, claim.id)


async def chain_holds(claim: OpenClaim) -> bool:
    async with claim.house.database.reading() as session:
        return await storage.claims.verify_chain(session, claim.id)


async def mediated(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "escalate")
    return claim


# --- a turned page


@pytest.mark.long
async def test_a_turned_page_keeps_the_claim_its_date_its_signals_and_its_clock(house: House) -> None:
    claim = await house.claim()
    due = (await claim.seen())["due_at"]
    await claim.skip(10)
    await signal(claim, "guide", {"operator": "ops-7"})
    await turn_the_page(claim)
    before = await claim.seen()
    await claim.did("seller", "withdraw_offer", offer=1)
    assert (await claim.seen())["due_at"] == due
    await signal(claim, "guide", {"operator": "ops-8"})
    await claim.until(lambda c: c["version"] == before["version"] + 2)
    await claim.skip(61)  # 71 of 72 hours
    assert (await claim.seen("platform"))["stage"] == "negotiation"
    await claim.skip(2)
    assert (await claim.seen("platform"))["stage"] == "mediation"
    last = (await timeline(claim))[-1]
    assert (last.action, last.at) == ("escalate", datetime.fromisoformat(due))
    assert await chain_holds(claim)


@pytest.mark.long
async def test_a_turned_page_is_a_new_run_that_goes_on_to_the_end(house: House) -> None:
    claim = await house.claim()
    first = (await described(claim)).run_id
    await turn_the_page(claim)
    assert (await described(claim)).run_id != first
    old = await house.temporal.get_workflow_handle(claim.id, run_id=first).describe()
    assert old.status == WorkflowExecutionStatus.CONTINUED_AS_NEW
    assert (await shown(claim))["ClaimWaitingOn"] == "buyer"
    await claim.did("buyer", "accept_offer", offer=1)
    await closed(claim)
    assert await moved(claim) == [("capture", 11_000), ("refund", 500)]
    assert await chain_holds(claim)


async def send_signals(claim: OpenClaim) -> None:
    for n in range(SENT):
        await signal(claim, "guide", {"operator": f"ops-{n}"})


async def offered_as_the_page_turns(claim: OpenClaim) -> tuple[int, str]:
    """An offer while signals come in and the page turns: its status and its idempotency key."""
    full, name = await fill_the_page(claim), key()
    sent = asyncio.create_task(send_signals(claim))
    answer = await claim.act("seller", "offer_partial_refund", name, percent=10)
    await sent
    await turned(claim, full)
    return answer.status_code, name["Idempotency-Key"]


@pytest.mark.long
async def test_what_is_sent_while_the_page_turns_is_neither_lost_nor_taken_twice(house: House) -> None:
    claim = await house.claim()
    _, name = await offered_as_the_page_turns(claim)
    again = await claim.act("seller", "offer_partial_refund", key(name), percent=10)
    assert again.status_code == 200, again.text
    await soon(lambda: all_taken(claim))
    steps = await timeline(claim)
    assert sorted(e.person for e in steps if e.via == "signal") == sorted(f"ops-{n}" for n in range(SENT))
    assert [e.action for e in steps].count(Action.OFFER_PARTIAL_REFUND) == 1
    assert await chain_holds(claim)


async def all_taken(claim: OpenClaim) -> bool:
    return len([e for e in await timeline(claim) if e.via == "signal"]) >= SENT


@pytest.mark.long
async def test_what_is_done_as_the_page_turns_is_answered(house: House) -> None:
    """A race: about three times in four."""
    for _ in range(12):
        status, _ = await offered_as_the_page_turns(await house.claim())
        assert status == 200


@pytest.mark.long
async def test_steps_that_move_no_date_turn_the_page_too(house: House) -> None:
    claim = await house.claim()
    first = (await described(claim)).run_id
    for _ in range(PAGE // 5):  # six events each
        await claim.did("seller", "guide", note="Like this.")
    await turned(claim, first)


@pytest.mark.long
async def test_a_turned_page_still_says_what_is_waited_for(house: House) -> None:
    claim = await house.claim()
    await turn_the_page(claim)
    assert "Waiting for the **buyer**" in await details(claim)


# --- new runs after the end


async def test_an_appeal_after_skipped_days_is_a_new_run_of_the_same_workflow(house: House) -> None:
    claim = await house.claim()
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=0)
    await house.temporal.get_workflow_handle(claim.id).result()
    first = (await described(claim)).run_id
    appealed = await claim.did("buyer", "appeal")
    assert (appealed["stage"], appealed["waiting_on"]) == ("mediation", "mediator")
    again = await described(claim)
    assert (again.run_id != first, again.status) == (True, WorkflowExecutionStatus.RUNNING)
    ahead = datetime.fromisoformat(appealed["due_at"]) - datetime.now(UTC)
    assert timedelta(days=10) < ahead < timedelta(days=10, hours=2)  # 73 h skipped and the mediator's 7 days


async def test_the_clock_of_a_new_run_goes_on_from_what_was_skipped(house: House) -> None:
    claim = await house.claim()
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=0)
    await claim.did("buyer", "appeal")
    await claim.skip(6 * DAY)
    assert (await claim.steps())[-1] == "buyer appeal"
    await claim.skip(1 * DAY + 1)
    assert (await claim.steps())[-1] == "clock recall_mediator"
    await claim.did("mediator", "rule", amount=5500)
    await closed(claim)
    assert await moved(claim) == [("capture", 11_000), ("refund", 5500)]
    times = [event["at"] for event in await claim.events()]
    assert times == sorted(times)


async def test_the_clock_of_a_closed_claim_can_be_moved(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "escalate")
    await claim.did("mediator", "rule", amount=0)
    await house.temporal.get_workflow_handle(claim.id).result()
    await claim.skip(73)
    assert (await claim.did("buyer", "appeal"))["stage"] == "mediation"


async def test_a_bounce_after_closing_begins_a_new_run_that_settles(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "refund")
    await closed(claim)
    await house.temporal.get_workflow_handle(claim.id).result()
    first = (await described(claim)).run_id
    await fault(claim, "bounced")
    bounced = await claim.seen()
    assert (bounced["stage"], bounced["refunds"][0]["status"]) == ("settling", "bounced")
    assert (await described(claim)).run_id != first
    await claim.skip(25)
    again = await claim.until(lambda c: c["stage"] == "closed")
    assert again["outcome"]["refunded"]["amount"] == 5500
    assert await moved(claim) == [("bounce", 5500), ("capture", 11_000), ("refund", 5500), ("refund", 5500)]
    assert await house.temporal.get_workflow_handle(claim.id).result() == "payment_refunded"


# --- what operators see


async def test_the_search_attributes_say_where_the_claim_is_from_its_start_to_its_end(house: House) -> None:
    claim = await house.claim()
    seller = claim.sale.seller
    begun = await shown(claim)
    due = datetime.fromisoformat((await claim.seen())["due_at"])
    assert abs(begun.pop("ClaimDue") - due) < timedelta(milliseconds=1)
    always = {"ClaimReason": "not_working", "ClaimSeller": seller, "ClaimSite": "MLM"}
    assert begun == always | {"ClaimStage": "negotiation", "ClaimWaitingOn": "seller", "ClaimImpact": "pending"}
    await claim.did("seller", "escalate")
    later = await shown(claim)
    assert later.pop("ClaimDue") > due
    assert later == always | {"ClaimStage": "mediation", "ClaimWaitingOn": "mediator", "ClaimImpact": "pending"}
    await claim.did("mediator", "rule", amount=0)
    await house.temporal.get_workflow_handle(claim.id).result()
    ended = {"ClaimStage": "closed", "ClaimWaitingOn": "nobody", "ClaimImpact": "not_affected"}
    assert await shown(claim) == always | ended


async def test_operators_find_a_claim_by_its_stage_and_seller(house: House) -> None:
    claim = await mediated(house)
    query = f"ClaimStage = 'mediation' AND ClaimSeller = '{claim.sale.seller}' AND ExecutionStatus = 'Running'"
    assert await listed(house, query, claim) == [claim.id]
    assert await listed(house, "ClaimWaitingOn = 'mediator'", claim) == [claim.id]


async def test_only_what_changed_is_upserted(house: House) -> None:
    claim = await house.claim()
    assert (await counted(claim))[UPSERT] == 0
    for _ in range(3):
        await claim.did("seller", "guide", note="Like this.")
    assert (await counted(claim))[UPSERT] == 0
    await claim.did("seller", "offer_partial_refund", percent=10)
    assert (await counted(claim))[UPSERT] == 1


async def test_a_step_that_moves_no_date_costs_the_engine_no_timer_and_six_events(house: House) -> None:
    claim = await house.claim()
    before = await counted(claim)
    await claim.did("seller", "guide", note="Like this.")
    added = await counted(claim) - before
    assert added["TIMER_STARTED"] == 0
    assert sum(added.values()) <= 6


async def test_the_page_of_a_claim_says_what_it_is_and_what_is_waited_for(house: House) -> None:
    claim = await house.claim()
    assert await (await described(claim)).static_summary() == (
        f"not_working · order {claim.sale.order_id} line 1 · MXN 55.00"
    )
    assert "Waiting for the **seller**" in await details(claim)
    await claim.did("seller", "offer_partial_refund", percent=30)
    said = await details(claim)
    assert "Waiting for the **buyer**" in said
    assert "offer 1: 30 % (MXN 15.00), pending" in said
    await claim.did("buyer", "accept_offer", offer=1)
    await closed(claim)
    await house.temporal.get_workflow_handle(claim.id).result()
    assert "**Closed:** partial_refunded" in await details(claim)


async def test_what_operators_see_holds_no_personal_data(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "guide", note="Marked: xyzzy.")
    seen = f"{await (await described(claim)).static_summary()} {await details(claim)} {await shown(claim)}"
    assert claim.sale.order_id in seen
    assert [word for word in ("Name of", "@", "Calle", "xyzzy", "does not turn on") if word in seen] == []


# --- it never ends Failed


async def declined(house: House) -> OpenClaim:
    """A ruling that the bank declines for ever."""
    claim = await mediated(house)
    await fault(claim, "declined", times=1000)
    await claim.did("mediator", "rule", amount=5000)
    await failed_tries(claim, 1)
    return claim


async def failed_tries(claim: OpenClaim, tries: int) -> None:
    await claim.until(lambda c: (c["refunds"][-1]["status"], c["refunds"][-1]["tries"]) == ("failed", tries))


async def test_a_bank_that_declines_for_ever_is_asked_each_day_until_somebody_pays_by_hand(house: House) -> None:
    claim = await declined(house)
    for tries in (2, 3, 4):
        await claim.skip(DAY + 0.1)
        await failed_tries(claim, tries)
    waiting = await claim.seen("mediator")
    assert (waiting["stage"], waiting["waiting_on"], waiting["priority"]) == ("settling", "bank", 4)
    assert (await described(claim)).status == WorkflowExecutionStatus.RUNNING
    paid = await claim.did("mediator", "pay_by_hand")
    assert (paid["stage"], paid["outcome"]["refunded"]["amount"]) == ("closed", 5000)
    assert await house.temporal.get_workflow_handle(claim.id).result() == "coverage_decision"
    assert (await described(claim)).status == WorkflowExecutionStatus.COMPLETED
    assert await moved(claim) == []  # it was the mediator who paid, not this bank


async def test_a_bank_that_is_away_for_a_while_is_asked_again_under_the_same_key(house: House) -> None:
    claim = await house.claim()
    await fault(claim, "unavailable", times=5)
    await claim.did("seller", "refund")
    await closed(claim)
    assert await moved(claim) == [("capture", 11_000), ("refund", 5500)]
    await house.temporal.get_workflow_handle(claim.id).result()
    assert (await described(claim)).status == WorkflowExecutionStatus.COMPLETED


async def test_what_the_seller_granted_and_the_bank_declines_can_be_paid_by_hand_too(house: House) -> None:
    claim = await house.claim()
    await fault(claim, "declined", times=1000)
    await claim.did("seller", "refund")
    await failed_tries(claim, 1)
    await claim.did("mediator", "pay_by_hand")


async def test_a_claim_whose_seller_is_not_known_waits_for_the_mediator(house: House) -> None:
    """No label can be made: the errand fails for good, and its date decides."""
    claim = await house.claim()
    await forget(house, claim.sale.seller)
    await claim.did("seller", "grant_return")
    await claim.skip(25)
    seen = await claim.until(lambda c: c["stage"] == "mediation", "platform")
    assert seen["return"]["status"] == "abandoned"
    assert (await described(claim)).status == WorkflowExecutionStatus.RUNNING


async def forget(house: House, person: str) -> None:
    async with house.database.writing() as session:
        await session.execute(delete(PersonRow).where(PersonRow.id == person))
