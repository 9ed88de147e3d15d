"""Lists that stay open: what happens elsewhere comes into them by itself, but not under somebody's hands."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browsing import Site
from tests.house import House, person

pytestmark = pytest.mark.xdist_group("browser")

BACK = "document.activeElement.blur(); document.dispatchEvent(new Event('visibilitychange'))"
BACK_IN_HAND = "document.dispatchEvent(new Event('visibilitychange'))"  # as a browser says it; the focus stays
# From now on `fresh` waits until the list has been asked for anew, and all is done with the answer.
LISTEN = """void (window.fresh = new Promise((done) =>
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    if (detail.ctx.sourceElement.matches("[data-fresh]")) done(true);
  })))"""
SOON = 31_000  # milliseconds, after which a list that stays open is looked at anew


async def test_a_claim_comes_into_the_queue_and_its_numbers(site: Site, shown: House) -> None:
    seller = person(f"{shown.sale().seller}-waits", "MX")
    await shown.claim(seller=seller)
    async with site.window("seller", seller["id"]) as window:
        page = window.page
        await page.clock.install()
        await window.open("/claims?bucket=answer")
        await expect(page.locator("#list li.card")).to_have_count(1)
        other = await shown.claim(seller=seller)
        await page.clock.run_for(SOON)
        await expect(page.locator(f"#{other.id}")).to_be_visible()
        await expect(page.locator("#tabs [aria-current] b")).to_have_text("2")
        await expect(page.locator("#turn .badge")).to_have_text("2")


@pytest.mark.parametrize(("role", "path"), [("buyer", "/orders"), ("seller", "/orders"), ("mediator", "/claims?q={}")])
async def test_every_list_is_fresh_when_one_comes_back_to_it(site: Site, shown: House, role: str, path: str) -> None:
    claim = await shown.claim()
    async with site.window(role, claim.who(role)) as window:
        await window.open(path.format(claim.id))
        await claim.did("seller", "escalate")
        await window.page.evaluate(BACK)
        row = window.page.locator(f"#{claim.id}" if role == "mediator" else f"#{claim.sale.order_id} .chip.wait")
        await expect(row.first).to_contain_text("ediat")


async def test_nothing_moves_under_somebodys_hands(site: Site, shown: House) -> None:
    claim = await shown.claim()
    async with site.window("seller", claim.who("seller")) as window:
        page = window.page
        asked: list[str] = []
        await window.open("/claims")
        page.on("request", lambda request: asked.append(request.url) if "/static/" not in request.url else None)
        box = page.locator(".tick input")
        await box.check()
        await page.evaluate(BACK)
        await box.uncheck()
        await page.evaluate(BACK_IN_HAND)
        async with page.expect_request("**/claims"):
            await page.evaluate(BACK)
        assert len(asked) == 1


async def test_whoever_goes_through_the_tabs_by_keyboard_stays_where_they_are(site: Site, shown: House) -> None:
    claim = await shown.claim()
    async with site.window("seller", claim.who("seller")) as window:
        tab = window.page.locator("#tabs a").nth(2)
        await window.open("/claims")
        await tab.focus()
        await claim.did("seller", "offer_partial_refund", percent=30)
        await window.page.evaluate(BACK_IN_HAND)
        await expect(window.page.locator("#tabs a").nth(1)).to_contain_text("0")
        await expect(tab).to_be_focused()


async def test_what_was_asked_before_the_list_was_filtered_does_not_come_back(site: Site, shown: House) -> None:
    claim, filtered = await shown.claim(), asyncio.Event()

    async def late(route: Route) -> None:
        await filtered.wait()
        await route.continue_()

    async with site.window("seller", claim.who("seller")) as window:
        page = window.page
        await window.open("/claims")
        await page.route(lambda url: url.endswith("/claims"), late)
        await page.evaluate(LISTEN)
        await page.evaluate(BACK)
        await page.select_option("[name=reason]", "changed_mind")
        await expect(page.locator("#list .empty")).to_be_visible()
        filtered.set()
        await page.evaluate("fresh")
        await window.drawn()
        await expect(page.locator("#list .empty")).to_be_visible()
