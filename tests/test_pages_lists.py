"""The lists as pages: orders, the queue of claims, and one message to several claims."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from api.pages.texts import Formats, translations
from api.pages.words import saying
from claims.reasons import REASONS
from tests import scenes
from tests.house import House, OpenClaim, person
from tests.test_lists import LIES, an_end, an_offer, nothing, of_one_seller
from tests.visiting import Visit, visit

SCRIPT = "<script>alert(1)</script>"
LONG = "W" * 300  # the longest name of a product that the API takes
STRANGE = ("مصباح مكتبي ‮gnp", "Lamp 💡👩‍👩‍👧‍👦", "Lamp & <b>Co</b> \"'", SCRIPT, LONG)


async def seen(house: House, role: str, who: str, path: str, status: int = 200) -> str:
    async with visit(house, role, who) as visitor:
        answer = await visitor.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def said(kind: str, code: str) -> str:
    """As the people of the tests read it."""
    return saying(translations("es").gettext)(kind, code)


def claims_in(page: str) -> list[str]:
    """The claims of the list, in its order."""
    return re.findall(r'<h2 class="plain product"[^>]*><a href="/claims/(clm_\w+)">', page)


def orders_in(page: str) -> list[str]:
    return re.findall(r'class="plain"><a href="/orders/([\w-]+)">', page)


def tabs_in(page: str) -> dict[str, int]:
    """The number on each tab, by its bucket; "" is all."""
    found = re.findall(r'<a href="/claims(?:\?[^"]*?bucket=(\w+))?[^"]*"[^>]*>[^<]+<b>(\d+)</b>', page)
    return {name: int(number) for name, number in found}


# --- the queue


@pytest.mark.long
@pytest.mark.parametrize("scene", [name for name in LIES if name not in ("mediated", "refund_failed")])
async def test_a_claim_stands_under_its_tab_and_no_other(house: House, scene: str) -> None:
    claim = await scenes.SCENES[scene](house)
    for role, wanted in zip(("seller", "buyer"), LIES[scene], strict=False):
        page = await seen(house, role, claim.who(role), "/claims")
        numbers = tabs_in(page)
        assert numbers == {"": 1} | {name: int(name == wanted) for name in numbers if name}
        for name in numbers:
            page = await seen(house, role, claim.who(role), f"/claims?bucket={name}")
            assert claims_in(page) == [claim.id] * (name in ("", wanted)), (role, name)


async def test_what_needs_me_is_first_and_the_number_stands_in_the_navigation(house: House) -> None:
    closed, offered, one, two = await of_one_seller(house, an_end, an_offer, nothing, nothing)
    page = await seen(house, "seller", one.who("seller"), "/claims")
    assert claims_in(page) == [one.id, two.id, offered.id, closed.id]
    assert '<b class="badge" aria-hidden="true">2</b><span class="unseen">, en 2 es tu turno</span>' in page
    assert "badge" not in await seen(house, "buyer", one.sale.buyer, "/claims")


async def test_a_row_says_what_the_claim_says(house: House) -> None:
    claim = await house.claim(unit_price=123450, product="Reloj")
    shown = await claim.seen("seller")
    page = await seen(house, "seller", claim.sale.seller, "/claims")
    for text in ("Reloj", REASONS["not_working"].texts["es"], f"Name of {claim.sale.buyer}", claim.sale.order_id):
        assert text in page
    assert shown["due_at"][:19] in page
    for text in (Formats("es", "UTC").money(shown["total"]), "1 mensaje nuevo", said("then", "escalate")):
        assert text in page


async def test_the_queue_is_filtered_by_reason_and_number(house: House) -> None:
    seller = person(f"{house.sale().seller}-filters", "MX")
    broken, other = await house.claim(seller=seller), await house.claim("changed_mind", seller=seller)
    who = seller["id"]

    async def found(query: str) -> set[str]:
        return set(claims_in(await seen(house, "seller", who, f"/claims?{query}")))

    both = {broken.id, other.id}
    assert await found("reason=changed_mind") == {other.id}
    assert await found(f"q={broken.id[:14]}") == {broken.id}
    assert await found(f"q={other.sale.order_id}") == {other.id}
    assert await found("q=%25") == await found("q=_") == await found("q=%27;--") == set()
    assert await found("reason=&q=&sort=") == both
    assert await found("reason=nonsense&bucket=nonsense&sort=nonsense&q=%00") == both
    oldest = await seen(house, "seller", who, "/claims?sort=opened_at")
    newest = await seen(house, "seller", who, "/claims?sort=-opened_at")
    assert claims_in(oldest) == claims_in(newest)[::-1] == [broken.id, other.id]


@pytest.mark.long
async def test_nobody_sees_other_peoples_claims_and_orders(house: House) -> None:
    mine, others = await house.claim(), await house.claim()
    for role in ("seller", "buyer"):
        for path in ("/claims", "/claims?q=clm_", "/orders", "/orders?q=ord-", "/orders?q=Lamp"):
            page = await seen(house, role, mine.who(role), path)
            assert mine.sale.order_id in page
            assert others.id not in page, path
            assert not re.search(rf"{others.sale.order_id}\b", page), path
        for path in (f"/claims?q={others.id}", f"/orders?q={others.sale.order_id}"):
            assert 'class="empty"' in await seen(house, role, mine.who(role), path)
        await seen(house, role, mine.who(role), f"/orders/{others.sale.order_id}", 404)
    assert mine.id not in await seen(house, "buyer", mine.sale.seller, "/claims")  # the other role of the same name


@pytest.mark.long
async def test_the_pages_of_the_queue_lead_through_all_of_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.queue.AT_ONCE", 2)
    claims = await of_one_seller(house, *[nothing] * 5)
    async with visit(house, "seller", claims[0].who("seller")) as seller:
        page, found = (await seller.get("/claims?sort=opened_at")).text, []
        while True:
            found += claims_in(page)
            older = re.search(r'href="(/claims\?[^"]*cursor=[^"]*)">Más', page)
            if not older:
                break
            page = (await seller.get(older[1].replace("&amp;", "&"))).text
    assert found == [c.id for c in claims]


# --- orders


async def test_orders_that_wait_for_me_are_first(house: House) -> None:
    seller = person(f"{house.sale().seller}-orders", "MX")
    claim = await house.claim(seller=seller)
    newer = await house.order(seller=seller)
    page = await seen(house, "seller", seller["id"], "/orders")
    assert orders_in(page) == [claim.sale.order_id, newer.order_id]
    assert f'href="/claims/{claim.id}"' in page
    assert f"Name of {newer.buyer}" in page
    assert orders_in(await seen(house, "seller", seller["id"], "/orders?claim=needs_me")) == [claim.sale.order_id]
    assert orders_in(await seen(house, "seller", seller["id"], "/orders?q=nothing+like+it")) == []


async def test_a_buyer_says_that_something_is_wrong_where_no_claim_is_open(house: House) -> None:
    claim, free = await house.claim(), await house.order()
    way = "/orders/{0}/1/claim"
    for path in ("/orders", "/orders/{0}"):
        page = await seen(house, "buyer", free.buyer, path.format(free.order_id))
        assert f'href="{way.format(free.order_id)}"' in page
        assert f"Name of {free.seller}" in page
        page = await seen(house, "buyer", claim.sale.buyer, path.format(claim.sale.order_id))
        assert way.format(claim.sale.order_id) not in page
        assert f'href="/claims/{claim.id}"' in page
        page = await seen(house, "seller", free.seller, path.format(free.order_id))
        assert way.format(free.order_id) not in page
    await claim.did("buyer", "close")
    page = await seen(house, "buyer", claim.sale.buyer, f"/orders/{claim.sale.order_id}")
    assert f'href="/claims/{claim.id}"' in page  # among the earlier ones


async def test_mediators_have_no_orders(house: House) -> None:
    sale = await house.order()
    await seen(house, "mediator", "m", "/orders", 403)
    await seen(house, "mediator", "m", f"/orders/{sale.order_id}", 403)


@pytest.mark.long
@pytest.mark.parametrize("product", STRANGE, ids=["rtl", "emoji", "markup", "script", "long"])
async def test_a_product_may_be_called_anything(house: House, product: str) -> None:
    claim = await house.claim(product=product)
    for role in ("seller", "buyer"):
        for path in ("/claims", "/orders", f"/orders/{claim.sale.order_id}", "/orders?q=%3Cscript%3Ealert(1)"):
            page = await seen(house, role, claim.who(role), path)
            assert SCRIPT not in page
            assert "<b>Co</b>" not in page
            assert "<script>alert" not in page
            assert page.count("</html>") == 1


@pytest.mark.parametrize("path", ["/orders", "/claims"])
@pytest.mark.parametrize("role", ["seller", "buyer"])
async def test_an_empty_list_says_so(house: House, role: str, path: str) -> None:
    page = await seen(house, role, f"nobody-{uuid4().hex[:8]}", path)
    assert 'class="empty"' in page
    assert 'class="bulk' not in page


# --- one message to several claims


@pytest_asyncio.fixture
async def three(house: House) -> AsyncIterator[list[OpenClaim]]:
    """Three claims against one seller; the last one is closed."""
    yield await of_one_seller(house, nothing, nothing, an_end)


def sending(claims: list[OpenClaim], text: str = "It leaves tomorrow.", **more: Any) -> dict[str, Any]:
    return {"claim": [c.id for c in claims], "text": text} | more


async def read(claim: OpenClaim) -> list[str]:
    async with claim.house.as_("seller", claim.who("seller")) as seller:
        messages = (await seller.get(f"/v1/claims/{claim.id}/messages")).json()["messages"]
    return [m["text"] for m in messages if m["from"]["role"] == "seller"]


async def checked(seller: Visit, claims: list[OpenClaim]) -> httpx.Response:
    queue = await seller.get("/claims")
    return await seller.send_form(queue, "/claims/message", **sending(claims, step="check"))


async def test_a_message_is_sent_once_to_each_however_often_the_form_comes(
    house: House, three: list[OpenClaim]
) -> None:
    one, two, closed = three
    async with visit(house, "seller", one.who("seller")) as seller:
        queue = await seller.get("/claims")
        assert f'value="{closed.id}"' not in queue.text  # a closed claim has no box
        written = await seller.send_form(queue, "/claims/message", claim=[one.id, two.id])
        assert "<textarea" in written.text
        page = await checked(seller, [one, two])
        assert await read(one) == await read(two) == []  # nothing is sent before it was looked at
        for _ in range(2):
            sent = await seller.send_form(page, "/claims/message", **sending([one, two], step="send"))
            assert sent.status_code == 200
            assert sent.text.count(f'href="/claims/{one.id}"') == sent.text.count(f'href="/claims/{two.id}"') == 1
            assert 'id="refused"' not in sent.text
    assert await read(one) == await read(two) == ["It leaves tomorrow."]


async def test_what_cannot_be_sent_is_named_and_the_rest_is_sent(house: House, three: list[OpenClaim]) -> None:
    one, two, closed = three
    async with visit(house, "seller", one.who("seller")) as seller:
        page = await checked(seller, three)
        assert page.text.count('name="claim"') == 2
        assert said("code", "claim_closed") in page.text
        await two.did("seller", "escalate")  # meanwhile: a message would go to a mediator now
        sent = await seller.send_form(page, "/claims/message", **sending(three, step="send"))
    assert said("code", "claim_closed") in sent.text
    refused = sent.text[sent.text.index('id="refused"') : sent.text.index('id="sent"')]
    assert f"/claims/{closed.id}" in refused
    assert f"/claims/{two.id}" in refused
    assert f"/claims/{one.id}" not in refused
    assert (await read(one), await read(two), await read(closed)) == (["It leaves tomorrow."], [], [])


async def test_nothing_is_sent_into_other_peoples_claims_or_by_a_buyer(house: House, three: list[OpenClaim]) -> None:
    one, others = three[0], await house.claim()
    async with visit(house, "seller", one.who("seller")) as seller:
        page = await checked(seller, [one, others])
        assert others.id not in page.text
        sent = await seller.send_form(page, "/claims/message", **sending([one, others], step="send"))
        assert others.id not in sent.text
    assert await read(others) == []
    async with visit(house, "buyer", one.sale.buyer) as buyer:
        page = await buyer.get("/claims")
        token = re.search(r'name="form_token" value="([^"]+)"', page.text)
        assert token
        data = sending([one], step="send", form_token=token[1])
        assert (await buyer.post("/claims/message", data=data)).status_code == 403
        assert (await buyer.post("/claims/message", data=data | {"form_token": "x"})).status_code == 403


@pytest.mark.long
@pytest.mark.parametrize("text", ["", "   ", "x" * 3501, "a\x00b"], ids=["none", "blank", "long", "control"])
async def test_a_text_that_cannot_be_sent_is_shown_again(house: House, three: list[OpenClaim], text: str) -> None:
    async with visit(house, "seller", three[0].who("seller")) as seller:
        queue = await seller.get("/claims")
        for step in ("check", "send"):
            answer = await seller.send_form(queue, "/claims/message", **sending(three[:2], text, step=step))
            assert answer.status_code == 422
            assert 'id="fault"' in answer.text
            assert text.strip() in answer.text
    assert await read(three[0]) == []


@pytest.mark.long
async def test_what_moderation_rejects_is_told_as_not_sent(house: House, three: list[OpenClaim]) -> None:
    text = "Write to me at seller@example.com"
    async with visit(house, "seller", three[0].who("seller")) as seller:
        queue = await seller.get("/claims")
        page = await seller.send_form(queue, "/claims/message", **sending(three[:1], text, step="check"))
        sent = await seller.send_form(page, "/claims/message", **sending(three[:1], text, step="send"))
    assert 'id="refused"' in sent.text
    assert 'id="sent"' not in sent.text


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [SCRIPT, "W" * 3500, "مرحبا ‮abc", "👩‍👩‍👧‍👦 &amp; \"'</textarea><b>"],
    ids=["script", "long", "rtl", "markup"],
)
async def test_a_message_may_be_anything(house: House, three: list[OpenClaim], text: str) -> None:
    async with visit(house, "seller", three[0].who("seller")) as seller:
        queue = await seller.get("/claims")
        page = await seller.send_form(queue, "/claims/message", **sending(three[:1], text, step="check"))
        assert page.status_code == 200
        sent = await seller.send_form(page, "/claims/message", claim=[three[0].id], step="send")
        assert SCRIPT not in page.text + sent.text
        assert "</textarea><b>" not in page.text + sent.text
    assert await read(three[0]) == [text]


async def test_choosing_nothing_leads_back(house: House, three: list[OpenClaim]) -> None:
    async with visit(house, "seller", three[0].who("seller")) as seller:
        queue = await seller.get("/claims")
        answer = await seller.send_form(queue, "/claims/message")
        assert 'class="empty"' in answer.text
        assert (await seller.get("/claims/message")).headers["location"] == "/claims"


async def test_all_on_this_page_can_be_chosen_without_scripts(house: House, three: list[OpenClaim]) -> None:
    page = await seen(house, "seller", three[0].who("seller"), "/claims?all=yes")
    assert page.count('" checked>') == 2
