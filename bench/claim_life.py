"""What one claim costs: `python -m bench.claim_life [lives]`. All real, on loopback: engine, worker, API, SQLite.

It prints the history events, payload bytes and wall time of one full life (open, an offer, declined, return granted,
label, shipped, delivered, accepted, refunded), and lives a second with 1 and with 8 at a time.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from temporalio.api.enums.v1 import EventType

from ops.engine import Engine, Ports, free_port
from storage import migrate
from tests.house import House, OpenClaim, house_on, settings_for
from workflows.connection import leave


async def life(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=20)
    await claim.did("buyer", "decline_offer", offer=1)
    await claim.did("seller", "grant_return")
    parcel = (await claim.until(lambda c: c["return"]["tracking_number"]))["return"]["tracking_number"]
    await claim.carrier("shipped", parcel)
    await claim.carrier("delivered", parcel)
    await claim.did("seller", "accept_return")
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def cost(house: House, claim: OpenClaim) -> tuple[Counter[str], int]:
    handle = house.temporal.get_workflow_handle(claim.id)
    await handle.result()
    events = [e async for e in handle.fetch_history_events()]
    names = [EventType.Name(e.event_type).removeprefix("EVENT_TYPE_").lower() for e in events]
    return Counter(names), sum(e.ByteSize() for e in events)


async def rate(house: House, lives: int, at_once: int) -> float:
    """Lives a second, so many at once."""
    turns = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with turns:
            await life(house)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(lives)))
    return lives / (time.perf_counter() - began)


async def measure(engine: Engine, url: str, lives: int) -> None:
    async with house_on(engine, settings_for(url, log_level="WARNING")) as house:
        await life(house)  # warms everything up
        names, size = await cost(house, await life(house))
        print(f"one life: {sum(names.values())} events, {size:,} bytes of history")
        for name, count in names.most_common():
            print(f"  {count:3} {name}")
        for at_once in (1, 8):
            print(f"{await rate(house, lives, at_once):.2f} lives a second, {at_once} at once ({lives} lives)")


def main() -> None:
    lives = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'amends.db'}"
        migrate.upgrade(url)
        engine = Engine(Ports(free_port(), free_port(), free_port()), Path(folder) / "temporal.db")
        engine.start()
        os.environ["TEMPORAL_ADDRESS"] = engine.address
        try:
            asyncio.run(measure(engine, url, lives))
        finally:
            engine.stop()


if __name__ == "__main__":
    main()
    leave(0)
