"""What a hostile reader found, each as it was found."""

import asyncio

import httpx
import pytest

import storage.orders
from tests import scenes
from tests.house import House, OpenClaim, Sale, key
from tests.test_signals import refusals


async def test_a_signal_without_any_input_kills_no_claim(house: House) -> None:
    claim = await house.claim()
    handle = house.temporal.get_workflow_handle(claim.id)
    for name in ("guide", "refund", "offer_partial_refund", "accept_offer", "close"):
        await handle.signal(name)
    assert {r["code"] for r in await refusals(claim)} == {"operator_missing"}
    assert (await claim.did("seller", "refund"))["stage"] == "settling"


@pytest.mark.long
async def test_of_many_at_once_one_wins_and_keeps_the_words_it_came_with(any_house: House) -> None:
    for _ in range(2):
        claim = await any_house.claim()
        words = [f"refund number {n}" for n in range(12)]
        answers = await asyncio.gather(*(claim.act("seller", "refund", note=w) for w in words))
        assert sorted(a.status_code for a in answers) == [200] + [409] * 11
        await claim.until(lambda c: c["stage"] == "closed")
        (taken,) = [e for e in await claim.events() if e["action"] == "refund"]
        winner = next(n for n, a in enumerate(answers) if a.status_code == 200)
        assert taken["note"] == words[winner]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/claims?due_before=9999-12-31T23:59:59-23:59"),
        ("GET", "/v1/claims?updated_after=0001-01-01T00:00:00%2B23:59"),
        ("GET", "/v1/claims?cursor=%3Ei:99999999999999999999~i:1"),
        ("GET", "/v1/notices?cursor=%3Ei:99999999999999999999"),
        ("PUT", "/v1/notices/99999999999999999999999/read"),
        ("GET", "/v1/claims/{claim}/events?cursor=%3Ei:99999999999999999999"),
        ("GET", "/v1/claims/{claim}/events?cursor=%3Cx"),
        ("GET", "/v1/orders?cursor=%3Ex"),
    ],
)
async def test_no_query_string_breaks_the_house(any_house: House, method: str, path: str) -> None:
    claim = await any_house.claim()
    async with any_house.as_("buyer", claim.sale.buyer) as buyer:
        answer = await buyer.request(method, path.replace("{claim}", claim.id))
    assert answer.status_code == 422, answer.text
    assert "SELECT" not in answer.text


async def test_what_is_not_said_of_a_person_again_stays_as_it_was(any_house: House) -> None:
    claim = await any_house.claim()
    again = Sale(123456789).body() | {"buyer": {"id": claim.sale.buyer}}
    async with any_house.as_("platform") as platform:
        assert (await platform.put(f"/v1/orders/{claim.id}-again", json=again)).status_code == 201
    async with any_house.database.reading() as session:
        person = (await storage.orders.find_people(session, {claim.sale.buyer}))[claim.sale.buyer]
    assert person.name == f"Name of {claim.sale.buyer}"
    assert person.language == "es"
    assert person.address.city == "Ciudad"


async def test_nobody_appeals_what_they_did_themselves(house: House) -> None:
    closed = await scenes.closed_by_the_buyer(house)
    await closed.skip(73)
    assert (await closed.act("buyer", "appeal")).json()["code"] == "nothing_to_appeal"
    cancelled = await scenes.labelled(house)
    await cancelled.did("buyer", "cancel_return")
    await cancelled.skip(73)
    assert (await cancelled.act("buyer", "appeal")).json()["code"] == "nothing_to_appeal"


async def test_a_line_that_was_claimed_again_cannot_be_paid_twice_by_an_appeal(house: House) -> None:
    first = await house.claim(quantity=1)
    await first.did("seller", "offer_partial_refund", percent=10)
    await first.skip(5 * 24 + 1)  # the offer lapses, and closes the claim
    second = await house.open(first.sale)
    await second.did("seller", "refund")
    await second.until(lambda c: c["stage"] == "closed")
    (offered,) = [n for n in (await first.seen("buyer"))["not_available"] if n["action"] == "appeal"]
    refused = await first.act("buyer", "appeal")
    assert (refused.status_code, refused.json()["code"]) == (409, "appeal_closed")
    assert refused.json()["detail"] == offered["why"]
    assert "claimed again" in offered["why"]


async def test_a_refund_that_has_not_succeeded_cannot_bounce(house: House) -> None:
    claim = await scenes.refund_failed(house)
    async with house.as_("platform") as platform:
        url = f"/v1/dev/claims/{claim.id}/refunds/1/faults"
        assert (await platform.post(url, json={"fault": "bounced"})).status_code == 409
        assert (await platform.get(f"/v1/dev/claims/{claim.id}/ledger")).json()["transfers"] == []


async def test_a_refusal_names_the_reason_that_came_nearest(house: House) -> None:
    async def ruled(claim: OpenClaim) -> httpx.Response:
        return await claim.act("mediator", "rule", return_first=True)

    rejected = await scenes.delivered(house)
    await rejected.did("seller", "reject_return")
    assert (await ruled(rejected)).json()["code"] == "goods_not_with_buyer"
    tiny = await house.claim(unit_price=1, quantity=1)
    assert "percentages left: none" in (await tiny.act("seller", "offer_partial_refund", percent=50)).json()["detail"]


async def test_what_an_action_would_bring_is_what_it_brings_also_past_a_date(house: House) -> None:
    claim = await scenes.offered(house)
    await claim.skip(80)
    (foretold,) = [a["then"] for a in (await claim.seen())["actions"] if a["action"] == "withdraw_offer"]
    assert foretold["stage"] == "mediation"
    after = await claim.did("seller", "withdraw_offer", offer=1)
    assert (after["stage"], after["waiting_on"]) == ("mediation", "mediator")


async def test_ids_with_blanks_and_accents_are_ids_everywhere(house: House) -> None:
    sale = Sale(55)
    sale.order_id = f"pedido nº 7 ({sale.buyer})"
    async with house.as_("platform") as platform:
        assert (await platform.put(f"/v1/orders/{sale.order_id}", json=sale.body())).status_code == 201
    claim = await house.open(sale)
    assert (await claim.seen("buyer"))["order_id"] == sale.order_id
    async with house.as_("buyer", sale.buyer) as buyer:
        for wrong in (" ", "a\tb", "..", "x" * 101):
            body = {"order_id": wrong, "line_id": "1", "reason": "damaged", "message": "x"}
            assert (await buyer.post("/v1/claims", json=body, headers=key())).status_code == 422
