"""`make run` as a process of its own, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from ops.children import end_leftovers

ROOT = Path(__file__).parent.parent
SECONDS = 90  # to get ready on a busy machine, and to end there


class Run:
    """A started supervisor and what it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        line = [sys.executable, "-u", "-m", "ops.run", "--folder", str(folder)]
        plain = {k: v for k, v in os.environ.items() if k != "MAKELEVEL"}
        plain |= {"TEMPORAL_ADDRESS": "127.0.0.1:9", "TEMPORAL_NAMESPACE": "elsewhere"}  # it has an engine of its own
        self.out = folder.parent / f"out-{time.monotonic_ns()}"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                line, cwd=ROOT, env=plain, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.out.read_text()

    def until_ready(self) -> "Run":
        deadline = time.monotonic() + SECONDS
        while "Ctrl-C stops everything" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        return self

    def noted(self) -> dict[str, Any]:
        return json.loads((self.folder / "lock").read_text())

    def children(self) -> dict[str, int]:
        """The children by a word of their command line."""
        words = {"engine": "start-dev", "worker": "worker.py", "api": "uvicorn"}
        lines = {pid: " ".join(command) for pid, command in self.noted()["processes"]}
        return {name: next(pid for pid, line in lines.items() if word in line) for name, word in words.items()}

    def client(self, role: str = "platform", person: str = "market") -> httpx.Client:
        api = self.noted()["addresses"]["api"]
        token = httpx.post(f"{api}/v1/dev/tokens", json={"sub": person, "role": role}).json()["token"]
        return httpx.Client(base_url=api, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Its exit status. What does not end in time fails, and is ended with all that it started."""
        self.process.send_signal(number)
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._end()
            raise

    def _end(self) -> None:
        """At once, and then what it started: that is in sessions of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if (self.folder / "lock").exists():
            end_leftovers(self.noted().get("processes", []))
