"""Who can run in a race: people over HTTP, an operator by signal, the carrier's scan, the bank, the clock, a Reset."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from temporalio.service import RPCError

import storage.claims
import storage.texts
from api.requests import digest
from claims.model import Action, Actor, Claim, Command, Input, ReturnStatus
from tests.house import House, OpenClaim, iso, key
from tests.race_checks import Objection, Refusal, hold
from tests.test_reset import reset, resettable


@dataclass(frozen=True)
class Came:
    """What became of one contender: the entry of the timeline that is its own, or how it was refused."""

    took: int | None
    status: int = 0
    code: str = ""
    refusal: Refusal | None = None


class Contender(Protocol):
    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        """Run. `before` is the claim as it was stored when the race began."""


Body = dict[str, Any] | Callable[[Claim], dict[str, Any]]


async def clock_of(house: House, claim_id: str) -> datetime:
    async with house.database.reading() as session:
        return datetime.now(UTC) + await storage.claims.skipped(session, claim_id)


@dataclass(frozen=True)
class Act:
    """One step over HTTP. `key` and `body` may be made for the round."""

    role: str
    action: str
    body: Body = field(default_factory=dict)
    person: str = ""
    key: str = ""  # the same word is the same Idempotency-Key in one round
    match: bool = False  # with If-Match: the version before the race

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        body = self.body(before) if callable(self.body) else self.body
        headers = key(f"{self.key}-{before.version}" if self.key else None)
        headers |= {"If-Match": f'"{before.version}"'} if self.match else {}
        began = await clock_of(claim.house, claim.id)
        url = f"/v1/claims/{claim.id}/actions/{self.action}"
        async with claim.house.as_(self.role, self.person or claim.who(self.role)) as caller:
            answer = await caller.post(url, json=body, headers=headers)
        said = answer.json()
        if answer.status_code == 200:
            await _with_their_words(claim, int(said["version"]), body.get("note"))
            return Came(int(said["version"]), 200)
        hold(answer.status_code in (409, 412, 422), f"{self.action} was answered {answer.status_code}: {answer.text}")
        if answer.status_code != 409:
            return Came(None, answer.status_code, said["code"])
        given = Input(**{k: v for k, v in body.items() if k != "note"})
        command = Command(Action(self.action), Actor(self.role), given)
        ended = await clock_of(claim.house, claim.id)
        refusal = Refusal(command, began, ended, said["code"], said["detail"], tuple(said["allowed"]))
        return Came(None, 409, said["code"], refusal)


@dataclass(frozen=True)
class Scan:
    """A carrier's event; one that changes nothing is noted, not refused."""

    kind: str
    event: str = ""  # the same word is the same event id in one round

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        assert before.parcel
        event_id = f"{self.event}-{claim.id}-{before.version}" if self.event else key()["Idempotency-Key"]
        body = {"event_id": event_id, "tracking_number": before.parcel.tracking_number, "kind": self.kind,
                "at": iso(before.updated_at)}  # fmt: skip
        async with claim.house.as_("carrier", "correo") as caller:
            answer = await caller.post("/v1/carrier/events", json=body)
        hold(answer.status_code == 200, f"the scan was answered {answer.status_code}: {answer.text}")
        if answer.json()["outcome"] == "taken":
            return Came(await entry(claim, lambda e: e.id == digest("carrier", f"correo/{event_id}")), 200)
        hold(bool(answer.json()["sentence"]), "a scan that was not taken has no reason")
        return Came(None, 200, answer.json()["outcome"])


@dataclass(frozen=True)
class Signal:
    """What an operator sends. It has no answer: it stands in the timeline or among the refusals."""

    action: str
    body: Body

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        operator = f"ops-{before.version}-{random.getrandbits(40):x}"
        payload = (self.body(before) if callable(self.body) else self.body) | {"operator": operator}
        await claim.house.temporal.get_workflow_handle(claim.id).signal(self.action, payload)
        for _ in range(1500):
            if (found := await entry(claim, lambda e: e.person == operator)) is not None:
                return Came(found)
            async with claim.house.database.reading() as session:
                refused = [r for r in await storage.claims.refusals(session, claim.id) if r.person == operator]
            if refused:
                hold(len(refused) == 1, "a refused signal stands there twice")
                return Came(None, 409, refused[0].code)
            await asyncio.sleep(0.02)
        raise Objection("the signal is neither in the timeline nor among the refusals")


