"""A claim on a slow network, 400 ms away at 1 Mbit: little is sent for it, and it can be worked with."""

import pytest
from playwright.async_api import CDPSession

import storage.standings
from tests.browsing import NARROW, Looks, Site
from tests.flows import Person
from tests.house import House
from tests.shop import DAY, NOW, trading

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.long]

MOST_BYTES = 60_000  # on the wire for the first page of somebody who was never here
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 125_000, "uploadThroughput": 125_000}  # bytes a second


@pytest.mark.parametrize("path", ["/claims/{claim}", "/claims", "/orders", "/settings"])
async def test_a_first_page_is_small(site: Site, shown: House, path: str) -> None:
    claim = await shown.claim()
    await is_small(site, claim.sale.seller, path.format(claim=claim.id))


async def test_a_standing_with_its_history_is_small(site: Site, shown: House) -> None:
    shop = await trading(shown.database)
    async with shown.database.writing() as session:
        await storage.standings.record(session, shop.seller, shop.site, NOW - DAY)
    await is_small(site, shop.seller, "/reputation")


async def is_small(site: Site, seller: str, path: str) -> None:
    async with site.window("seller", seller) as window:
        line = await window.context.new_cdp_session(window.page)
        sizes = await measured(line)
        await window.open(path)
        await window.page.wait_for_load_state("load")
        await window.page.wait_for_timeout(200)  # until what is counted has been told
        assert len(sizes) >= 5, "the page, its style sheets and its scripts"
        assert sum(sizes) <= MOST_BYTES, f"{sum(sizes)} bytes: {sizes}"


async def test_a_message_is_sent_over_a_slow_network(site: Site, shown: House) -> None:
    claim, looks = await shown.claim(), Looks(width=NARROW)
    async with site.window("buyer", claim.sale.buyer, looks) as window:
        line = await window.context.new_cdp_session(window.page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW)
        buyer = Person.at(window, looks)
        await window.open(f"/claims/{claim.id}")
        await buyer.stays()
        await buyer.page.locator("#text").fill("Still dark")
        await buyer.press("Send")
        await buyer.hears("Still dark")
        await claim.did("seller", "refund")
        await buyer.hears("This claim is closed")


async def measured(line: CDPSession) -> list[int]:
    """The bytes of each answer from now on, as they came over the wire: with their headers, and compressed."""
    sizes: list[int] = []
    line.on("Network.loadingFinished", lambda told: sizes.append(int(told["encodedDataLength"])))
    await line.send("Network.enable")
    return sizes
