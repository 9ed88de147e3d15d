"""The whole house in one process for tests: a database, workers on a real engine, and the API over ASGI."""

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from asgi_lifespan import LifespanManager
from temporalio.client import Client
from temporalio.worker import Worker

from activities.reputation_service import service_of
from activities.translation.choice import translator_of
from activities.translation.port import Translator
from api.app import create_app
from api.desk import Desk
from api.tokens import Caller, Role
from ops.engine import Engine
from settings import Settings
from storage.database import Database
from tests import pictures
from worker import workers
from workflows.connection import connect, register_attributes

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"
PATIENCE = 60.0  # seconds for what comes about by itself: a limit for what is broken, however busy the machine is
_MAYBE = ("dispatch_by", "dispatched_at", "cancelled_at", "cancelled_by", "fulfilled_by")  # of an order line
_numbers = itertools.count(1)
_files = tempfile.TemporaryDirectory(prefix="amends-evidence-")  # of all houses of this process; goes with it
T = TypeVar("T")


def settings_for(database_url: str, **more: Any) -> Settings:
    values = {"mode": "embedded", "token_secret": SECRET, "database_url": database_url, "_env_file": None}
    # Few people ask a lot, no act is to be answered 202 because the machine is busy, and streams end soon.
    values |= {"requests_per_minute": 0, "update_timeout_seconds": 50, "translator": "off"}
    values |= {"streams_per_caller": 0, "stream_seconds": 0.1, "evidence_url": _files.name}
    return Settings(**values | more)


class House:
    """What a test needs: people who call the API, orders, and the rooms behind it."""

    def __init__(
        self, settings: Settings, app: Any, database: Database, temporal: Client, translator: Translator
    ) -> None:
        self.service = service_of(settings)
        self.settings, self.app, self.database, self.temporal = settings, app, database, temporal
        self.desk: Desk = app.state.desk
        self.translator = translator
        self._transport = httpx.ASGITransport(app=app)
        self._workers: AsyncExitStack | None = None

    def headers(self, role: str, person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.app.state.tokens.sign(Caller(person, Role(role)))}"}

    def as_(self, role: str, person: str = "somebody") -> httpx.AsyncClient:
        """A client that calls as this person."""
        return httpx.AsyncClient(
            transport=self._transport, base_url="http://amends", headers=self.headers(role, person), timeout=60
        )

    async def work(self, **more: Any) -> None:
        """Start the workers."""
        self._workers = AsyncExitStack()
        for worker in self._made_workers():
            await self._workers.enter_async_context(worker)

    async def rest(self) -> None:
        """Stop the workers, gracefully."""
        if self._workers:
            await self._workers.aclose()
            self._workers = None

    def _made_workers(self) -> list[Worker]:
        return workers(self.temporal, self.database, self.settings, self.translator, self.service)

    def sale(self) -> "Sale":
        return Sale(next(_numbers))

    async def order(self, **changes: Any) -> "Sale":
        """Push an order with one delivered line and answer its people and ids."""
        sale = self.sale()
        body = sale.body(**changes)
        async with self.as_("platform", "market") as platform:
            answer = await platform.put(f"/v1/orders/{sale.order_id}", json=body)
        assert answer.is_success, answer.text
        return sale

    async def claim(self, reason: str = "not_working", **changes: Any) -> "OpenClaim":
        """An order and an open claim on it."""
        sale = await self.order(**changes)
        return await self.open(sale, reason)

    async def open(
        self, sale: "Sale", reason: str = "not_working", headers: dict[str, str] | None = None
    ) -> "OpenClaim":
        body = {"order_id": sale.order_id, "line_id": "1", "reason": reason, "message": "It does not turn on."}
        async with self.as_("buyer", sale.buyer) as buyer:
            answer = await buyer.post("/v1/claims", json=body, headers=headers or key())
        assert answer.status_code == 201, answer.text
        return OpenClaim(self, sale, answer.json()["id"])


