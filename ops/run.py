"""`make run`: starts engine, migrations, worker, API and demo data in that order; watches them; stops them in order."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx
from pydantic import SecretStr, ValidationError

import settings as configuration
from ops import codec_server, summary
from ops.children import Child, TiedEngine, end, end_leftovers, tail
from ops.engine import EngineFailed, Ports, free_port, program, surroundings
from ops.home import Home
from ops.terminal import StopAsked, Wish, taken_over
from settings import Settings
from storage.migrate import upgrade
from workflows import QUEUE, REFUND_QUEUE

ROOT = Path(__file__).resolve().parent.parent
_ENGINE_PORT, _UI_PORT, _API_PORT = 7233, 8233, 8080  # if they are free
_READY_SECONDS = 60
_END_SECONDS = {"api": 4, "worker": 20, "engine": 5}  # the worker drains; 30 in all
_LOOK = 0.1


class Failed(Exception):
    """A process went away, or did not become ready."""


class Supervisor:
    """Starts everything, watches it, and stops it in order."""

    def __init__(self, home: Home, wish: Wish) -> None:
        self.home, self.wish = home, wish
        self.running: dict[str, TiedEngine | Child] = {}
        self.logs = {name: home.log(name) for name in ("engine", "codec", "worker", "api", "demo")}
        self.addresses = {"api": "", "ui": "", "engine": "", "codec": ""}

    def run(self) -> int:
        """Until somebody wants it to stop (0) or something fails (1)."""
        try:
            self._start()
            self._watch()
        except StopAsked:
            return 0
        except (EngineFailed, Failed, httpx.HTTPError) as error:
            return 0 if self.wish.stop else _explain(str(error))
        except ValidationError as error:
            return _explain(configuration.explain(error))
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        self._start_engine()
        upgrade(self.home.database_url)
        environment = self._environment()
        if self.addresses["codec"]:
            self._start_child("codec", self._codec_command(), environment)
        self._start_child("worker", [sys.executable, "-u", "worker.py"], environment)
        self._start_child("api", self._api_command(), environment)
        self._wait("api", self._api_ready)
        self._wait("worker", self._worker_ready)
        self._demonstrate(environment)
        _say(summary.text(self.addresses, self.home.path))

    def _start_engine(self) -> None:
        codec = f"http://127.0.0.1:{free_port(codec_server.PORT)}" if self._encrypts() else ""
        ports = Ports(free_port(_ENGINE_PORT), free_port(), free_port(), free_port(_UI_PORT), codec)
        engine = TiedEngine(ports, self.home.engine_store, self.logs["engine"])
        self.running["engine"] = engine
        api = f"http://127.0.0.1:{free_port(_API_PORT)}"
        self.addresses = {"api": api, "ui": f"http://127.0.0.1:{ports.ui}", "engine": engine.address, "codec": codec}
        _say("Starting the engine ...")
        engine.start()
        self._note()

    def _start_child(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.wish.check()
        _say(f"Starting the {name} ...")
        self.running[name] = Child(command, self.logs[name], ROOT, environment)
        self._note()

    def _encrypts(self) -> bool:
        """Whether keys are set, so that the Web UI needs a codec server. Raises pydantic's ValidationError."""
        given = Settings(token_secret=SecretStr(self.home.secret()))
        return bool(given.payload_keys.get_secret_value())

    def _environment(self) -> dict[str, str]:
        ui = self.addresses["ui"]
        return surroundings() | {
            "AMENDS_MODE": "embedded",
            "AMENDS_TOKEN_SECRET": self.home.secret(),
            "AMENDS_DATABASE_URL": self.home.database_url,
            "AMENDS_EVIDENCE_URL": str(self.home.evidence),
            "AMENDS_PUBLIC_URL": self.addresses["api"],
            "AMENDS_CODEC_ORIGINS": f"{ui},{ui.replace('127.0.0.1', 'localhost')}",
            "TEMPORAL_ADDRESS": self.addresses["engine"],
        }

    def _api_command(self) -> list[str]:
        port = self.addresses["api"].rpartition(":")[2]
        where = ["--host", "127.0.0.1", "--port", port, "--timeout-graceful-shutdown", "3", "--no-proxy-headers"]
        return [sys.executable, "-u", "-m", "uvicorn", "api.app:create_app", "--factory", *where]

    def _codec_command(self) -> list[str]:
        return [sys.executable, "-u", "-m", "ops.codec_server", "--port", self.addresses["codec"].rpartition(":")[2]]

    def _api_ready(self) -> bool:
        connection = HTTPConnection(self.addresses["api"].removeprefix("http://"), timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _worker_ready(self) -> bool:
        """Both queues are polled; the engine is new, so it is our worker that does it."""
        return self._polled(QUEUE, "workflow") and self._polled(REFUND_QUEUE, "activity")

    def _polled(self, queue: str, kind: str) -> bool:
        """Asked in the old way, whose answer is never some seconds old."""
        line = [str(program()), "task-queue", "describe", "--legacy-mode", "--task-queue-type-legacy", kind]
        line += ["--task-queue", queue, "--output", "json", "--address", self.addresses["engine"]]
        said = subprocess.run(line, env=surroundings(), capture_output=True, text=True, check=False)  # noqa: S603
        return said.returncode == 0 and '"identity"' in said.stdout

    def _demonstrate(self, environment: dict[str, str]) -> None:
        """Demo data by a process of its own, so that Ctrl-C need not wait for it."""
        self._start_child("demo", [sys.executable, "-u", "-m", "ops.demo", self.addresses["api"]], environment)
        demo = self.running["demo"]
        self._wait("", lambda: not demo.alive())
        del self.running["demo"]
        if isinstance(demo, Child) and demo.code:
            raise Failed(f"The demo data could not be made:\n{tail(self.logs['demo'])}")

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not ready():
            self._look()
            if time.monotonic() > deadline:
                raise Failed(f"The {name} is not ready after {_READY_SECONDS} s:\n{tail(self.logs[name])}")
            time.sleep(_LOOK)

    def _watch(self) -> None:
        while True:
            self._look()
            time.sleep(_LOOK)

    def _look(self) -> None:
        """Raise when somebody wants us to stop, or when a process went away by itself."""
        self.wish.check()
        for name, process in self.running.items():
            if name != "demo" and not process.alive():
                raise Failed(f"The {name} ended by itself:\n{tail(self.logs[name])}")

    def _stop(self) -> None:
        """No new work first; then the worker finishes what is in hand while the engine still runs."""
        for name in ("demo", "api", "worker", "codec", "engine"):
            if process := self.running.pop(name, None):
                _say(f"Stopping the {name} ...")
                end(process, _END_SECONDS.get(name, 1), lambda: self.wish.hurry)
        self.home.note({})
        _say("Stopped.")

    def _note(self) -> None:
        processes = [(p.pid, p.command) for p in self.running.values()]
        addresses = {name: where for name, where in self.addresses.items() if where}
        self.home.note({"pid": os.getpid(), "addresses": addresses, "processes": processes})


def main() -> int:
    os.umask(0o077)  # whatever is written here is for its owner alone
    parser = argparse.ArgumentParser(description="Runs Amends on its embedded defaults, with demo data.")
    parser.add_argument("--folder", type=Path, default=ROOT / "var", help="where everything is kept (default: var)")
    home = Home(parser.parse_args().folder)
    if not home.take():
        return _explain(summary.runs_already(home.noted()))
    end_leftovers(home.noted().get("processes", []))
    wish = Wish()
    wish.listen()
    with taken_over():
        return Supervisor(home, wish).run()


def _say(text: str) -> None:
    with suppress(OSError):  # nobody may be reading any more; the children still have to be stopped
        print(text, flush=True)


def _explain(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
