"""Streams of real processes: what one accepted is heard at another, one that ends lets go, a database that was away."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from ops.engine import Engine
from storage import migrate
from tests import postgres
from tests.hearing import Ear, Line, line_to
from tests.house import House, OpenClaim, house_on, key, settings_for
from tests.processes import Street
from tests.talking import post
from tests.wire import complain

GENEROUS = 10.0  # seconds in which an API process ends; one that waits for its streams never does


@pytest.mark.long
async def test_what_one_process_accepts_is_heard_at_another_and_one_that_ends_lets_its_streams_go(
    any_house: House, engine: Engine, tmp_path: Path
) -> None:
    claim = await any_house.claim()
    street = Street(engine, any_house.settings.database_url, tmp_path, any_house.temporal.namespace)
    try:
        one, two = [
            Line(any_house, url) for url in await asyncio.gather(*(asyncio.to_thread(street.api) for _ in "12"))
        ]
        async with two.heard(claim, "seller", last=2) as ear:
            took = []
            for n in range(5):
                accepted = await say(one, claim.sale.buyer, claim.id, f"Message {n}")
                assert (await ear.next()).data["text"] == f"Message {n}"
                took.append(time.monotonic() - accepted)
            print(f"heard after {', '.join(f'{seconds:.2f}' for seconds in took)} s")
            ending = time.monotonic()
            code = await asyncio.to_thread(street.processes[street_of(two, street)].stop)
            print(f"ended after {time.monotonic() - ending:.2f} s with {code}")
            assert time.monotonic() - ending < GENEROUS
            assert await ear.rest() == []
        await say(one, claim.sale.buyer, claim.id, "Still there?")
        async with one.heard(claim, "seller", last=7) as ear:
            assert (await ear.next()).data["text"] == "Still there?"
    finally:
        await asyncio.to_thread(street.close)
    complain(street)


async def say(line: Line, person: str, claim_id: str, text: str) -> float:
    """Post a message at this process; answers when it was accepted."""
    headers = line.house.headers("buyer", person) | key()
    async with httpx.AsyncClient(base_url=line.url, headers=headers, timeout=30) as buyer:
        answer = await buyer.post(f"/v1/claims/{claim_id}/messages", json={"text": text})
    assert answer.status_code == 201, answer.text
    return time.monotonic()


def street_of(line: Line, street: Street) -> int:
    """Which of its processes listens there."""
    port = line.url.rpartition(":")[2]
    return next(n for n, process in enumerate(street.processes) if port in process._line)


@pytest.mark.long
async def test_a_database_that_goes_and_comes_back_ends_no_stream(
    engine: Engine,
) -> None:
    with postgres.postgres() as server:
        url = server.new_database()
        await asyncio.to_thread(migrate.upgrade, url)
        async with house_on(engine, settings_for(url)) as house, line_to(house) as line:
            claim = await house.claim()
            async with line.heard(claim, "seller") as waits, line.heard(claim, "buyer", last=2) as reads:
                await waits.up_to(2)
                await asyncio.sleep(1)  # now it has nothing to do but to wait
                async with line.heard(claim, "seller", last=2) as begins:
                    server.kill()
                    await back(server, claim, [waits, reads, begins])


async def back(server: postgres.Server, claim: OpenClaim, ears: list[Ear]) -> None:
    waiting = [asyncio.create_task(one.next()) for one in ears]
    await asyncio.sleep(4)
    assert not any(task.done() for task in waiting)
    await asyncio.to_thread(server.start)
    await post(claim, "buyer", "Is anybody there?")
    assert [(await task).data["text"] for task in waiting] == ["Is anybody there?"] * 3
