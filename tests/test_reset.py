"""An operator's Reset to any earlier event: the claim stands as SQL says, and goes on from there."""

import asyncio
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

import storage.labels
import storage.ledger
from tests.house import House, OpenClaim, key


async def resettable(claim: OpenClaim) -> list[int]:
    """The events that a Reset may go back to: completed workflow tasks."""
    handle = claim.house.temporal.get_workflow_handle(claim.id)
    kind = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    return [e.event_id async for e in handle.fetch_history_events() if e.event_type == kind]


def nth(events: list[int], number: int) -> int:
    """The event of this number, or the last: a busy worker takes more in one task."""
    return events[min(number, len(events) - 1)]


async def reset(claim: OpenClaim, event_id: int, request_id: str = "") -> None:
    temporal = claim.house.temporal
    run = (await temporal.get_workflow_handle(claim.id).describe()).run_id
    request = ResetWorkflowExecutionRequest(
        namespace=temporal.namespace,
        workflow_execution=WorkflowExecution(workflow_id=claim.id, run_id=run),
        reason="trial",
        workflow_task_finish_event_id=event_id,
        request_id=request_id or f"{claim.id}-{event_id}",
    )
    await temporal.workflow_service.reset_workflow_execution(request)


async def facts(claim: OpenClaim) -> dict[str, Any]:
    """The claim as it is seen, without what its actions would bring from this instant on."""
    seen = await claim.seen()
    return {name: value for name, value in seen.items() if name != "actions"}


async def books(claim: OpenClaim) -> tuple[Any, ...]:
    async with claim.house.database.reading() as session:
        transfers = await storage.ledger.transfers_of(session, claim.sale.order_id, "1")
        label = await storage.labels.find(session, claim.id, 1)
    return transfers, label and label.tracking_number


async def negotiated(house: House) -> tuple[OpenClaim, dict[str, str], dict[str, Any]]:
    """A claim with an offer declined, one made by hand, and a return granted; the key of one act and its answer."""
    claim = await house.claim()
    old_key = key()
    first = await claim.act("seller", "offer_partial_refund", old_key, percent=20)
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.did("seller", "offer_partial_refund", percent=40)
    await claim.did("seller", "grant_return")
    await claim.until(lambda c: c["return"]["tracking_number"])
    return claim, old_key, first.json()


@pytest.mark.long
async def test_after_a_reset_to_any_event_the_claim_stands_and_goes_on(house: House) -> None:
    claim, _, _ = await negotiated(house)
    events = range(len(await resettable(claim)))
    await asyncio.gather(*(stands_and_goes_on(house, number) for number in events))


async def stands_and_goes_on(house: House, number: int) -> None:
    claim, old_key, answer = await negotiated(house)
    before, ledger = await facts(claim), await books(claim)
    await reset(claim, nth(await resettable(claim), number))
    assert await facts(claim) == before
    again = await claim.act("seller", "offer_partial_refund", old_key, percent=20)
    assert again.json() == answer
    await claim.did("seller", "refund")  # the next legal action
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert closed["outcome"]["refunded"]["amount"] == 5500
    assert (await books(claim))[1] == ledger[1]
    steps = await claim.steps()
    assert len(steps) == len(set(enumerate(steps))) == closed["version"]
    assert [e["sequence"] for e in await claim.events()] == list(range(1, closed["version"] + 1))


async def refunded(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def test_a_reset_of_a_closed_claim_pays_nothing_twice(house: House) -> None:
    events = range(len(await resettable(await refunded(house))))
    await asyncio.gather(*(pays_nothing_twice(house, number) for number in events))


async def pays_nothing_twice(house: House, number: int) -> None:
    claim = await refunded(house)
    closed, before = await facts(claim), await books(claim)
    await reset(claim, nth(await resettable(claim), number))
    await claim.house.temporal.get_workflow_handle(claim.id).result()
    assert await facts(claim) == closed
    assert await books(claim) == before


async def test_a_signal_after_a_reset_is_judged_by_the_database(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=20)
    await reset(claim, (await resettable(claim))[0])
    handle = house.temporal.get_workflow_handle(claim.id)
    await handle.signal("accept_offer", {"operator": "ops-7", "offer": 1})
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert closed["outcome"]["code"] == "partial_refunded"
