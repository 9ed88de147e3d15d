"""Reading: orders, lists, the timeline, the catalogue, notices, the label, tokens and health."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from api.app import create_app
from tests import scenes
from tests.house import SECRET, House, OpenClaim, Sale, iso, key, settings_for, soon
from tests.test_label import printed, scanned


async def everything(house: House, role: str, person: str, path: str, field: str, **params: Any) -> list[Any]:
    """All pages of a list."""
    found: list[Any] = []
    cursor: str | None = None
    async with house.as_(role, person) as caller:
        while True:
            query = params | ({"cursor": cursor} if cursor else {})
            answer = await caller.get(path, params=query)
            assert answer.status_code == 200, answer.text
            found += answer.json()[field]
            cursor = answer.json()["next"]
            if cursor is None:
                return found


@pytest.mark.long
async def test_lists_walk_through_all_claims_without_gap_or_double(any_house: House) -> None:
    claims = [await any_house.claim() for _ in range(9)]
    mine = {c.id for c in claims}
    for sort in ("opened_at", "-opened_at", "-updated_at", "due_at"):
        seen = [
            c["id"] for c in await everything(any_house, "platform", "m", "/v1/claims", "claims", sort=sort, limit=8)
        ]
        assert len(seen) == len(set(seen))
        assert mine <= set(seen)


async def test_a_list_shows_what_its_filters_say(any_house: House) -> None:
    claim, other = await scenes.offered(any_house), await any_house.claim("changed_mind")

    async def ids(role: str, person: str, **params: Any) -> set[str]:
        return {c["id"] for c in await everything(any_house, role, person, "/v1/claims", "claims", **params)}

    assert await ids("seller", claim.sale.seller) == {claim.id}
    assert await ids("buyer", claim.sale.seller) == set()
    assert await ids("mediator", "m") & {claim.id, other.id} == set()
    assert await ids("carrier", "c") == set()
    assert await ids("platform", "m", seller=other.sale.seller, reason="changed_mind") == {other.id}
    assert await ids("platform", "m", seller=claim.sale.seller, waiting_on="buyer") == {claim.id}
    assert await ids("platform", "m", seller=claim.sale.seller, stage="mediation") == set()
    assert await ids("platform", "m", q=claim.sale.order_id) >= {claim.id}
    soon = iso(datetime.now(UTC) + timedelta(hours=80))
    assert claim.id not in await ids("platform", "m", due_before=soon, seller=claim.sale.seller)
    assert other.id in await ids("platform", "m", due_before=soon, seller=other.sale.seller)


async def test_list_and_detail_agree(any_house: House) -> None:
    claim = await scenes.offered(any_house)
    (listed,) = await everything(any_house, "buyer", claim.sale.buyer, "/v1/claims", "claims")
    whole = await claim.seen("buyer")
    assert {name: whole[name] for name in listed} == listed
    assert listed["needs_me"] is True


async def test_orders_show_their_claims_and_what_needs_me(any_house: House) -> None:
    claim = await any_house.claim()
    (order,) = await everything(any_house, "seller", claim.sale.seller, "/v1/orders", "orders")
    assert order["needs_me"] is True
    assert order["lines"][0]["open_claim"] == claim.id
    async with any_house.as_("buyer", "another") as stranger:
        assert (await stranger.get(f"/v1/orders/{claim.sale.order_id}")).status_code == 404


async def test_an_order_pushed_again_changes_no_open_claim(any_house: House) -> None:
    claim = await any_house.claim()
    async with any_house.as_("platform") as platform:
        answer = await platform.put(f"/v1/orders/{claim.sale.order_id}", json=claim.sale.body(unit_price=1))
        assert (answer.status_code, answer.json()["changed"]) == (200, True)
        same = await platform.put(f"/v1/orders/{claim.sale.order_id}", json=answer_body(answer.json(), claim.sale))
        assert same.status_code == 200
    assert (await claim.seen())["total"]["amount"] == 5500


def answer_body(_: dict[str, Any], sale: Sale) -> dict[str, Any]:
    return sale.body(unit_price=1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"currency": "XXQ"}, "unknown_currency"),
        ({"currency": "brl"}, "invalid_request"),
        ({"purchased_at": "2026-01-01T00:00:00"}, "invalid_request"),
        ({"purchased_at": "2999-01-01T00:00:00Z"}, "invalid_request"),
        ({"quantity": 0}, "invalid_request"),
        ({"unit_price": 1.5}, "invalid_request"),
        ({"unit_price": -1}, "invalid_request"),
        ({"unit_price": 10**30}, "invalid_request"),
        ({"delivered_at": "2020-01-01T00:00:00Z"}, "delivered_before_purchase"),
        ({"dispatched_at": "2020-01-01T00:00:00Z"}, "dispatched_before_purchase"),
        ({"cancelled_at": "2020-01-01T00:00:00Z", "cancelled_by": "buyer"}, "cancelled_before_purchase"),
        ({"cancelled_by": "seller"}, "cancelled_in_part"),
        ({"cancelled_at": "2030-01-01T00:00:00Z"}, "cancelled_in_part"),
        ({"cancelled_by": "nobody"}, "invalid_request"),
        ({"fulfilled_by": "nobody"}, "invalid_request"),
    ],
)
async def test_a_wrong_order_is_refused(house: House, change: dict[str, Any], code: str) -> None:
    sale = Sale(987654)
    async with house.as_("platform") as platform:
        answer = await platform.put(f"/v1/orders/{sale.order_id}", json=sale.body(**change))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


async def test_part_quantities_share_the_freight_to_the_last_cent(any_house: House) -> None:
    sale = await any_house.order(quantity=3, freight=1000, unit_price=700)
    totals = []
    async with any_house.as_("buyer", sale.buyer) as buyer:
        for _ in range(3):
            body = {"order_id": sale.order_id, "line_id": "1", "reason": "damaged", "message": "x"}
            opened = await buyer.post("/v1/claims", json=body, headers=key())
            assert opened.status_code == 201, opened.text
            claim = scenes.OpenClaim(any_house, sale, opened.json()["id"])
            totals.append(opened.json()["total"]["amount"])
            await claim.did("seller", "refund")
            await claim.until(lambda c: c["stage"] == "closed")
        fourth = await buyer.post("/v1/claims", json=body, headers=key())
    assert totals == [1033, 1034, 1033]
    assert sum(totals) == 3 * 700 + 1000
    assert fourth.json()["code"] == "nothing_left"


async def test_the_timeline_tells_the_whole_story_in_order(any_house: House) -> None:
    claim = await scenes.delivered(any_house)
    events = await everything(any_house, "buyer", claim.sale.buyer, f"/v1/claims/{claim.id}/events", "events", limit=2)
    assert [e["sequence"] for e in events] == list(range(1, 6))
    assert [e["action"] for e in events] == ["open", "grant_return", "label_made", "ship", "deliver"]
    assert events[0]["note"] == "It does not turn on."
    auditor = await everything(any_house, "auditor", "a", f"/v1/claims/{claim.id}/events", "events")
    assert auditor[0]["note"] is None
    assert auditor[0]["note_digest"]


async def test_carrier_events_count_once_for_their_id(any_house: House) -> None:
    claim = await scenes.labelled(any_house)
    number = (await claim.seen())["return"]["tracking_number"]
    first = await claim.carrier("shipped", number, "scan-of-" + claim.id)
    async with any_house.as_("carrier", "correo") as carrier:
        body = {name: first[name] for name in ("event_id", "tracking_number", "kind", "at")}
        again = await carrier.post("/v1/carrier/events", json=body)
        other = await carrier.post("/v1/carrier/events", json=body | {"kind": "lost"})
    assert again.json() == first
    assert other.json()["code"] == "idempotency_key_reused"
    late = await claim.carrier("in_transit", number)
    assert late["outcome"] == "noted"
    assert (await claim.steps())[-1] == "carrier ship"


async def test_two_carriers_may_call_their_events_the_same(any_house: House) -> None:
    claims = [await scenes.labelled(any_house) for _ in range(2)]
    for carrier, claim in zip(("correo", "courier"), claims, strict=True):
        number = (await claim.seen())["return"]["tracking_number"]
        body = {"event_id": f"1-{claims[0].id}", "tracking_number": number, "kind": "shipped"}
        async with any_house.as_("carrier", carrier) as caller:
            told = await caller.post("/v1/carrier/events", json=body | {"at": "2026-01-02T03:04:05Z"})
        assert (told.status_code, told.json()["outcome"]) == (200, "taken"), told.text
        assert (await claim.steps())[-1] == "carrier ship"


async def test_the_label_is_served_in_three_formats_to_those_it_concerns(any_house: House) -> None:
    claim = await scenes.labelled(any_house)
    url = f"/v1/claims/{claim.id}/return/label"
    async with any_house.as_("buyer", claim.sale.buyer) as buyer:
        pdf, png, zpl = [
            await buyer.get(url, headers={"Accept": kind})
            for kind in ("application/pdf", "image/png", "application/zpl")
        ]
        none = await buyer.get(url, headers={"Accept": "text/html"})
        told = (await buyer.get(f"/v1/claims/{claim.id}/return")).json()
    assert pdf.content.startswith(b"%PDF-")
    assert png.content.startswith(b"\x89PNG")
    assert zpl.text.startswith("^XA")
    assert scanned(printed(pdf.content, degrees=1)) == told["codes"]
    assert told["codes"]["code128"] == told["tracking_number"]
    assert told["codes"]["qr"] == (await claim.seen())["return"]["id"]
    assert (none.status_code, none.json()["code"]) == (406, "no_such_format")
    async with any_house.as_("auditor") as auditor:
        assert (await auditor.get(url)).status_code == 403


async def test_notices_reach_the_other_side_and_can_be_read(any_house: House) -> None:
    claim = await scenes.offered(any_house)
    inbox = await everything(any_house, "buyer", claim.sale.buyer, "/v1/notices", "notices")
    assert [(n["kind"], n["facts"]["action"]) for n in inbox] == [("step", "offer_partial_refund")]
    async with any_house.as_("buyer", claim.sale.buyer) as buyer:
        assert (await buyer.put(f"/v1/notices/{inbox[0]['id']}/read")).status_code == 204
    async with any_house.as_("buyer", "another") as stranger:
        assert (await stranger.put(f"/v1/notices/{inbox[0]['id']}/read")).status_code == 404
    assert (await everything(any_house, "buyer", claim.sale.buyer, "/v1/notices", "notices"))[0]["read_at"]


async def test_the_sellers_ledger_has_each_verdict_once(any_house: House) -> None:
    claim = await any_house.claim()
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["stage"] == "closed")
    async with any_house.as_("seller", claim.sale.seller) as seller:

        async def posted() -> list[Any]:
            return (await books(seller, claim))["entries"]

        await soon(posted)
        ledger = await books(seller, claim)
    assert [(e["impact"], e["rule"]) for e in ledger["entries"]] == [("not_affected", "refunded_in_time")]
    async with any_house.as_("seller", "another") as rival:
        for path in ("", "/verdicts"):
            assert (await rival.get(f"/v1/sellers/{claim.sale.seller}/reputation{path}")).status_code == 404


async def books(seller: httpx.AsyncClient, claim: OpenClaim) -> dict[str, Any]:
    return dict((await seller.get(f"/v1/sellers/{claim.sale.seller}/reputation/verdicts")).json())


async def test_the_catalogue_speaks_three_languages(house: House) -> None:
    async with house.as_("buyer") as buyer:
        reasons = (await buyer.get("/v1/reasons")).json()["reasons"]
    assert len(reasons) >= 8
    for reason in reasons:
        assert set(reason["texts"]) == {"en", "es", "pt"}
        assert len(set(reason["texts"].values())) == 3
    assert {r["code"]: r["can_count"] for r in reasons}["changed_mind"] is False


async def test_tokens_that_prove_nothing_are_refused(house: House) -> None:
    now = int(datetime.now(UTC).timestamp())
    good = {"sub": "b", "role": "buyer", "aud": "amends", "exp": now + 60}
    mine, other = OctKey.import_key(SECRET), OctKey.import_key("another secret that is as long as it has to be")
    tokens = {
        "expired": jwt.encode({"alg": "HS256"}, good | {"exp": now - 1}, mine),
        "forged": jwt.encode({"alg": "HS256"}, good, other),
        "audience": jwt.encode({"alg": "HS256"}, good | {"aud": "others"}, mine),
        "role": jwt.encode({"alg": "HS256"}, good | {"role": "king"}, mine),
        "no exp": jwt.encode({"alg": "HS256"}, {k: v for k, v in good.items() if k != "exp"}, mine),
        "sub": jwt.encode({"alg": "HS256"}, good | {"sub": 5}, mine),
        "none": _unsigned(good),
        "rubbish": "a.b.c",
    }
    async with house.as_("buyer") as caller:
        fine = {"Authorization": f"Bearer {jwt.encode({'alg': 'HS256'}, good, mine)}"}
        assert (await caller.get("/v1/claims", headers=fine)).status_code == 200
        for name, token in tokens.items():
            answer = await caller.get("/v1/claims", headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "bad_token"), name


def _unsigned(claims: dict[str, Any]) -> str:
    import base64

    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in ({"alg": "none"}, claims)]
    return ".".join([*parts, ""])


async def test_it_says_whether_it_lives_and_is_ready(house: House) -> None:
    async with house.as_("buyer") as caller:
        assert (await caller.get("/healthz")).json() == {"status": "ok"}
        assert (await caller.get("/readyz")).json() == {"ready": True, "database": True, "engine": True}


async def test_the_documentation_asks_no_other_host(house: House) -> None:
    async with house.as_("buyer") as caller:
        front = await caller.get("/docs")
        assert "//" not in front.text.replace("http://amends", "")
        assert (await caller.get("/static-offline-docs/swagger-ui-bundle.js")).status_code == 200


def test_outside_the_embedded_mode_the_trial_doors_do_not_exist(sqlite_url: str) -> None:
    embedded = create_app(settings_for(sqlite_url)).openapi()["paths"]
    production = create_app(settings_for(sqlite_url, mode="production")).openapi()["paths"]
    assert [p for p in embedded if p.startswith("/v1/dev")]
    assert not [p for p in production if p.startswith("/v1/dev")]
