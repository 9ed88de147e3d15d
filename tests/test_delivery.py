"""Messages are neither lost nor doubled, whatever dies between their acceptance and their translation."""

import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from ops.engine import Engine
from ops.sweeper import Sweeper
from storage.tables import FeedRow
from tests.house import House, Sale, key
from tests.processes import Street, caller, street
from tests.test_messages import ENGLISH, sides, talk
from tests.test_processes import opened
from tests.test_sweeper import AT_ONCE, last_found

__all__ = ["talk"]


@pytest.mark.long
async def test_a_translation_that_nobody_began_is_found_and_made(talk: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the API dies between the commit and the engine's answer."""
    buyer, seller, _ = await sides(talk)
    with monkeypatch.context() as dead:
        dead.setattr(talk.desk.courier, "send", lambda *_: None)
        message = await seller.writes(ENGLISH)
    assert (await buyer.ask("GET", f"messages/{message['id']}")).json()["translation"]["state"] == "pending"
    await ActivityEnvironment().run(Sweeper(talk.desk, patience=AT_ONCE).sweep, False)
    found = await last_found(talk, buyer.claim)
    assert found["delivered_again"]["facts"] == {"message": message["id"]}
    await buyer.until(message, "done")
    await ActivityEnvironment().run(Sweeper(talk.desk, patience=AT_ONCE).sweep, False)
    assert "delivered_again" not in await last_found(talk, buyer.claim)


async def test_the_feed_has_every_message_once_without_a_gap(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    for number in range(3):
        await buyer.until(await seller.writes(f"This is the number {number}."), "done")
    async with talk.database.reading() as session:
        rows = select(FeedRow).where(FeedRow.claim_id == buyer.claim.id).order_by(FeedRow.position)
        feed = list(await session.scalars(rows))
    assert [row.position for row in feed] == list(range(1, len(feed) + 1))
    assert Counter(row.ref for row in feed if row.kind != "translation").most_common(1)[0][1] == 1
    assert [row.kind for row in feed if row.kind != "translation"] == ["step", *["message"] * 4]
    assert len([row for row in feed if row.kind == "translation"]) >= 3


@pytest.mark.long
def test_workers_and_api_processes_killed_again_and_again_lose_no_message(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """Two API processes and a worker with the real translator; SIGKILL to either, while both sides write."""
    chance = random.Random(20261123)
    with street(engine, database_url, tmp_path) as house:
        worker, urls = house.worker(), [house.api(), house.api()]
        apis, sale = house.processes[-2:], Sale(time.monotonic_ns())
        claim_id = opened(urls[0], sale)
        people = {"buyer": sale.buyer, "seller": sale.seller}
        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(_write, urls, people, claim_id, n) for n in range(60)]
            for _ in range(6):
                time.sleep(chance.uniform(0.2, 0.8))
                victim = chance.choice([worker, *apis])
                victim.kill()
                victim.start()
            accepted = {message: text for job in jobs for message, text in [job.result()]}
        assert len(accepted) == 60
        _all_read(house, urls[0], people, claim_id, accepted)


def _write(urls: list[str], people: dict[str, str], claim_id: str, number: int) -> tuple[str, str]:
    """Send one message until it is answered, always under the same key; its id and its words."""
    role = ("buyer", "seller")[number % 2]
    text = f"The parcel number {number} of order ABC-{number} has not arrived yet."
    body, headers = {"text": text}, key()
    for attempt in range(400):
        try:
            with caller(urls[attempt % 2], role, people[role]) as client:
                answer = client.post(f"/v1/claims/{claim_id}/messages", json=body, headers=headers)
            if answer.status_code == 201:
                return answer.json()["id"], text
        except (httpx.TransportError, KeyError, ValueError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"never accepted: {text}")


def _all_read(
    house: Street, url: str, people: dict[str, str], claim_id: str, accepted: dict[str, str], patience: float = 130
) -> None:
    """Each accepted message is there once, and is read in Spanish in the end; a sweep helps what nobody began."""
    deadline, swept = time.monotonic() + patience, False
    while True:
        seen = [m for role in people for m in _thread(url, role, people[role], claim_id)]
        written = [m for m in seen if m["kind"] == "text" and m["mine"]]
        read = [m for m in seen if m["kind"] == "text" and not m["mine"]]
        assert sorted((m["id"], m["text"]) for m in written) == sorted(accepted.items())
        assert sorted(m["id"] for m in read) == sorted(accepted)
        waiting = [m for m in read if m["translation"]["state"] == "pending"]
        if not waiting:
            break
        assert time.monotonic() < deadline, waiting[:2]
        if time.monotonic() > deadline - 60 and not swept:  # they are older than a minute by now
            swept = house.start("sweep", [sys.executable, "-m", "ops.sweep"]).exit_code() == 0
        time.sleep(0.5)
    assert all(f"ABC-{m['original']['text'].split('ABC-')[1].split()[0]}" in m["text"] for m in read)


def _thread(url: str, role: str, person: str, claim_id: str) -> list[dict[str, Any]]:
    with caller(url, role, person) as client:
        return client.get(f"/v1/claims/{claim_id}/messages", params={"limit": 100}).json()["messages"]
