"""Processes that `make run` starts: each in a session of its own, with a log, ended in order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ops.engine import Engine, Ports
from ops.tied import tied

_LOOK = 0.05  # seconds between two looks at a process


class Process(Protocol):
    @property
    def pid(self) -> int: ...
    def alive(self) -> bool: ...
    def kill(self) -> None: ...


class Child:
    """One process of ours. It ends when we do, even when we are killed."""

    def __init__(self, command: list[str], log: Path, folder: Path, environment: dict[str, str]) -> None:
        self.command = command
        with log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 our own command
                tied(command), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        return self._process.poll()

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class TiedEngine(Engine):
    """The embedded engine, which ends when we do."""

    def __init__(self, ports: Ports, store: Path, log: Path) -> None:
        super().__init__(ports, store, log.open("ab"))
        self.command = self._command
        self._command = tied(self._command)


def end(process: Process, seconds: float, impatient: Callable[[], bool] = lambda: False) -> None:
    """Ask the process to end, and make it when it takes longer or when nobody wants to wait."""
    if not process.alive():
        return
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while process.alive():
        if impatient() or time.monotonic() > deadline:
            process.kill()
        time.sleep(_LOOK)


class Leftover:
    """A process of an earlier run that was killed before it could end its children."""

    def __init__(self, pid: int, command: list[str]) -> None:
        self.pid, self._command = pid, command

    def alive(self) -> bool:
        """Whether that process is still there, and not another one by its number."""
        try:
            line = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False
        return line.split(b"\0")[:-1] == [os.fsencode(part) for part in self._command]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def end_leftovers(noted: Iterable[tuple[int, list[str]]]) -> None:
    """End what an earlier run left behind, the last started first."""
    for pid, command in reversed(list(noted)):
        end(Leftover(pid, command), seconds=10)


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, for a person."""
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([*(f"  | {line}" for line in last), f"  (the end of {log})"])
