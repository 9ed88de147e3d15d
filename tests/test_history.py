"""What one claim costs the engine, and what its history says and does not say."""

from collections import Counter

from temporalio.api.enums.v1 import EventType

from tests.house import House, OpenClaim

MOST_EVENTS = 80


async def history(claim: OpenClaim) -> list[str]:
    handle = claim.house.temporal.get_workflow_handle(claim.id)
    return [EventType.Name(e.event_type).removeprefix("EVENT_TYPE_") async for e in handle.fetch_history_events()]


async def full_life(house: House) -> OpenClaim:
    """Open, an offer, declined, return granted, label, shipped, delivered, accepted, refunded, reputation."""
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=20)
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.did("seller", "grant_return")
    ready = await claim.until(lambda c: c["return"]["tracking_number"])
    await claim.carrier("shipped", ready["return"]["tracking_number"])
    await claim.carrier("delivered", ready["return"]["tracking_number"])
    await claim.did("seller", "accept_return")
    await claim.until(lambda c: c["stage"] == "closed")
    await house.temporal.get_workflow_handle(claim.id).result()
    return claim


async def test_one_life_is_at_most_eighty_events(house: House) -> None:
    events = await history(await full_life(house))
    print(f"\n{len(events)} events:", dict(Counter(events).most_common()))
    assert len(events) <= MOST_EVENTS
