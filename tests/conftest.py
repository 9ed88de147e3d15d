"""Shared by all tests: a real engine, and the house on it, on both databases."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

import storage.standings
from ops.engine import Engine, Ports, free_port
from storage import migrate
from storage.database import Database
from tests import conformity, places, postgres
from tests.house import House, house_on, settings_for

pytest_plugins = ["tests.browser_fixtures", "tests.endings_table"]

PAGE = 150  # events after which the tests' engine suggests to continue as new; 4,096 by default
# The same examples in every run, and however busy the machine is: what takes long is not wrong.
settings.register_profile("amends", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("amends")


# What PostgreSQL does otherwise than SQLite shows here in seconds; all else on PostgreSQL is for the long run.
ON_POSTGRES = ("test_storage.py",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Both databases are tried by every such test, but only on one of them in the short run."""
    for item in items:
        values = getattr(getattr(item, "callspec", None), "params", {}).values()
        if "postgres" in [v for v in values if isinstance(v, str)] and item.path.name not in ON_POSTGRES:
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A dev server that remembers nothing, for this test process alone."""
    ports = Ports(free_port(), free_port(), free_port())
    engine = Engine(ports, more={"limit.historyCount.suggestContinueAsNew": str(PAGE)})
    engine.start()
    os.environ["TEMPORAL_ADDRESS"] = engine.address
    yield engine
    engine.kill()  # it has nothing to save


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'amends.db'}"
    migrate.upgrade(url)
    asyncio.run(rounds_made(url))
    return url


@pytest.fixture(scope="session")
def postgres_url(postgres_server: postgres.Server) -> str:
    url = postgres_server.new_database()
    migrate.upgrade(url)
    asyncio.run(rounds_made(url))
    return url


async def rounds_made(url: str) -> None:
    """The day's round over the standings of thousands of sellers is no part of every sweep; it has tests of its own."""
    database = Database(url)
    async with database.writing() as session:
        await storage.standings.note_all_recorded(session, datetime.now(UTC))
    await database.close()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with its schema, of both kinds in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest_asyncio.fixture(scope="session")
async def house(engine: Engine, sqlite_url: str) -> AsyncIterator[House]:
    """The whole house on SQLite."""
    async with house_on(engine, settings_for(sqlite_url)) as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def any_house(engine: Engine, database_url: str) -> AsyncIterator[House]:
    """The whole house on both databases in turn."""
    async with house_on(engine, settings_for(database_url)) as made:
        yield made


@pytest.fixture(scope="session")
def document(house: House) -> conformity.Document:
    return conformity.Document(house.app)


@pytest.fixture
def checked(house: House, document: conformity.Document, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house on SQLite, with every answer held against the OpenAPI document."""
    monkeypatch.setattr(house, "_transport", conformity.Checked(house._transport, document))
    return house


@pytest_asyncio.fixture(scope="session")
async def asked(house: House) -> AsyncIterator[places.Places]:
    """What the authorization matrix asks about."""
    made = await places.build(house)
    yield made
    await made.client.aclose()