class Sale:
    """Names of one sale's people and order, unique in the test run."""

    def __init__(self, number: int) -> None:
        tag = f"{os.getpid()}-{number}"
        self.order_id, self.buyer, self.seller = f"ord-{tag}", f"buyer-{tag}", f"seller-{tag}"

    def body(self, **changes: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        line = {
            "line_id": "1",
            "seller": person(self.seller, "MX"),
            "product": "Lamp",
            "quantity": 2,
            "unit_price": 5000,
            "freight": 1000,
            "promised_at": iso(now - timedelta(days=4)),
            "delivered_at": iso(now - timedelta(days=2)),
        }
        order = {"site": "MLM", "currency": "MXN", "purchased_at": iso(now - timedelta(days=9))}
        line |= {name: value for name, value in changes.items() if name in line or name in _MAYBE}
        order |= {name: value for name, value in changes.items() if name in order}
        return order | {"buyer": person(self.buyer, "MX"), "lines": [line]}


class OpenClaim:
    """A claim with its people at hand."""

    def __init__(self, house: House, sale: Sale, claim_id: str) -> None:
        self.house, self.sale, self.id = house, sale, claim_id

    def who(self, role: str) -> str:
        return {"buyer": self.sale.buyer, "seller": self.sale.seller}.get(role, f"{role}-1")

    async def act(self, role: str, action: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        async with self.house.as_(role, self.who(role)) as caller:
            url = f"/v1/claims/{self.id}/actions/{action}"
            return await caller.post(url, json=body, headers=key() | (headers or {}))

    async def did(self, role: str, action: str, **body: Any) -> dict[str, Any]:
        """Act, and expect it to work."""
        answer = await self.act(role, action, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def seen(self, role: str = "seller") -> dict[str, Any]:
        async with self.house.as_(role, self.who(role)) as caller:
            answer = await caller.get(f"/v1/claims/{self.id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def events(self) -> list[dict[str, Any]]:
        async with self.house.as_("platform") as caller:
            answer = await caller.get(f"/v1/claims/{self.id}/events", params={"limit": 100})
        return answer.json()["events"]

    async def steps(self) -> list[str]:
        return [f"{e['by']} {e['action']}" for e in await self.events()]

    async def skip(self, hours: float) -> None:
        async with self.house.as_("platform") as caller:
            answer = await caller.post(f"/v1/dev/claims/{self.id}/fast-forward", json={"hours": hours})
        assert answer.status_code == 200, answer.text

    async def carrier(self, kind: str, tracking_number: str, event_id: str | None = None) -> dict[str, Any]:
        body = {"event_id": event_id or f"ev-{os.getpid()}-{next(_numbers)}", "tracking_number": tracking_number,
                "kind": kind, "at": iso(datetime.now(UTC))}  # fmt: skip
        async with self.house.as_("carrier", "correo") as caller:
            answer = await caller.post("/v1/carrier/events", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def uploaded(self, role: str = "buyer", content: bytes = b"", **params: str) -> dict[str, Any]:
        """An upload of a party's; a photo, unless told otherwise."""
        async with self.house.as_(role, self.who(role)) as caller:
            return await upload(caller, content or pictures.jpeg(), **params)

    async def until(self, check: Any, role: str = "seller") -> dict[str, Any]:
        """The claim once it is as wished; for what happens by itself, soon."""
        deadline = time.monotonic() + PATIENCE
        while not check(claim := await self.seen(role)):
            assert time.monotonic() < deadline, f"never came to be: {claim}"
            await asyncio.sleep(0.025)
        return claim


async def soon(ask: Callable[[], Awaitable[T]]) -> T:
    """What is answered as soon as that is true; for what comes about by itself."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"never came to be: {answer}"
        await asyncio.sleep(0.025)
    return answer


async def upload(caller: httpx.AsyncClient, content: bytes, **params: str) -> dict[str, Any]:
    """Upload a file, and expect it to be taken."""
    answer = await caller.post("/v1/attachments", params={"name": "photo.jpg"} | params, content=content, headers=key())
    assert answer.status_code == 201, answer.text
    return answer.json()


def key(value: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": value or f"key-{os.getpid()}-{next(_numbers)}"}


def iso(instant: datetime) -> str:
    return instant.isoformat()


def person(name: str, country: str) -> dict[str, Any]:
    address = {"lines": ["Calle 1"], "city": "Ciudad", "region": "CDMX", "postal_code": "06000", "country": country}
    return {"id": name, "name": f"Name of {name}", "email": f"{name}@example.com", "language": "es", "address": address}


@asynccontextmanager
async def house_on(engine: Engine, settings: Settings, translator: Translator | None = None) -> AsyncIterator[House]:
    """The house in a namespace of its own, on a database that has its schema; with this translator, if given."""
    os.environ["TEMPORAL_NAMESPACE"] = f"house-{os.getpid()}-{next(_numbers)}"
    await asyncio.to_thread(engine.new_namespace, os.environ["TEMPORAL_NAMESPACE"])
    database = Database(settings.database_url)
    app = create_app(settings)
    async with LifespanManager(app):
        temporal = await connect(settings.payload_keys.get_secret_value())
        await register_attributes(temporal)
        house = House(settings, app, database, temporal, translator or translator_of(settings))
        await house.work()
        try:
            yield house
        finally:
            await house.rest()
            await house.translator.close()
            if house.service:
                await house.service.close()
            await database.close()
