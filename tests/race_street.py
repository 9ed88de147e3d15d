"""The same races from outside: several real API processes and workers on one database."""

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from api.tokens import Caller, Role, Tokens
from ops.engine import Engine
from storage.database import Database
from tests.house import SECRET, House, settings_for
from tests.processes import street
from tests.race_gate import Honest
from workflows.connection import connect, register_attributes


class Outside(House):
    """What a test needs of a house that runs elsewhere; each call goes to the next API process."""

    def __init__(self, urls: list[str], database_url: str, temporal: object) -> None:
        self.settings = settings_for(database_url)
        self.database = Database(database_url)
        self.temporal = temporal  # type: ignore[assignment]
        self._tokens = Tokens(SECRET, self.settings.token_audience)
        self._doors = itertools.cycle([(url, Honest(httpx.AsyncHTTPTransport())) for url in urls])

    def headers(self, role: str, person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens.sign(Caller(person, Role(role)))}"}

    def as_(self, role: str, person: str = "somebody") -> httpx.AsyncClient:
        url, transport = next(self._doors)
        return httpx.AsyncClient(transport=transport, base_url=url, headers=self.headers(role, person), timeout=60)


@asynccontextmanager
async def outside(engine: Engine, database_url: str, folder: Path) -> AsyncIterator[Outside]:
    """Two workers and two API processes."""
    with street(engine, database_url, folder) as made:
        os.environ["TEMPORAL_NAMESPACE"] = made.namespace
        temporal = await connect("")
        await register_attributes(temporal)
        for _ in range(2):
            made.worker()
        house = Outside([made.api(), made.api()], database_url, temporal)
        try:
            yield house
        finally:
            await house.database.close()
