"""What advice costs: `python -m bench.advice [claims] [postgresql url]`. A seller with so many claims in the period.

A product for every hundred claims, two sales for each claim, and as many claims and sales older than the period.
Without a URL on SQLite. The rows are written into the tables directly, claims with states as large as real ones.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

import storage.advice
from claims.reasons import REASONS
from storage import migrate
from storage.advice import Period
from storage.database import Database
from storage.sales import day_of
from storage.tables import ClaimRow, OrderLineRow, OrderRow, SaleRow, Table

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SELLER, SALES, DAYS = "the-seller", 2, 60
_STATE = {"padding": "x" * 3_000}  # bytes, as of a claim after some steps
_PART = 2_000


def rows(number: int, claims: int) -> Iterator[tuple[type[Table], dict[str, Any]]]:
    """One order, and a claim on every second. The first half is of the period, the other of the time before."""
    order_id, old = f"ord-{number:09}", number >= claims * SALES
    at = NOW - timedelta(days=DAYS * (1 + old), seconds=-(number * 7 % (DAYS * 86_000)) - 1)
    claimed = number % SALES == 0
    place = number // SALES
    reason = list(REASONS)[place % len(REASONS)]
    counts = claimed and place % 3 == 0 and REASONS[reason].terms.counts
    yield OrderRow, {"id": order_id, "site": "MLM", "buyer_id": "b", "currency": "MXN", "purchased_at": at,
                     "updated_at": at}  # fmt: skip
    yield OrderLineRow, {"order_id": order_id, "line_id": "1", "seller_id": SELLER, "category": "",
                         "product": f"Product {number % max(claims // 100, 1)}", "quantity": 1, "unit_price": 5_000,
                         "freight": 0}  # fmt: skip
    yield SaleRow, {"order_id": order_id, "seller_id": SELLER, "site": "MLM", "bought_at": at, "day": day_of(at),
                    "claims": int(counts), "mediations": 0, "cancelled": False}  # fmt: skip
    if claimed:
        yield ClaimRow, _claim(order_id, place, reason, counts, at)


def _claim(order_id: str, place: int, reason: str, counts: bool, at: datetime) -> dict[str, Any]:
    answered = None if place % 5 == 0 else at + timedelta(seconds=place * 37 % 400_000)
    closed = None if place % 11 == 0 else at + timedelta(seconds=place * 53 % 900_000)
    return {
        "id": f"clm_{place:09}", "order_id": order_id, "line_id": "1", "buyer_id": "b", "seller_id": SELLER,
        "site": "MLM", "reason": reason, "stage": "closed" if closed else "mediation", "waiting_on": "nobody",
        "impact": "affected" if counts else "not_affected", "code": "", "priority": 0, "mediated": False,
        "version": 1, "opened_at": at, "updated_at": at, "digest": "", "state": _STATE, "currency": "MXN",
        "claimed": 5_000, "refunded": 5_000 if place % 2 and closed else 0,
        "protect_until": at + timedelta(hours=72), "answered_at": answered, "closed_at": closed,
    }  # fmt: skip


async def fill(database: Database, claims: int) -> None:
    for start in range(0, 2 * claims * SALES, _PART):
        found: dict[type[Table], list[dict[str, Any]]] = {}
        for number in range(start, min(start + _PART, 2 * claims * SALES)):
            for table, values in rows(number, claims):
                found.setdefault(table, []).append(values)
        async with database.writing() as session:
            for table, values in found.items():
                await session.execute(insert(table), values)
    async with database.writing() as session:
        await session.execute(text("ANALYZE"))


async def ask(session: AsyncSession, period: Period, products: list[str] | None) -> int:
    standings = await storage.advice.standings(session, period)
    facts = await storage.advice.facts(session, period, standings, products)
    return sum(f.claims for f in facts.values())


async def spread(name: str, database: Database, period: Period, products: list[str] | None) -> None:
    took = []
    for _ in range(5):
        began = time.perf_counter()
        async with database.reading() as session:
            claims = await ask(session, period, products)
        took.append(time.perf_counter() - began)
    print(f"{name}: {median(took) * 1000:.0f} ms, at most {max(took) * 1000:.0f} ms ({claims} claims)")


async def measure(url: str, claims: int) -> None:
    database = Database(url)
    await fill(database, claims)
    print(f"{claims} claims and {claims * SALES} sales in the period, as many before it")
    period = Period(SELLER, NOW - timedelta(days=DAYS), NOW)
    async with database.reading() as session:
        began = time.perf_counter()
        page = [row.product for row in await session.execute(storage.advice.products(period).limit(20))]
        print(f"20 products with most claims: {(time.perf_counter() - began) * 1000:.0f} ms")
    await spread("all claims", database, period, None)
    await spread("20 products", database, period, page)
    await spread("one product", database, period, page[:1])
    await database.close()


def main() -> None:
    claims = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as name:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{Path(name) / 'amends.db'}"
        migrate.upgrade(url)
        asyncio.run(measure(url, claims))


if __name__ == "__main__":
    main()
