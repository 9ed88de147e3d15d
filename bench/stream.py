"""How soon a stream tells: `python -m bench.stream [streams] [claims]`. A real API process on SQLite, over loopback.

Messages are committed by another process (this one); it prints the seconds from commit to event, p50 and p95, and what
the open streams cost the API process while nothing happens: memory, and CPU for each second.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import storage.claims
import storage.messages
import storage.texts
from claims.model import Actor
from ops.engine import Engine, Ports, free_port
from storage import migrate
from storage.messages import Sent
from tests.hearing import Ear, Line
from tests.house import House, OpenClaim, house_on, settings_for
from tests.processes import Street

ROUNDS = 40


async def commit(claim: OpenClaim, number: int) -> float:
    """A message of the buyer, straight into the database; when it was committed."""
    now, name = datetime.now(UTC), f"{claim.id}-{number}"
    async with claim.house.database.writing() as session:
        stored = await storage.claims.find(session, claim.id)
        if stored is None:
            raise LookupError(claim.id)
        note = await storage.texts.keep(session, f"txt_{name}", claim.id, ("buyer", claim.sale.buyer), "Olá?", now)
        await storage.messages.add(
            session,
            stored,
            Sent(
                f"msg_{name}",
                claim.id,
                name,
                name,
                note.id,
                Actor.BUYER,
                claim.sale.buyer,
                "seller",
                "negotiation",
                now,
            ),
        )
    return time.perf_counter()


async def arrival(ear: Ear) -> float:
    while not (await ear.next()).kind:
        pass
    return time.perf_counter()


async def latencies(claims: list[OpenClaim], ears: dict[str, list[Ear]]) -> list[float]:
    """Seconds from commit to event, for each stream of the claim that a message is written in, one after another."""
    found = []
    for number in range(ROUNDS):
        claim = claims[number % len(claims)]
        waiting = [asyncio.create_task(arrival(ear)) for ear in ears[claim.id]]
        await asyncio.sleep(0.013 * (number % 20))  # at any moment between two looks
        committed = await commit(claim, number)
        found += [await task - committed for task in waiting]
    return found


async def measure(engine: Engine, url: str, folder: Path, streams: int, count: int) -> None:
    async with house_on(engine, settings_for(url, log_level="WARNING")) as house, AsyncExitStack() as stack:
        street = Street(engine, url, folder, house.temporal.namespace)
        street.environment |= {"AMENDS_STREAMS_PER_CALLER": "0", "AMENDS_LOG_LEVEL": "WARNING"}
        stack.push_async_callback(asyncio.to_thread, street.close)
        line = Line(house, await asyncio.to_thread(street.api))
        process = Path(f"/proc/{street.processes[0]._child.pid}")
        claims = [await house.claim() for _ in range(count)]
        print(f"no stream: {cost(process, await asyncio.to_thread(busy, process))}")
        ears = await connected(line, house, claims, streams, stack)
        print(f"{streams} streams on {count} claims: {cost(process, await asyncio.to_thread(busy, process))}")
        took = sorted(await latencies(claims, ears))
        p95 = took[int(0.95 * len(took))]
        print(f"commit to event: p50 {statistics.median(took):.3f} s, p95 {p95:.3f} s, {len(took)} events")


async def connected(
    line: Line, house: House, claims: list[OpenClaim], streams: int, stack: AsyncExitStack
) -> dict[str, list[Ear]]:
    ears: dict[str, list[Ear]] = {claim.id: [] for claim in claims}
    for number in range(streams):
        claim = claims[number % len(claims)]
        ears[claim.id].append(await stack.enter_async_context(line.heard(claim, "seller", last=2)))
    return ears


def busy(process: Path, seconds: float = 10) -> float:
    """The share of a core that the process takes while nothing happens."""
    before = _ticks(process)
    time.sleep(seconds)
    return (_ticks(process) - before) / os.sysconf("SC_CLK_TCK") / seconds


def _ticks(process: Path) -> int:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])  # in its own code, and in the system's


def cost(process: Path, share: float) -> str:
    pages = int((process / "statm").read_text().split()[1])
    return f"{pages * os.sysconf('SC_PAGE_SIZE') / 2**20:.0f} MB, {share:.1%} of a core"


def main() -> None:
    streams, count = (int(arg) for arg in [*sys.argv[1:], *("200", "50")[len(sys.argv) - 1 :]])
    engine = Engine(Ports(free_port(), free_port(), free_port()))
    engine.start()
    os.environ["TEMPORAL_ADDRESS"] = engine.address
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/amends.db"
            migrate.upgrade(url)
            asyncio.run(measure(engine, url, Path(folder), streams, count))
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
