"""Every page in every state: how to bring it about, and who looks. A new page fails until it stands here."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

from fastapi.routing import APIRoute

from storage.database import Database
from tests import pictures
from tests.browsing import Window
from tests.house import House, OpenClaim
from tests.scenes import SCENES


async def nothing(window: Window) -> None: ...


class Place(NamedTuple):
    """Where somebody looks, and what they do there first. A role of "" is a stranger."""

    path: str
    role: str = ""
    person: str = ""
    status: int = 200
    then: Callable[[Window], Awaitable[None]] = nothing


class Rooms:
    """The house in all its states, each brought about once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._claims: dict[str, OpenClaim] = {}

    async def claim(self, scene: str) -> OpenClaim:
        """A claim in this situation, in which nobody does anything."""
        if scene not in self._claims:
            self._claims[scene] = await SCENES[scene](self.house)
        return self._claims[scene]


Made = Callable[[Rooms], Awaitable[Place]]


class State(NamedTuple):
    """A page in one state, and how to come there. A page of no route of its own says what went wrong."""

    name: str
    route: str
    made: Made


STATES: list[State] = []
# What is asked for by GET and is no page by itself.
PARTS: dict[str, str] = {
    "/sign-in/provider": "the way to another site",
    "/signed-in": "the way back from it",
}


def state(route: str = "") -> Callable[[Made], Made]:
    """What brings a page into a state; its name says which."""

    def note(made: Made) -> Made:
        STATES.append(State(made.__name__.replace("_", " "), route, made))
        return made

    return note


@state("/sign-in")
async def signing_in(rooms: Rooms) -> Place:
    await rooms.claim("fresh")
    return Place("/sign-in")


@state("/")
async def the_start_of_a_stranger(rooms: Rooms) -> Place:
    return Place("/")


@state("/signed-out")
async def goodbye(rooms: Rooms) -> Place:
    return Place("/signed-out")


@state()
async def nothing_there(rooms: Rooms) -> Place:
    return Place("/nowhere", status=404)


@state()
async def a_form_of_somebody_elses(rooms: Rooms) -> Place:
    async def post(window: Window) -> None:
        window.expected.add(403)
        await window.page.evaluate("document.querySelectorAll('form input').forEach(field => field.value = 'buyer')")
        await window.page.locator("form button").first.click()
        await window.page.locator(".empty.wide").wait_for()

    await rooms.claim("fresh")
    return Place("/sign-in", then=post)


@state()
async def nobody_at_home(rooms: Rooms) -> Place:
    """The database is away while the page is asked for."""

    async def reload(window: Window) -> None:
        desk = rooms.house.desk
        window.expected.add(503)
        away, desk.database = desk.database, Database("sqlite:////nowhere/amends.db")
        try:
            answer = await window.page.reload()
        finally:
            desk.database = away
        assert answer is not None
        assert answer.status == 503

    return Place("/sign-in", then=reload)


OPENING = "/orders/{order_id}/{line_id}/claim"


@state(OPENING)
async def a_claim_to_write(rooms: Rooms) -> Place:
    sale = await rooms.house.order()
    return Place(f"/orders/{sale.order_id}/1/claim", "buyer", sale.buyer)


@state(OPENING)
async def a_claim_to_correct(rooms: Rooms) -> Place:
    """With a picture that may stay, a file that may not, and a text that moderation objects to."""
    sale = await rooms.house.order()
    files = [("a.jpg", pictures.jpeg(), "image/jpeg"), ("b.gif", pictures.animation("GIF"), "image/gif")]
    return Place(f"/orders/{sale.order_id}/1/claim", "buyer", sale.buyer, then=writing("ana@example.com", files, 422))


@state(OPENING)
async def a_claim_about_to_be_opened(rooms: Rooms) -> Place:
    sale = await rooms.house.order()
    files = [("a.jpg", pictures.jpeg(), "image/jpeg"), ("c.pdf", pictures.pdf(), "application/pdf")]
    return Place(f"/orders/{sale.order_id}/1/claim", "buyer", sale.buyer, then=writing("The lid is torn.", files, 200))


