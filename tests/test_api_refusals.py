"""What is refused over HTTP, case by case: (case, status, code); every sentence is fit for a person."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests import scenes
from tests.house import House, OpenClaim, iso, key

Case = Callable[[House], Awaitable[httpx.Response]]
HOUR = timedelta(hours=1)


def acting(role: str, action: str, scene: scenes.Scene = scenes.fresh, **body: Any) -> Case:
    async def case(house: House) -> httpx.Response:
        return await (await scene(house)).act(role, action, **body)

    return case


def raw(role: str, body: Any, **headers: str) -> Case:
    """An offer of the seller with this body, whatever it is."""

    async def case(house: House) -> httpx.Response:
        claim = await house.claim()
        async with house.as_(role, claim.who(role)) as caller:
            url = f"/v1/claims/{claim.id}/actions/offer_partial_refund"
            return await caller.post(url, content=body, headers=key() | {"Content-Type": "application/json"} | headers)

    return case


def opening(days_since_delivery: float = 2, reason: str = "damaged", **changes: Any) -> Case:
    async def case(house: House) -> httpx.Response:
        delivered = datetime.now(UTC) - timedelta(days=days_since_delivery)
        bought = iso(delivered - timedelta(days=9))
        sale = await house.order(delivered_at=iso(delivered), purchased_at=bought, promised_at=iso(delivered))
        body = {"order_id": sale.order_id, "line_id": "1", "reason": reason, "message": "x"} | changes
        async with house.as_("buyer", sale.buyer) as buyer:
            return await buyer.post("/v1/claims", json=body, headers=key())

    return case


def not_received(days_since_promise: float) -> Case:
    async def case(house: House) -> httpx.Response:
        promised = datetime.now(UTC) - timedelta(days=days_since_promise)
        sale = await house.order(
            delivered_at=None, promised_at=iso(promised), purchased_at=iso(promised - 9 * 24 * HOUR)
        )
        body = {"order_id": sale.order_id, "line_id": "1", "reason": "not_received", "message": "x"}
        async with house.as_("buyer", sale.buyer) as buyer:
            return await buyer.post("/v1/claims", json=body, headers=key())

    return case


async def stranger(house: House) -> httpx.Response:
    claim = await house.claim()
    async with house.as_("seller", "another-seller") as caller:
        return await caller.post(f"/v1/claims/{claim.id}/actions/refund", json={}, headers=key())


async def strangers_order(house: House) -> httpx.Response:
    sale = await house.order()
    body = {"order_id": sale.order_id, "line_id": "1", "reason": "damaged", "message": "x"}
    async with house.as_("buyer", "another-buyer") as caller:
        return await caller.post("/v1/claims", json=body, headers=key())


async def seller_opens(house: House) -> httpx.Response:
    sale = await house.order()
    body = {"order_id": sale.order_id, "line_id": "1", "reason": "damaged", "message": "x"}
    async with house.as_("seller", sale.seller) as caller:
        return await caller.post("/v1/claims", json=body, headers=key())


async def unknown_claim(house: House) -> httpx.Response:
    async with house.as_("platform") as caller:
        return await caller.get("/v1/claims/clm_nothing")


async def mediator_before_mediation(house: House) -> httpx.Response:
    return await (await house.claim()).act("mediator", "rule", amount=0)


async def platform_acts(house: House) -> httpx.Response:
    claim = await house.claim()
    async with house.as_("platform") as caller:
        return await caller.post(f"/v1/claims/{claim.id}/actions/refund", json={}, headers=key())


async def second_claim(house: House) -> httpx.Response:
    claim = await house.claim()
    body = {"order_id": claim.sale.order_id, "line_id": "1", "reason": "damaged", "message": "x"}
    async with house.as_("buyer", claim.sale.buyer) as caller:
        return await caller.post("/v1/claims", json=body, headers=key())


async def claim_after_partial_refund(house: House) -> httpx.Response:
    claim = await scenes.offered(house)
    await claim.did("buyer", "accept_offer", offer=1)
    await claim.until(lambda c: c["stage"] == "closed")
    return await _again(house, claim)


async def _again(house: House, claim: OpenClaim) -> httpx.Response:
    body = {"order_id": claim.sale.order_id, "line_id": "1", "reason": "damaged", "message": "x"}
    async with house.as_("buyer", claim.sale.buyer) as caller:
        return await caller.post("/v1/claims", json=body, headers=key())


async def stale(house: House) -> httpx.Response:
    claim = await scenes.offered(house)
    return await claim.act("buyer", "accept_offer", {"If-Match": '"1"'}, offer=1)


async def no_key(house: House) -> httpx.Response:
    claim = await house.claim()
    async with house.as_("seller", claim.sale.seller) as caller:
        return await caller.post(f"/v1/claims/{claim.id}/actions/refund", json={})


async def no_token(house: House) -> httpx.Response:
    async with house.as_("buyer") as caller:
        caller.headers.pop("Authorization")
        return await caller.get("/v1/claims")


async def foreign_parcel(house: House) -> httpx.Response:
    event = {"event_id": key()["Idempotency-Key"], "tracking_number": "RR999999999BR", "kind": "shipped",
             "at": iso(datetime.now(UTC))}  # fmt: skip
    async with house.as_("carrier", "correo") as caller:
        return await caller.post("/v1/carrier/events", json=event)


async def buyer_pushes_order(house: House) -> httpx.Response:
    async with house.as_("buyer") as caller:
        return await caller.put("/v1/orders/x", json={})


async def bad_cursor(house: House) -> httpx.Response:
    async with house.as_("platform") as caller:
        return await caller.get("/v1/claims", params={"cursor": ">s:nonsense"})


def cursor_of(first: str, then: str, **params: str) -> Case:
    """The cursor of one list on another."""

    async def case(house: House) -> httpx.Response:
        await house.claim()
        await house.claim()
        async with house.as_("platform") as caller:
            cursor = (await caller.get(first, params={"limit": "1"})).json()["next"]
            return await caller.get(then, params=params | {"cursor": cursor})

    return case


async def spoilt_cursor(house: House) -> httpx.Response:
    """One that begins as this list's do."""
    await house.claim()
    await house.claim()
    async with house.as_("platform") as caller:
        cursor = (await caller.get("/v1/claims", params={"limit": "1"})).json()["next"]
        return await caller.get("/v1/claims", params={"cursor": cursor[:-40] + "~s:nonsense"})


