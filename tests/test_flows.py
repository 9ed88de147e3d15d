"""What people do through the pages, each in a window of their own."""

import pytest
from playwright.async_api import expect

from api.pages.words import WORDS
from claims.reasons import LANGUAGES
from tests.browsing import NARROW, WIDE, Looks, Site
from tests.endings import take
from tests.flows import Person
from tests.house import House
from tests.talking import post

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
async def test_a_stranger_chooses_a_language_before_signing_in(site: Site, javascript: bool) -> None:
    async with site.window(looks=Looks("en", NARROW if javascript else WIDE, javascript=javascript)) as window:
        await window.open("/sign-in")
        for language in reversed(LANGUAGES):
            person = Person(window, language)
            await person.follow(WORDS["language"][language])
            await person.reads("Sign in")
            assert await window.page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_seller_answers_in_each_language(site: Site, shown: House, language: str) -> None:
    """What the buyer writes comes by itself; the answer stands in the room, and says to whom it went."""
    claim = await shown.claim()
    looks = Looks(language, NARROW if language == "pt" else WIDE)
    async with site.window("seller", claim.sale.seller, looks) as window:
        seller = Person.at(window, looks)
        await window.open(f"/claims/{claim.id}")
        await seller.stays()
        await post(claim, "buyer", "Which button?")
        await seller.hears("Which button?")
        await seller.page.locator("#text").fill("The red one")
        await seller.press("Send")
        await seller.hears("The red one")
        await seller.follow(WORDS["action"]["escalate"])
        await take(seller, "escalate")
        await seller.sees(WORDS["event"]["escalate/seller"])
    assert (await claim.seen("buyer"))["stage"] == "mediation"


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
async def test_a_session_that_ends_while_somebody_writes_takes_nothing(site: Site, shown: House, scripts: bool) -> None:
    """They sign in in another tab, come back and send it again."""
    claim = await shown.claim()
    looks = Looks("en", WIDE, javascript=scripts)
    async with site.window("seller", claim.sale.seller, looks) as window:
        seller = Person.at(window, looks)
        await window.open(f"/claims/{claim.id}")
        await seller.page.locator("#text").fill("Hold it for five seconds")
        await window.context.clear_cookies(name=site.cookie("seller", "")[0])
        window.expected.add(401)
        await seller.press("Send")
        await seller.sees("You were signed out. What you write here stays:" if scripts else "You have been signed out")
        async with seller.page.expect_popup() as coming:
            await seller.follow("Sign in on a new tab")
        await (await coming.value).get_by_role("heading", name="Sign in").wait_for()
        await site.sign_in(window, "seller", claim.sale.seller, "en")  # the demo's list has only who has most claims
        if scripts:
            await post(claim, "buyer", "Are you there?")
            await seller.sees("Are you there?")
        await seller.press("Send" if scripts else "Send it again")
        await expect(seller.page.locator(".thread .own").last).to_contain_text("Hold it for five seconds")
        await expect(seller.page.locator("#signed-out")).to_be_hidden()
    async with shown.as_("buyer", claim.sale.buyer) as buyer:
        found = (await buyer.get(f"/v1/claims/{claim.id}/messages")).json()["messages"]
    assert [m["text"] for m in found].count("Hold it for five seconds") == 1


@pytest.mark.long
@pytest.mark.parametrize("role", ["buyer", "seller", "mediator"])
async def test_no_text_is_too_wide_for_a_small_screen(site: Site, shown: House, role: str) -> None:
    """One word of 3,500 letters, right-to-left letters, emoji of many parts and marks above marks."""
    sale = shown.sale()
    body = sale.body(product="W" * 200)
    body["buyer"]["name"] = body["lines"][0]["seller"]["name"] = "م" * 60 + "W" * 60
    async with shown.as_("platform", "market") as platform:
        assert (await platform.put(f"/v1/orders/{sale.order_id}", json=body)).is_success
    claim = await shown.open(sale)
    for text in ("W" * 3500, "هذا المصباح لا يعمل " * 20, "👩‍👩‍👧‍👦🏳️‍🌈" * 200, "Z̷̢͎̈́a̵͇͒l̶̯̄g̸̮͗o̴͖͠" * 100):
        await post(claim, "buyer", text)
    await claim.did("seller", "guide", note="W" * 1500, steps=["W" * 300, "م" * 300])
    await claim.did("seller", "escalate", note="m" * 1500)
    looks = Looks("es", NARROW)
    async with site.window(role, claim.who(role), looks) as window:
        for path in (f"/claims/{claim.id}", "/claims", *[f"/orders/{sale.order_id}", "/orders"] * (role != "mediator")):
            await window.open(path)
            await window.fits()
