"""The processes that are killed: each a real child in a session of its own, with a log, ended by its pid."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.reaper import Reaper

ROOT = Path(__file__).resolve().parent.parent.parent
LOOK = 0.1  # seconds between two looks at a process
READY_SECONDS = 400  # to be ready; a machine may be busy


class NotReady(Exception):
    """A process did not come up."""


@dataclass
class Down:
    """A stretch of time without a process."""

    name: str
    since: float
    until: float = 0.0


@dataclass
class Process:
    """One process that is started again and again. `ready` says whether it does its work."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    ready: Callable[["Process"], Awaitable[bool]]
    user: str | None = None
    starts: int = 0
    ended_by_itself: int = 0
    held: bool = False  # killed on purpose, to be started again by whoever did
    _child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def spawn(self, reaper: Reaper) -> None:
        with self.log.open("ab") as out:
            out.write(f"--- started {time.strftime('%H:%M:%S')}\n".encode())
            out.flush()
            self._child = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, user=self.user, group=self.user, extra_groups=[] if self.user else None,
            )  # fmt: skip
        reaper.watch(self._child.pid)
        self.starts += 1

    def kill(self, reaper: Reaper) -> None:
        """SIGKILL, as a crash would; and wait until the process is gone."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            reaper.forget(self._child.pid)

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def stop(self, reaper: Reaper, seconds: float) -> None:
        """Ask it to end; kill it when it takes longer."""
        if self._child is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGINT if self.user else signal.SIGTERM)  # PostgreSQL: fast, not smart
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(seconds)
        self.kill(reaper)

    async def is_ready(self, deadline: float) -> bool:
        """Wait until it does its work; False when it ended or took too long."""
        while self.alive and time.monotonic() < deadline:
            if await self.ready(self):
                return True
            await asyncio.sleep(LOOK)
        return False


class Supervisor:
    """Starts what has ended by itself, as an operator's supervisor would, and knows when what was down."""

    def __init__(self, processes: list[Process], reaper: Reaper) -> None:
        self.processes, self.reaper = processes, reaper
        self.downs: list[Down] = []
        self._open: dict[str, Down] = {}

    async def start_all(self) -> None:
        for process in self.processes:
            await self.start(process)

    async def start(self, process: Process) -> None:
        """Start it until it is ready; it may fail at first, while others are away."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            process.spawn(self.reaper)
            if await process.is_ready(deadline):
                process.held = False
                self._up(process.name)
                return
            process.kill(self.reaper)
            process.ended_by_itself += 1
            await asyncio.sleep(0.5)
        raise NotReady(f"{process.name} did not come up, see {process.log}")

    def kill(self, process: Process) -> None:
        process.held = True
        process.kill(self.reaper)
        self._down(process.name)

    async def watch(self) -> None:
        """For ever: what ends by itself is started again."""
        while True:
            for process in self.processes:
                if not process.held and not process.alive:
                    process.held = True
                    process.ended_by_itself += 1
                    self._down(process.name)
                    process.kill(self.reaper)
                    await self.start(process)
            await asyncio.sleep(LOOK)

    def stop_all(self) -> None:
        for process in reversed(self.processes):
            process.stop(self.reaper, 10)

    def _down(self, name: str) -> None:
        if name not in self._open:
            self._open[name] = Down(name, time.time())

    def _up(self, name: str) -> None:
        if down := self._open.pop(name, None):
            down.until = time.time()
            self.downs.append(down)
