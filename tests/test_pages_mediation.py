"""The mediators' desk: its heaps and their order, why claims came there, earlier rulings, and both sides on a page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

import storage.claims
import storage.translations
from api.pages import mediation
from claims.mediation import Cause, cause
from claims.model import Action, Actor, Event, Impact, Stage
from claims.rulings import Ruling, practice
from storage.translations import DONE, Made, wishes
from tests import scenes
from tests.forms import part
from tests.house import House, OpenClaim, key
from tests.talking import many, post
from tests.visiting import Visit, visit

EVIL = "<img src=x onerror=alert(1)>"


@pytest_asyncio.fixture(scope="module")
async def browser(house: House) -> AsyncIterator[Visit]:
    """A mediator's."""
    async with visit(house, "mediator", "mia") as mia:
        yield mia


async def get(house: House, path: str, role: str = "mediator", person: str = "mia", **params: Any) -> httpx.Response:
    async with house.as_(role, person) as caller:
        return await caller.get(path, params=params)


async def heap(house: House, bucket: str | None = None, **params: Any) -> list[dict[str, Any]]:
    """All pages of a heap."""
    found, more = [], dict(params) | ({"bucket": bucket} if bucket else {})
    while True:
        answer = await get(house, "/v1/mediation", limit=3, **more)
        assert answer.status_code == 200, answer.text
        found += answer.json()["claims"]
        if not (after := answer.json()["next"]):
            return found
        more["cursor"] = after


async def rulings(claim: OpenClaim, role: str = "mediator") -> dict[str, Any]:
    answer = await get(claim.house, f"/v1/claims/{claim.id}/similar-rulings", role)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


# --- the desk


async def return_ordered(house: House) -> OpenClaim:
    claim = await scenes.mediated(house)
    await claim.did("mediator", "rule", return_first=True)
    return claim


HEAPS = {
    "decide": scenes.mediated,
    "evidence": scenes.evidence_asked,
    "exclusions": scenes.exclusion_asked,
    "payments": scenes.refund_failed,
    "under_way": return_ordered,
    "closed": scenes.ruled,
}


@pytest.mark.long
@pytest.mark.parametrize("bucket", HEAPS)
async def test_a_claim_lies_on_one_heap_and_is_counted_there(any_house: House, bucket: str) -> None:
    async def counts() -> dict[str, int]:
        return dict((await get(any_house, "/v1/mediation", limit=1)).json()["counts"])

    before = await counts()
    claim = await HEAPS[bucket](any_house)
    after = await counts()
    assert {name: after[name] - before[name] for name in after} == {name: int(name == bucket) for name in after}
    on = {name for name in HEAPS if claim.id in [c["id"] for c in await heap(any_house, name, q=claim.id)]}
    assert on == {bucket}
    assert [c["id"] for c in await heap(any_house, q=claim.sale.order_id)] == [claim.id]


async def test_a_refund_that_the_bank_has_not_declined_is_nobodys_work(house: House) -> None:
    claim = await scenes.mediated(house)
    url = f"/v1/dev/claims/{claim.id}/refunds/1/faults"
    async with house.as_("platform", "market") as platform:
        (await platform.post(url, json={"fault": "unavailable", "times": 5})).raise_for_status()
    await claim.did("mediator", "rule", amount=1000)
    on = {name for name in ("payments", "under_way") if await heap(house, name, q=claim.id)}
    seen = await claim.seen("mediator")
    assert (seen["stage"], seen["refunds"][-1]["status"]) == ("settling", "pending")
    assert on == {"under_way"}


async def test_the_most_urgent_comes_first_and_then_the_nearest_date(house: House) -> None:
    later, sooner, urgent = [await house.claim() for _ in range(3)]
    for claim, hours in ((later, 73), (sooner, 0.01), (urgent, 73 + 24 * 8)):
        await claim.did("seller", "guide", note="Like this.")
        await claim.skip(min(hours, 73))
        if hours < 73:
            await claim.did("seller", "escalate")
        if hours > 73:
            await claim.skip(hours - 73)
    found = {c["id"]: c for c in await heap(house, "decide")}
    assert [i for i in found if i in (later.id, sooner.id, urgent.id)] == [urgent.id, sooner.id, later.id]
    assert found[urgent.id]["priority"] > 0 == found[later.id]["priority"]
    assert found[urgent.id]["due_at"] > found[later.id]["due_at"] > found[sooner.id]["due_at"]


