"""The five endings of a claim, each as the people of it bring it about through the pages."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import FilePayload, Locator, expect

from api.pages.words import WORDS
from tests import pictures
from tests.browsing import Looks, Site
from tests.flows import PATIENCE, Person, counts_down, ended
from tests.house import House, OpenClaim

DO = WORDS["action"]
DONE = WORDS["done"]["done"]  # a page that is loaded again before it is said may take back what was pressed
PHOTO = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=pictures.jpeg())


@dataclass
class Meeting:
    """Buyer and seller at one claim, in a window each; and the claim, for what people do not do through pages."""

    buyer: Person
    seller: Person
    claim: OpenClaim
    site: Site

    @property
    def both(self) -> tuple[Person, Person]:
        return self.buyer, self.seller

    @asynccontextmanager
    async def mediator(self, looks: Looks) -> AsyncIterator[Person]:
        async with self.site.window("mediator", "mediator-1", looks) as window:
            await window.open(f"/claims/{self.claim.id}")
            yield Person.at(window, looks)


@asynccontextmanager
async def meeting(site: Site, house: House, buyers: Looks, sellers: Looks) -> AsyncIterator[Meeting]:
    """The buyer opens a claim, the seller finds it; then both stand in its room."""
    sale = await house.order()
    async with (
        site.window("buyer", sale.buyer, buyers) as buys,
        site.window("seller", sale.seller, sellers) as sells,
    ):
        buyer, seller = Person.at(buys, buyers), Person.at(sells, sellers)
        claim = OpenClaim(house, sale, await opens(buyer, sale.order_id))
        await seller.window.open("/claims")
        await seller.follow("Lamp")
        for person in (buyer, seller):
            await counts_down(person)
        yield Meeting(buyer, seller, claim, site)


async def opens(buyer: Person, order_id: str) -> str:
    """The way to a claim; its id."""
    await buyer.window.open(f"/orders/{order_id}/1/claim")
    await buyer.page.check('input[value="not_working"]')
    await buyer.write("Tell the seller what happened", "It does not turn on.")
    await buyer.press("Continue")
    await buyer.reads("What will happen")
    await buyer.press("Open the claim")
    await buyer.sees(WORDS["done"]["opened"])
    return urlsplit(buyer.page.url).path.rpartition("/")[2]


async def guidance(met: Meeting) -> None:
    await met.buyer.stays("I do not find the button")
    await met.seller.follow(DO["guide"])
    await met.seller.write("Your explanation", "The lamp has a child lock.")
    await met.seller.write("Steps, one in each line (if there are any)", "Unplug it.\nHold the button.")
    await take(met.seller, "guide")
    await met.seller.stays()
    await met.buyer.hears("Hold the button.")
    await met.buyer.press("Yes, close the claim")
    await met.buyer.sees(DONE)
    await met.buyer.stays()
    for person in met.both:
        await ended(person, "seller_explained_functions")


async def partial_refund(met: Meeting) -> None:
    await met.buyer.stays("I would keep it")
    await met.seller.follow(DO["offer_partial_refund"])
    await met.seller.follow(met.seller.formats.percent("30"))
    await take(met.seller, "offer_partial_refund")
    await met.seller.stays("Is that all right?")
    await met.buyer.hears(DO["accept_offer"])
    await does(met.buyer, "accept_offer")
    await met.buyer.stays()
    for person in met.both:
        await ended(person, "partial_refunded")


async def total_refund(met: Meeting) -> None:
    await met.buyer.stays("It smells of smoke, too")
    await does(met.seller, "refund")
    await met.seller.stays()
    for person in met.both:
        await ended(person, "payment_refunded")


async def returned(met: Meeting) -> None:
    await met.buyer.stays("I still have the box")
    await does(met.seller, "grant_return")
    await met.seller.stays("Pack it well")
    await met.buyer.hears("Label to print (PDF)")
    await prints(met.buyer)
    number = (await met.claim.seen())["return"]["tracking_number"]
    for kind, told in (("shipped", "ship"), ("delivered", "deliver")):
        await met.claim.carrier(kind, number)
        for person in met.both:
            await person.hears(WORDS["event"][told])
    await does(met.seller, "accept_return")
    await met.seller.stays()
    for person in met.both:
        await ended(person, "item_returned")


async def mediation(met: Meeting) -> None:
    """The seller is silent; the mediator hears the buyer, and decides."""
    await met.buyer.stays("Is anybody there?")
    await met.seller.stays("I was away")
    await met.claim.skip(73)
    for person in met.both:
        await person.hears(WORDS["event"]["escalate/clock"])
    looks = Looks(met.seller.language, javascript=met.seller.scripts)
    async with met.mediator(looks) as mediator:
        await hears_the_buyer(met, mediator)
        await mediator.follow(DO["rule"])
        await mediator.write("Another amount (%(currency)s)", "50", currency="MXN")
        await mediator.press("See what it brings")
        await mediator.write("The reason, for both sides", "The photo shows that it is broken.")
        await take(mediator, "rule")
        await mediator.stays()
        for person in (*met.both, mediator):
            await ended(person, "coverage_decision")


async def hears_the_buyer(met: Meeting, mediator: Person) -> None:
    await mediator.follow(DO["request_evidence"])
    await mediator.follow(WORDS["role"]["buyer"])
    await mediator.write("What you need to see, and why", "A photo of the plug, please.")
    await take(mediator, "request_evidence")
    await mediator.stays()
    await met.buyer.hears(DO["give_evidence"])
    await met.buyer.follow(DO["give_evidence"])
    await met.buyer.page.locator("#files").set_input_files(PHOTO)
    await take(met.buyer, "give_evidence")
    await met.buyer.stays()
    for person in (mediator, met.seller):
        await person.hears(WORDS["event"]["give_evidence/buyer"])
        await shown(person, "#evidence img")


async def does(person: Person, action: str) -> None:
    """A step of which there is nothing to choose."""
    await person.follow(DO[action])
    await take(person, action)


async def take(person: Person, action: str) -> None:
    """The step, once it is said what it brings; then they stand in the room again."""
    await person.sees("What this brings")
    await person.press(DO[action])
    await person.page.wait_for_url(re.compile(r"/claims/[^/]+$"))
    await person.sees(DONE)


async def prints(buyer: Person) -> None:
    """The label in a tab of its own, and its code as a picture."""
    async with buyer.page.expect_popup() as coming:
        await buyer.press("Label to print (PDF)")
    tab = await coming.value
    label = await buyer.window.context.request.get(tab.url)
    assert (await label.body()).startswith(b"%PDF-")
    await tab.close()
    code = await shown(buyer, ".qr img")
    assert Image.open(BytesIO(await code.screenshot())).getextrema() != ((255, 255),) * 3, "it is blank"


async def shown(person: Person, selector: str) -> Locator:
    """A picture that is there, and is one: what cannot be read as a picture has no width."""
    picture = person.page.locator(selector).first
    await picture.scroll_into_view_if_needed(timeout=PATIENCE)
    await expect(picture).to_have_js_property("complete", True)
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
    return picture


ENDINGS: dict[str, Callable[[Meeting], Awaitable[None]]] = {
    ending.__name__: ending for ending in (guidance, partial_refund, total_refund, returned, mediation)
}
