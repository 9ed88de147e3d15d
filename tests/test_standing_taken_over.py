"""An installation from before there were standings: its orders become sales, its ledger says what counts on them."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

import storage.sales
import storage.standings
from claims.standing.days import day_of
from claims.standing.standing import Counts
from storage import migrate
from storage.database import Database
from storage.tables import ReputationRow, SaleRow
from tests.shop import DAY, NOW

pytestmark = pytest.mark.long

MANY = 1203  # orders: more than the migration takes at a time
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0) - 5 * DAY
# claim -> order, then the ledger's (version, impact), then the sequences of its steps before a mediator
CLAIMS: dict[str, tuple[str, list[tuple[int, str]], list[int]]] = {
    "turned": ("o0", [(5, "affected"), (8, "not_affected")], [6, 7]),
    "turned-back": ("o1", [(5, "not_affected"), (8, "affected")], [6]),
    "late": ("o2", [(4, "affected")], [6]),  # it came before a mediator after this verdict
    "first": ("o3", [(4, "affected")], []),
    "second": ("o3", [(6, "affected")], [3]),  # on the same sale
    "of-nothing": ("gone", [(4, "affected")], []),
}
STATE = {
    "line": {"currency": "BRL"}, "refunds": [], "product_amount": 1, "freight_amount": 0,
    "protect_until": NOW.isoformat(), "closed_at": None,
}  # fmt: skip
TEXTS = {sa.String: "", sa.JSON: {}, sa.BigInteger: 1, sa.Boolean: False, sa.DateTime: NOW}


def bought(number: int) -> datetime:
    return MIDNIGHT - number * timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgres"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'amends.db'}" if sqlite else request.getfixturevalue("postgres_server").new_database()
    command.upgrade(migrate.config(url), "0007")
    asyncio.run(fill(url))
    return str(url)


async def fill(url: str) -> None:
    database, tables = Database(url), sa.MetaData()
    async with database.writing() as session:
        await (await session.connection()).run_sync(tables.reflect)

        async def add(name: str, **values: Any) -> None:
            table = tables.tables[name]
            missing = {c.name: default(c) for c in table.columns if not c.nullable and c.name not in values}
            await session.execute(table.insert().values(**missing | values))

        def at(instant: datetime) -> datetime:
            return instant.replace(tzinfo=None) if database.is_sqlite else instant

        def default(column: sa.Column[Any]) -> Any:
            value = next(v for kind, v in TEXTS.items() if isinstance(column.type, kind))
            return at(value) if isinstance(value, datetime) else value

        for n in range(MANY):
            await add("orders", id=f"o{n}", site="MLB", purchased_at=at(bought(n)))
            for line in ("1", "2"):
                seller = "other" if n == 7 and line == "2" else "s"
                await add("order_lines", order_id=f"o{n}", line_id=line, seller_id=seller)
        for claim, (order, verdicts, mediated) in CLAIMS.items():
            await add("claims", id=claim, order_id=order, line_id=claim, state=STATE)
            for sequence in mediated:
                event = {"stage": "mediation"}
                await add("claim_events", claim_id=claim, sequence=sequence, command_id=f"{sequence}", event=event)
            for version, impact in verdicts:
                names = {"claim_id": claim, "version": version, "order_id": order, "line_id": "1"}
                await add("reputation_entries", **names, seller_id="s", site="MLB", impact=impact)
    await database.close()


def test_an_old_installation_has_its_sales_and_what_counts_on_them(old_url: str) -> None:
    migrate.upgrade(old_url)
    migrate.check(old_url)
    asyncio.run(check(old_url))


async def check(url: str) -> None:
    database = Database(url)
    taken_over, mediated = await rows(database), set()
    async with database.reading() as session:
        for entry in await session.scalars(sa.select(ReputationRow)):
            mediated |= {(entry.claim_id, entry.version)} if entry.mediated else set()
    assert mediated == {("turned", 8), ("turned-back", 8), ("second", 6)}
    assert len(taken_over) == MANY + 1
    counting = {key[0]: (row["claims"], row["mediations"]) for key, row in taken_over.items() if row["claims"]}
    assert counting == {"o1": (1, 1), "o2": (1, 0), "o3": (2, 1)}
    assert taken_over["o0", "s"]["day"] == day_of(MIDNIGHT)
    order_ids = [f"o{n}" for n in range(MANY)]
    async with database.writing() as session:
        await storage.sales.refresh(session, order_ids)
    assert await rows(database) == taken_over  # made anew they are the same
    async with database.reading() as session:
        standing = await storage.standings.now_of(session, "s", "MLB", MIDNIGHT)
    assert standing.counts == Counts(MANY, 3, 2, 0, 0)
    await database.close()


async def rows(database: Database) -> dict[tuple[str, str], dict[str, Any]]:
    async with database.reading() as session:
        found = await session.execute(sa.select(SaleRow.__table__))
        return {(row.order_id, row.seller_id): dict(row._mapping) for row in found}
