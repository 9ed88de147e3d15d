"""Time as an actor, on the real engine: dates, ties, a worker that was away, reminders."""

import asyncio
from datetime import timedelta

import pytest

import storage.notices
from tests.house import House, OpenClaim


async def reminders(claim: OpenClaim) -> list[tuple[str, str]]:
    async with claim.house.database.reading() as session:
        rows = await storage.notices.of_claim(session, claim.id, "reminder")
    return [(row.role, row.facts["hours"]) for row in rows]


async def test_a_minute_before_the_date_it_is_the_sellers_and_after_it_the_mediators(house: House) -> None:
    claim = await house.claim()
    await claim.skip(72 - 1 / 60)
    before = await claim.seen("platform")
    assert (before["stage"], before["waiting_on"]) == ("negotiation", "seller")
    await claim.skip(2 / 60)
    after = await claim.seen("platform")
    assert (after["stage"], after["waiting_on"]) == ("mediation", "mediator")
    assert after["due_at"] > before["due_at"]
    assert await claim.steps() == ["buyer open", "clock escalate"]


async def test_seventy_three_hours_in_one_go_write_exactly_the_policys_reminders(house: House) -> None:
    claim = await house.claim()
    await claim.skip(73)
    assert await reminders(claim) == [("seller", "24"), ("seller", "6")]


async def test_an_offer_at_hour_fifty_leaves_only_the_reminder_before_it(house: House) -> None:
    claim = await house.claim()
    await claim.skip(50)
    await claim.did("seller", "offer_partial_refund", percent=10)
    assert await reminders(claim) == [("seller", "24")]
    await claim.skip(30)
    assert await reminders(claim) == [("seller", "24")]
    await claim.skip(5 * 24)
    assert await reminders(claim) == [("seller", "24"), ("buyer", "24"), ("buyer", "6")]
    assert (await claim.seen("seller"))["outcome"]["code"] == "timeout"


async def test_guidance_moves_no_clock_and_arms_no_new_timer(house: House) -> None:
    claim = await house.claim()
    due = (await claim.seen())["due_at"]
    await claim.did("seller", "guide", note="Like this.")
    assert (await claim.seen())["due_at"] == due
    handle = house.temporal.get_workflow_handle(claim.id)
    started = [e async for e in handle.fetch_history_events() if e.HasField("timer_started_event_attributes")]
    assert len(started) == 1


async def test_everything_silent_is_shown_beforehand_and_then_happens(house: House) -> None:
    claim = await house.claim()
    foreseen = (await claim.seen())["schedule"]
    assert [s["action"] for s in foreseen] == ["escalate", "recall_mediator"]
    await claim.skip(73)
    happened = (await claim.events())[-1]
    assert happened["at"] == foreseen[0]["at"]
    await claim.skip(7 * 24)
    again = await claim.seen("mediator")
    assert again["priority"] == 1
    assert (await claim.events())[-1]["at"] == foreseen[1]["at"]


@pytest.mark.long
async def test_a_command_accepted_before_the_date_beats_the_clock_though_the_worker_was_away(house: House) -> None:
    claim, late = await house.claim(), await house.claim()
    for one in (claim, late):
        await one.skip(72 - 15 / 3600)  # fifteen seconds are left, which is much for stopping the workers
    await house.rest()
    in_time = asyncio.create_task(claim.act("seller", "grant_return"))
    await asyncio.sleep(16)
    too_late = asyncio.create_task(late.act("seller", "offer_partial_refund", percent=10))
    await asyncio.sleep(1)
    await house.work()
    assert (await in_time).status_code == 200, in_time.result().text
    assert (await claim.steps())[:2] == ["buyer open", "seller grant_return"]
    refused = await too_late
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_stage")
    await late.until(lambda c: c["stage"] == "mediation", "platform")
    seen = await late.seen("mediator")
    assert seen["stage"] == "mediation"


async def test_dates_that_passed_while_the_worker_was_away_act_in_order(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "grant_return")
    await claim.until(lambda c: c["return"]["tracking_number"])
    await claim.skip(timedelta(days=14) / timedelta(hours=1))
    assert (await claim.steps())[-2:] == ["clock lapse_label", "clock expire_return"]
    assert (await claim.seen())["outcome"]["code"] == "return_expired"
