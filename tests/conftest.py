"""Shared by all tests: a real engine, and the house on it, on both databases."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from ops.engine import Engine, Ports, free_port
from storage import migrate
from tests.house import House, house_on, settings_for


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A dev server that remembers nothing, for this test process alone."""
    ports = Ports(free_port(), free_port(), free_port())
    engine = Engine(ports, more={"limit.historyCount.suggestContinueAsNew": "400"})
    engine.start()
    os.environ["TEMPORAL_ADDRESS"] = engine.address
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'amends.db'}"
    migrate.upgrade(url)
    return url


@pytest_asyncio.fixture(scope="session")
async def house(engine: Engine, sqlite_url: str) -> AsyncIterator[House]:
    """The whole house on SQLite."""
    async with house_on(settings_for(sqlite_url)) as made:
        yield made
