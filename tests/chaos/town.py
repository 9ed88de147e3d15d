"""All that is run and killed: two API processes, two workers, the engine on a file, PostgreSQL, and proxies between."""

import asyncio
import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from ops.engine import RETENTION, Ports, command, free_port, program, surroundings
from storage.database import Database
from storage.migrate import upgrade
from tests.chaos import postgres
from tests.chaos.processes import Process, Supervisor
from tests.chaos.proxies import Proxy
from tests.chaos.reaper import Reaper

KINDS = ("api", "worker", "temporal", "postgresql")


def kind(name: str) -> str:
    """api-1 -> api"""
    return name.partition("-")[0]


@dataclass
class Town:
    folder: Path
    pace: int
    reaper: Reaper
    processes: dict[str, Process] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.secret = self._secret()
        self.postgres_port = free_port()
        self.engine = Ports(free_port(), free_port(), free_port())
        self.api_ports = {f"api-{n}": free_port() for n in (1, 2)}
        self.supervisor = Supervisor([], self.reaper)

    async def build(self) -> None:
        """Everything up and ready, on the data of this folder."""
        (self.folder / "log").mkdir(exist_ok=True)
        await self._start_proxies()
        await asyncio.to_thread(postgres.prepare, self.folder / "postgres")
        for process in (self._postgres(), self._engine(), *self._ours()):
            self.processes[process.name] = process
            self.supervisor.processes.append(process)
            await self.supervisor.start(process)
            await self._after_start(process.name)

    @property
    def entrances(self) -> list[str]:
        """Where clients reach the API: through proxies."""
        return [f"http://127.0.0.1:{self.proxies[f'clients to {name}'].at}" for name in self.api_ports]

    def database(self) -> Database:
        """For the checks: the database without a proxy."""
        return Database(postgres.url(self.postgres_port), pool_size=3)

    async def temporal(self) -> Client:
        """For the checks: the engine without a proxy."""
        address = f"127.0.0.1:{self.engine.grpc}"
        return await Client.connect(address, data_converter=pydantic_data_converter)

    async def close(self) -> None:
        await asyncio.to_thread(self.supervisor.stop_all)
        for proxy in self.proxies.values():
            await proxy.stop()

    async def _after_start(self, name: str) -> None:
        if name == "postgresql":
            await postgres.make_database(self.postgres_port)
            await asyncio.to_thread(upgrade, postgres.url(self.postgres_port))
        if name == "temporal":
            line = ["operator", "namespace", "update", "--namespace", "default", "--retention", RETENTION]
            await self._cli(*line)

    async def _start_proxies(self) -> None:
        doors = {f"clients to {name}": port for name, port in self.api_ports.items()}
        for who in ("api", "worker"):
            doors |= {f"{who} to postgresql": self.postgres_port, f"{who} to temporal": self.engine.grpc}
        for name, port in doors.items():
            self.proxies[name] = Proxy(name, port)
            await self.proxies[name].start(free_port())

    def _postgres(self) -> Process:
        line = postgres.command(self.folder / "postgres", self.postgres_port)

        async def ready(_: Process) -> bool:
            return await postgres.answers(self.postgres_port)

        process = self._process("postgresql", line, {"PATH": os.environ["PATH"], "LC_ALL": "C"}, ready)
        process.user = postgres.system_user()
        return process

    def _engine(self) -> Process:
        async def ready(_: Process) -> bool:
            return await self._listens() and await self._cli("operator", "namespace", "describe", "default")

        line = command(self.engine, self.folder / "temporal.db")
        return self._process("temporal", line, surroundings(), ready)

    def _ours(self) -> list[Process]:
        found = []
        for name, port in self.api_ports.items():
            line = [sys.executable, "-u", "-m", "uvicorn", "api.app:create_app", "--factory", "--host", "127.0.0.1",
                    "--port", str(port), "--timeout-graceful-shutdown", "3", "--log-level", "warning"]  # fmt: skip
            found.append(self._process(name, line, self._environment("api"), self._api_lives(port)))
        for name in ("worker-1", "worker-2"):
            line = [sys.executable, "-u", "worker.py"]
            found.append(self._process(name, line, self._environment("worker"), _says_ready))
        return found

    def _process(self, name, line, environment, ready) -> Process:  # type: ignore[no-untyped-def]
        return Process(name, line, environment, self.folder / "log" / f"{name}.log", ready)

    def _api_lives(self, port: int):  # type: ignore[no-untyped-def]
        async def ready(_: Process) -> bool:
            try:
                async with httpx.AsyncClient(timeout=2) as client:
                    return (await client.get(f"http://127.0.0.1:{port}/healthz")).is_success
            except httpx.TransportError:
                return False

        return ready

    def _environment(self, who: str) -> dict[str, str]:
        mine = {name: value for name, value in surroundings().items() if not name.startswith("AMENDS_")}
        return mine | {
            "AMENDS_MODE": "embedded",
            "AMENDS_TOKEN_SECRET": self.secret,
            "AMENDS_DATABASE_URL": postgres.url(self.proxies[f"{who} to postgresql"].at),
            "AMENDS_TRIAL_PACE": str(self.pace),
            "AMENDS_LOG_LEVEL": "WARNING" if who == "api" else "INFO",
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.proxies[f'{who} to temporal'].at}",
        }

    def _secret(self) -> str:
        """The same after an interruption, though it matters to nobody."""
        file = self.folder / "secret"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(32))
        return file.read_text()

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.engine.grpc)
        except OSError:
            return False
        writer.close()
        return True

    async def _cli(self, *arguments: str) -> bool:
        line = [str(program()), *arguments, "--address", f"127.0.0.1:{self.engine.grpc}"]
        quiet = asyncio.subprocess.DEVNULL
        child = await asyncio.create_subprocess_exec(*line, env=surroundings(), stdout=quiet, stderr=quiet)
        return await child.wait() == 0


async def _says_ready(process: Process) -> bool:
    """The worker says so in its log, once for each start."""
    with process.log.open("rb") as log:
        log.seek(max(0, process.log.stat().st_size - 20_000))
        text = log.read().decode(errors="replace")
    return "worker ready" in text.rpartition("--- started")[2]
