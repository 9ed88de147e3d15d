"""What the pages of the standing and the settings do in a browser: the drawn history, and the zone that is kept."""

import pytest
from playwright.async_api import expect

import storage.standings
from api.pages.words import WORDS
from tests.browsing import Looks, Site, Window
from tests.house import House
from tests.shop import DAY, NOW, trading

pytestmark = pytest.mark.xdist_group("browser")


async def test_the_history_is_drawn_and_its_table_stays(site: Site, shown: House) -> None:
    shop = await trading(shown.database)
    async with shown.database.writing() as session:
        await storage.standings.record(session, shop.seller, shop.site, NOW - DAY)
    async with site.window("seller", shop.seller) as window:
        drawn_by = window.page.locator("script[src*=uplot]")
        await window.open("/reputation")
        await window.drawn()
        assert await drawn_by.count() == 0, "nobody has come near the chart"
        await window.page.locator("#history").scroll_into_view_if_needed()
        await window.page.locator("#chart canvas").wait_for()
        assert await drawn_by.count() == 1
        assert await window.page.locator("#days tbody tr").count() == 2


async def test_the_same_can_be_worked_out_twice_and_then_something_else(site: Site, shown: House) -> None:
    shop = await trading(shown.database)
    async with site.window("seller", shop.seller) as window:
        await window.open("/reputation")
        claims, work_it_out = window.page.locator("input[name=claims]"), window.page.locator(".what-if button")
        for number in ("1", "1", "2"):
            await claims.fill(number)
            await work_it_out.click()
            await expect(window.page.locator(".what-if + .answer")).to_be_visible()
        await window.page.wait_for_url("**claims=2**")


async def choose(window: Window, zone: str) -> None:
    """And wait until the next page says that it is kept; its address says so for a moment only."""
    await window.page.select_option("select[name=zone]", zone)
    async with window.page.expect_navigation():
        await window.page.locator("form[action='/settings/zone'] button").click()
    await window.page.get_by_role("status").get_by_text(WORDS["done"]["saved"]).wait_for()


async def test_the_browser_leaves_a_chosen_zone_alone(site: Site, shown: House) -> None:
    async with site.window("buyer", "traveller-in-a-browser", Looks(zone="America/Bogota")) as window:
        said = window.page.locator("section[aria-labelledby=zone] b")
        await window.open("/settings")
        await window.open("/settings")
        assert "GMT-05:00" in await said.inner_text()
        await choose(window, "America/Noronha")
        await window.open("/settings")
        assert "GMT-02:00" in await said.inner_text()
        await choose(window, "")
        await window.open("/settings")
        assert "GMT-05:00" in await said.inner_text()