@dataclass(frozen=True)
class Bounce:
    """The bank takes a refund back that had succeeded."""

    number: int = 1

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        async with claim.house.as_("platform") as platform:
            url = f"/v1/dev/claims/{claim.id}/refunds/{self.number}/faults"
            answer = await platform.post(url, json={"fault": "bounced"})
        if answer.status_code == 200:
            return Came(await entry(claim, lambda e: e.id == f"bounce/{self.number}"), 200)
        hold(answer.status_code == 409, f"the bounce was answered {answer.status_code}: {answer.text}")
        return Came(None, 409, answer.json()["code"])


@dataclass(frozen=True)
class Opening:
    """Another claim on the same order line."""

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        body = {"order_id": claim.sale.order_id, "line_id": "1", "reason": "damaged", "message": "And it is torn."}
        async with claim.house.as_("buyer", claim.sale.buyer) as buyer:
            answer = await buyer.post("/v1/claims", json=body, headers=key())
        if answer.status_code == 201:
            return Came(0, 201)  # not an entry of this claim's timeline
        hold(answer.status_code == 409, f"the opening was answered {answer.status_code}: {answer.text}")
        said = answer.json()
        hold(said["code"] != "claim_already_open" or claim.id in said["detail"], said["detail"])
        return Came(None, 409, said["code"])


@dataclass(frozen=True)
class Clock:
    """The date of the claim as it stood: it acts, or what came before made it moot."""

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        assert before.due_at
        now = await clock_of(claim.house, claim.id)
        await asyncio.sleep(max(0.0, (before.due_at - now).total_seconds()))
        for _ in range(600):
            async with claim.house.database.reading() as session:
                stands = await storage.claims.find(session, claim.id)
            if stands and stands.version > before.version:
                acted = await entry(claim, lambda e: e.by == Actor.CLOCK and e.at == before.due_at)
                if acted or stands.due_at != before.due_at:
                    return Came(acted, 0, "" if acted else "moot")
            await asyncio.sleep(0.1)
        raise Objection("the date passed and nothing happened")


@dataclass(frozen=True)
class Label:
    """The label that makes itself, or that nobody wants any more."""

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        for _ in range(3000):
            made = await entry(claim, lambda e: e.action == Action.LABEL_MADE)
            async with claim.house.database.reading() as session:
                now = await storage.claims.find(session, claim.id)
            if made or (now and now.parcel and now.parcel.status != ReturnStatus.WANTED):
                return Came(made)
            await asyncio.sleep(0.005)
        raise Objection("the label was never made")


@dataclass(frozen=True)
class Reset:
    """An operator's Reset to any earlier event, while something goes on. It is nobody's step."""

    times: int = 1

    async def go(self, claim: OpenClaim, before: Claim) -> Came:
        for number in range(self.times):
            with suppress(RPCError, IndexError):  # another Reset came in between, or the run has only just begun
                events = await resettable(claim)
                await reset(claim, random.choice(events), f"{claim.id}-{before.version}-{number}")
            await asyncio.sleep(random.uniform(0, 0.05))
        return Came(None)


async def _with_their_words(claim: OpenClaim, sequence: int, note: str | None) -> None:
    """Whoever was told that the step is taken finds it in the timeline with the words that they sent."""
    async with claim.house.database.reading() as session:
        events = await storage.claims.events(session, claim.id)
        texts = await storage.texts.bodies(session, [e.note.id for e in events if e.note])
    kept = events[sequence - 1].note
    hold((texts.get(kept.id) if kept else None) == note, f"entry {sequence} has other words than were sent")


async def entry(claim: OpenClaim, mine: Callable[[Any], bool]) -> int | None:
    """The number of the one entry of the timeline that is as wished, or None."""
    async with claim.house.database.reading() as session:
        found = [e.sequence for e in await storage.claims.events(session, claim.id) if mine(e)]
    hold(len(found) <= 1, f"it stands in the timeline {len(found)} times")
    return found[0] if found else None


async def after(seconds: float, what: Awaitable[Came]) -> Came:
    await asyncio.sleep(max(seconds, 0))
    return await what
