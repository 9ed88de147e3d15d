"""The advice as sellers and their advisers are told it: the whole house, on both databases."""

from typing import Any

import pytest

from claims.reasons import LANGUAGES, REASONS
from claims.remedies import ANSWER_SOONER, REMEDIES
from tests.house import House, OpenClaim, soon

pytestmark = pytest.mark.long


async def told(house: House, seller: str, role: str = "seller", person: str = "", **params: Any) -> dict[str, Any]:
    async with house.as_(role, person or seller) as caller:
        answer = await caller.get(f"/v1/sellers/{seller}/advice", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def sold(house: House, seller: str, product: str, reason: str = "", **changes: Any) -> OpenClaim:
    """An order of this seller's, and a claim on it if there is a reason."""
    sale = house.sale()
    sale.seller = seller
    body = sale.body(product=product, **changes)
    async with house.as_("platform", "market") as platform:
        (await platform.put(f"/v1/orders/{sale.order_id}", json=body)).raise_for_status()
    return await house.open(sale, reason) if reason else OpenClaim(house, sale, "")


async def ruled_against(claim: OpenClaim, amount: int) -> None:
    """Nobody solved it in time; the mediator grants the buyer this much."""
    await claim.skip(73)
    await claim.until(lambda c: c["stage"] == "mediation")
    await claim.did("mediator", "rule", amount=amount, note="The photo shows it.")
    await claim.until(lambda c: c["stage"] == "closed")


async def test_a_sellers_claims_become_advice(any_house: House) -> None:
    house, seller = any_house, any_house.sale().seller
    for _ in range(4):
        await sold(house, seller, "Lamp")
    never = await sold(house, seller, "Lamp", "damaged")
    late = await sold(house, seller, "Lamp", "damaged")
    spoke = await sold(house, seller, "Shoe", "different", currency="UYU", site="MLU")
    refunded = await sold(house, seller, "Shoe", "not_working")
    assert (await told(house, seller))["all"]["too_few"]["en"].startswith("Too few claims to name a main issue: 4 ")
    await sold(house, seller, "Lamp", "changed_mind")
    async with house.as_("seller", seller) as caller:
        note = {"text": "I am looking into it."}
        headers = {"Idempotency-Key": f"first-{seller}"}
        (await caller.post(f"/v1/claims/{spoke.id}/messages", json=note, headers=headers)).raise_for_status()
    await refunded.did("seller", "refund")
    await ruled_against(never, 3_000)
    await late.skip(73)
    await late.did("seller", "refund")
    await ruled_against(spoke, 5_000)
    for claim in (late, refunded):
        await claim.until(lambda c: c["stage"] == "closed")
    await soon(lambda: counted(house, seller, 3))

    advice = await told(house, seller)
    whole = advice["all"]
    assert (whole["claims"], whole["sales"], whole["per_100_sales"]) == (5, 9, 5556)
    mix = {r["reason"]: r for r in whole["reasons"]}
    assert [(r["reason"], r["claims"], r["share"], r["counted"]) for r in whole["reasons"]] == [
        ("damaged", 2, 4000, 2), ("not_working", 1, 2000, 0), ("different", 1, 2000, 1), ("changed_mind", 1, 2000, 0),
    ]  # fmt: skip
    assert all(r["texts"] == REASONS[code].texts for code, r in mix.items())
    assert mix["damaged"]["money"] == [money("MXN", 11_000, 3_000 + 5_500, 2_500)]
    assert mix["different"]["money"] == [money("UYU", 5_500, 5_000, 500)]
    assert mix["changed_mind"]["money"] == [money("MXN", 5_000, 0, 0, 5_000)]
    assert mix["damaged"]["costs"] == [{"site": "MLM", "sales": 2, "rate": 2500}]
    assert mix["different"]["costs"] == [{"site": "MLU", "sales": 1, "rate": 10_000}]
    assert whole["answering"] == {"counted": 3, "late": 1, "never": 1, "in_time": 1, "protectable": 6667}
    assert whole["first_answer"]["count"] == 3
    assert whole["first_answer"]["median"] < 3600
    assert 73 * 3600 <= whole["first_answer"]["p90"] < 74 * 3600
    assert whole["resolution"]["count"] == 4
    assert whole["main_issue"] == {
        "reason": "damaged", "texts": REASONS["damaged"].texts, "remedy": REMEDIES["damaged"],
    }  # fmt: skip
    assert (whole["too_few"], whole["answer_sooner"]) == (None, ANSWER_SOONER)
    assert {r["site"]: (r["sales"], r["claims"], r["rate"]) for r in advice["rates"]} == {
        "MLM": (8, 2, 2500), "MLU": (1, 1, 10_000),
    }  # fmt: skip
    await by_product_and_site(house, seller)


async def by_product_and_site(house: House, seller: str) -> None:
    advice = await told(house, seller)
    assert [(p["product"], p["claims"], p["sales"]) for p in advice["products"]] == [("Lamp", 3, 7), ("Shoe", 2, 2)]
    lamp = advice["products"][0]
    assert (lamp["enough"], lamp["main_issue"]) == (False, None)
    assert set(lamp["too_few"]) == set(LANGUAGES)
    first = await told(house, seller, limit=1)
    second = await told(house, seller, limit=1, cursor=first["next"])
    assert [p["product"] for p in first["products"] + second["products"]] == ["Lamp", "Shoe"]
    assert second["next"] is None
    shoe = await told(house, seller, product="Shoe")
    assert [p["product"] for p in shoe["products"]] == ["Shoe"]
    assert {"product": "Shoe"} | shoe["all"] == shoe["products"][0]
    abroad = await told(house, seller, site="MLU")
    assert (abroad["all"]["claims"], abroad["all"]["sales"], [r["site"] for r in abroad["rates"]]) == (1, 1, ["MLU"])
    assert (await told(house, seller, product="Hat"))["all"]["claims"] == 0


async def counted(house: House, seller: str, number: int) -> bool:
    advice = await told(house, seller)
    return sum(c["sales"] for r in advice["all"]["reasons"] for c in r["costs"]) == number


def money(currency: str, claimed: int, refunded: int, kept: int, undecided: int = 0) -> dict[str, Any]:
    return {"currency": currency, "claimed": claimed, "refunded": refunded, "kept": kept, "undecided": undecided}


async def test_a_seller_without_claims_is_told_so(house: House) -> None:
    advice = await told(house, "seller-of-nothing", "platform")
    assert (advice["all"]["claims"], advice["products"], advice["rates"], advice["next"]) == (0, [], [], None)
    nothing = {"count": 0, "median": None, "p90": None}
    assert (advice["all"]["first_answer"], advice["all"]["resolution"]) == (nothing, nothing)
    assert advice["all"]["per_100_sales"] is None
    assert advice["all"]["enough"] is False


@pytest.mark.parametrize(("role", "status"), [("buyer", 403), ("carrier", 403), ("mediator", 200), ("auditor", 200)])
async def test_who_is_told(house: House, role: str, status: int) -> None:
    seller = (await house.order()).seller
    async with house.as_(role, seller) as caller:
        assert (await caller.get(f"/v1/sellers/{seller}/advice")).status_code == status
    async with house.as_("seller", f"not-{seller}") as other:
        assert (await other.get(f"/v1/sellers/{seller}/advice")).status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("days", "0", "invalid_request"), ("days", "366", "invalid_request"), ("days", "x", "invalid_request"),
     ("limit", "51", "invalid_request"), ("product", "", "invalid_request"), ("product", "a\x00b", "invalid_request"),
     ("site", "a/b", "invalid_request"), ("cursor", "nonsense", "bad_cursor")],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused(house: House, name: str, value: str, code: str) -> None:
    async with house.as_("platform") as caller:
        answer = await caller.get("/v1/sellers/somebody/advice", params={name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


async def test_a_cursor_of_another_question_is_refused(house: House) -> None:
    seller = house.sale().seller
    for product in ("Lamp", "Shoe"):
        await sold(house, seller, product, "damaged")
    after = (await told(house, seller, limit=1, days=30))["next"]
    async with house.as_("seller", seller) as caller:
        answer = await caller.get(f"/v1/sellers/{seller}/advice", params={"cursor": after, "days": 31})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