async def silent(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.skip(73)
    return claim


async def called(house: House) -> OpenClaim:
    """By the buyer, while the seller has more time after a decline."""
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=30)
    await claim.skip(73)
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.did("buyer", "escalate")
    return claim


async def lost(house: House) -> OpenClaim:
    return await scenes.parcel(await scenes.shipped(house), "lost")


async def rejected(house: House) -> OpenClaim:
    claim = await scenes.delivered(house)
    await claim.did("seller", "reject_return", note="It came back broken.")
    return claim


@pytest.mark.long
@pytest.mark.parametrize(
    ("scene", "why"),
    [
        (silent, "seller_silent"),
        (called, "buyer_called"),
        (scenes.mediated, "seller_called"),
        (rejected, "return_rejected"),
        (lost, "parcel_lost"),
        (scenes.appealed, "buyer_appealed"),
        (scenes.exclusion_asked, None),
    ],
)
async def test_the_desk_says_why_a_claim_came_there(house: House, scene: Any, why: str | None) -> None:
    claim = await scene(house)
    (found,) = await heap(house, q=claim.id)
    assert (found["cause"], found["product"]) == (why, "Lamp")


async def test_the_silence_of_the_carrier_is_not_the_sellers(house: House) -> None:
    claim = await storage_claim(await scenes.labelled(house))
    at = claim.updated_at + timedelta(days=9)
    called = Event(9, at, Action.ESCALATE, Actor.CLOCK, Stage.MEDIATION, "mediator", at, Impact.PENDING)
    assert cause(claim, called) == Cause.NO_LABEL
    assert cause(replace(claim, returns=()), called) == Cause.SELLER_SILENT


async def storage_claim(claim: OpenClaim) -> Any:
    async with claim.house.database.reading() as session:
        return await storage.claims.find(session, claim.id)


async def test_a_heap_is_for_one_reason_when_asked_so(house: House) -> None:
    one, other = await house.claim("damaged"), await house.claim("different")
    for claim in (one, other):
        await claim.did("seller", "escalate")
    found = {c["id"] for c in await heap(house, "decide", reason="different")}
    assert other.id in found
    assert one.id not in found


@pytest.mark.parametrize("role", ["buyer", "seller", "carrier"])
async def test_the_desk_is_the_mediators(house: House, role: str) -> None:
    claim = await scenes.mediated(house)
    for path in ("/v1/mediation", f"/v1/claims/{claim.id}/similar-rulings"):
        answer = await get(house, path, role, claim.who(role))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_for_role")


async def test_a_claim_that_never_came_to_mediation_has_no_rulings_for_a_mediator(house: House) -> None:
    claim = await house.claim()
    answer = await get(house, f"/v1/claims/{claim.id}/similar-rulings")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# --- earlier rulings


