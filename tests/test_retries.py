"""A client that repeats its request because the answer was lost is told what became of it, never the opposite."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest

import storage.texts
from claims.model import Note
from ops.engine import Engine
from storage.database import Database
from tests.house import House, OpenClaim, house_on, iso, key, settings_for

pytestmark = pytest.mark.long

_numbers = itertools.count(1)
DAY = 2.5  # seconds
PACE = int(86400 / DAY)


@pytest.mark.long
async def test_a_try_that_waits_at_the_engine_is_not_refused_when_its_date_passes(
    engine: Engine, sqlite_url: str
) -> None:
    """Accepted in time, then the worker was away until after the date: asking again must not say: too late."""
    async with house_on(engine, settings_for(sqlite_url, trial_pace=PACE)) as house:
        claim = await fresh(house)
        await house.rest()
        house.desk.runs.patience = 0.5
        once = key()
        assert (await claim.act("seller", "escalate", once)).status_code == 202
        await asyncio.sleep(3 * DAY)  # the seller's time is over, and the clock escalates, by the date
        assert (await claim.seen("buyer"))["stage"] == "mediation"
        assert (await claim.act("seller", "escalate", once)).status_code == 202
        await house.work()
        assert (await answered(claim, once))["version"] == 2
        assert await claim.steps() == ["buyer open", "seller escalate"]


@pytest.mark.long
async def test_a_new_request_after_the_date_is_refused_though_the_clocks_step_is_not_recorded(
    engine: Engine, sqlite_url: str
) -> None:
    async with house_on(engine, settings_for(sqlite_url, trial_pace=PACE)) as house:
        claim = await fresh(house)
        await asyncio.sleep(3 * DAY)  # the workflow's timer fires a second after the date
        late = await claim.act("seller", "escalate")
        assert (late.status_code, late.json()["code"]) == (409, "wrong_stage")


async def test_the_same_opening_sent_twice_at_once_opens_for_both(any_house: House) -> None:
    for _ in range(6):
        sale, once = await any_house.order(), key()
        body = {"order_id": sale.order_id, "line_id": "1", "reason": "damaged", "message": "It is broken."}
        async with any_house.as_("buyer", sale.buyer) as one, any_house.as_("buyer", sale.buyer) as other:
            first = asyncio.create_task(one.post("/v1/claims", json=body, headers=once))
            await asyncio.sleep(next(_numbers) % 6 / 200)
            second = await other.post("/v1/claims", json=body, headers=once)
        assert [(await first).status_code, second.status_code] == [201, 201], second.text


async def test_the_same_act_sent_twice_at_once_is_answered_alike(any_house: House) -> None:
    for _ in range(6):
        claim, once = await any_house.claim(), key()
        first = asyncio.create_task(claim.act("seller", "escalate", once))
        await asyncio.sleep(next(_numbers) % 6 / 200)
        second = await claim.act("seller", "escalate", once)
        assert [(await first).status_code, second.status_code] == [200, 200], second.text
        assert (await first).json() == second.json()


async def fresh(house: House) -> OpenClaim:
    """Delivered just now: the days to open a claim are short too."""
    return await house.claim(delivered_at=iso(datetime.now(UTC)))


async def answered(claim: OpenClaim, once: dict[str, str]) -> dict[str, object]:
    """Ask again with the same key until there is a definite answer."""
    for _ in range(600):
        answer = await claim.act("seller", "escalate", once)
        if answer.status_code != 202:
            assert answer.status_code == 200, answer.text
            return dict(answer.json())
        await asyncio.sleep(0.1)
    raise AssertionError("no answer")


async def test_the_same_text_kept_by_two_processes_at_once_is_kept_once(postgres_url: str, sqlite_url: str) -> None:
    for url in (postgres_url, sqlite_url):
        stores = [Database(url), Database(url)]
        for number in range(30):
            notes = await asyncio.gather(*(kept(store, f"txt_{url[:3]}_{number}") for store in stores * 3))
            assert len(set(notes)) == 1
        for store in stores:
            await store.close()


async def kept(store: Database, text_id: str) -> Note:
    async with store.writing() as session:
        return await storage.texts.keep(session, text_id, "clm_1", ("buyer", "ana"), "Broken.", datetime.now(UTC))
