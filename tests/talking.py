"""What people do in a claim's thread, for tests: over HTTP, and behind it what the API does not let them do."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import storage.claims
import storage.messages
import storage.texts
from claims.model import Actor
from storage.messages import Sent
from tests.house import OpenClaim, key


async def post(claim: OpenClaim, role: str, text: str, **more: Any) -> dict[str, Any]:
    async with claim.house.as_(role, claim.who(role)) as caller:
        answer = await caller.post(f"/v1/claims/{claim.id}/messages", json={"text": text} | more, headers=key())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def read(claim: OpenClaim, role: str, up_to: str) -> None:
    async with claim.house.as_(role, claim.who(role)) as caller:
        answer = await caller.put(f"/v1/claims/{claim.id}/receipt", json={"up_to": up_to})
    assert answer.status_code == 200, answer.text


async def reject(claim: OpenClaim, role: Actor, receiver: Actor) -> str:
    """A message that moderation keeps from the other side; its id."""
    now, number = datetime.now(UTC), key()["Idempotency-Key"]
    async with claim.house.database.writing() as session:
        stored = await storage.claims.find(session, claim.id)
        assert stored
        by = (str(role), claim.who(role))
        note = await storage.texts.keep(session, f"txt_{number}", claim.id, by, "You are a crook.", now)
        sent = Sent(
            f"msg_{number}", claim.id, number, number, note.id, role, claim.who(role), receiver, stored.stage, now
        )
        await storage.messages.add(session, stored, replace(sent, reasons=({"code": "insult"},)))
    return sent.id


async def listed(claim: OpenClaim, role: str, what: str) -> list[dict[str, Any]]:
    async with claim.house.as_(role, claim.who(role)) as caller:
        answer = await caller.get(f"/v1/claims/{claim.id}/{what}", params={"limit": 100})
    return list(answer.json()[what])


async def many(claim: OpenClaim, count: int) -> None:
    """Long messages, all at once."""
    now, tag = datetime.now(UTC), key()["Idempotency-Key"]
    async with claim.house.database.writing() as session:
        stored = await storage.claims.find(session, claim.id)
        assert stored
        for n in range(count):
            by = ("buyer", claim.sale.buyer)
            note = await storage.texts.keep(session, f"txt_{tag}-{n}", claim.id, by, "ñ" * 3500, now)
            sent = Sent(f"msg_{tag}-{n}", claim.id, f"{tag}-{n}", tag, note.id, Actor.BUYER, claim.sale.buyer,
                        Actor.SELLER, stored.stage, now)  # fmt: skip
            await storage.messages.add(session, stored, sent)


async def soon(check: Any) -> None:
    for _ in range(600):
        if check():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to be")
