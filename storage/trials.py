"""Terms tried on the past: what would have been, from orders and ledger as they were by then."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

import storage.sales
import storage.standings
from claims.standing.terms import Level, Terms, in_force
from claims.standing.trial import Tried, tried
from storage.database import Database
from storage.tables import OrderLineRow, OrderRow

_PAGE = 100  # sellers
SHOWN = 100  # sellers whose level would change


class TooMuch(Exception):
    """More orders would have to be looked at than are allowed at once."""


@dataclass
class Result:
    """One instant: how many sellers of each level, and the first SHOWN whose level would change."""

    at: datetime
    terms: Terms  # that were in force then
    before: Counter[Level] = field(default_factory=Counter)
    after: Counter[Level] = field(default_factory=Counter)
    changed: int = 0
    changes: list[tuple[str, Tried]] = field(default_factory=list)

    def add(self, seller_id: str, one: Tried) -> None:
        self.before[one.before] += 1
        self.after[one.after] += 1
        if one.before != one.after:
            self.changed += 1
            self.changes += [(seller_id, one)] if len(self.changes) < SHOWN else []


@dataclass(frozen=True)
class Trial:
    """`sellers`: none of them: all. `most`: so many orders are looked at for each instant, together; None: no limit."""

    site: str
    other: Terms
    at: tuple[datetime, ...]
    versions: tuple[Terms, ...]
    sellers: Sequence[str] = ()
    most: int | None = None


async def run(database: Database, trial: Trial) -> tuple[int, list[Result]]:
    """How many sellers had orders in the windows, and a result for each instant. Raises TooMuch."""
    results = [Result(at, in_force(trial.site, at, trial.versions)) for at in trial.at]
    looked_at = orders = 0
    async for seller_id in _sellers(database, trial.sellers):
        order_ids = await _orders(database, trial, seller_id)
        orders += len(order_ids)
        if trial.most is not None and orders > trial.most:
            raise TooMuch
        if order_ids:
            looked_at += 1
            await _one(database, trial, seller_id, order_ids, results)
    return looked_at, results


async def _one(
    database: Database, trial: Trial, seller_id: str, order_ids: Sequence[str], results: list[Result]
) -> None:
    async with database.reading() as session:
        found = await storage.sales.events(session, order_ids)
    mine = storage.sales.of_seller(found, seller_id)
    for result in results:
        result.add(seller_id, await asyncio.to_thread(tried, mine, result.terms, trial.other, result.at))


async def _sellers(database: Database, named: Sequence[str]) -> AsyncIterator[str]:
    """These, or every seller with sales."""
    for seller_id in sorted(set(named)):
        yield seller_id
    last = "" if not named else None
    while last is not None:
        async with database.reading() as session:
            page = await storage.standings.sellers_after(session, last, _PAGE)
        for seller_id in page:
            yield seller_id
        last = page[-1] if page else None


async def _orders(database: Database, trial: Trial, seller_id: str) -> list[str]:
    """The orders of the seller that can be in a window of any of the instants: also those cancelled since."""
    terms = [trial.other, *(in_force(trial.site, at, trial.versions) for at in trial.at)]
    since = min(trial.at) - max(t.long_window for t in terms)
    of = (OrderLineRow.seller_id == seller_id, OrderRow.site == trial.site)
    between = (OrderRow.purchased_at > since, OrderRow.purchased_at <= max(trial.at))
    ids = select(OrderRow.id).join(OrderLineRow, OrderLineRow.order_id == OrderRow.id).where(*of, *between)
    async with database.reading() as session:
        return list(await session.scalars(ids.distinct()))
