"""Exclusions through the whole house: asked for with evidence, decided with a reason, in the ledger, out of sight."""

from typing import Any

import httpx
import pytest

import storage.reputation
import storage.sales
from claims.exclusions import CAUSES
from tests.house import House, OpenClaim, key
from tests.scenes import counted, excluded, exclusion_asked, mediated, ruled

ASK = {"code": "buyer_fraud", "note": "She sent back a brick, see the picture."}
REASON = "The picture shows the brick in our box."
SECRETS = ("brick", "buyer_fraud", "our box")


async def get(claim: OpenClaim, role: str, path: str, person: str = "", **params: Any) -> httpx.Response:
    async with claim.house.as_(role, person or claim.who(role)) as caller:
        return await caller.get(path, params=params)


async def listed(claim: OpenClaim, role: str, person: str = "", **params: Any) -> list[dict[str, Any]]:
    """All pages, of two each, so that there are several."""
    found, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await get(claim, role, "/v1/exclusions", person, limit=2, **params, **more)
        assert answer.status_code == 200, answer.text
        found += answer.json()["exclusions"]
        if not (cursor := answer.json()["next"]):
            return found


async def notices(claim: OpenClaim, role: str) -> list[tuple[str, str]]:
    answer = await get(claim, role, "/v1/notices", limit=100)
    return [
        (n["facts"]["action"], n["facts"].get("exclusion") or n["facts"].get("cause", ""))
        for n in answer.json()["notices"]
        if n["claim_id"] == claim.id and "exclusion" in n["facts"]["action"]
    ]


async def verdicts(claim: OpenClaim) -> list[tuple[str, str]]:
    async with claim.house.database.reading() as session:
        return [(e.impact, e.rule) for e in await storage.reputation.of_claim(session, claim.id)]


async def counts(claim: OpenClaim) -> tuple[int, int]:
    """How many claims and mediations the sale has against its seller."""
    async with claim.house.database.reading() as session:
        sale = await storage.sales.find(session, claim.sale.order_id, claim.sale.seller)
    assert sale is not None
    return int(sale.claimed), int(sale.mediated)


async def test_a_counted_claim_is_excluded_with_evidence_and_a_reason(any_house: House) -> None:
    claim = await counted(any_house)
    assert await verdicts(claim) == [("affected", "no_solution_in_time")]
    assert (await get(claim, "mediator", f"/v1/claims/{claim.id}")).status_code == 404
    photo = await claim.uploaded("seller", purpose="mediation")

    after = await claim.did("seller", "ask_exclusion", **ASK, attachments=[photo["id"]])
    assert (after["stage"], after["impact"], after["exclusion"]["state"]) == ("closed", "affected", "asked")
    assert after["exclusion"]["cause"] == {"code": "buyer_fraud", "texts": CAUSES["buyer_fraud"].texts}
    assert await notices(claim, "mediator") == [("ask_exclusion", "buyer_fraud")]
    assert await notices(claim, "seller") == []
    assert await counts(claim) == (1, 0)  # to ask a mediator is no mediation
    assert (await get(claim, "mediator", photo["content"])).status_code == 200
    seen = await claim.seen("mediator")
    assert [a["action"] for a in seen["actions"]] == ["decide_exclusion"]

    after = await claim.did("mediator", "decide_exclusion", granted=True, note=REASON)
    assert (after["stage"], after["impact"], after["exclusion"]["state"]) == ("closed", "not_affected", "granted")
    assert after["reputation"]["rule"] == "exclusion_granted"
    assert await verdicts(claim) == [("affected", "no_solution_in_time"), ("not_affected", "exclusion_granted")]
    assert await counts(claim) == (0, 0)
    assert await notices(claim, "seller") == [("decide_exclusion", "granted")]
    assert await notices(claim, "buyer") == []
    assert (await claim.steps())[-2:] == ["seller ask_exclusion", "mediator decide_exclusion"]
    messages = (await get(claim, "seller", f"/v1/claims/{claim.id}/messages")).json()["messages"]
    assert [m["text"] for m in messages[-2:]] == [ASK["note"], REASON]
    assert [f["id"] for f in messages[-2]["attachments"]] == [photo["id"]]


