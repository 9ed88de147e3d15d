"""One claim's people: they push the order, open the claim, act when it is their turn, and see it to its end."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.clients import Clients, Reply, Who
from tests.chaos.journal import Journal, Plan
from tests.chaos.watcher import Watcher
from tests.house import person

_LOOK = 0.3
GOODS = ("not_working", "damaged", "incomplete", "different", "not_as_described", "does_not_fit", "changed_mind")
MEDIATOR, PLATFORM, CARRIER = Who("mediator", "mia"), Who("platform", "market"), Who("carrier", "correo")
State = dict[str, Any]


class Off(Exception):
    """The story cannot go on as it was written: a step was refused, or the clock was faster."""


class Play:
    """What a story needs. Bodies and keys follow from seed and number alone, so a play can be played again."""

    def __init__(self, number: int, story: str, plan: Plan, clients: Clients, watcher: Watcher) -> None:
        self.number, self.story, self.plan = number, story, plan
        self.clients, self.watcher = clients, watcher
        self.journal: Journal = clients.journal
        name = f"{plan.seed}-{number}"
        self.order_id, self.buyer, self.seller = (
            f"ord-{name}",
            Who("buyer", f"buy-{name}"),
            Who("seller", f"sel-{name}"),
        )
        self.claim_id = ""
        self.version = 0  # the last that one of them was told
        self.asleep = False
        self._dice = random.Random(f"{plan.seed}/{number}/body")
        self._moods = random.Random(f"{plan.seed}/{number}/mood")
        self._acts: dict[str, int] = {}

    # --- what stories are made of

    def pick(self, *values: Any) -> Any:
        return self._dice.choice(values)

    async def think(self, days: float = 0.5) -> None:
        await asyncio.sleep(self._moods.uniform(0, days) * self.plan.day)

    async def opens(self, reason: str = "", key: str = "open-1") -> None:
        """Push the order and open a claim on it."""
        reason = reason or self.pick(*GOODS)
        await self.pushes(reason == "not_received")
        await self.opens_on_it(reason, key)

    async def pushes(self, undelivered: bool) -> None:
        """The order is pushed again before each opening: windows are short at this pace."""
        reply = await self.clients.ask(PLATFORM, "PUT", f"/v1/orders/{self.order_id}", self._order(undelivered))
        if not reply.ok:
            raise Off(f"order: {reply}")

    async def opens_on_it(self, reason: str, key: str) -> None:
        body = {"order_id": self.order_id, "line_id": "1", "reason": reason, "message": f"About {self.order_id}: why?"}
        reply = await self.clients.act(self.buyer, "open", "/v1/claims", body, key)
        if not reply.ok:
            raise Off(f"open: {reply.body.get('code')}")
        self._told(reply)

    async def does(self, role: str, action: str, **body: Any) -> Reply:
        """Act; Off when it is refused."""
        if not self.claim_id:
            raise Off("there is no claim")
        who = {"buyer": self.buyer, "seller": self.seller, "mediator": MEDIATOR}[role]
        count = self._acts[action] = self._acts.get(action, 0) + 1
        if self._moods.random() < 0.3:
            await self.clients.ask(who, "GET", f"/v1/claims/{self.claim_id}")
        if action == "guide" or self._fixed(action, count).random() < 0.6:
            body["note"] = f"{role} {action} {count} on {self.order_id}"
        path = f"/v1/claims/{self.claim_id}/actions/{action}"
        reply = await self.clients.act(who, action, path, body, f"{action}-{count}")
        if not reply.ok:
            raise Off(f"{action}: {reply.body.get('code')}")
        self._told(reply)
        return reply

    async def scans(self, *kinds: str) -> None:
        """The carrier reports; each event has an id of its own, and is sent until it is acknowledged."""
        for kind in kinds:
            number = (await self.until(lambda c: c["returns"]))["returns"][-1]["tracking_number"]
            body = {"event_id": f"{kind}-{number}", "tracking_number": number, "kind": kind, "at": self._at()}
            reply = await self.clients.ask(CARRIER, "POST", "/v1/carrier/events", body)
            if not reply.ok:
                raise Off(f"{kind}: {reply}")
            name = f"{CARRIER.person}/{body['event_id']}"  # as it is kept
            self.journal.note("carrier", event=name, claim=self.claim_id, outcome=reply.body["outcome"])
            await self.think(0.3)

    async def bank(self, fault: str, times: int = 1, number: int = 1) -> None:
        """The bank will misbehave on this refund; `bounced` takes it back."""
        path = f"/v1/dev/claims/{self.claim_id}/refunds/{number}/faults"
        reply = await self.clients.ask(PLATFORM, "POST", path, {"fault": fault, "times": times})
        kept = "bank" if reply.ok else "bank refused"
        self.journal.note(kept, fault=fault, claim=self.claim_id, number=number)
        if not reply.ok:
            raise Off(f"{fault}: {reply.body.get('code')}")

    async def until(self, check: Callable[[State], Any], days: float = 16) -> State:
        """Wait until the claim is as wished. Off when it closes otherwise, or nothing comes of it."""
        deadline = time.monotonic() + days * self.plan.day + 30
        while time.monotonic() < deadline:
            state = self.state
            with suppress(IndexError):  # of a refund or a return that is not there yet
                if state and check(state):
                    return state
            if state and state["stage"] == "closed":
                raise Off(f"closed as {state['code']}")
            await asyncio.sleep(_LOOK)
        raise Off("waited in vain")

    async def stage(self, name: str) -> State:
        return await self.until(lambda c: c["stage"] == name)

    async def label(self) -> State:
        """Off when it was not made in time and the mediator was called."""
        state = await self.until(lambda c: c["returns"][-1]["status"] != "wanted")
        if state["returns"][-1]["status"] != "label_ready":
            raise Off("the return is " + state["returns"][-1]["status"])
        return state

    @property
    def state(self) -> State | None:
        """The claim as the database has it, once that is what its people were told, or later."""
        state = self.watcher.claims.get(self.claim_id)
        return state if state and state["version"] >= self.version else None

    # --- the end

    async def finish(self, seconds: float) -> bool:
        """See the claim to its end: mediators rule, everything else is the clock's. False when it does not end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.state
            if not self.claim_id or (state and state["stage"] == "closed"):
                return True
            if not (state and await self._helped(state)):
                await asyncio.sleep(_LOOK)
        return False

    async def _helped(self, state: State) -> bool:
        """Do what only a mediator can. Whether anything was done."""
        last = state["refunds"][-1] if state["refunds"] else {"status": "", "tries": 0}
        try:
            if state["stage"] == "mediation":
                await self.does("mediator", "rule", amount=self._ruling(state))
            elif state["stage"] == "settling" and last["status"] == "failed" and last["tries"] > 3:
                await self.does("mediator", "pay_by_hand")
            else:
                return False
        except Off:
            await asyncio.sleep(1)
        return True

    def _told(self, reply: Reply) -> None:
        if reply.body["id"] != self.claim_id:
            self.claim_id, self.version = reply.body["id"], 0
        self.version = max(self.version, reply.body["version"])

    def _ruling(self, state: State) -> int:
        amounts = (0, _total(state) // 2, _total(state))
        return self._fixed("rule", self._acts.get("rule", 0) + 1).choice(amounts)

    def _fixed(self, action: str, count: int) -> random.Random:
        """Dice that fall the same for the same act, whatever happened before it: its body belongs to its key."""
        return random.Random(f"{self.plan.seed}/{self.number}/{action}/{count}")

    def _order(self, undelivered: bool) -> dict[str, Any]:
        """Its dates are of now: at a fast pace the windows to open are short."""
        now = datetime.now(UTC)
        line = {
            "line_id": "1",
            "seller": person(self.seller.person, "MX"),
            "product": f"Lamp {self.number}",
            "quantity": 2,
            "unit_price": 1000 + self.number,
            "freight": 301,
            "promised_at": (now - timedelta(seconds=2)).isoformat(),
            "delivered_at": None if undelivered else (now - timedelta(seconds=1)).isoformat(),
        }
        bought = (now - timedelta(days=3)).isoformat()
        who = {"buyer": person(self.buyer.person, "MX"), "lines": [line]}
        return {"site": "MLM", "currency": "MXN", "purchased_at": bought} | who

    def _at(self) -> str:
        """When the carrier scanned it: the same in every try, also after an interruption."""
        return datetime.fromtimestamp(self.plan.started + self.number, UTC).isoformat()


def _total(state: State) -> int:
    return int(state["product_amount"] + state["freight_amount"])
