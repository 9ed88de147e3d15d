"""Every ending of a claim over HTTP, on the real engine."""

from tests.house import House


async def test_guided_and_closed(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.did("seller", "guide", note="Hold the button for five seconds.")
    after = await claim.did("buyer", "close")
    assert after["stage"] == "closed"
    assert after["outcome"]["code"] == "seller_explained_functions"
    assert after["impact"] == "not_affected"
    assert await claim.steps() == ["buyer open", "seller guide", "buyer close"]


async def test_a_partial_refund_is_offered_and_accepted(any_house: House) -> None:
    claim = await any_house.claim()
    offered = await claim.did("seller", "offer_partial_refund", percent=30)
    assert offered["waiting_on"] == "buyer"
    assert offered["offers"][0]["amount"] == {"amount": 1500, "currency": "MXN"}
    await claim.did("buyer", "accept_offer", offer=1)
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert closed["outcome"]["refunded"]["amount"] == 1500
    assert closed["outcome"]["code"] == "partial_refunded"


async def test_a_total_refund(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.did("seller", "refund")
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert closed["outcome"]["refunded"]["amount"] == 5500  # one of two pieces, and half of the freight
    assert (await claim.steps())[-2:] == ["seller refund", "bank refunded"]


async def test_a_return_is_shipped_delivered_accepted_and_refunded(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.did("seller", "grant_return")
    ready = await claim.until(lambda c: c["return"]["tracking_number"])
    parcel = ready["return"]["tracking_number"]
    assert (await claim.carrier("shipped", parcel))["outcome"] == "taken"
    assert (await claim.carrier("delivered", parcel))["outcome"] == "taken"
    await claim.did("seller", "accept_return")
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert closed["outcome"]["code"] == "item_returned"
    assert closed["impact"] == "not_affected"


async def test_silence_leads_to_the_mediator_who_rules(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.skip(73)
    seen = await claim.seen("mediator")
    assert (seen["stage"], seen["waiting_on"]) == ("mediation", "mediator")
    await claim.did("mediator", "rule", amount=5000)
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert closed["outcome"]["code"] == "coverage_decision"
    assert closed["impact"] == "affected"
