"""A look at all claims, past the API: so that waiting clients need not ask it again and again."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from tests.chaos import postgres

_LOOK = 0.4  # seconds
_QUERY = "SELECT id, state, updated_at FROM claims WHERE updated_at > $1"


class Watcher:
    """The claims' states as the database has them, by claim id."""

    def __init__(self, port: int) -> None:
        self.claims: dict[str, dict[str, Any]] = {}
        self._port = port
        self._since = datetime(2000, 1, 1, tzinfo=UTC)

    async def watch(self) -> None:
        """For ever; while the database is away, nothing is seen."""
        while True:
            with suppress(*postgres.AWAY):
                connection = await asyncpg.connect(postgres.url(self._port), timeout=3)
                try:
                    while True:
                        await self._look(connection)
                        await asyncio.sleep(_LOOK)
                finally:
                    connection.terminate()
            await asyncio.sleep(_LOOK)

    @property
    def open(self) -> list[dict[str, Any]]:
        return [c for c in self.claims.values() if c["stage"] != "closed"]

    async def _look(self, connection: "asyncpg.Connection[Any]") -> None:
        rows = await connection.fetch(_QUERY, self._since, timeout=5)
        for row in rows:
            self.claims[row["id"]] = json.loads(row["state"])
        if rows:  # a step may be dated before others that are stored already: clock rows, for one
            self._since = max(r["updated_at"] for r in rows) - timedelta(seconds=60)
