"""What a standing costs: `python -m bench.standing [sales] [claims]`, on SQLite and PostgreSQL.

One seller with so many sales (a million) and counted claims (50,000) over three years; then the same seller with four
times the sales from before the long window. What counts is that the second costs what the first does.
"""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from asgi_lifespan import LifespanManager

import storage.sales
from api.app import create_app
from api.tokens import Caller, Role
from claims.standing.days import day_of
from claims.standing.terms import in_force
from storage import migrate
from storage.database import Database
from tests.house import settings_for
from tests.postgres import postgres
from tests.shop import DAY, NOW, Shop

YEARS, TIMES, ROUNDS = 3, 4, 15
LONG = 365 * DAY
_LONGEST = 600  # seconds, to fill a table
COLUMNS = ("order_id", "seller_id", "site", "bought_at", "day", "claims", "mediations", "cancelled", "late_after")


def spread(shop: Shop, name: str, count: int, claims: int, start: datetime, end: datetime) -> Iterator[tuple[Any, ...]]:
    """So many sales evenly between two instants, as rows; of them so many with a claim that counts."""
    step, each = (end - start) / count, max(1, count // max(1, claims))
    for n in range(count):
        at, claimed = start + n * step, int(n % each == 0)
        late = at + 3 * DAY if n % 50 == 0 else None
        yield (f"{name}-{n}", shop.seller, shop.site, at, day_of(at), claimed, 0, n % 300 == 0, late)


def fill(shop: Shop, sales: int, claims: int) -> Iterator[tuple[Any, ...]]:
    return spread(shop, "now", sales, claims, NOW - YEARS * LONG, NOW)


def more(shop: Shop, sales: int, claims: int) -> Iterator[tuple[Any, ...]]:
    """So many more from before the long window that there are TIMES as many of them."""
    old = sales * (YEARS - 1) // YEARS * (TIMES - 1)
    return spread(shop, "old", old, claims * (TIMES - 1), NOW - TIMES * YEARS * LONG, NOW - YEARS * LONG)


async def load(database: Database, rows: Iterator[tuple[Any, ...]]) -> None:
    """Straight into the table; then what autovacuum does in time."""
    async with database._writers.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        if database.is_sqlite:
            marks = ",".join("?" * len(COLUMNS))
            plain = ([_plain(value) for value in row] for row in rows)
            await raw.execute("BEGIN")
            await raw.executemany(f"INSERT INTO sales ({','.join(COLUMNS)}) VALUES ({marks})", plain)  # noqa: S608
            await raw.commit()
            await raw.execute("ANALYZE sales")
            await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            await raw.copy_records_to_table("sales", records=rows, columns=COLUMNS, timeout=_LONGEST)
            await raw.execute("VACUUM ANALYZE sales", timeout=_LONGEST)


def _plain(value: Any) -> Any:
    return value.replace(tzinfo=None).isoformat(" ", "microseconds") if isinstance(value, datetime) else value


async def took(act: Callable[[int], Awaitable[Any]]) -> tuple[float, float]:
    """Milliseconds, the median and the fastest of ROUNDS after two to warm up."""
    found = []
    for number in range(ROUNDS + 2):
        began = time.perf_counter()
        await act(number)
        found.append((time.perf_counter() - began) * 1000)
    return median(found[2:]), min(found[2:])


async def measure(shop: Shop, client: httpx.AsyncClient) -> dict[str, tuple[float, float]]:
    terms = in_force(shop.site, NOW)

    async def get(_: int) -> None:
        (await client.get(f"/v1/sellers/{shop.seller}/reputation")).raise_for_status()

    async def windows(_: int) -> None:
        async with shop.database.reading() as session:
            await storage.sales.windows(session, shop.seller, shop.site, terms, NOW)

    def by_day(window: timedelta) -> Callable[[int], Awaitable[None]]:
        async def ask(_: int) -> None:
            async with shop.database.reading() as session:
                await storage.sales.by_day(session, shop.seller, shop.site, NOW - window, NOW)

        return ask

    sold = await shop.sell(ROUNDS + 2)
    claims = [await shop.claim(order, posted=False) for order in sold]

    async def post(number: int) -> None:
        await shop.post(claims[number])

    return {
        "GET standing": await took(get),
        "windows()": await took(windows),
        "by_day(), 60 days": await took(by_day(60 * DAY)),
        "by_day(), 365 days": await took(by_day(LONG)),
        "a verdict posted": await took(post),
    }


async def bench(name: str, url: str, sales: int, claims: int) -> None:
    database = Database(url)
    shop, app = Shop(database, "MLB"), create_app(settings_for(url, log_level="WARNING"))
    async with LifespanManager(app):
        token = app.state.tokens.sign(Caller(shop.seller, Role.SELLER))
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://amends", headers={"Authorization": f"Bearer {token}"}
        )
        found = []
        for rows in (fill, more):
            await load(database, rows(shop, sales, claims))
            found.append(await measure(shop, client))
        await client.aclose()
    await database.close()
    print(f"{name}: {sales:,} sales with {claims:,} counted claims; then {TIMES} times what is older than the window")
    print("  milliseconds, median (fastest); the ratio is of the fastest: other work on the machine is in the median")
    for what, (middle, best) in found[0].items():
        after, best_after = found[1][what]
        figures = f"{middle:8.1f} ({best:.1f}) {after:8.1f} ({best_after:.1f})"
        print(f"  {what:20} {figures:38} {best_after / best:.2f}", flush=True)


def main() -> None:
    sales = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    claims = int(sys.argv[2]) if len(sys.argv) > 2 else sales // 20
    logging.disable(logging.INFO)  # PostgreSQL's package tells how it starts
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        for name, url in (("SQLite", f"sqlite:///{Path(folder) / 'amends.db'}"), ("PostgreSQL", server.new_database())):
            migrate.upgrade(url)
            asyncio.run(bench(name, url, sales, claims))


if __name__ == "__main__":
    main()
