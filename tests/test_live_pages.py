"""A room that stays open: what happens elsewhere comes into it, a lost connection is said, and no text is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Request, Route, expect

from api.pages.words import WORDS
from claims.reasons import LANGUAGES
from storage.database import Database
from tests.browsing import WIDE, Looks, Site
from tests.flows import Person
from tests.house import House, OpenClaim
from tests.relay import Relay
from tests.talking import many, post, soon

pytestmark = pytest.mark.xdist_group("browser")

LOST = "#connection"
MEDIATED = WORDS["event"]["escalate/seller"]


@asynccontextmanager
async def in_the_room(site: Site, claim: OpenClaim, role: str = "buyer", **looks: object) -> AsyncIterator[Person]:
    seen = Looks("en", WIDE)._replace(**looks)
    async with site.window(role, claim.who(role), seen) as window:
        await window.open(f"/claims/{claim.id}")
        yield Person.at(window, seen)


async def texts(claim: OpenClaim, role: str) -> list[tuple[str, str]]:
    """To whom, and what, of all messages that this role sees."""
    async with claim.house.as_(role, claim.who(role)) as caller:
        found = (await caller.get(f"/v1/claims/{claim.id}/messages")).json()["messages"]
    return [(said["to"], said["text"]) for said in found if said["kind"] == "text"]


async def test_a_lost_connection_is_said_and_what_was_missed_comes(site: Site, shown: House) -> None:
    claim = await shown.claim()
    async with Relay(site.url).running() as wire, in_the_room(site._replace(url=wire.url), claim) as buyer:
        await expect(buyer.page.locator(LOST)).to_be_hidden()
        await buyer.stays("I was saying")
        buyer.window.expected_loss = True
        wire.cut()
        await expect(buyer.page.locator(LOST)).to_be_visible()
        await post(claim, "seller", "Did you try another socket?")
        await claim.did("seller", "offer_partial_refund", percent=30)
        wire.mend()
        await buyer.hears("Did you try another socket?")
        await buyer.hears(WORDS["action"]["accept_offer"])
        await expect(buyer.page.locator(LOST)).to_be_hidden()


@pytest.mark.long
async def test_a_browser_that_says_it_is_offline_is_believed(site: Site, shown: House) -> None:
    claim = await shown.claim()
    async with in_the_room(site, claim) as buyer:
        await buyer.stays("I was saying")
        async with buyer.window.away():
            await expect(buyer.page.locator(LOST)).to_be_visible()
        await expect(buyer.page.locator(LOST)).to_be_hidden()
        await post(claim, "seller", "Are you there again?")
        await buyer.hears("Are you there again?")


@pytest.mark.long
async def test_a_stream_that_could_not_begin_is_begun_again(site: Site, shown: House) -> None:
    """Such as when too many of them are open. What is answered then is no part of the room."""
    claim = await shown.claim()
    refused: list[str] = []
    seen = asyncio.Event()  # that the connection is lost: until then it does not begin again

    async def busy(route: Route) -> None:
        refused.append(route.request.url)
        if len(refused) > 1:
            await seen.wait()
            await route.continue_()
        else:
            await route.fulfill(status=429, content_type="text/html", body="<h1>Too quick</h1>")

    async with site.window("buyer", claim.sale.buyer) as window:
        window.expected.add(429)
        await window.page.route("**/live?*", busy)
        await window.open(f"/claims/{claim.id}")
        await expect(window.page.locator(LOST)).to_be_visible()
        seen.set()
        await expect(window.page.locator(LOST)).to_be_hidden()
        await expect(window.page.get_by_text("Too quick")).to_have_count(0)
        await post(claim, "seller", "Did you try another socket?")
        await Person(window, "en").sees("Did you try another socket?")


async def test_what_is_written_outlives_an_answer_that_never_came(site: Site, shown: House) -> None:
    """Neither the room nor the text goes when the system is away for a moment; sent again, it is sent once."""
    claim = await shown.claim()
    async with in_the_room(site, claim) as buyer:
        buyer.window.expected.add(503)
        await buyer.page.locator("#text").fill("It hisses")
        desk = shown.desk
        away, desk.database = desk.database, Database("sqlite:////nowhere/amends.db")
        try:
            await buyer.press("Send")
            await buyer.sees(WORDS["code"]["database_unavailable"])
        finally:
            desk.database = away
        await expect(buyer.page.locator("#text")).to_have_value("It hisses")
        await buyer.press("Send")
        await expect(buyer.page.locator(".thread .own").last).to_contain_text("It hisses")
        await expect(buyer.page.locator("#refused")).to_be_empty()
    assert await texts(claim, "seller") == [("seller", "It hisses")]


async def test_what_somebody_opened_stays_open_while_the_room_moves_on(site: Site, shown: House) -> None:
    claim = await shown.claim()
    async with in_the_room(site, claim) as buyer:
        await buyer.stays("I was saying")
        folded = buyer.page.locator("#status details")
        await folded.locator("summary").click()
        await post(claim, "seller", "Did you try another socket?")
        await buyer.hears("Did you try another socket?")
        await expect(folded).to_have_attribute("open", "")


@pytest.mark.long
async def test_who_reads_what_was_written_long_ago_goes_on_reading_it(site: Site, shown: House) -> None:
    claim = await shown.claim()
    await many(claim, 60)
    async with in_the_room(site, claim) as buyer:
        await buyer.follow("Older messages")
        await buyer.sees("It does not turn on.")
        await buyer.stays()
        await claim.did("seller", "offer_partial_refund", percent=30)
        await buyer.hears(WORDS["action"]["accept_offer"])
        await expect(buyer.page.locator("#talk").get_by_text("It does not turn on.")).to_be_visible()


@pytest.mark.long
async def test_a_script_that_comes_late_makes_the_room_live_all_the_same(site: Site, shown: House) -> None:
    claim = await shown.claim()

    async def late(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    async with site.window("buyer", claim.sale.buyer) as window:
        await window.page.route("**/hx-sse.min.js*", late)
        await window.open(f"/claims/{claim.id}")
        await post(claim, "seller", "Did you try another socket?")
        await Person(window, "en").sees("Did you try another socket?")


@pytest.mark.long
async def test_time_that_was_skipped_is_skipped_in_an_open_room(site: Site, shown: House) -> None:
    claim = await shown.claim()
    async with in_the_room(site, claim) as live, in_the_room(site, claim, "seller", javascript=False) as plain:
        await claim.skip(73)
        await live.sees(WORDS["event"]["escalate/clock"])
        await plain.page.reload()
        told = await plain.page.locator("#status .left").first.inner_text()
        await expect(live.page.locator("#status .left").first).to_have_text(told)


@pytest.mark.long
async def test_who_writes_goes_on_writing_while_the_claim_moves_on(site: Site, shown: House) -> None:
    """The cursor stays where it is, too: each letter arrives, whatever comes between two of them."""
    claim = await shown.claim()
    async with in_the_room(site, claim) as buyer:
        await buyer.stays("I have tried")
        await post(claim, "seller", "Did you try another socket?")
        await buyer.hears("Did you try another socket?")
        await buyer.page.keyboard.type(" all of them")
        await expect(buyer.page.locator("#text")).to_have_value("I have tried all of them")
        await buyer.press("Send")
        await expect(buyer.page.locator(".thread .own").last).to_contain_text("I have tried all of them")
        await expect(buyer.page.locator("#text")).to_have_value("")
    assert ("seller", "I have tried all of them") in await texts(claim, "seller")


async def test_a_text_follows_the_claim_to_whom_it_goes_then(site: Site, shown: House) -> None:
    """A mediator is called while the buyer writes to the seller: the page says whom the text goes to now."""
    claim = await shown.claim()
    async with in_the_room(site, claim) as buyer:
        await buyer.sees("Write to the %(who)s", who="seller")
        await buyer.stays("It smokes")
        await claim.did("seller", "escalate")
        await buyer.hears(MEDIATED)
        await buyer.sees("Write to the %(who)s", who="mediator")
        await buyer.page.keyboard.type(" and hisses")
        await expect(buyer.page.locator("#text")).to_have_value("It smokes and hisses")
        await buyer.press("Send")
        await expect(buyer.page.locator(".thread .own").last).to_contain_text("It smokes and hisses")
    assert ("mediator", "It smokes and hisses") in await texts(claim, "mediator")
    assert "It smokes and hisses" not in str(await texts(claim, "seller"))


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
async def test_what_was_written_to_the_seller_goes_to_nobody_else(site: Site, shown: House, scripts: bool) -> None:
    """The page has not heard of the mediator yet when the text is sent."""
    claim = await shown.claim()
    async with in_the_room(site, claim, javascript=scripts) as buyer:
        await buyer.page.route("**/live?*", lambda route: route.abort())
        buyer.window.expected_loss = True
        await buyer.page.reload()
        await claim.did("seller", "escalate")
        buyer.window.expected.add(409)
        await buyer.page.locator("#text").fill("Between us: keep the box")
        await buyer.press("Send")
        await buyer.page.locator("#fault").wait_for()
        await expect(buyer.page.locator("#text")).to_have_value("Between us: keep the box")
    for role in ("buyer", "seller", "mediator"):
        assert await texts(claim, role) == []


@pytest.mark.long
async def test_a_session_that_ends_elsewhere_is_told_and_takes_no_text(site: Site, shown: House) -> None:
    claim = await shown.claim()
    async with in_the_room(site, claim) as buyer:
        await buyer.page.locator("#text").fill("It smells of smoke")
        buyer.window.expected.add(401)
        await buyer.page.context.clear_cookies(name=shown.app.state.sessions.cookie)
        await post(claim, "seller", "Did you try another socket?")
        await expect(buyer.page.locator("#signed-out")).to_be_visible()
        await expect(buyer.page.locator("#text")).to_have_value("It smells of smoke")


@pytest.mark.long
async def test_a_message_sent_twice_in_a_hurry_is_one(site: Site, shown: House) -> None:
    """Both presses send it; texts are read when both are answered."""
    claim, sent = await shown.claim(), list[Request]()
    async with in_the_room(site, claim) as buyer:
        buyer.page.on("request", lambda asked: sent.append(asked) if asked.url.endswith("/messages") else None)
        await buyer.page.locator("#text").fill("Once only")
        await buyer.page.get_by_role("button", name="Send").dblclick()
        await expect(buyer.page.locator(".thread .own")).to_have_count(2)  # with what was told at first
        await soon(lambda: len(sent) == 2)
        answers = [await each.response() for each in sent]
        assert [answer and answer.status for answer in answers] == [200, 200]
        assert all("Once only" in str(each.post_data) for each in sent)
    assert [text for _, text in await texts(claim, "buyer")] == ["Once only"]


@pytest.mark.long
async def test_a_message_is_read_as_soon_as_it_is_seen(site: Site, shown: House) -> None:
    claim = await shown.claim()
    await post(claim, "buyer", "Hello?")
    async with in_the_room(site, claim) as buyer, in_the_room(site, claim, "seller"):
        await expect(buyer.page.locator(".thread .seen").last).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_countdown_says_what_the_page_said(site: Site, shown: House, language: str) -> None:
    claim = await shown.claim()
    async with (
        in_the_room(site, claim, language=language) as live,
        in_the_room(site, claim, language=language, javascript=False) as plain,
    ):
        told = await plain.page.locator("#status .left").first.inner_text()
        await expect(live.page.locator("#status .left").first).to_have_text(told)
