"""Idempotency keys and versions: the same key is the same act, for ever, and for nobody else."""

import asyncio

import storage.claims
from tests import scenes
from tests.house import House, key


async def test_the_same_key_and_body_repeat_the_first_answer_whatever_happened_since(any_house: House) -> None:
    claim = await any_house.claim()
    once = key()
    first = await claim.act("seller", "offer_partial_refund", once, percent=20)
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["stage"] == "closed")
    again = await claim.act("seller", "offer_partial_refund", once, percent=20)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["etag"] == first.headers["etag"] == '"2"'
    assert (await claim.steps()).count("seller offer_partial_refund") == 1


async def test_the_same_key_with_another_body_is_refused(any_house: House) -> None:
    claim = await any_house.claim()
    once = key()
    await claim.act("seller", "offer_partial_refund", once, percent=20)
    other = await claim.act("seller", "offer_partial_refund", once, percent=30)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_another_persons_same_key_is_another_key(any_house: House) -> None:
    mine, theirs = await any_house.claim(), await any_house.claim()
    once = key()
    first = await mine.act("seller", "offer_partial_refund", once, percent=20)
    second = await theirs.act("seller", "offer_partial_refund", once, percent=20)
    assert first.json()["id"] == mine.id
    assert second.json()["id"] == theirs.id
    stranger = await theirs.act("buyer", "decline_offer", once, offer=1)
    assert stranger.json()["stage"] == "negotiation"
    async with any_house.as_("seller", theirs.sale.seller) as curious:
        url = f"/v1/claims/{mine.id}/actions/offer_partial_refund"
        assert (await curious.post(url, json={"percent": 20}, headers=once)).status_code == 404


async def test_one_key_for_two_operations_is_two_keys(any_house: House) -> None:
    claim = await any_house.claim()
    once = key()
    await claim.did("seller", "offer_partial_refund", percent=20)
    withdrawn = await claim.act("seller", "withdraw_offer", once, offer=1)
    offered = await claim.act("seller", "offer_partial_refund", once, percent=20)
    assert (withdrawn.status_code, offered.status_code) == (200, 200)


async def test_a_refusal_is_not_stored(any_house: House) -> None:
    claim = await any_house.claim()
    once = key()
    assert (await claim.act("buyer", "accept_offer", once, offer=1)).status_code == 409
    await claim.did("seller", "offer_partial_refund", percent=20)
    assert (await claim.act("buyer", "accept_offer", once, offer=1)).status_code == 200


async def test_an_opening_is_repeated_by_its_key(any_house: House) -> None:
    sale = await any_house.order()
    body = {"order_id": sale.order_id, "line_id": "1", "reason": "damaged", "message": "Torn."}
    once = key()
    async with any_house.as_("buyer", sale.buyer) as buyer:
        first = await buyer.post("/v1/claims", json=body, headers=once)
        again = await buyer.post("/v1/claims", json=body, headers=once)
        other = await buyer.post("/v1/claims", json=body | {"message": "Broken."}, headers=once)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["location"] == f"/v1/claims/{first.json()['id']}"
    assert other.json()["code"] == "idempotency_key_reused"


async def test_the_same_request_ten_times_at_once_is_one_step(any_house: House) -> None:
    claim = await any_house.claim()
    once = key()
    answers = await asyncio.gather(*(claim.act("seller", "offer_partial_refund", once, percent=20) for _ in range(10)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.text for a in answers}) == 1
    assert await claim.steps() == ["buyer open", "seller offer_partial_refund"]


async def test_accept_against_withdraw_has_one_winner(any_house: House) -> None:
    for _ in range(5):
        claim = await scenes.offered(any_house)
        accepted, withdrawn = await asyncio.gather(
            claim.act("buyer", "accept_offer", offer=1), claim.act("seller", "withdraw_offer", offer=1)
        )
        assert sorted((accepted.status_code, withdrawn.status_code)) == [200, 409]


async def test_if_match_lets_through_only_what_was_seen(any_house: House) -> None:
    claim = await any_house.claim()
    async with any_house.as_("seller", claim.sale.seller) as seller:
        tag = (await seller.get(f"/v1/claims/{claim.id}")).headers["etag"]
    assert (await claim.act("seller", "guide", {"If-Match": tag}, note="So.")).status_code == 200
    refused = await claim.act("seller", "guide", {"If-Match": tag}, note="Again.")
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")


async def test_texts_of_refused_acts_are_not_kept_and_the_chain_holds(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.did("seller", "guide", note="Press here.")
    await claim.act("buyer", "accept_offer", offer=1, note="A word that must not stay.")
    events = await claim.events()
    assert [e["note"] for e in events] == ["It does not turn on.", "Press here."]
    async with any_house.database.reading() as session:
        assert await storage.claims.verify_chain(session, claim.id)
