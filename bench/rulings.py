"""What the mediators' desk costs: `python -m bench.rulings [claims] [postgresql url]`, half of them ruled on.

Without a URL on SQLite. The rows are written into the tables directly, claims with states as large as real ones.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

import storage.mediation
import storage.rulings
from claims.mediation import Heap
from claims.reasons import REASONS
from storage import migrate
from storage.database import Database
from storage.tables import ClaimRow, EventRow

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_STATE = {"padding": "x" * 3_000, "refunds": [{"status": "succeeded"}]}  # bytes, as of a claim after some steps
_PART = 2_000
_SITES = ("MLM", "MLB", "MLA", "MLC")


def claim(number: int) -> dict[str, Any]:
    at, ruled, open_ = NOW - timedelta(minutes=number * 7), number % 2 == 0, number % 50 == 1
    return {
        "id": f"clm_{number * 7919 % 10**9:09}", "order_id": f"ord-{number:09}", "line_id": "1", "buyer_id": "b",
        "seller_id": f"seller-{number % 100}", "site": _SITES[number % 4],
        "reason": list(REASONS)[number // 2 % len(REASONS)], "stage": "mediation" if open_ else "closed",
        "waiting_on": "mediator" if open_ else "nobody", "due_at": at if open_ else None, "impact": "affected",
        "code": ("coverage_decision" if number % 3 else "no_coverage") if ruled else "timeout",
        "priority": 0, "mediated": ruled or open_, "version": 3, "opened_at": at, "updated_at": at, "digest": "",
        "exclusion": "asked" if number % 200 == 0 else "", "state": _STATE, "currency": "MXN", "claimed": 5_000,
        "refunded": 5_000 if number % 3 else 0, "protect_until": at, "answered_at": None,
        "closed_at": None if open_ else at,
    }  # fmt: skip


def event(of: dict[str, Any], sequence: int) -> dict[str, Any]:
    action = ("open", "escalate", "rule")[sequence - 1]
    by = ("buyer", "clock", "mediator")[sequence - 1]
    given = {"amount": 2_500} if action == "rule" else {}
    document = {
        "sequence": sequence, "at": of["opened_at"].isoformat(), "action": action, "by": by, "stage": of["stage"],
        "waiting_on": "nobody", "due_at": None, "impact": "pending", "input": given,
        "effects": ["padding " * 20],
    }  # fmt: skip
    return {"claim_id": of["id"], "sequence": sequence, "command_id": f"{of['id']}-{sequence}", "at": of["opened_at"],
            "recorded_at": of["opened_at"], "event": document, "digest": "0" * 64}  # fmt: skip


async def fill(database: Database, claims: int) -> None:
    for start in range(0, claims, _PART):
        made = [claim(number) for number in range(start, min(start + _PART, claims))]
        async with database.writing() as session:
            await session.execute(insert(ClaimRow), made)
            await session.execute(insert(EventRow), [event(of, n) for of in made for n in (1, 2, 3)])
    async with database.writing() as session:
        await session.execute(text("ANALYZE"))


async def spread(name: str, database: Database, ask: Callable[[AsyncSession], Awaitable[Any]]) -> None:
    took = []
    for _ in range(7):
        began = time.perf_counter()
        async with database.reading() as session:
            await ask(session)
        took.append((time.perf_counter() - began) * 1000)
    print(f"{name:28} {median(took):7.1f} ms, at worst {max(took):.1f} ms")


async def run(url: str, claims: int) -> None:
    database = Database(url)
    await fill(database, claims)
    await spread("rulings, own site", database, lambda s: storage.rulings.on(s, "not_working", "clm_0", "MLM"))
    await spread("rulings, all sites", database, lambda s: storage.rulings.on(s, "not_working", "clm_0"))
    await spread("rulings, of no such reason", database, lambda s: storage.rulings.on(s, "none", "clm_0", "MLM"))
    await spread("counters", database, storage.mediation.counts)
    for bucket in (*Heap, None):
        query = storage.mediation.heap(bucket).limit(21)
        await spread(f"heap {bucket}", database, lambda s, q=query: s.execute(q))  # type: ignore[misc]
    await database.close()


def main() -> None:
    claims = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{Path(folder) / 'amends.db'}"
        migrate.upgrade(url)
        print(json.dumps({"claims": claims, "url": url.split("//")[0]}))
        asyncio.run(run(url, claims))


if __name__ == "__main__":
    main()