async def decided(house: House, site: str, *rulings: dict[str, Any]) -> OpenClaim:
    """Ruled so, and anew after each appeal of the buyer's."""
    claim = await house.claim(site=site)
    await claim.did("seller", "escalate")
    await claim.skip(73)
    for number, ruling in enumerate(rulings):
        if number:
            await claim.did("buyer", "appeal", note="That is too little.")
        await claim.did("mediator", "rule", **ruling)
        if ruling.get("return_first"):
            await claim.until(lambda c: c["return"]["tracking_number"])
            await scenes.parcel(claim, "shipped", "delivered")
            await claim.did("seller", "accept_return")
        await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def test_rulings_are_added_up_as_they_stand(any_house: House) -> None:
    site = f"Q{key()['Idempotency-Key']}"
    given = ({"amount": 0}, {"amount": 1000}, {"amount": 2750}, {"amount": 5500}, {"return_first": True})
    claims = [await decided(any_house, site, ruling) for ruling in given]
    claims.append(await decided(any_house, site, {"amount": 1000}, {"amount": 4400, "note": "Now with the letter."}))
    asking = await any_house.claim(site=site)
    await asking.did("seller", "escalate")
    told = await rulings(asking)
    assert (told["reason"], told["site"]) == ("not_working", site)
    expected = {"rulings": 6, "median_share": 6500, "returned_first": 1, "everything": 1, "nothing": 1}
    assert told["practice"] == expected
    assert [r["claim_id"] for r in told["rulings"]] == [c.id for c in reversed(claims)][:5]
    last = told["rulings"][0]
    assert (last["awarded"]["amount"], last["claimed"]["amount"], last["share"]) == (4400, 5500, 8000)
    assert (last["note"]["text"], told["rulings"][2]["note"]) == ("Now with the letter.", None)
    assert [r["return_first"] for r in told["rulings"]] == [False, True, False, False, False]
    assert (await rulings(asking, "auditor"))["rulings"][0]["note"]["text"] is None
    assert (await rulings(claims[0]))["practice"]["rulings"] == 5  # without itself


@pytest.mark.long
async def test_where_a_site_has_few_rulings_those_of_all_sites_are_told(house: House) -> None:
    site = f"Q{key()['Idempotency-Key']}"
    one = await decided(house, site, {"amount": 100})
    asking = await house.claim(site=site)
    await asking.did("seller", "escalate")
    told = await rulings(asking)
    assert told["site"] is None
    assert one.id in [r["claim_id"] for r in told["rulings"]]


@pytest.mark.long
async def test_a_reason_is_told_in_the_readers_language_where_it_was_translated(house: House) -> None:
    claim = await decided(house, "MLM", {"amount": 100, "note": "The photo shows the damage."})
    async with house.database.writing() as session:
        message = next(m for m in await notes(claim) if m["action"] == "rule")
        await storage.translations.want(session, message["id"], ["pt"], (await house.desk.now(claim.id)))
        (wish,) = [w for w in await wishes(session, message["id"]) if w.target == "pt"]
        await storage.translations.settle(session, wish, Made(DONE, "A foto mostra o dano."), written_at(message))
    asking = await scenes.mediated(house)
    async with house.as_("mediator", "paulo") as paulo:
        (await paulo.put("/v1/profile", json={"language": "pt"})).raise_for_status()
        answer = await paulo.get(f"/v1/claims/{asking.id}/similar-rulings")
    note = next(r["note"] for r in answer.json()["rulings"] if r["claim_id"] == claim.id)
    assert (note["text"], note["language"]) == ("A foto mostra o dano.", "pt")
    assert note["original"] == "The photo shows the damage."


async def notes(claim: OpenClaim) -> list[dict[str, Any]]:
    return list((await get(claim.house, f"/v1/claims/{claim.id}/messages")).json()["messages"])


