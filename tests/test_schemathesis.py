"""Schemathesis over the whole API as each role, and that it would notice; what it expects is in schemathesis.toml."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager
from fastapi import HTTPException, Response

from api.app import create_app
from api.tokens import Role
from ops.engine import Engine
from storage import migrate
from tests.fuzzed import furnish, operations, run, served
from tests.house import House, house_on, settings_for

ALL_IN_TURN = [tuple(Role)]
ONE_BY_ONE = [(role,) for role in Role]
pytestmark = pytest.mark.xdist_group("schemathesis")  # what it is set up with is dear


@pytest_asyncio.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemathesis")


@pytest_asyncio.fixture(scope="module")
async def furnished(engine: Engine, folder: Path) -> AsyncIterator[House]:
    """A house on a database of its own, with a claim in every situation."""
    url = f"sqlite:///{folder / 'amends.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with house_on(engine, settings_for(url, log_level="WARNING")) as house:
        await furnish(house, folder)
        yield house


@pytest.mark.long
async def test_it_finds_nothing_with_the_roles_in_turn(furnished: House, folder: Path) -> None:
    async with served(furnished.app) as url:
        outcome = await run(url, folder, ALL_IN_TURN, "--phases", "examples,fuzzing", "--max-examples", "3")
    print(outcome.table(operations(furnished.app)))
    assert not outcome.objections, "\n".join(outcome.objections.values())


@pytest.mark.long
async def test_it_finds_nothing_as_each_role_and_every_operation_has_succeeded(furnished: House, folder: Path) -> None:
    async with served(furnished.app) as url:
        outcome = await run(url, folder, ONE_BY_ONE, "--phases", "examples,coverage,fuzzing", "--max-examples", "10")
    print(outcome.table(operations(furnished.app)))
    assert not outcome.objections, "\n".join(outcome.objections.values())
    assert not outcome.never_succeeded(operations(furnished.app)), outcome.table(operations(furnished.app))


@pytest.mark.long
async def test_it_objects_to_a_crash_to_an_undeclared_answer_and_to_what_never_succeeds(
    furnished: House, folder: Path
) -> None:
    app = create_app(furnished.settings)
    for route in FAULTY:
        app.add_api_route(f"/{route.__name__}", route)
    async with LifespanManager(app), served(app) as url:
        only = [f"--include-path=/{route.__name__}" for route in FAULTY]
        outcome = await run(url, folder, [(Role.BUYER,)], "--phases", "fuzzing", "--max-examples", "2", *only)
    [said] = outcome.objections.values()
    for route, objection in FAULTY.items():
        assert objection in about(said, route.__name__), said
    assert outcome.never_succeeded(operations(app))[-3:] == ["GET /crashes", "GET /answers_otherwise", "GET /refuses"]


def about(said: str, name: str) -> str:
    """What was objected to an operation."""
    return said.partition(f"GET /{name} ")[2].partition("____ GET")[0]


async def crashes() -> dict[str, int]:
    return {"one": 1 // 0}


async def answers_otherwise(response: Response) -> dict[str, int]:
    response.status_code = 418
    return {"one": 1}


async def refuses() -> dict[str, int]:
    raise HTTPException(400)


FAULTY = {
    crashes: "Server error",
    answers_otherwise: "Undocumented status code",
    refuses: "Schema-valid request rejected",
}
