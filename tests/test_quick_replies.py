"""Quick replies: the house's for each reason and language, a seller's own before them, filled in for a claim."""

from typing import Any

import pytest

from claims.inputs import NOTE_LIMIT
from claims.moderation import moderate
from claims.quick_replies import HOUSE, PLACEHOLDERS, QuickReply, filled
from claims.reasons import LANGUAGES, REASONS
from tests.house import House, Sale

OWN = {"texts": {"en": "Hello {buyer}, about {product}: {unknown}", "pt": "Olá {buyer}"}, "reasons": []}


async def ask(house: House, seller: str, method: str = "GET", name: str = "", **more: Any) -> Any:
    async with house.as_("seller", seller) as caller:
        return await caller.request(method, f"/v1/quick-replies{name and '/' + name}", **more)


async def listed(house: House, seller: str, **params: str) -> list[dict[str, Any]]:
    answer = await ask(house, seller, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["replies"])


# --- the house's own


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_has_replies_of_its_own(reason: str) -> None:
    assert len([r for r in HOUSE if reason in r.reasons]) >= 3


def test_the_houses_replies_are_whole_in_every_language() -> None:
    assert len({r.name for r in HOUSE}) == len(HOUSE)
    for reply in HOUSE:
        assert set(reply.reasons) <= set(REASONS)
        assert tuple(reply.texts) == LANGUAGES
        assert len({places(text) for text in reply.texts.values()}) == 1, reply.name
        assert all(20 < len(text) < 400 and text[-1] in ".?" for text in reply.texts.values()), reply.name
        assert len(set(reply.texts.values())) == 3


def places(text: str) -> tuple[str, ...]:
    return tuple(name for name in PLACEHOLDERS if f"{{{name}}}" in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_moderation_has_nothing_against_the_houses_replies(language: str) -> None:
    facts = {"buyer": "Ana Souza", "product": "Desk lamp 220 V", "order": "2000004711"}
    judged = {r.name: moderate(filled(r.texts[language], facts), "seller") for r in HOUSE}
    assert {name: reasons for name, reasons in judged.items() if reasons} == {}


def test_placeholders_are_filled_once_and_who_has_no_name_is_left_out() -> None:
    facts = {"buyer": "{order}", "product": "Lamp {buyer}", "order": "7"}
    assert filled("Hi {buyer}: {product} {order} {x.__class__}", facts) == "Hi {order}: Lamp {buyer} 7 {x.__class__}"
    assert filled("Hi {buyer}, thanks, {buyer}.", {"buyer": ""}) == "Hi, thanks."
    assert len(filled("{buyer}" * 400, {"buyer": "x" * 300})) == NOTE_LIMIT


def test_a_reply_that_lacks_a_language_is_offered_in_another() -> None:
    assert QuickReply("x", (), {"pt": "Olá"}).in_language("es") == ("pt", "Olá")


# --- a seller's


async def test_a_sellers_own_come_first_for_their_reasons_in_the_language_asked_for(checked: House) -> None:
    seller = (await checked.order()).seller
    for name, more in (("b", {"reasons": ["damaged"]}), ("a", {})):
        saved = await ask(checked, seller, "PUT", name, json=OWN | more)
        assert saved.status_code == 200, saved.text
    damaged = await listed(checked, seller, reason="damaged", language="pt")
    assert [(r["name"], r["own"]) for r in damaged[:3]] == [("a", True), ("b", True), ("looking_into_it", False)]
    assert {r["language"] for r in damaged} == {"pt"}
    assert all(not r["reasons"] or "damaged" in r["reasons"] for r in damaged)
    assert [r["name"] for r in await listed(checked, seller, reason="different") if r["own"]] == ["a"]
    assert (await listed(checked, seller))[2]["language"] == "es"  # the profile's
    assert (await listed(checked, seller))[0]["language"] == "en"  # for want of Spanish
    assert not [r for r in await listed(checked, (await checked.order()).seller) if r["own"]]


async def test_what_moderation_objects_to_is_not_saved(checked: House) -> None:
    seller = (await checked.order()).seller
    texts = {"en": "Hello {buyer}", "pt": "Me chama no whatsapp 11 98765-4321"}
    refused = await ask(checked, seller, "PUT", "hello", json={"texts": texts})
    assert (refused.status_code, refused.json()["code"]) == (422, "text_rejected")
    assert not [r for r in await listed(checked, seller) if r["own"]]


async def test_one_is_overwritten_and_deleted_by_its_name(checked: House) -> None:
    seller = (await checked.order()).seller
    for words in ("first", "second"):
        await ask(checked, seller, "PUT", "hello", json={"texts": {"es": words}})
    assert [r["text"] for r in await listed(checked, seller) if r["own"]] == ["second"]
    await ask(checked, (await checked.order()).seller, "DELETE", "hello")
    assert len([r for r in await listed(checked, seller) if r["own"]]) == 1
    for _ in range(2):
        assert (await ask(checked, seller, "DELETE", "hello")).status_code == 204
    assert not [r for r in await listed(checked, seller) if r["own"]]


async def test_a_claim_fills_them_in_for_its_seller_alone(checked: House) -> None:
    claim = await checked.claim("damaged")
    await ask(checked, claim.sale.seller, "PUT", "hello", json=OWN)
    replies = await listed(checked, claim.sale.seller, claim=claim.id, language="en")
    assert replies[0]["text"] == f"Hello Name of {claim.sale.buyer}, about Lamp: {{unknown}}"
    assert claim.sale.order_id in replies[1]["text"]
    assert all(not r["reasons"] or "damaged" in r["reasons"] for r in replies)
    stranger = await ask(checked, "another", params={"claim": claim.id})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
    async with checked.as_("buyer", claim.sale.buyer) as buyer:
        assert (await buyer.get("/v1/quick-replies", params={"claim": claim.id})).status_code == 403


async def test_they_are_erased_with_their_seller(any_house: House) -> None:
    sale, other = await any_house.order(), await any_house.order()
    for seller in (sale.seller, other.seller):
        await ask(any_house, seller, "PUT", "hello", json=OWN)
    assert await erased(any_house, sale) == 1
    assert await erased(any_house, sale) == 1  # the first erasure's answer
    assert not [r for r in await listed(any_house, sale.seller) if r["own"]]
    assert [r["name"] for r in await listed(any_house, other.seller) if r["own"]] == ["hello"]


async def erased(house: House, sale: Sale) -> int:
    async with house.as_("platform", "market") as platform:
        return int((await platform.delete(f"/v1/people/{sale.seller}")).json()["rows"]["quick_replies"])