async def test_the_buyer_is_told_that_it_was_asked_and_nothing_of_what_was_said(house: House) -> None:
    claim = await counted(house)
    photo, proof = await claim.uploaded("seller"), await claim.uploaded("mediator")
    await claim.did("seller", "ask_exclusion", **ASK, attachments=[photo["id"]])
    await claim.did("mediator", "decide_exclusion", granted=False, note=REASON, attachments=[proof["id"]])
    place = f"/v1/claims/{claim.id}"
    for path in ("", "/events", "/messages", "/attachments", "/stream?after=0"):
        answer = await get(claim, "buyer", place + path)
        assert answer.status_code == 200, answer.text
        assert [s for s in (*SECRETS, photo["id"], proof["id"]) if s in answer.text] == [], path
    for upload in (photo, proof):
        assert (await get(claim, "buyer", upload["content"])).status_code == 404
    assert (await claim.seen("buyer"))["exclusion"] is None
    told = (await get(claim, "buyer", f"{place}/events", limit=100)).json()["events"][-2:]
    assert [(e["action"], e["input"], e["note"]) for e in told] == [
        ("ask_exclusion", {}, None),
        ("decide_exclusion", {}, None),
    ]
    for role in ("seller", "mediator"):
        entries = (await get(claim, role, f"{place}/events", limit=100)).json()["events"][-2:]
        assert [(e["input"], e["note"]) for e in entries] == [
            ({"code": "buyer_fraud"}, ASK["note"]),
            ({"granted": False}, REASON),
        ]
        assert (await get(claim, role, photo["content"])).status_code == 200
        assert (await get(claim, role, proof["content"])).status_code == 200
    unread = (await get(claim, "buyer", place)).json()["unread"]
    assert unread == 0


async def test_the_auditor_reads_the_cause_and_no_words(house: House) -> None:
    claim = await counted(house)
    await claim.did("seller", "ask_exclusion", **ASK)
    (entry,) = (await get(claim, "auditor", f"/v1/claims/{claim.id}/events", limit=100)).json()["events"][-1:]
    assert (entry["input"], entry["note"]) == ({"code": "buyer_fraud"}, None)


async def test_denied_it_goes_on_counting_and_the_ledger_is_as_it_was(house: House) -> None:
    claim = await exclusion_asked(house)
    after = await claim.did("mediator", "decide_exclusion", granted=False, note=REASON)
    assert (after["impact"], after["exclusion"]["state"]) == ("affected", "denied")
    assert await verdicts(claim) == [("affected", "no_solution_in_time")]
    again = await claim.act("seller", "ask_exclusion", **ASK)
    assert (again.status_code, again.json()["code"]) == (409, "exclusion_asked_before")


async def test_an_appeal_of_the_buyer_does_not_undo_it(house: House) -> None:
    claim = await ruled(house)
    await claim.did("seller", "ask_exclusion", **ASK)
    await claim.did("mediator", "decide_exclusion", granted=True, note=REASON)
    await claim.did("buyer", "appeal", note="The lamp is worth nothing to me.")
    await claim.did("mediator", "rule", amount=5500)
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert (closed["impact"], closed["reputation"]["rule"]) == ("not_affected", "exclusion_granted")
    assert (await verdicts(claim))[-1] == ("not_affected", "exclusion_granted")


async def test_the_same_key_asks_once(house: House) -> None:
    claim = await counted(house)
    once = key()
    first = await claim.act("seller", "ask_exclusion", once, **ASK)
    again = await claim.act("seller", "ask_exclusion", once, **ASK)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["version"] == again.json()["version"]
    assert (await claim.steps()).count("seller ask_exclusion") == 1


@pytest.mark.parametrize(
    ("role", "scene", "action", "body"),
    [
        ("seller", counted, "ask_exclusion", {"code": "other"}),
        ("mediator", exclusion_asked, "decide_exclusion", {"granted": True}),
    ],
)
async def test_no_words_no_step(house: House, role: str, scene: Any, action: str, body: dict[str, Any]) -> None:
    claim = await scene(house)
    for params in ("", "?preview=true"):
        async with house.as_(role, claim.who(role)) as caller:
            url = f"/v1/claims/{claim.id}/actions/{action}{params}"
            answer = await caller.post(url, json=body, headers=key())
        assert (answer.status_code, answer.json()["code"]) == (422, "field_missing"), answer.text
    offered = next(a for a in (await claim.seen(role))["actions"] if a["action"] == action)
    assert "note" in offered["input"]["required"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": "worked_out_with_seller"}, "unknown_cause"),
        ({"code": "other", "granted": True}, "unknown_field"),
        ({}, "field_missing"),
        ({"code": 7}, "invalid_request"),
    ],
)
async def test_what_is_no_cause_is_refused(house: House, body: dict[str, Any], code: str) -> None:
    claim = await counted(house)
    answer = await claim.act("seller", "ask_exclusion", **body, note="Because.")
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