def written_at(message: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(message["created_at"])


def test_nothing_was_ruled_yet() -> None:
    assert (practice([]).rulings, practice([]).median) == (0, None)


def test_the_median_of_two_lies_between_them() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    two = [Ruling("a", at, 300, 100, False), Ruling("b", at, 300, 200, False)]
    assert practice(two).median == 5000


# --- on pages


async def test_the_page_shows_the_heap_with_names_money_and_signs(house: House, browser: Visit) -> None:
    claim = await house.claim()
    await claim.did("seller", "escalate", note="The buyer does not answer.")
    await claim.skip(24 * 8)
    shown = await browser.get("/claims", params={"q": claim.sale.order_id})
    assert shown.status_code == 200
    for words in (f"/claims/{claim.id}", f"Name of {claim.sale.buyer}", f"Name of {claim.sale.seller}", "Lamp", "55.00",
                  "The seller asked for a mediator", "Urgent", "1 new message", "GMT"):  # fmt: skip
        assert words in shown.text, words
    assert (await browser.get("/claims")).text.count('aria-current="page"') >= 1


@pytest.mark.long
async def test_the_page_pages(house: House, browser: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mediation, "PAGE", 1)
    for _ in range(2):
        await scenes.mediated(house)
    first = (await browser.get("/claims?bucket=decide")).text
    following = first.split('class="quiet" href="/claims?')[1].split('"')[0].replace("&amp;", "&")
    second = await browser.get(f"/claims?{following}")
    assert second.status_code == 200
    assert 'id="clm_' in second.text
    assert first.split('<li class="case" ')[1][:29] not in second.text


@pytest.mark.long
@pytest.mark.parametrize(
    "asked", ["bucket=nonsense", "reason=nonsense", "q=%00%1f", f"q={'x' * 300}", "q=%F0%9F%92%A1"]
)
async def test_an_address_made_up_is_no_crash(browser: Visit, asked: str) -> None:
    assert (await browser.get(f"/claims?{asked}")).status_code == 200


async def test_nobody_else_sees_the_page(house: House, browser: Visit) -> None:
    claim = await scenes.mediated(house)
    async with visit(house, "seller", claim.sale.seller) as seller:
        assert 'class="heaps"' not in (await seller.get("/claims")).text
        assert 'id="rulings"' not in (await seller.get(f"/claims/{claim.id}")).text
    assert "How it was decided before" in (await browser.get(f"/claims/{claim.id}")).text


async def test_both_sides_stand_beside_each_other_and_nothing_written_is_run(house: House, browser: Visit) -> None:
    site = f"Q{key()['Idempotency-Key']}"
    for _ in range(5):
        await decided(house, site, {"amount": 100, "note": f"Ruled {EVIL}"})
    claim = await house.claim(site=site, product=f"Lamp {EVIL}")
    await claim.did("seller", "offer_partial_refund", percent=30, note=f"Take this {EVIL}")
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.did("seller", "escalate")
    file = await claim.uploaded("seller")
    await post(claim, "seller", f"My proof {EVIL}", attachments=[file["id"]])
    await post(claim, "buyer", "Between us: it broke at once.")
    await post(claim, "mediator", "When did it break?", to="buyer")
    text = (await browser.get(f"/claims/{claim.id}")).text
    assert EVIL not in text
    sides = text[text.index('id="sides"') : text.index('class="first"')]
    assert sides.count("&lt;img src=x onerror=alert(1)&gt;") == 2  # what was said
    assert part(text, "rulings").count("&lt;img src=x onerror=alert(1)&gt;") == 5
    _, buyer, seller = sides.split('<section class="card side-of')
    assert sides.count("To the mediator only") == 2
    for words in ("The buyer opened the claim", "It does not turn on.", "Between us", "The mediator wrote",
                  "When did it break?", "The buyer declined the offer"):  # fmt: skip
        assert words in buyer, words
        assert words not in seller, words
    for words in ("The seller offered a partial refund", "15.00", "declined", "Take this", f"/files/{file['id']}"):
        assert words in seller, words
    assert seller.count("Take this") == 1  # the note stands with its step


async def test_the_desk_speaks_the_mediators_language(house: House, browser: Visit) -> None:
    claim = await scenes.mediated(house)
    for language, title in (("es", "Mediación"), ("pt", "Mediação")):
        async with house.as_("mediator", f"m-{language}") as mediator:
            (await mediator.put("/v1/profile", json={"language": language})).raise_for_status()
        async with visit(house, "mediator", f"m-{language}") as mediator:
            assert f"<h1>{title}</h1>" in (await mediator.get("/claims")).text
            assert "Both sides" not in (await mediator.get(f"/claims/{claim.id}")).text


async def test_both_sides_are_told_from_the_beginning_however_much_was_written(house: House, browser: Visit) -> None:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=30, note="Take this, please.")
    await claim.did("buyer", "decline_offer", offer=1)
    await many(claim, 60)
    await claim.did("seller", "escalate")
    text = (await browser.get(f"/claims/{claim.id}")).text
    sides = text[text.index('id="sides"') : text.index('class="first"')]
    for words in ("It does not turn on.", "Take this, please."):
        assert words in sides
        assert words not in part(text, "talk"), "there the newest stand"
    assert "61 messages" in sides
