"""Foresight over HTTP: what is said before an act stands after it; the forecast, what-if, and who is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

import storage.reputation
import storage.sales
from claims.standing.days import day_of, midnight
from claims.standing.standing import judge
from claims.standing.terms import in_force
from tests.house import House, OpenClaim, Sale, iso, key, person, soon

pytestmark = pytest.mark.long

Json = dict[str, Any]
BOUGHT_AT = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=9)


@dataclass
class Shop:
    """A seller on MLM with 12 sales, on two of which a claim counts: a third would make them red."""

    house: House
    seller: str
    counted: list[OpenClaim]

    async def sale(self) -> Sale:
        sale = await self.house.order(seller=person(self.seller, "MX"), purchased_at=iso(BOUGHT_AT), quantity=1)
        sale.seller = self.seller
        return sale

    async def claim(self) -> OpenClaim:
        return await self.house.open(await self.sale())

    async def mediated(self) -> OpenClaim:
        """A claim whose window is over: it has come before a mediator, and counts if the seller refunds now."""
        claim = await self.claim()
        await claim.skip(73)
        await claim.until(lambda c: c["stage"] == "mediation")
        return claim

    async def ask(self, method: str, path: str, role: str = "seller", **more: Any) -> Any:
        person = self.seller if role == "seller" else f"{role}-1"
        async with self.house.as_(role, person) as caller:
            return await caller.request(method, f"/v1/sellers/{self.seller}/reputation{path}", **more)

    async def stands(self) -> Json:
        """As foresight tells it of this moment, straight from the sales."""
        now, terms = datetime.now(UTC), in_force("MLM", datetime.now(UTC))
        async with self.house.database.reading() as session:
            found = judge(await storage.sales.windows(session, self.seller, "MLM", terms, now), terms, now)
        claims = {"numerator": found.counts.claims, "denominator": found.counts.sales}
        return {"level": found.level, "real": found.real, "claims": claims}

    async def entries(self, claim: OpenClaim) -> int:
        async with self.house.database.reading() as session:
            return len(await storage.reputation.of_claim(session, claim.id))


async def shop_of(house: House) -> Shop:
    shop = Shop(house, house.sale().seller, [])
    for _ in range(10):
        await shop.sale()
    for _ in range(2):
        claim = await shop.mediated()
        await claim.did("seller", "refund")
        await soon(lambda claim=claim: shop.entries(claim))
        shop.counted.append(claim)
    return shop


@pytest_asyncio.fixture(scope="session")
async def shop(house: House) -> AsyncIterator[Shop]:
    yield await shop_of(house)


def plain(foreseen: Json) -> Json:
    return foreseen | {"claims": {k: v for k, v in foreseen["claims"].items() if k != "per_cent"}}


async def foreseen_then_done(shop: Shop, claim: OpenClaim, role: str, action: str, **body: Any) -> tuple[Json, Json]:
    """What the preview says of the standing before and after, once it has been seen to be so."""
    seen = await claim.seen(role)
    listed = next(a["then"]["reputation"] for a in seen["actions"] if a["action"] == action)
    assert plain(listed["before"]) == await shop.stands()
    async with shop.house.as_(role, claim.who(role)) as caller:
        url = f"/v1/claims/{claim.id}/actions/{action}"
        preview = await caller.post(url, params={"preview": True}, json=body)
    assert preview.status_code == 200, preview.text
    said = preview.json()["foresight"]
    before = await shop.entries(claim)
    done = await claim.did(role, action, **body)
    if done["stage"] in ("settling", "closed"):
        await soon(lambda: _more_than(shop, claim, before))
    assert plain(said["before"]) == plain(listed["before"])
    assert plain(said["after"]) == await shop.stands(), (action, body)
    return plain(said["before"]), plain(said["after"])


async def _more_than(shop: Shop, claim: OpenClaim, before: int) -> bool:
    return await shop.entries(claim) > before


def told(foreseen: Json) -> tuple[str, int, int]:
    return foreseen["level"], foreseen["claims"]["numerator"], foreseen["claims"]["denominator"]


async def test_what_is_said_before_an_act_stands_after_it(any_house: House) -> None:
    shop = await shop_of(any_house)
    claim = await shop.claim()
    same = ("5_green", 2, 13)
    before, after = await foreseen_then_done(shop, claim, "seller", "offer_partial_refund", percent=30)
    assert (told(before), told(after)) == (same, same)
    await foreseen_then_done(shop, claim, "seller", "withdraw_offer", offer=1)
    _, after = await foreseen_then_done(shop, claim, "seller", "refund")
    assert told(after) == same  # in time
    late = await shop.mediated()
    before, after = await foreseen_then_done(shop, late, "mediator", "rule", amount=1000)
    assert (told(before), told(after)) == (("5_green", 2, 14), ("1_red", 3, 14))
    await late.until(lambda c: c["stage"] == "closed")
    before, after = await foreseen_then_done(shop, late, "seller", "appeal")
    assert (told(before), told(after)) == (("1_red", 3, 14),) * 2  # until the appeal is decided
    before, after = await foreseen_then_done(shop, late, "mediator", "rule", amount=0)
    assert (told(before), told(after)) == (("1_red", 3, 14), ("5_green", 2, 14))


async def test_the_schedule_says_what_silence_does(shop: Shop) -> None:
    claim = await shop.claim()
    await claim.did("seller", "offer_partial_refund", percent=30)
    (coming,) = (await claim.seen())["schedule"]
    assert (coming["action"], coming["impact"]) == ("expire_offer", "not_affected")
    assert plain(coming["reputation"]["before"]) == plain(coming["reputation"]["after"]) == await shop.stands()
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.skip(71)
    await claim.did("seller", "offer_partial_refund", percent=60)
    seen = await claim.seen()
    assert told(seen["schedule"][0]["reputation"]["after"])[:2] == ("5_green", 2)  # a fair offer, made in time
    returned = await shop.mediated()
    await returned.did("seller", "grant_return")
    granted = await returned.until(lambda c: c["return"]["tracking_number"])
    last = granted["schedule"][-1]
    assert (last["action"], told(last["reputation"]["after"])[:2]) == ("expire_return", ("1_red", 3))
    assert told(last["reputation"]["before"])[:2] == ("5_green", 2)


async def test_the_buyer_is_told_nothing_of_it(shop: Shop) -> None:
    claim = await shop.claim()
    seen = await claim.seen("buyer")
    assert {c["reputation"] for c in seen["schedule"]} == {None}
    assert {a["then"]["reputation"] for a in seen["actions"]} == {None}
    async with shop.house.as_("buyer", claim.sale.buyer) as buyer:
        preview = await buyer.post(f"/v1/claims/{claim.id}/actions/close", params={"preview": True}, json={})
    assert (preview.status_code, preview.json()["foresight"]) == (200, None)
    for role in ("seller", "platform"):
        assert (await claim.seen(role))["schedule"][0]["reputation"]["before"]["level"] == "5_green"


async def test_the_answer_to_an_act_is_repeated_as_it_was(shop: Shop) -> None:
    """Though the standing is another by then."""
    claim, again = await shop.claim(), key()
    first = await claim.act("seller", "guide", again, note="Charge it.")
    await shop.sale()
    second = await claim.act("seller", "guide", again, note="Charge it.")
    assert first.content == second.content
    assert {a["then"]["reputation"] for a in first.json()["actions"]} == {None}


async def test_the_forecast_names_the_midnight_on_which_claims_drop_out(checked: House, shop: Shop) -> None:
    forecast = (await shop.ask("GET", "/forecast", params={"site": "MLM"})).json()
    stands = await shop.stands()
    assert (forecast["now"]["level"], forecast["now"]["counts"]["claims"]) == (stands["level"], 2)
    rooms = {room["metric"]: room for room in forecast["now"]["headroom"]}
    assert rooms["claims"]["worse"] == {"4_light_green": 1, "3_yellow": 1, "2_orange": 1, "1_red": 1}
    assert rooms["cancellations"]["worse"]["4_light_green"] == 1
    assert all(room["better"] == {} for room in rooms.values())
    (last,) = forecast["days"]  # few sales, bought on one day: the long window
    assert (last["leaving"]["claims"], last["level"], last["window_days"]) == (2, "none", 365)
    assert datetime.fromisoformat(last["at"]) == midnight(day_of(BOUGHT_AT) + 365)


async def test_what_if(checked: House, shop: Shop) -> None:
    async def supposed(**body: Any) -> Json:
        answer = await shop.ask("POST", "/what-if", json={"site": "MLM"} | body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    nothing = await supposed()
    sales = nothing["now"]["counts"]["sales"]
    assert nothing["then"] == nothing["now"]
    third = (await supposed(claims=1))["then"]
    assert (third["level"], third["counts"]["claims"], third["held_by"]) == ("1_red", 3, ["claims"])
    assert (await supposed(claims=1, sales=300 - sales))["then"]["level"] == "5_green"  # 1 % exactly
    assert (await supposed(claims=1, sales=299 - sales))["then"]["level"] == "4_light_green"
    spared = (await supposed(claims=1, excluded=[shop.counted[0].id]))["then"]
    assert (spared["level"], spared["counts"]["claims"]) == ("5_green", 2)
    assert (await supposed(cancellations=1))["then"]["held_by"] == ["cancellations"]
    assert (await supposed(delays=sales))["then"]["counts"]["delays"] == sales
    assert (await supposed(claims=sales - 2))["then"]["counts"]["claims"] == sales
    assert (await supposed())["now"]["counts"] == nothing["now"]["counts"]  # nothing was done


async def test_what_cannot_be_supposed_is_refused_with_a_sentence(checked: House, shop: Shop) -> None:
    stranger = await shop.house.claim()
    sales, counted = (await shop.stands())["claims"]["denominator"], shop.counted[0].id
    left = sales - 2
    refused = {
        "more_than_sales": [{"claims": left + 1}, {"delays": sales + 1}, {"claims": sales, "excluded": [counted]}],
        "unknown_claim": [{"excluded": [stranger.id]}, {"excluded": ["clm_nothing"]},
                          {"site": "MLA", "excluded": [counted]}],
        "invalid_request": [{"claims": -1}, {"sales": 10**6 + 1}, {"claims": "1"}, {"wins": 1}, {"site": ""},
                            {"excluded": [counted] * 2}, {"excluded": [f"clm_{n}" for n in range(101)]}],
    }  # fmt: skip
    for code, bodies in refused.items():
        for body in bodies:
            answer = await shop.ask("POST", "/what-if", json={"site": "MLM"} | body)
            assert (answer.status_code, answer.json()["code"]) == (422, code), (body, answer.text)
    named = await shop.ask("POST", "/what-if", json={"site": "MLM", "excluded": [stranger.id]})
    unknown = await shop.ask("POST", "/what-if", json={"site": "MLM", "excluded": ["x" * len(stranger.id)]})
    assert named.json()["detail"].replace(stranger.id, "") == unknown.json()["detail"].replace(
        "x" * len(stranger.id), ""
    )
    assert (
        f"only {left} do not count yet"
        in (await shop.ask("POST", "/what-if", json={"site": "MLM", "claims": left + 1})).json()["detail"]
    )


async def test_a_seller_without_sales_has_a_forecast_of_nothing(checked: House) -> None:
    nobody = Shop(checked, checked.sale().seller, [])
    forecast = (await nobody.ask("GET", "/forecast", params={"site": "MLB"})).json()
    assert (forecast["now"]["level"], forecast["days"]) == ("none", [])
    assert forecast["now"]["headroom"][0] == {
        "metric": "claims",
        "worse": {},
        "better": dict.fromkeys(("1_red", "2_orange", "3_yellow", "4_light_green", "5_green")),
    }
    assert (await nobody.ask("GET", "/forecast")).status_code == 422
