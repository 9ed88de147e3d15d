"""A seller with sales and claims straight in the database: no engine, and as long ago as a test likes."""

import itertools
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import storage.claims
import storage.orders
import storage.reputation
from activities.reputation import ReputationActivities
from claims.model import Action, Actor, Claim, Command, Input
from claims.opening import Opening, open_claim, opened
from claims.orders import Order, OrderItem, Person
from claims.policy import DEFAULT
from claims.process import advance
from claims.recording import Recording
from claims.standing.terms import PUBLISHED, Terms
from storage.database import Database

_numbers = itertools.count(1)
DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)  # when the tests began


class Shop:
    def __init__(self, database: Database, site: str = "MLM", terms: tuple[Terms, ...] = PUBLISHED) -> None:
        self.database, self.site = database, site
        self.seller = f"shop-{os.getpid()}-{next(_numbers)}"
        self._activity = ReputationActivities(database, terms=terms)
        self.orders: dict[str, Order] = {}

    def order(self, bought: datetime, **of_line: Any) -> Order:
        name = f"{self.seller}-{len(self.orders)}"
        item = OrderItem("1", Person(self.seller), "Lamp", 1, 5000, delivered_at=bought + 2 * DAY, **of_line)
        order = Order(name, self.site, "MXN", bought, Person(f"b-{name}"), (item,))
        self.orders[name] = order
        return order

    async def sell(self, count: int, bought: datetime = NOW - 20 * DAY, **of_line: Any) -> list[Order]:
        """So many orders of one line each, a second apart."""
        orders = [self.order(bought + timedelta(seconds=n), **of_line) for n in range(count)]
        await self.put(*orders)
        return orders

    async def put(self, *orders: Order) -> None:
        async with self.database.writing() as session:
            await storage.orders.put(session, orders, NOW)

    async def post(self, claim: Claim) -> bool:
        """Have the verdict posted; whether the ledger has it then as that of this version."""
        await self._activity.post_verdict(claim)
        async with self.database.reading() as session:
            return claim.version in [entry.version for entry in await storage.reputation.of_claim(session, claim.id)]

    async def claim(self, order: Order, *, counts: bool = True, mediated: bool = False, posted: bool = True) -> Claim:
        """A claim that ended: refunded at once, or too late, by then before a mediator or not."""
        claim = await self.opened(order)
        at, steps = claim.opened_at, [(Action.REFUND, 1)]
        if counts:
            steps = [(Action.ESCALATE, 1)] if mediated else [(Action.OFFER_PARTIAL_REFUND, 1)]
            steps.append((Action.REFUND, 73))
        for action, hours in steps:
            given = Input(percent=10) if action == Action.OFFER_PARTIAL_REFUND else Input()
            claim = await self.step(claim, action, at + timedelta(hours=hours), given)
        if posted:
            assert await self.post(claim)
        return claim

    async def opened(self, order: Order) -> Claim:
        line = await self._line(order)
        claim = open_claim(
            f"clm_{order.id}", line, (), Opening("not_working", 1), DEFAULT, order.purchased_at + 3 * DAY
        )
        command = Command(Action.OPEN, Actor.BUYER, id=f"{claim.id}/open", person=line.buyer_id, body="digest")
        return await self._record(Recording.of(claim, opened(claim, command), command))

    async def step(self, claim: Claim, action: Action, at: datetime, given: Input = Input()) -> Claim:
        name = f"{claim.id}/{action}/{next(_numbers)}"
        command = Command(action, Actor.SELLER, given, id=name, person=self.seller, body=f"body of {name}")
        return await self._record(Recording.of(claim, advance(claim, command, at), command))

    async def _record(self, recording: Recording) -> Claim:
        async with self.database.writing() as session:
            await storage.claims.record(session, recording)
        return recording.claim

    async def _line(self, order: Order) -> Any:
        async with self.database.reading() as session:
            return await storage.orders.find_line(session, order.id, "1")


async def trading(database: Database, site: str = "MLM") -> Shop:
    """A seller of 57 sales, of which 6 have a claim that counts, 2 were cancelled and 4 went out late."""
    shop = Shop(database, site)
    sold = await shop.sell(51)
    await shop.sell(2, NOW - 30 * DAY, cancelled_at=NOW - 29 * DAY, cancelled_by="seller")
    late = NOW - 40 * DAY
    await shop.sell(4, late, dispatch_by=late + DAY, dispatched_at=late + 3 * DAY)
    for order in sold[:5]:
        await shop.claim(order)
    await shop.claim(sold[5], mediated=True)
    await shop.claim(sold[6], counts=False)
    return shop
