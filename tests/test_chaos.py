"""The short form of `make chaos`, interrupted in the middle; and the harness's own parts, which must not lie."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ops.engine import free_port
from tests.chaos.__main__ import arguments, plan
from tests.chaos.proxies import Proxy
from tests.chaos.run import casting
from tests.chaos.stories import STORIES
from tests.chaos.storm import kills
from tests.processes import ROOT

PLAN = replace(plan(arguments(["--seed", "7"])), started=0.0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL can be run by another user; pytest's own folder is nobody else's."""
    path = Path(tempfile.mkdtemp(prefix="amends-chaos-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


class Chaos:
    """The harness as a process. It writes into a file: a pipe that nobody reads would fill and hold it up."""

    def __init__(self, *more: str) -> None:
        self.output = tempfile.TemporaryFile("w+")  # noqa: SIM115 goes with this object
        line = [sys.executable, "-m", "tests.chaos", *more]
        self.process = subprocess.Popen(line, cwd=ROOT, stdout=self.output, stderr=subprocess.STDOUT, text=True)

    def said(self) -> str:
        self.output.seek(0)
        return self.output.read()

    def wait(self, check: Callable[[], bool], seconds: float) -> None:
        """Until it is as wished; while the harness runs at all."""
        deadline = time.monotonic() + seconds
        while not check():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"it never came to be: {self.said()}"
            time.sleep(0.1)


def running_in(folder: Path) -> list[str]:
    """The processes whose command line names the folder, but for the harness."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in line and "tests.chaos" not in line:
                found.append(line)
    return found


@pytest.mark.long
def test_every_story_with_every_process_killed_keeps_every_promise(folder: Path) -> None:
    """The 90-second form. It is killed in the middle, leaves nothing behind, and goes on where it was."""
    size = ["--claims", str(len(STORIES)), "--kills", "10", "--seed", "3", "--day", "2", "--gap", "3"]
    first = Chaos(*size, "--in-flight", "20", "--folder", str(folder))
    first.wait(lambda: (folder / "journal.jsonl").exists() and '"done"' in (folder / "journal.jsonl").read_text(), 900)
    assert running_in(folder)
    first.process.kill()
    first.process.wait()
    wait(lambda: not running_in(folder), 60)
    again = Chaos("--resume", str(folder))
    assert again.process.wait(timeout=2400) == 0, again.said()
    assert "| none | 0 |" in again.said()
    assert not running_in(folder)


@pytest.mark.long
def test_asked_to_stop_it_leaves_nothing_behind(folder: Path) -> None:
    asked = Chaos("--claims", "5", "--kills", "2", "--seed", "4", "--folder", str(folder))
    asked.wait(lambda: bool(running_in(folder)), 180)
    asked.process.send_signal(signal.SIGTERM)
    assert asked.process.wait(180) == 130, asked.said()
    assert not running_in(folder)


def test_the_same_seed_is_the_same_plan() -> None:
    again, other = replace(PLAN, started=9.0), replace(PLAN, seed=8)
    assert (kills(PLAN), casting(PLAN)) == (kills(again), casting(again))
    assert (kills(PLAN), casting(PLAN)) != (kills(other), casting(other))


def test_every_process_is_killed_and_every_story_told() -> None:
    struck = Counter(name for kill in kills(PLAN) for name in kill.targets)
    assert struck.total() == 200
    assert min(struck.values()) > 10, struck
    assert len(struck) == 6
    assert set(Counter(casting(PLAN)).values()) == {27, 28}
    small = {name for kill in kills(replace(PLAN, kills=10)) for name in kill.targets}
    assert small == struck.keys()


async def test_a_lost_answer_was_a_delivered_request() -> None:
    async with echo() as (proxy, heard):
        proxy.lose_answers(1)
        assert await ask(proxy, b"one") == b""
        assert heard == [b"one"]
        assert await ask(proxy, b"two") == b"two"
        assert proxy.counts["answer lost"] == 1


async def test_a_cut_ends_what_is_open_and_nothing_after_it() -> None:
    async with echo() as (proxy, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.at)
        writer.write(b"hello")
        assert await reader.read(10) == b"hello"
        assert proxy.cut() == 1
        with suppress(OSError):
            assert await reader.read(10) == b""
        assert await ask(proxy, b"again") == b"again"


async def test_what_is_held_up_arrives_later() -> None:
    async with echo() as (proxy, heard):
        holding = asyncio.create_task(proxy.hold(0.5))
        await asyncio.sleep(0.1)
        asking = asyncio.create_task(ask(proxy, b"late"))
        await asyncio.sleep(0.1)
        assert heard == [] or holding.done()  # on a very busy machine
        await holding
        assert await asking == b"late"


def test_the_reaper_kills_what_it_knows_when_the_harness_dies() -> None:
    script = (
        "import subprocess, sys, time\n"
        "from tests.chaos.reaper import Reaper\n"
        "reaper = Reaper()\n"
        "sleepers = [subprocess.Popen(['sleep', '600'], start_new_session=True) for _ in range(3)]\n"
        "for each in sleepers: reaper.watch(each.pid)\n"
        "reaper.forget(sleepers[2].pid)\n"
        "print(*(each.pid for each in sleepers), flush=True)\n"
        "time.sleep(600)\n"
    )
    harness = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert harness.stdout
    pids = [int(pid) for pid in harness.stdout.readline().split()]
    os.kill(pids[0], signal.SIGSTOP)
    harness.kill()
    harness.wait()
    try:
        wait(lambda: not alive(pids[0]) and not alive(pids[1]), 20)
        assert alive(pids[2])
    finally:
        os.kill(pids[2], signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether the process is there; one that has ended and was not fetched yet is not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def wait(check: object, seconds: float) -> None:
    assert callable(check)
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.1)


@asynccontextmanager
async def echo() -> AsyncIterator[tuple[Proxy, list[bytes]]]:
    """A server that says what it hears, behind a proxy; and what it has heard."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(100):
                heard.append(data)
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", free_port())
    proxy = Proxy("a proxy", server.sockets[0].getsockname()[1])
    await proxy.start(free_port())
    try:
        yield proxy, heard
    finally:
        await proxy.stop()
        server.close()


async def ask(proxy: Proxy, words: bytes) -> bytes:
    """Say something over a connection of its own; an empty answer when it broke."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.at)
        writer.write(words)
        return await asyncio.wait_for(reader.read(100), 60)
    except OSError:
        return b""