@state(OPENING)
async def no_claim_possible(rooms: Rooms) -> Place:
    claim = await rooms.claim("fresh")
    return Place(f"/orders/{claim.sale.order_id}/1/claim", "buyer", claim.sale.buyer)


def writing(text: str, files: list[tuple[str, bytes, str]], status: int) -> Callable[[Window], Awaitable[None]]:
    """Fill in the form of a claim and go on to its last step, or back to what has to be corrected."""

    async def write(window: Window) -> None:
        window.expected.add(status)
        await window.page.check('input[value="damaged"]')
        await window.page.fill("#text", text)
        chosen: list[Any] = [{"name": name, "mimeType": kind, "buffer": content} for name, content, kind in files]
        await window.page.set_input_files("#files", chosen)
        await window.page.locator("#chosen li").nth(len(files) - 1).wait_for()
        await window.page.locator(".go button").click()
        await window.page.locator(".review" if status == 200 else "#fault").wait_for()

    return write


def beside(scene: str, role: str, path: str) -> Made:
    """What one side of a claim in this scene sees elsewhere; `path` may name the claim's order."""

    async def made(rooms: Rooms) -> Place:
        claim = await rooms.claim(scene)
        return Place(path.format(order=claim.sale.order_id), role, claim.who(role))

    return made


STATES += [
    State(name, route, beside(scene, role, path))
    for name, route, scene, role, path in (
        ("orders of a seller", "/orders", "offered", "seller", "/orders"),
        ("orders of a buyer", "/orders", "offered", "buyer", "/orders"),
        ("orders that are not there", "/orders", "offered", "buyer", "/orders?q=nothing"),
        ("an order with an earlier claim", "/orders/{order_id}", "closed_by_the_buyer", "buyer", "/orders/{order}"),
        ("the queue of a seller", "/claims", "fresh", "seller", "/claims"),
        ("the queue of a buyer", "/claims", "closed_by_the_buyer", "buyer", "/claims"),
        ("an empty bucket", "/claims", "offered", "seller", "/claims?bucket=answer"),
        ("nothing to write to", "/claims/message", "fresh", "seller", "/claims/message"),
    )
]


@state()
async def a_claim_that_is_being_opened(rooms: Rooms) -> Place:
    return Place("/claims/clm_0?done=slow", "buyer", "buyer-1", 202)


WRITTEN = {"check": "[name=step][value=send]", "send": "#sent"}  # what is pressed -> what only the next page has


def writing_to_all(steps: int) -> Callable[[Window], Awaitable[None]]:
    """All claims of the page are chosen and written to, so far."""

    async def write(window: Window) -> None:
        page = window.page
        await page.locator(".bulk a").click()
        await page.locator(".tick :checked").first.wait_for()
        await page.locator(".bulk button").click()
        await page.locator("textarea").fill("It leaves tomorrow. " + "W" * 300)
        for step, comes in list(WRITTEN.items())[:steps]:
            await page.locator(f"[name=step][value={step}]").click()
            await page.locator(comes).wait_for()

    return write


def to_several(steps: int) -> Made:
    """In a claim of its own, for something is sent into it."""

    async def made(rooms: Rooms) -> Place:
        claim = await rooms.house.claim()
        return Place("/claims", "seller", claim.sale.seller, then=writing_to_all(steps))

    return made


STATES += [
    State(f"a message to several is {how_far}", "", to_several(steps))
    for steps, how_far in enumerate(("written", "looked at", "sent"))
]


def routes(app: Any) -> set[str]:
    """All that people can ask for by GET from the pages of this application."""
    return {
        route.path
        for route in _routes(app.routes)
        if isinstance(route, APIRoute) and "GET" in route.methods and route.endpoint.__module__.startswith("api.pages.")
    }


def _routes(found: list[Any]) -> Iterator[Any]:
    for route in found:
        if inner := getattr(route, "original_router", None):
            yield from _routes(inner.routes)
        else:
            yield route
