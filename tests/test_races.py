"""Races: whoever comes second hears what happened, and all agree afterwards. `make races` runs thousands more."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

import storage.claims
from claims.model import Refund, RefundStatus, Return, Stage
from claims.owed import owed
from claims.policy import DEFAULT
from ops.engine import Engine
from tests import race_openings
from tests.house import House
from tests.race_street import outside
from tests.race_table import TABLE
from tests.races import run, shares, table

OUTSIDE = tuple(r for r in TABLE if r.policy is DEFAULT and not r.slow)


async def test_some_races_end_as_the_rules_allow(any_house: House) -> None:
    """One round of every fourth race on SQLite, and of every fourth on PostgreSQL; the long forms run all."""
    races = TABLE[::4] if any_house.database.is_sqlite else TABLE[2::4]
    await run(any_house, races, dict.fromkeys((r.name for r in races), 1), seed=1)


@pytest.mark.long
async def test_each_race_ends_as_the_rules_allow(any_house: House) -> None:
    """One round of each: every other race on SQLite, the rest on PostgreSQL."""
    races = TABLE[::2] if any_house.database.is_sqlite else TABLE[1::2]
    await run(any_house, races, dict.fromkeys((r.name for r in races), 1), seed=1)


@pytest.mark.long
async def test_many_races_end_as_the_rules_allow(any_house: House) -> None:
    """Those that do not depend on the machine's speed; `make races` runs all, and says which side never won."""
    tallies = await run(any_house, OUTSIDE, shares(OUTSIDE, 200), seed=2026)
    print(f"\n{table(tallies)}")


@pytest.mark.long
async def test_races_through_two_api_processes_and_two_workers(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    async with outside(engine, database_url, tmp_path) as house:
        tallies = await run(house, OUTSIDE, shares(OUTSIDE, 120), seed=2026)
        print(f"\n{table(tallies)}")
        await many(10, lambda rng: race_openings.openings(house, rng))
        await many(20, lambda rng: race_openings.pushes(house, rng))


async def test_openings_at_once_make_one_claim_a_line_of_one_version_of_the_order(any_house: House) -> None:
    await many(1, lambda rng: race_openings.openings(any_house, rng))


async def many(rounds: int, race: Callable[[random.Random], Awaitable[None]], lanes: int = 4) -> None:
    """So many rounds in each of some lanes."""

    async def lane(number: int) -> None:
        rng = random.Random(number)
        for _ in range(rounds):
            await race(rng)

    await asyncio.gather(*(lane(n) for n in range(lanes)))


async def test_no_label_is_owed_once_the_return_came_to_nothing(house: House) -> None:
    """A refund right after the grant: whatever becomes of the money, nobody waits for the label any more."""
    claim = await house.claim()
    async with house.database.reading() as session:
        stored = await storage.claims.find(session, claim.id)
    assert stored
    now = stored.opened_at
    granted = replace(stored, stage=Stage.RETURN, returns=(Return(1, now),))
    assert owed(granted) is not None
    failed = replace(granted, stage=Stage.SETTLING, refunds=(Refund(1, 100, now, RefundStatus.FAILED),))
    assert owed(failed) is None
