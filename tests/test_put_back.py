"""A claim whose database was put back under its running workflow: it moves nothing until a person has decided."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.house import House, iso, key
from tests.scenes import labelled, offered
from tests.test_sweeper import restore, snapshot

pytestmark = pytest.mark.long


async def test_a_run_that_knows_more_than_the_database_refuses_until_somebody_decides(house: House) -> None:
    claim = await offered(house)
    yesterday = await snapshot(claim)
    await claim.did("buyer", "decline_offer", offer=1)
    await restore(claim, yesterday)
    once = key()
    refused = await claim.act("seller", "refund", once)
    assert (refused.status_code, refused.json()["code"]) == (409, "database_behind")
    standing = await house.desk.runs.standing(claim.id)
    assert standing
    assert standing.claim
    assert standing.claim.version == 3  # it has forgotten nothing
    assert (await claim.seen())["version"] == 2
    assert await house.desk.runs.catch_up(claim.id) == 2  # a person decided: as the database has it
    assert (await claim.act("seller", "refund", once)).json()["version"] == 3  # the same key works now
    await claim.until(lambda c: c["stage"] == "closed")


async def test_its_clock_stands_still_without_a_stir(house: House) -> None:
    claim = await house.claim()
    yesterday = await snapshot(claim)
    await claim.did("seller", "guide", note="Hold the button.")
    await restore(claim, yesterday)
    assert (await claim.act("seller", "escalate")).status_code == 409
    handle = house.temporal.get_workflow_handle(claim.id)
    before = (await handle.describe()).history_length
    await asyncio.sleep(1.5)
    assert (await handle.describe()).history_length == before
    assert await house.desk.runs.catch_up(claim.id) == 1
    await claim.skip(73)
    assert (await claim.steps())[-1] == "clock escalate"


async def test_a_label_is_printed_again_after_a_person_decided_for_the_database(house: House) -> None:
    claim = await house.claim()
    yesterday = await snapshot(claim)
    await claim.did("seller", "grant_return")
    await claim.until(lambda c: c["return"]["tracking_number"])
    await restore(claim, yesterday)
    await house.desk.runs.catch_up(claim.id)
    await claim.did("seller", "grant_return")
    assert (await claim.until(lambda c: c["return"]["tracking_number"]))["stage"] == "return"


async def test_a_claim_that_the_database_lost_whole_takes_no_step(house: House) -> None:
    claim = await labelled(house)
    kept = await snapshot(claim)
    await restore(claim, {})
    assert (await claim.act("seller", "refund")).status_code == 404
    handle = house.temporal.get_workflow_handle(claim.id)
    await handle.signal("refund", {"operator": "ops-7"})
    standing = await house.desk.runs.standing(claim.id)
    assert standing
    assert standing.claim
    assert standing.claim.stage == "return"
    await restore(claim, kept)
    assert (await claim.did("seller", "refund"))["stage"] in ("settling", "closed")


async def test_one_key_for_two_lines_is_refused_for_the_second_and_bricks_nothing(any_house: House) -> None:
    for at_once in (False, True):
        first, once = await any_house.order(), key()
        body = first.body()
        body["lines"].append(body["lines"][0] | {"line_id": "2"})
        async with any_house.as_("platform") as platform:
            assert (await platform.put(f"/v1/orders/{first.order_id}", json=body)).is_success
        opening = {"order_id": first.order_id, "reason": "damaged", "message": "It is torn."}
        async with any_house.as_("buyer", first.buyer) as buyer:
            sent = [buyer.post("/v1/claims", json=opening | {"line_id": n}, headers=once) for n in ("1", "2")]
            answers = await asyncio.gather(*sent) if at_once else [await s for s in sent]
            assert sorted(a.status_code for a in answers) == [201, 422], [a.text for a in answers]
            left = "2" if answers[0].status_code == 201 else "1"
            again = await buyer.post("/v1/claims", json=opening | {"line_id": left}, headers=key())
            assert again.status_code == 201, again.text


async def test_a_carriers_news_waits_until_somebody_has_decided(house: House) -> None:
    claim = await labelled(house)
    number = (await claim.seen())["return"]["tracking_number"]
    yesterday = await snapshot(claim)
    await claim.carrier("shipped", number)
    await restore(claim, yesterday)
    news = {
        "event_id": f"late-{claim.id}",
        "tracking_number": number,
        "kind": "delivered",
        "at": iso(datetime.now(UTC)),
    }
    async with house.as_("carrier", "correo") as carrier:
        waits = await carrier.post("/v1/carrier/events", json=news)
        assert waits.status_code == 503, waits.text
        await house.desk.runs.catch_up(claim.id)
        told = await carrier.post("/v1/carrier/events", json=news)
    assert (told.status_code, told.json()["outcome"]) == (200, "taken")
    assert (await claim.steps())[-1] == "carrier deliver"
