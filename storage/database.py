"""Connections: many readers; on SQLite one writer for each process, which takes the lock when it begins."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON", "secure_delete=ON")
_PATIENCE = {"timeout": 5, "command_timeout": 20}  # seconds, for PostgreSQL to let us in and to answer
_DISCREET = True  # errors go into logs and into Temporal: what was to be written must not stand in them
_AWAY = ("08", "40", "53", "57")  # SQLSTATE classes: connection, rolled back, no room, shut down


class DatabaseAway(Exception):
    """The database does not answer, or broke off: what was being written stands whole or not at all."""


def async_url(url: str) -> str:
    """The same database over its asyncio driver: sqlite:///file, postgresql://user:password@host/name."""
    parsed = make_url(url)
    driver = _DRIVERS.get(parsed.drivername, parsed.drivername)
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


class Database:
    """The claims database. `url` is that of SQLAlchemy, with or without the driver's name."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self._readers = self._engine(pool_size, "BEGIN")
        self._writers = self._engine(1, "BEGIN IMMEDIATE") if self.is_sqlite else self._readers
        self._read = async_sessionmaker(self._snapshots(), expire_on_commit=False)
        self._write = async_sessionmaker(self._writers, expire_on_commit=False)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for queries: one consistent view, nothing written. Raises DatabaseAway."""
        with _told_apart():
            async with self._read() as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end of the block, rolled back when it raises. Raises DatabaseAway."""
        with _told_apart():
            async with self._write.begin() as session:
                yield session

    async def ping(self) -> None:
        """Raise DatabaseAway when the database does not answer."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def forget(self) -> None:
        """Empty SQLite's write-ahead log, which still holds what was overwritten. PostgreSQL's are its operator's."""
        if self.is_sqlite:
            async with self._writers.connect() as connection:
                raw = await connection.get_raw_connection()
                await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]

    async def close(self) -> None:
        await self._writers.dispose()
        await self._readers.dispose()

    def _snapshots(self) -> AsyncEngine:
        """Readers whose queries all see the same instant; SQLite's do so by themselves."""
        return self._readers if self.is_sqlite else self._readers.execution_options(isolation_level="REPEATABLE READ")

    def _engine(self, pool_size: int, begin: str) -> AsyncEngine:
        if not self.is_sqlite:
            pool = {"pool_size": pool_size, "max_overflow": 0, "pool_pre_ping": True, "pool_timeout": 10}
            return create_async_engine(self.url, connect_args=dict(_PATIENCE), hide_parameters=_DISCREET, **pool)
        engine = create_async_engine(self.url, pool_size=pool_size, max_overflow=0, hide_parameters=_DISCREET)
        _prepare_sqlite(engine, begin)
        return engine


@contextmanager
def _told_apart() -> Iterator[None]:
    """One name for all the ways in which a database can be away; the driver has one for each."""
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise DatabaseAway(type(error).__name__) from error
        raise


def is_away(error: Exception) -> bool:
    """By its kind, or by the SQLSTATE that PostgreSQL gave; what asyncpg raises while connecting comes as it is."""
    cause = getattr(error, "orig", error)
    state = getattr(cause, "sqlstate", None) or ""
    if isinstance(error, InternalError) and not state:
        return True  # asyncpg's own, of a connection that broke off while it was being handed over
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False  # it is there and does not understand: a table is missing, say
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError) or state.startswith(_AWAY)


def _prepare_sqlite(engine: AsyncEngine, begin: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)
