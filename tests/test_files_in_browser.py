"""Files that are chosen on a page: photos are made smaller, and what is too much even so is said before it is sent."""

import asyncio
import io
import random

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from activities.evidence.examined import MOST_BYTES
from tests.browsing import Site
from tests.flows import PATIENCE
from tests.house import House, OpenClaim

pytestmark = pytest.mark.xdist_group("browser")

ROOM, STEP = "/claims/{}", "/claims/{}/actions/guide"
WORDS = "Look at this, please."
REFUSED = "document.querySelector('#files').validationMessage"


def photo(width: int = 3000, height: int = 2250) -> FilePayload:
    """As a phone takes them: nothing in it is like the rest, and so it is large."""
    noise = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))
    noise.save(made := io.BytesIO(), "JPEG", quality=95)
    return FilePayload(name="IMG_1.JPG", mimeType="image/jpeg", buffer=made.getvalue())


def document(size: int) -> FilePayload:
    return FilePayload(name="bill.pdf", mimeType="application/pdf", buffer=b"%PDF-".ljust(size, b" "))


async def sizes(page: Page) -> list[int]:
    found: list[int] = await page.evaluate("[...document.querySelector('#files').files].map(file => file.size)")
    return found


async def is_made_smaller(page: Page) -> None:
    async with asyncio.timeout(PATIENCE / 1000):
        while max(await sizes(page)) > MOST_BYTES:
            await page.wait_for_timeout(50)


async def test_a_large_photo_is_made_smaller_and_sent(site: Site, shown: House) -> None:
    claim, large = await shown.claim(), photo()
    assert len(large["buffer"]) > MOST_BYTES
    async with site.window("seller", claim.who("seller")) as window:
        page = window.page
        await window.open(ROOM.format(claim.id))
        await page.fill("#text", WORDS)
        await page.set_input_files("#files", large)
        await is_made_smaller(page)
        await page.locator(".composer button").last.click()
        sent = page.locator(".thread img")
        await expect(sent).to_be_visible()
        await expect(sent).to_have_js_property("naturalWidth", 2048)
        await page.set_input_files("#files", large)  # the composer is another one now
        await is_made_smaller(page)


@pytest.mark.parametrize("path", [ROOM, STEP])
@pytest.mark.parametrize("files", [[document(MOST_BYTES + 1)], [document(9)] * 6], ids=["large", "many"])
async def test_what_is_too_much_is_said_and_nothing_is_sent(
    site: Site, shown: House, path: str, files: list[FilePayload]
) -> None:
    claim = await shown.claim()
    async with site.window("seller", claim.who("seller")) as window:
        page = window.page
        await window.open(path.format(claim.id))
        text = page.locator("main textarea").first
        await text.fill(WORDS)
        await page.set_input_files("#files", files)
        assert await page.evaluate(REFUSED) == "Up to 5 files at once, each of 5 MB at most."
        await page.locator("form:has(#files) button").last.click()
        await expect(text).to_have_value(WORDS)
        await page.set_input_files("#files", [document(9)])
        assert await page.evaluate(REFUSED) == ""
        assert await sizes(page) == [9]
    assert len(await written(claim)) == 1, "what the buyer wrote when it was opened"


async def written(claim: OpenClaim) -> list[dict[str, object]]:
    async with claim.house.as_("seller", claim.who("seller")) as seller:
        found: list[dict[str, object]] = (await seller.get(f"/v1/claims/{claim.id}/messages")).json()["messages"]
    return found
