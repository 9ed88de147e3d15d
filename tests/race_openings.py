"""Races for an order line: several openings at once, also of two lines, and openings against a push of the order."""

import asyncio
import random
from typing import Any

import httpx

import storage.claims
import storage.orders
from tests.house import House, OpenClaim, Sale, _numbers, key
from tests.race_checks import hold, told

OLD = {"currency": "MXN", "product": "Lamp", "unit_price": 5000, "quantity": 2}
NEW = {"currency": "BRL", "product": "Lantern", "unit_price": 7000, "quantity": 3}


def pushed(sale: Sale, facts: dict[str, Any]) -> dict[str, Any]:
    """The order with two lines, as these facts have it."""
    body = sale.body(**facts)
    return body | {"lines": [body["lines"][0] | {"line_id": line} for line in ("1", "2")]}


async def push(house: House, sale: Sale, facts: dict[str, Any], seconds: float = 0) -> httpx.Response:
    await asyncio.sleep(seconds)
    async with house.as_("platform", "market") as platform:
        answer = await platform.put(f"/v1/orders/{sale.order_id}", json=pushed(sale, facts))
    hold(answer.status_code in (200, 201), f"the push was answered {answer.status_code}: {answer.text}")
    return answer


async def attempt(house: House, sale: Sale, line: str, seconds: float) -> httpx.Response:
    await asyncio.sleep(seconds)
    body = {"order_id": sale.order_id, "line_id": line, "reason": "damaged", "message": "The box was torn open."}
    async with house.as_("buyer", sale.buyer) as buyer:
        return await buyer.post("/v1/claims", json=body, headers=key())


async def openings(house: House, rng: random.Random, each: int = 4) -> None:
    """So many openings of each of two lines at once, while the order is pushed again with everything changed."""
    sale = Sale(next(_numbers))
    await push(house, sale, OLD)
    lines = ["1", "2"] * each
    *answers, _ = await asyncio.gather(
        *(attempt(house, sale, line, rng.uniform(0, 0.02)) for line in lines),
        push(house, sale, NEW, rng.uniform(0, 0.02)),
    )
    for line in ("1", "2"):
        mine = [a for a, at in zip(answers, lines, strict=True) if at == line]
        hold(sorted(a.status_code for a in mine) == [201] + [409] * (each - 1), str([a.text for a in mine]))
        (claim_id,) = (a.json()["id"] for a in mine if a.status_code == 201)
        for lost in (a.json() for a in mine if a.status_code == 409):
            hold(lost["code"] == "claim_already_open" and claim_id in lost["detail"], str(lost))
        story = await told(house, OpenClaim(house, sale, claim_id).id)
        snapshot = {name: getattr(story.claim.line, name) for name in OLD}
        hold(snapshot in (OLD, NEW), f"a claim on an order that never was: {snapshot}")
    async with house.database.reading() as session:
        for line in ("1", "2"):
            hold(len(await storage.claims.earlier(session, sale.order_id, line)) == 1, "two claims on a line")


async def pushes(house: House, rng: random.Random) -> None:
    """The same order pushed in two versions at once, in either order: one of them stands, not a mixture."""
    sale = Sale(next(_numbers))
    await push(house, sale, OLD)
    dearer, moved = OLD | {"unit_price": 7000}, OLD | {"currency": "COP"}
    await asyncio.gather(*(push(house, sale, facts, rng.uniform(0, 0.003)) for facts in (dearer, moved)))
    async with house.database.reading() as session:
        line = await storage.orders.find_line(session, sale.order_id, "1")
    stands = {name: getattr(line, name) for name in OLD}
    hold(stands in (dearer, moved), f"an order that nobody pushed: {stands}")
