"""Listening to a claim's stream over a socket, as a client of server-sent events does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from api.app import create_app
from api.desk import Desk
from api.stream import Streams
from storage.database import Database
from tests.fuzzed import served
from tests.house import House, OpenClaim

SOON = 45.0  # seconds; far more than it takes


@dataclass(frozen=True)
class Told:
    """One event. `kind` is empty where only the id moves on."""

    id: int
    kind: str
    data: Any

    @property
    def name(self) -> tuple[int, str, str]:
        """What it is about, whatever has become of it since."""
        what = {"step": "sequence", "read": "up_to"}.get(self.kind, "id")
        return self.id, self.kind, str(self.data[what]) if self.data else ""


class Ear:
    """One connection. `comments`: how many came."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self.comments = answer, 0
        self._pieces, self._rest = answer.aiter_bytes(), b""

    async def next(self) -> Told:
        """The next event. Raises EOFError when the stream has ended, TimeoutError when there are only comments."""
        async with asyncio.timeout(SOON):
            return await self._next()

    async def _next(self) -> Told:
        while True:
            while b"\n\n" not in self._rest:
                self._rest += await self._piece()
            block, _, self._rest = self._rest.partition(b"\n\n")
            self.comments += block.startswith(b":")
            if told := parsed(block):
                return told

    async def cut(self, most: int, seconds: float) -> list[Told]:
        """What came whole in the first so many bytes, or until nothing came for a while; for who hangs up then."""
        raw = b""
        with suppress(EOFError, TimeoutError, httpx.TransportError):
            while len(raw) < most:
                async with asyncio.timeout(seconds):
                    raw += await self._piece()
        return [told for block in raw[:most].split(b"\n\n")[:-1] if (told := parsed(block))]

    async def up_to(self, position: int) -> list[Told]:
        """What comes until something at this position or later has come."""
        found = [await self.next()]
        while found[-1].id < position:
            found.append(await self.next())
        return found

    async def rest(self) -> list[Told]:
        """What comes until the stream ends."""
        found = []
        try:
            while True:
                found.append(await self.next())
        except EOFError:
            return found

    async def _piece(self) -> bytes:
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            raise EOFError from None


def parsed(block: bytes) -> Told | None:
    """An event as it came over the wire; None for one without an id, such as a comment."""
    said = dict(line.partition(": ")[::2] for line in block.decode().split("\n"))
    if "id" not in said:
        return None
    return Told(int(said["id"]), said.get("event", ""), json.loads(said["data"]) if "data" in said else None)


class Line:
    """An API of its own, behind a real server, on the database of a house; `app` where it is in this process."""

    def __init__(self, house: House, url: str, app: Any = None) -> None:
        self.house, self.url, self.app = house, url, app

    @property
    def desk(self) -> Desk:
        found: Desk = self.app.state.desk
        return found

    @property
    def streams(self) -> Streams:
        found: Streams = self.app.state.streams
        return found

    @asynccontextmanager
    async def heard(
        self, claim: OpenClaim, role: str, last: int | None = None, headers: Any = None, **params: Any
    ) -> AsyncIterator[Ear]:
        """A stream as this role; `last` as the header of a client that was connected before."""
        sent = self.house.headers(role, claim.who(role)) | (headers or {})
        sent |= {"Last-Event-ID": str(last)} if last is not None else {}
        url = f"{self.url}/v1/claims/{claim.id}/stream"
        async with (
            httpx.AsyncClient(headers=sent, timeout=SOON) as client,
            client.stream("GET", url, params=params) as answer,
        ):
            if answer.status_code != 200:
                await answer.aread()
            yield Ear(answer)

    async def all(self, claim: OpenClaim, role: str, last: int = 0) -> list[Told]:
        """All that this role is told of what has happened until now."""
        end = await self.end(claim)
        async with self.heard(claim, role, last) as ear:
            return await ear.up_to(end)

    async def names(self, claim: OpenClaim, role: str) -> list[tuple[int, str, str]]:
        """What this role is told of, without what only moves the id."""
        return [told.name for told in await self.all(claim, role) if told.kind]

    async def end(self, claim: OpenClaim) -> int:
        async with self.house.as_("platform") as platform:
            answer = await platform.get(f"/v1/claims/{claim.id}")
        return int(answer.json()["stream"]["position"])


@asynccontextmanager
async def line_to(house: House, **settings: Any) -> AsyncIterator[Line]:
    """It knows of the house only what stands in the database. Streams last an hour, unless `settings` say otherwise."""
    wanted = house.settings.model_copy(update={"stream_seconds": 3600.0} | settings)
    app, database = create_app(wanted), Database(wanted.database_url)
    app.state.desk = Desk(house.desk.runs, database, embedded=True, translates=house.desk.translates)
    async with served(app) as url:
        try:
            yield Line(house, url, app)
        finally:
            await app.state.desk.watch.close()
    await database.close()
