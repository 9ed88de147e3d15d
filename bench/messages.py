"""What a message costs: `python -m bench.messages [messages]`. Real processes on loopback: engine, worker, API, SQLite.

It prints what a send takes with and without translation (alternately, in one run), how long until it can be read in
translation, how many a second go through API, store and translation, and the memory that translating takes.
"""

import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from ops.engine import Engine, Ports, free_port
from storage import migrate
from tests.house import Sale, key
from tests.processes import Street, caller
from tests.test_processes import opened
from workflows.connection import leave

_NUMBERS = itertools.count(1)
_KINDS = ("embedded", "off")
_POLL = 0.005  # seconds


class Room:
    """A claim in an installation of its own, its buyer's words (Portuguese) read by an English seller."""

    def __init__(self, street: Street, url: str) -> None:
        sale = Sale(time.monotonic_ns())
        self.street, self.claim_id = street, opened(url, sale)
        self.buyer, self.seller = caller(url, "buyer", sale.buyer), caller(url, "seller", sale.seller)
        self.seller.put("/v1/profile", json={"language": "en"}).raise_for_status()
        self.buyer.put("/v1/profile", json={"language": "pt"}).raise_for_status()

    def send(self, client: httpx.Client | None = None) -> tuple[str, float]:
        """The message's id, and the seconds that accepting it took."""
        text = f"Bom dia, o pedido número {next(_NUMBERS)} chegou com defeito e não liga de jeito nenhum."
        began = time.perf_counter()
        answer = (client or self.buyer).post(f"/v1/claims/{self.claim_id}/messages", json={"text": text}, headers=key())
        took = time.perf_counter() - began
        answer.raise_for_status()
        return answer.json()["id"], took

    def read(self, message_id: str) -> dict[str, Any]:
        return self.seller.get(f"/v1/claims/{self.claim_id}/messages/{message_id}").json()

    def until_translated(self, message_id: str) -> None:
        while (self.read(message_id)["translation"] or {}).get("state") != "done":
            time.sleep(_POLL)


def spread(name: str, seconds: list[float]) -> None:
    cut = quantiles(seconds, n=20)
    print(f"{name}: p50 {median(seconds) * 1000:.1f} ms, p95 {cut[18] * 1000:.1f} ms ({len(seconds)})")


def sends(rooms: dict[str, Room], count: int) -> None:
    """One at a time, in both installations in turn, with nothing else under way."""
    took: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    readable: list[float] = []
    for number in range(count + 5):
        for kind, room in rooms.items():
            began = time.perf_counter()
            message_id, seconds = room.send()
            if kind == "embedded":
                room.until_translated(message_id)
            if number >= 5:  # the first ones warm everything up
                took[kind].append(seconds)
                readable += [time.perf_counter() - began] if kind == "embedded" else []
    for kind in _KINDS:
        spread(f"send, translator {kind}", took[kind])
    print(f"send with translation / without: {median(took['embedded']) / median(took['off']):.2f} (p50)")
    spread("send to readable in translation", readable)


def flood(room: Room, count: int) -> None:
    """Eight senders at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: room.send()[0], range(count)))
    accepted = time.perf_counter() - began
    for message_id in ids:
        room.until_translated(message_id)
    done = time.perf_counter() - began
    print(f"8 senders: {count / accepted:.0f} messages a second accepted, {count / done:.0f} translated ({count})")


def memory(street: Street) -> Iterator[tuple[str, int]]:
    """Resident megabytes of the processes of an installation."""
    for process in street.processes:
        for pid in (process.pid, *_children(process.pid)):
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            resident = next(line for line in status if line.startswith("VmRSS"))
            name = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            yield name[-60:], int(resident.split()[1]) // 1024


def _children(pid: int) -> list[int]:
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [inner for child in found for inner in _children(child)]


@contextmanager
def installation(engine: Engine, folder: Path, kind: str) -> Iterator[Room]:
    folder.mkdir()
    url = f"sqlite:///{folder / 'amends.db'}"
    migrate.upgrade(url)
    street = Street(engine, url, folder)
    street.environment |= {"AMENDS_TRANSLATOR": kind, "AMENDS_LOG_LEVEL": "WARNING", "AMENDS_SWEEP_MINUTES": "0"}
    try:
        street.start("worker", [sys.executable, "worker.py"])
        yield Room(street, street.api())
    finally:
        street.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = Engine(Ports(free_port(), free_port(), free_port()), folder / "temporal.db")
        engine.start()
        os.environ["TEMPORAL_ADDRESS"] = engine.address
        try:
            with (
                installation(engine, folder / "on", "embedded") as on,
                installation(engine, folder / "off", "off") as off,
            ):
                sends({"embedded": on, "off": off}, count)
                flood(on, count * 2)
                for process, megabytes in memory(on.street):
                    print(f"{megabytes:5} MB  {process}")
        finally:
            engine.stop()


if __name__ == "__main__":
    main()
    leave(0)