async def unknown_parameter(house: House) -> httpx.Response:
    claim = await house.claim()
    async with house.as_("seller", claim.sale.seller) as caller:
        return await caller.post(f"/v1/claims/{claim.id}/actions/refund?previev=true", json={}, headers=key())


async def naive_time(house: House) -> httpx.Response:
    async with house.as_("platform") as caller:
        return await caller.get("/v1/claims", params={"due_before": "2026-01-01T00:00:00"})


def asking_for(**params: str) -> Case:
    async def case(house: House) -> httpx.Response:
        async with house.as_("platform") as caller:
            return await caller.get("/v1/claims", params=params)

    return case


async def unknown_sort(house: House) -> httpx.Response:
    async with house.as_("platform") as caller:
        return await caller.get("/v1/claims", params={"sort": "price"})


CASES: dict[str, tuple[Case, int, str]] = {
    "a role whose actions these are not": (acting("buyer", "refund"), 403, "not_for_role"),
    "a seller accepts his own offer": (acting("seller", "accept_offer", scenes.offered, offer=1), 403, "not_for_role"),
    "the platform acts": (platform_acts, 403, "not_for_role"),
    "a seller opens a claim": (seller_opens, 403, "not_for_role"),
    "a buyer pushes an order": (buyer_pushes_order, 403, "not_for_role"),
    "a stranger": (stranger, 404, "not_found"),
    "a stranger's order": (strangers_order, 404, "not_found"),
    "an unknown claim": (unknown_claim, 404, "not_found"),
    "a mediator before mediation": (mediator_before_mediation, 404, "not_found"),
    "an unknown parcel": (foreign_parcel, 404, "not_found"),
    "no token": (no_token, 401, "bad_token"),
    "no idempotency key": (no_key, 400, "idempotency_key_missing"),
    "a stale version": (stale, 412, "stale"),
    "an If-Match that is none": (raw("seller", b"{}", **{"If-Match": "yesterday"}), 400, "if_match_invalid"),
    "an unknown field": (acting("seller", "offer_partial_refund", percent=10, colour="red"), 422, "invalid_request"),
    "a field of another action": (acting("seller", "refund", percent=10), 422, "unknown_field"),
    "an unknown action": (acting("seller", "explode"), 422, "invalid_request"),
    "an action of the clock": (acting("seller", "expire_offer"), 422, "invalid_request"),
    "no percentage": (acting("seller", "offer_partial_refund"), 422, "field_missing"),
    "100 %": (acting("seller", "offer_partial_refund", percent=100), 422, "percent_not_allowed"),
    "15 %": (acting("seller", "offer_partial_refund", percent=15), 422, "percent_not_allowed"),
    "a percentage as text": (acting("seller", "offer_partial_refund", percent="10"), 422, "invalid_request"),
    "a percentage that is huge": (raw("seller", b'{"percent": %s}' % (b"9" * 3000)), 422, "percent_not_allowed"),
    "an offer not above the one declined": (
        acting("seller", "offer_partial_refund", scenes.declined, percent=30), 409, "not_above_declined"),
    "a second offer over a pending one": (
        acting("seller", "offer_partial_refund", scenes.offered, percent=50), 409, "offer_pending"),
    "an offer that was never made": (acting("buyer", "accept_offer", scenes.offered, offer=2), 409,
                                     "not_the_pending_offer"),
    "escalating while the seller has time": (acting("buyer", "escalate"), 409, "window_running"),
    "a return of what never arrived": (opening(reason="not_received"), 409, "delivered"),
    "guidance without a word": (acting("seller", "guide"), 422, "field_missing"),
    "a ruling above what was paid": (acting("mediator", "rule", scenes.mediated, amount=5501), 422,
                                     "amount_out_of_range"),
    "a ruling below nothing": (acting("mediator", "rule", scenes.mediated, amount=-1), 422, "amount_out_of_range"),
    "a ruling that says nothing": (acting("mediator", "rule", scenes.mediated), 422, "ruling_unclear"),
    "a ruling that says both": (
        acting("mediator", "rule", scenes.mediated, amount=1, return_first=True), 422, "ruling_unclear"),
    "evidence asked of the bank": (acting("mediator", "request_evidence", scenes.mediated, party="bank"), 422,
                                   "unknown_party"),
    "evidence asked of two": (
        acting("mediator", "request_evidence", scenes.evidence_asked, party="seller"), 409, "evidence_pending"),
    "evidence not asked for": (acting("seller", "give_evidence", scenes.evidence_asked), 409, "not_asked"),
    "a way to close that is none": (acting("buyer", "close", code="bored"), 422, "unknown_code"),
    "paying by hand while the bank may still pay": (
        acting("mediator", "pay_by_hand", scenes.mediated), 409, "wrong_stage"),
    "closing a closed claim": (acting("buyer", "close", scenes.closed_by_the_buyer), 409, "wrong_stage"),
    "a second appeal": (acting("seller", "appeal", scenes.appealed), 409, "wrong_stage"),
    "a text that is too long": (acting("seller", "guide", note="x" * 3501), 422, "invalid_request"),
    "a NUL in a text": (acting("seller", "guide", note="a\x00b"), 422, "invalid_request"),
    "half a surrogate in a text": (raw("seller", b'{"percent": 10, "note": "\\ud800"}'), 422, "invalid_request"),
    "not JSON": (raw("seller", b"percent=10"), 422, "invalid_request"),
    "a list instead of an object": (raw("seller", b"[]"), 422, "invalid_request"),
    "a body in another encoding": (raw("seller", '{"note": "ä"}'.encode("latin-1")), 400, "body_unreadable"),
    "day 31": (opening(30.001), 409, "window_over"),
    "not received, before the promise": (not_received(-1), 409, "not_late_yet"),
    "not received, on day 22": (not_received(21.001), 409, "window_over"),
    "an unknown reason": (opening(reason="boredom"), 422, "unknown_reason"),
    "a solution that the reason does not allow": (opening(wanted="money"), 422, "solution_not_allowed"),
    "more than was bought": (opening(quantity=3), 422, "quantity_out_of_range"),
    "none at all": (opening(quantity=0), 422, "quantity_out_of_range"),
    "an unknown line": (opening(line_id="9"), 404, "not_found"),
    "no message": (opening(message=""), 422, "invalid_request"),
    "a second claim on the line": (second_claim, 409, "claim_already_open"),
    "a claim after an accepted partial refund": (claim_after_partial_refund, 409, "partial_refund_accepted"),
    "a cursor that is none": (bad_cursor, 422, "bad_cursor"),
    "a cursor of another order": (cursor_of("/v1/claims", "/v1/claims", sort="opened_at"), 422, "bad_cursor"),
    "a cursor of another list": (cursor_of("/v1/orders", "/v1/claims"), 422, "bad_cursor"),
    "a cursor that was spoilt": (spoilt_cursor, 422, "bad_cursor"),
    "a parameter that is none": (asking_for(colour="red"), 422, "unknown_parameter"),
    "a preview that is misspelt": (unknown_parameter, 422, "unknown_parameter"),
    "a naive time": (naive_time, 422, "invalid_request"),
    "an unknown sort": (unknown_sort, 422, "invalid_request"),
    "somebody nobody waits for": (asking_for(waiting_on="godot"), 422, "invalid_request"),
    "a reason that is none, in a filter": (asking_for(reason="boredom"), 422, "invalid_request"),
    "too long a page": (asking_for(limit="101"), 422, "invalid_request"),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
async def test_refused(checked: House, case: str) -> None:
    ask, status, code = CASES[case]
    answer = await ask(checked)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert 10 <= len(problem["detail"]) <= 200
    assert "Error" not in problem["detail"]
    assert ("allowed" in problem) == (status == 409)


async def test_day_thirty_to_the_last_minute_is_in_time(house: House) -> None:
    assert (await opening(29.999)(house)).status_code == 201
    assert (await not_received(20.999)(house)).status_code == 201
