"""A browser for each test process, and the house that it looks at: served on a socket, with nobody else's claims."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from api.tokens import Caller, Role
from ops.engine import Engine
from storage import migrate
from tests import browsing
from tests.browsing import Site
from tests.extras import needs
from tests.flows import PATIENCE
from tests.house import House, house_on, settings_for

STREAM_SECONDS = 120.0  # longer than a page is open


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    needs("chromium", browsing.CHROMIUM is not None)
    expect.set_options(timeout=PATIENCE)
    async with browsing.browser() as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def shown(browser: Browser, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The house whose pages are looked at."""
    url = f"sqlite:///{tmp_path_factory.mktemp('shown') / 'amends.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    listens, address = browsing.listening()
    more = {"public_url": address, "stream_seconds": STREAM_SECONDS}
    async with house_on(engine, settings_for(url, **more)) as made, browsing.served(made.app, listens):
        yield made


@pytest.fixture(scope="session")
def site(browser: Browser, shown: House) -> Site:
    def cookie(role: str, person: str) -> tuple[str, str]:
        sessions = shown.app.state.sessions
        return sessions.cookie, sessions.sign(Caller(person, Role(role)))

    async def speaks(role: str, person: str, language: str) -> None:
        async with shown.as_(role, person) as caller:
            answer = await caller.put("/v1/profile", json={"language": language, "originals": False})
        assert answer.is_success, answer.text

    return Site(shown.settings.public_url, browser, cookie, speaks)
