"""`python -m ops.demo URL`: demo data for an embedded API, made through the API itself, once."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import httpx

import settings as configuration
from ops import demo_past
from ops.demo_people import SALES, Sale
from ops.demo_stories import STORIES, Act, Story
from storage.database import Database

_MARK = "demo-1020"  # pushed last: where it is, all the rest is
_AT_ONCE = 4
_SOON = 30  # seconds for what happens by itself: a label, a refund

Json = dict[str, Any]


class Untold(Exception):
    """The API refused a part of the demonstration."""


class Caller(NamedTuple):
    role: str
    person: str


_PLATFORM = Caller("platform", "market")
_CARRIER = Caller("carrier", "correo")


class Market:
    """The API as the people of the demonstration call it. Everything may be said twice: it is done once."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._tokens: dict[Caller, str] = {}

    async def read(self, path: str) -> Json:
        return await self._call(_PLATFORM, "GET", path)

    async def post(self, who: Caller, path: str, body: Json, key: str = "") -> Json:
        return await self._call(who, "POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def knows(self, order_id: str) -> bool:
        answer = await self._client.get(f"/v1/orders/{order_id}", auth=await self._sign(_PLATFORM))
        return answer.is_success

    async def put(self, sale: Sale) -> None:
        """An order that is there already keeps its dates."""
        if not await self.knows(sale.order_id):
            await self.push(sale.order_id, sale.body(datetime.now(UTC)))

    async def push(self, order_id: str, body: Json) -> None:
        await self._call(_PLATFORM, "PUT", f"/v1/orders/{order_id}", json=body)

    async def _call(self, who: Caller, method: str, path: str, **more: Any) -> Json:
        """The answer. Raises Untold when it is a refusal."""
        answer = await self._client.request(method, path, auth=await self._sign(who), **more)
        if answer.is_error:
            raise Untold(f"{method} {path} by {who}: {answer.status_code} {answer.text}")
        return dict(answer.json())

    async def _sign(self, who: Caller) -> Callable[[httpx.Request], httpx.Request]:
        if who not in self._tokens:
            answer = await self._client.post("/v1/dev/tokens", json={"sub": who.person, "role": who.role})
            self._tokens[who] = answer.raise_for_status().json()["token"]
        return partial(_signed, self._tokens[who])


class Telling:
    """One story: the order, the claim on it, and what everybody does, one thing after the other."""

    def __init__(self, market: Market, story: Story) -> None:
        self.market, self.story, self.sale = market, story, SALES[story.order_id]
        self.claim_id = ""

    async def tell(self) -> None:
        await self.market.put(self.sale)
        self.claim_id = (await self._open())["id"]
        for number, act in enumerate(self.story.acts, 1):
            await self._act(act, f"{self.sale.order_id}-{number}")
        await self._rest()

    async def _open(self) -> Json:
        body = self.story.opening() | {"line_id": "1"}
        return await self.market.post(self._who("buyer"), "/v1/claims", body, f"{self.sale.order_id}-open")

    async def _act(self, act: Act, key: str) -> None:
        await self._rest()
        if act.by == "carrier":
            await self._carry(act.action, key)
        elif act.by == "platform":
            await self._trial(act)
        else:
            path = f"/v1/claims/{self.claim_id}/actions/{act.action}"
            await self.market.post(self._who(act.by), path, act.given, key)

    async def _carry(self, kind: str, key: str) -> None:
        parcel = (await self._seen())["return"]
        facts = {"tracking_number": parcel["tracking_number"], "at": parcel["granted_at"]}
        await self.market.post(_CARRIER, "/v1/carrier/events", {"event_id": key, "kind": kind} | facts)

    async def _trial(self, act: Act) -> None:
        """What only the embedded mode has: a bank that misbehaves, and time that passes (once)."""
        path = f"/v1/dev/claims/{self.claim_id}"
        if act.action == "fault":
            await self.market.post(_PLATFORM, f"{path}/refunds/1/faults", act.given)
        elif (await self._seen())["stage"] == "negotiation":
            await self.market.post(_PLATFORM, f"{path}/fast-forward", act.given)

    async def _seen(self) -> Json:
        return await self.market.read(f"/v1/claims/{self.claim_id}")

    async def _rest(self) -> None:
        """Wait until the claim stands still: what happens by itself happens soon."""
        async with asyncio.timeout(_SOON):
            while not _stands_still(await self._seen()):  # noqa: ASYNC110 HTTP has no event to wait for
                await asyncio.sleep(0.05)

    def _who(self, role: str) -> Caller:
        return Caller(role, {"buyer": self.sale.buyer, "seller": self.sale.seller}.get(role, "mediator-1"))


async def make(url: str) -> bool:
    """Make the demo data unless it is there; whether anything was made."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        market = Market(client)
        if await market.knows(_MARK):
            return False
        turns = asyncio.Semaphore(_AT_ONCE)
        past = demo_past.orders(datetime.now(UTC))
        await asyncio.gather(*(_in_turn(turns, market.push(*order)) for order in past))
        await asyncio.gather(*(_in_turn(turns, Telling(market, story).tell()) for story in STORIES))
        for sale in SALES.values():  # those without a claim, the mark last
            await market.put(sale)
    return True


async def main(url: str) -> str:
    """Make it all; what lies in the past no API takes, so that goes into the database of the settings."""
    if not await make(url):
        return "there already"
    database = Database(configuration.load().database_url)
    try:
        await demo_past.stood(database, datetime.now(UTC))
    finally:
        await database.close()
    return "made"


async def _in_turn(turns: asyncio.Semaphore, job: Coroutine[Any, Any, None]) -> None:
    async with turns:
        await job


def _stands_still(claim: Json) -> bool:
    """Nothing is on its way: the label is there, and the bank has answered."""
    labelled = claim["stage"] != "return" or claim["return"]["tracking_number"]
    answered = claim["stage"] != "settling" or claim["refunds"][-1]["status"] != "pending"
    return bool(labelled and answered)


def _signed(token: str, request: httpx.Request) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1])))
