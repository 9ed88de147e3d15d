"""Requests as bytes on a socket, for what no HTTP client would send, and a house of real processes to send them to."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import func, select

from api.tokens import Caller, Role, Tokens
from ops.engine import Engine
from storage.database import Database
from storage.tables import Table
from tests.house import SECRET, Sale, key
from tests.processes import Street, street

ROLES = tuple(Role)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Place:
    """An API process with one open claim behind it."""

    def __init__(self, url: str, database: Database, sale: Sale) -> None:
        self.url, self.database, self.sale = url, database, sale
        self.claim_id = ""
        people = {"buyer": sale.buyer, "seller": sale.seller}
        tokens = Tokens(SECRET, "amends")
        self.tokens = {role: tokens.sign(Caller(people.get(role, f"{role}-1"), Role(role))) for role in ROLES}

    def settle(self) -> None:
        """One order, and one claim on it."""
        with self.as_("platform") as platform:
            assert platform.put(f"/v1/orders/{self.sale.order_id}", json=self.sale.body()).status_code == 201
        body = {"order_id": self.sale.order_id, "line_id": "1", "reason": "damaged", "message": "Torn."}
        with self.as_("buyer") as buyer:
            opened = buyer.post("/v1/claims", json=body, headers=key())
        assert opened.status_code == 201, opened.text
        self.claim_id = opened.json()["id"]

    def as_(self, role: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.tokens[role]}"}, timeout=30)

    def send(self, raw: bytes, half_closed: bool = False) -> Answer:
        """Send these bytes and read one answer. Raises ConnectionError when there is none."""
        with self._connected() as line:
            line.sendall(raw)
            if half_closed:
                line.shutdown(socket.SHUT_WR)
            answer = HTTPResponse(line)
            answer.begin()
            return Answer(answer.status, answer.headers, answer.read())

    def hang_up(self, raw: bytes) -> None:
        """Send these bytes and go."""
        with self._connected() as line:
            line.sendall(raw)

    def _connected(self) -> socket.socket:
        where = urlsplit(self.url)
        return socket.create_connection((where.hostname or "", where.port or 0), timeout=30)

    async def recorded(self) -> dict[str, int]:
        """How many rows each table holds."""
        async with self.database.reading() as session:
            tables = Table.metadata.sorted_tables
            return {t.name: await session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}

    async def quiet(self) -> None:
        """Wait until what happens by itself after an opening has happened."""
        before: dict[str, int] = {}
        while before != (now := await self.recorded()):
            before = now
            await asyncio.sleep(0.5)


@asynccontextmanager
async def place_on(engine: Engine, database_url: str, folder: Path, sale: Sale) -> AsyncIterator[Place]:
    """A worker and an API process, and one claim, on a database that is theirs alone."""
    with street(engine, database_url, folder) as houses:
        await asyncio.to_thread(houses.worker)
        place = Place(await asyncio.to_thread(houses.api), Database(database_url), sale)
        await asyncio.to_thread(place.settle)
        await place.quiet()
        try:
            yield place
        finally:
            await place.database.close()
            complain(houses)


def complain(houses: Street) -> None:
    """No process of ours has printed a stack trace."""
    for process in houses.processes:
        assert "Traceback" not in process.log.read_text(errors="replace"), process.log.read_text(errors="replace")


def request(
    place: Place, method: str, path: str, role: str = "", body: bytes | None = None, *headers: str | bytes
) -> bytes:
    """A request as it goes over the wire. A header that is given stands in place of the usual one of its name;
    {token} in it is the role's."""
    token = place.tokens[role].encode() if role else b""
    lines = [(h if isinstance(h, bytes) else h.encode()).replace(b"{token}", token) for h in headers]
    named = {line.partition(b":")[0].lower() for line in lines}
    usual = {b"Host": b"amends", b"Connection": b"close"}
    if role:
        usual[b"Authorization"] = b"Bearer " + token
    if body is not None:
        usual |= {b"Content-Type": b"application/json", b"Content-Length": str(len(body)).encode()}
        usual |= {b"Idempotency-Key": key()["Idempotency-Key"].encode()}
    if b"transfer-encoding" in named:
        usual.pop(b"Content-Length", None)
    lines += [name + b": " + value for name, value in usual.items() if name.lower() not in named]
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode("latin-1"), *lines, b"", body or b""])