# --- the list


@pytest.mark.long
async def test_the_list_shows_each_what_is_theirs_the_first_due_first(house: House) -> None:
    sellers = [await exclusion_asked(house), await excluded(house), await exclusion_asked(house)]
    await sellers[2].did("mediator", "decide_exclusion", granted=False, note=REASON)
    ids = [c.id for c in sellers]
    for role in ("mediator", "platform", "ops", "auditor"):
        found = await listed(sellers[0], role)
        assert [e["claim_id"] for e in found if e["claim_id"] in ids] == ids, role
        assert [e["due_at"] for e in found] == sorted(e["due_at"] for e in found)
        assert len({e["claim_id"] for e in found}) == len(found)
        for state, own in zip(("asked", "granted", "denied"), ids, strict=True):
            of_state = await listed(sellers[0], role, state=state)
            assert {e["state"] for e in of_state} == {state}
            assert [e["claim_id"] for e in of_state if e["claim_id"] in ids] == [own]
    for claim in sellers:
        assert [e["claim_id"] for e in await listed(claim, "seller")] == [claim.id]
    assert await listed(sellers[0], "seller", "another-seller") == []


async def test_an_entry_says_what_it_is_about_and_when_it_is_overdue(house: House) -> None:
    claim = await exclusion_asked(house)
    (entry,) = await listed(claim, "seller")
    shown = (await claim.seen())["exclusion"]
    assert {name: entry[name] for name in shown} == shown
    assert (entry["state"], entry["overdue"], entry["decided_at"]) == ("asked", False, None)
    assert (entry["order_id"], entry["seller_id"]) == (claim.sale.order_id, claim.sale.seller)
    assert (entry["code"], entry["reason"], entry["impact"]) == ("payment_refunded", "not_working", "affected")
    await claim.skip(7 * 24 - 1)
    assert [e["overdue"] for e in await listed(claim, "seller")] == [False]
    await claim.skip(2)
    assert [e["overdue"] for e in await listed(claim, "seller")] == [True]
    assert (await claim.seen())["exclusion"]["overdue"]
    await claim.did("mediator", "decide_exclusion", granted=True, note=REASON)
    (entry,) = await listed(claim, "seller")
    assert (entry["state"], entry["overdue"], entry["impact"]) == ("granted", False, "not_affected")
    assert entry["decided_at"] > entry["due_at"]


async def test_strange_questions_to_the_list_are_refused(house: House) -> None:
    claim = await exclusion_asked(house)
    for role in ("buyer", "carrier"):
        assert (await get(claim, role, "/v1/exclusions")).status_code == 403
    for params in ({"state": "overdue"}, {"limit": 0}, {"limit": 101}, {"cursor": "nonsense"}, {"page": 2}):
        answer = await get(claim, "mediator", "/v1/exclusions", **params)
        assert answer.status_code == 422, params
    await exclusion_asked(house)
    await exclusion_asked(house)
    cursor = (await get(claim, "mediator", "/v1/exclusions", limit=1)).json()["next"]
    other = await get(claim, "mediator", "/v1/exclusions", limit=1, cursor=cursor, state="asked")
    assert other.status_code == 422  # a cursor goes on where it came from


async def test_the_causes_are_listed_for_everybody_with_a_token(house: House) -> None:
    claim = await mediated(house)
    for role in ("buyer", "seller", "mediator", "auditor"):
        causes = (await get(claim, role, "/v1/exclusions/causes")).json()["causes"]
        assert [c["code"] for c in causes] == list(CAUSES)
        assert [c["position"] for c in causes] == list(range(1, len(CAUSES) + 1))
        assert all(set(c["texts"]) == set(c["evidence"]) == {"en", "es", "pt"} for c in causes)
