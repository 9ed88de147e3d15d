"""Nobody needs a mouse: from the queue to a refund by keys alone, and one always sees where one is."""

import pytest
from playwright.async_api import Page

from tests.browsing import NARROW, WIDE, Looks, Site
from tests.house import House

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.long]
MOST_TABS = 60
SEEN = """() => {
  const style = getComputedStyle(document.activeElement), after = getComputedStyle(document.activeElement, "::after");
  return [style, after].some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2);
}"""


async def tab_to(page: Page, selector: str) -> int:
    """Press Tab until this has the focus, which is visible at every stop; how often that was."""
    for count in range(1, MOST_TABS + 1):
        await page.keyboard.press("Tab")
        there = await page.evaluate("() => document.activeElement.outerHTML.slice(0, 120)")
        assert await page.evaluate(SEEN), f"nobody sees that the focus is on {there}"
        if await page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return count
    raise AssertionError(f"{selector} is not reached by Tab")


@pytest.mark.parametrize("width", [NARROW, WIDE])
async def test_a_seller_refunds_by_keys_alone(site: Site, shown: House, width: int) -> None:
    claim = await shown.claim()
    async with site.window("seller", claim.sale.seller, Looks(width=width)) as window:
        page = window.page
        await window.open("/claims")
        assert await tab_to(page, ".skip") == 1
        await page.keyboard.press("Enter")
        await tab_to(page, f'main a[href="/claims/{claim.id}"]')
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/claims/{claim.id}")
        await tab_to(page, f'a[href="/claims/{claim.id}/actions/refund"]')
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/actions/refund")
        await tab_to(page, "textarea")
        await page.keyboard.type("Sorry about that.")
        await tab_to(page, "main button")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/claims/{claim.id}*")
    assert "seller refund" in await claim.steps()
