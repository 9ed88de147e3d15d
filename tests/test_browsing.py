"""The windows that other tests look through: what is wrong with a page is noticed, and what is well is not."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from playwright.async_api import Browser

from tests import browsing
from tests.accessible import axe
from tests.browsing import NARROW, Looks, Site

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("browser")]

STRICT = {"Content-Security-Policy": "default-src 'self'"}
WELL = '<!doctype html><html lang="en"><title>Lamp</title><link rel="icon" href="/icon"><h1>Lamp</h1>'
WRONG = {  # what a page holds -> what is said about it
    "<script src='/speaks.js'></script>": "console: It burns",
    "<script src='/breaks.js'></script>": "error: It broke",
    "<script>1</script>": "CSP script-src-elem",
    "<p style='color: red'>Hot</p>": "CSP style-src-attr",
    "<img alt='' src='/nowhere'>": "status of 404",
    "<img alt='' src='http://elsewhere.example/picture'>": "another host: http://elsewhere.example/picture",
}
SCRIPTS = {"speaks.js": "console.error('It burns')", "breaks.js": "throw new Error('It broke')"}
BARRED = {  # what a page holds -> the rule that it breaks
    "<img src='/icon'>": "image-alt",
    "<p><font color='#bbbbbb'>Hardly to be read</font></p>": "color-contrast",
    "<input type='text'>": "label",
    "<div><a href='/a'>a</a><a href='/b'>b</a></div>": "target-size",
}


@pytest_asyncio.fixture(scope="module")
async def place(browser: Browser) -> AsyncIterator[Site]:
    """A site of pages with one thing in them each."""
    app, listens, address = FastAPI(), *browsing.listening()
    pages = [WELL, *(WELL + held for held in (*WRONG, *BARRED))]

    @app.get("/pages/{index}")
    async def page(index: int) -> HTMLResponse:
        return HTMLResponse(pages[index], headers=STRICT)

    @app.get("/{name}.js")
    async def script(name: str) -> Response:
        return Response(SCRIPTS[f"{name}.js"], media_type="text/javascript")

    @app.get("/icon")
    async def icon() -> Response:
        return Response('<svg xmlns="http://www.w3.org/2000/svg"/>', media_type="image/svg+xml")

    async with browsing.served(app, listens):
        yield Site(address, browser, lambda *_: ("", ""), None)  # type: ignore[arg-type]  # nobody signs in here


async def test_a_page_that_is_well_passes(place: Site) -> None:
    async with place.window(looks=Looks(width=NARROW, scheme="dark")) as window:
        await window.open("/pages/0")
        await window.fits()
        await axe(window.page)


@pytest.mark.parametrize("held", WRONG, ids=WRONG.values())
async def test_what_goes_wrong_in_a_page_is_noticed(place: Site, held: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(WRONG[held])):
        await visit(place, held)


@pytest.mark.parametrize("held", BARRED, ids=BARRED.values())
async def test_what_bars_people_from_a_page_is_noticed(place: Site, held: str) -> None:
    async with place.window() as window:
        await window.open(number(held))
        with pytest.raises(AssertionError, match=BARRED[held]):
            await axe(window.page)


async def test_a_page_that_is_wider_than_its_window_is_noticed(place: Site) -> None:
    async with place.window(looks=Looks(width=NARROW)) as window:
        await window.open("/pages/0")
        await window.page.evaluate("document.querySelector('h1').textContent = 'a'.repeat(3500)")
        with pytest.raises(AssertionError, match="in a window of 390"):
            await window.fits()


async def test_an_error_page_that_is_asked_for_is_no_trouble(place: Site) -> None:
    async with place.window() as window:
        await window.open("/nowhere", 404)


async def test_without_scripts_a_window_still_hears_of_what_is_refused(place: Site) -> None:
    with pytest.raises(AssertionError, match="Content Security Policy"):
        await visit(place, "<p style='color: red'>Hot</p>", Looks(javascript=False))


async def test_the_api_documentation_asks_no_other_host_and_breaks_nowhere(site: Site) -> None:
    async with site.window() as window:
        await window.open("/docs")
        await window.page.get_by_role("heading", name="Amends").wait_for()


async def visit(place: Site, held: str, looks: Looks = Looks()) -> None:
    async with place.window(looks=looks) as window:
        await window.open(number(held))


def number(held: str) -> str:
    """The page that holds this."""
    return f"/pages/{[*WRONG, *BARRED].index(held) + 1}"
