"""Real processes for tests that kill them: workers and API servers, each started as a user would and ended by pid."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ops.engine import Engine, free_port
from tests.house import SECRET

ROOT = Path(__file__).parent.parent


class Process:
    """A child with its output in a file."""

    def __init__(self, line: list[str], environment: dict[str, str], log: Path) -> None:
        self._line, self._environment, self.log = line, environment, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                self._line, cwd=ROOT, env=self._environment, stdout=out, stderr=out, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self._child.kill()
        self._child.wait()

    def exit_code(self) -> int:
        """Wait until it ends by itself."""
        return self._child.wait(90)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        return self._child.wait(90)

    def said(self, words: str, seconds: float = 90) -> None:
        """Wait until these words stand in the log."""
        deadline = time.monotonic() + seconds
        while words not in self.log.read_text(errors="replace"):
            assert self._child.poll() is None, self.log.read_text(errors="replace")
            assert time.monotonic() < deadline, f"{words!r} was never said: {self.log.read_text(errors='replace')}"
            time.sleep(0.05)


class Street:
    """Several processes on one engine and one database."""

    def __init__(self, engine: Engine, database_url: str, folder: Path, namespace: str = "") -> None:
        self.folder = folder
        self.namespace = namespace or f"street-{os.getpid()}-{time.monotonic_ns()}"
        if not namespace:
            engine.new_namespace(self.namespace)
        self.environment = os.environ | {
            "AMENDS_MODE": "embedded",
            "AMENDS_TOKEN_SECRET": SECRET,
            "AMENDS_DATABASE_URL": database_url,
            "AMENDS_EVIDENCE_URL": str(folder / "evidence"),
            "AMENDS_REQUESTS_PER_MINUTE": "0",
            "AMENDS_UPDATE_TIMEOUT_SECONDS": "50",  # however busy the machine is
            "TEMPORAL_ADDRESS": engine.address,
            "TEMPORAL_NAMESPACE": self.namespace,
        }
        self.processes: list[Process] = []

    def worker(self) -> Process:
        process = self.start("worker", [sys.executable, "worker.py"])
        process.said("worker ready")
        return process

    def api(self) -> str:
        """Start an API process; its address."""
        port = free_port()
        line = ["-m", "uvicorn", "api.app:create_app", "--factory", "--host", "127.0.0.1", "--port", str(port)]
        self.start("api", [sys.executable, *line])
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/healthz").is_success:
                    return url
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the API did not come up")

    def start(self, name: str, line: list[str]) -> Process:
        log = self.folder / f"{name}-{len(self.processes)}.log"
        log.touch()
        self.processes.append(Process(line, self.environment, log))
        return self.processes[-1]

    def close(self) -> None:
        for process in reversed(self.processes):
            process.stop()


@contextmanager
def street(engine: Engine, database_url: str, folder: Path) -> Iterator[Street]:
    made = Street(engine, database_url, folder)
    try:
        yield made
    finally:
        made.close()


def caller(url: str, role: str, person: str) -> httpx.Client:
    """A client of a running API that calls as this person."""
    token = httpx.post(f"{url}/v1/dev/tokens", json={"sub": person, "role": role}).json()["token"]
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
