"""The standing as it is kept: sales beside orders and ledger, day by day, recomputed, and tried on the past."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, select, text, update

import storage.orders
import storage.sales
import storage.standings
import storage.trials
from claims.orders import Order, Person
from claims.standing.days import day_of
from claims.standing.standing import Counts, Protection
from claims.standing.terms import PUBLISHED, Level, in_force
from ops import reputation
from ops.standings import record_day
from storage.database import Database
from storage.tables import CounterRow, EventRow, ReputationRow, SaleRow, StandingRow
from storage.trials import TooMuch, Trial
from tests.shop import DAY, NOW, Shop

SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


async def standing(shop: Shop, now: datetime = NOW) -> Any:
    async with shop.database.reading() as session:
        return await storage.standings.now_of(session, shop.seller, shop.site, now)


async def row(shop: Shop, order: Order) -> SaleRow | None:
    async with shop.database.reading() as session:
        return await session.get(SaleRow, (order.id, shop.seller))


# --- what a sale comes to


async def test_each_sale_counts_once_in_each_metric(database: Database) -> None:
    shop = Shop(database)
    sold = await shop.sell(10)
    await shop.sell(1, cancelled_at=NOW - DAY, cancelled_by="seller")
    await shop.sell(1, cancelled_at=NOW - DAY, cancelled_by="buyer")
    await shop.sell(1, cancelled_at=NOW - DAY, cancelled_by="platform")
    await shop.sell(1, dispatch_by=NOW - 10 * DAY, dispatched_at=NOW - 9 * DAY)
    await shop.sell(1, dispatch_by=NOW - 10 * DAY, fulfilled_by="platform")
    await shop.claim(sold[0])
    await shop.claim(sold[1], mediated=True)
    await shop.claim(sold[2], counts=False)
    assert (await standing(shop)).counts == Counts(14, 2, 1, 1, 1)


async def test_a_sale_is_late_from_the_instant_after_its_date_on(database: Database) -> None:
    shop = Shop(database)
    await shop.sell(1, dispatch_by=NOW + DAY)
    delays = [(await standing(shop, NOW + DAY + by)).counts.delays for by in (-SECOND, 0 * SECOND, SECOND)]
    assert delays == [0, 0, 1]


async def test_an_order_pushed_again_changes_its_sale_and_twice_changes_nothing(database: Database) -> None:
    shop = Shop(database)
    order = (await shop.sell(1))[0]
    gone = replace(order, items=(replace(order.items[0], cancelled_at=NOW, cancelled_by="buyer"),))
    for pushed, stands in ((gone, False), (gone, False), (order, True)):
        await shop.put(pushed)
        assert bool(await row(shop, order)) is stands


async def test_a_line_that_another_seller_sold_moves_the_sale_and_its_claim_counts_for_nobody(
    database: Database,
) -> None:
    shop, heir = Shop(database), Shop(database)
    order = (await shop.sell(1))[0]
    await shop.claim(order)
    await shop.put(replace(order, items=(replace(order.items[0], seller=Person(heir.seller)),)))
    assert await row(shop, order) is None
    assert (await standing(shop)).counts == Counts()
    assert (await standing(heir)).counts == Counts(1)


async def test_a_verdict_that_later_came_before_a_mediator_says_so(database: Database) -> None:
    shop = Shop(database)
    claim = await shop.claim((await shop.sell(1))[0])
    assert (await standing(shop)).counts.mediations == 0
    async with database.writing() as session:
        step = (EventRow.claim_id == claim.id, EventRow.sequence == claim.version)
        event = await session.scalar(select(EventRow.event).where(*step))
        await session.execute(update(EventRow).where(*step).values(event=event | {"stage": "mediation"}))
    assert await shop.post(replace(claim, version=claim.version + 1))
    assert (await standing(shop)).counts.mediations == 1


@pytest.mark.parametrize("clash", range(3))
async def test_a_verdict_and_an_order_at_once_make_the_sale_that_both_say(database_url: str, clash: int) -> None:
    """Several connections at once, as of several processes: whoever is last has seen the others."""
    databases = [Database(database_url) for _ in range(4)]
    shop = Shop(databases[0])
    sold = await shop.sell(6)
    claims = [await shop.claim(order, posted=False) for order in sold]
    late = [
        replace(o, items=(replace(o.items[0], dispatch_by=NOW - 5 * DAY, dispatched_at=NOW - 4 * DAY),)) for o in sold
    ]
    hands = [Shop(one) for one in databases]
    pushes = [hands[n % 4].put(order) for n, order in enumerate(late)]
    posts = [hands[(n + 1 + clash) % 4].post(claim) for n, claim in enumerate(claims) for _ in range(2)]
    done = await asyncio.gather(*(job for pair in zip(posts, pushes * 2, strict=False) for job in pair[:1]), *pushes)
    assert all(answer is not False for answer in done)
    async with shop.database.reading() as session:
        entries = list(await session.scalars(select(ReputationRow).where(ReputationRow.seller_id == shop.seller)))
    assert sorted(e.claim_id for e in entries) == sorted(c.id for c in claims)
    for order in sold:
        kept = await row(shop, order)
        assert kept is not None
        assert (kept.claims, kept.late_after) == (1, NOW - 5 * DAY)
    async with shop.database.reading() as session:
        days = list(await session.scalars(select(StandingRow).where(StandingRow.seller_id == shop.seller)))
    assert [(d.sales, d.claims) for d in days] == [(6, 6)]  # the day's row saw all of them
    for one in databases:
        await one.close()


# --- levels that are protected, and days


async def test_a_protection_is_said_once_and_the_last_one_holds(database: Database) -> None:
    shop = Shop(database, "MLB")
    for order in await shop.sell(12):
        await shop.claim(order)
    green, until = Protection(Level.GREEN, NOW + DAY), []
    for given in (green, green, Protection(Level.YELLOW, NOW + 2 * DAY)):
        async with database.writing() as session:
            await storage.standings.protect(session, shop.seller, "MLB", given, "disaster", "market", NOW)
        until.append((await standing(shop)).level)
    assert until == ["5_green", "5_green", "3_yellow"]
    assert (await standing(shop)).real == "1_red"
    shown = [(await standing(shop, NOW + 2 * DAY + by)).level for by in (-SECOND, 0 * SECOND)]
    assert shown == ["3_yellow", "1_red"]
    async with database.reading() as session:
        kept = list(await session.scalars(storage.standings.protections(shop.seller, "MLB")))
    assert [p.level for p in kept] == ["3_yellow", "5_green"]


async def test_every_seller_has_a_row_a_day(database: Database) -> None:
    shop, other = Shop(database), Shop(database, "MLB")
    await shop.sell(11)
    await other.sell(2)
    async with database.writing() as session:
        await session.execute(delete(CounterRow).where(CounterRow.name == storage.standings._DONE))
    assert await record_day(database, PUBLISHED, NOW) >= 2
    assert await record_day(database, PUBLISHED, NOW) == 0
    tomorrow = NOW + DAY
    assert await record_day(database, PUBLISHED, tomorrow) >= 2
    async with database.reading() as session:
        rows = storage.standings.history(shop.seller, "MLM", NOW.date() - DAY, NOW.date() + 2 * DAY)
        days = [(d.day, d.level, d.sales) for d in await session.scalars(rows)]
    today = day_of(NOW)
    assert days == [(today, "5_green", 11), (today + 1, "5_green", 11)]


# --- recomputed


async def checked(shop: Shop, capsys: pytest.CaptureFixture[str], repair: bool = False) -> tuple[int, str]:
    code = await reputation.check(shop.database, PUBLISHED, [shop.seller], repair, wait=0)
    return code, capsys.readouterr().out


async def busy_shop(database: Database) -> tuple[Shop, list[Order]]:
    shop = Shop(database)
    sold = await shop.sell(15, dispatch_by=NOW - 15 * DAY, dispatched_at=NOW - 16 * DAY)
    await shop.claim(sold[0])
    await shop.claim(sold[1], mediated=True)
    await shop.claim(sold[2], counts=False)
    await shop.opened(sold[3])
    return shop, sold


async def test_where_all_is_well_nothing_differs(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    shop, _ = await busy_shop(database)
    assert await checked(shop, capsys) == (0, "1 sellers recomputed, 0 differences.\n")


BROKEN = {
    "verdict_missing": "DELETE FROM reputation_entries WHERE claim_id = :claim",
    "verdict_differs": "UPDATE reputation_entries SET impact = 'not_affected' WHERE claim_id = :claim",
    "verdict_without_step": "UPDATE reputation_entries SET claim_id = 'clm_' || claim_id WHERE claim_id = :claim",
    "sale_missing": "DELETE FROM sales WHERE order_id = :order",
    "sale_differs": "UPDATE sales SET claims = 0 WHERE order_id = :order",
    "sale_without_order": "UPDATE sales SET order_id = 'of-nothing-' || order_id WHERE order_id = :order",
    "standing_differs": "UPDATE sales SET cancelled = true WHERE order_id = :order",
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_what_is_broken_is_found(database: Database, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    shop, sold = await busy_shop(database)
    async with database.writing() as session:
        names = {"claim": f"clm_{sold[0].id}", "order": sold[0].id}
        await session.execute(text(BROKEN[kind]), {k: v for k, v in names.items() if f":{k}" in BROKEN[kind]})
    code, said = await checked(shop, capsys)
    assert code == 1
    assert f"{kind}: 1\n" in said
    repaired, _ = await checked(shop, capsys, repair=True)
    assert repaired == (1 if kind.startswith("verdict") else 0)  # the ledger is nobody's to invent


@pytest.mark.long
async def test_a_verdict_under_way_is_no_difference(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Its step is recorded, and its posting comes between the two looks."""
    shop = Shop(database)
    claim = await shop.claim((await shop.sell(1))[0], posted=False)
    looks = asyncio.create_task(reputation.check(database, PUBLISHED, [shop.seller], False, wait=3))
    await asyncio.sleep(1)
    assert await shop.post(claim)
    assert await looks == 0
    never = await shop.claim((await shop.sell(1))[0], posted=False)
    assert (await checked(shop, capsys))[0] == 1, never.id


# --- tried on the past


async def test_a_trial_knows_only_what_had_happened_by_then(database: Database) -> None:
    shop = Shop(database)
    sold = await shop.sell(20, NOW - 30 * DAY)
    for order in sold[:3]:
        await shop.claim(order)  # decided a little more than six days after the purchase
    hard = replace(in_force("MLM", NOW), maxima=tuple(replace(m, claims=0) for m in in_force("MLM", NOW).maxima))
    soft = replace(hard, maxima=tuple(replace(m, claims=10_000) for m in hard.maxima))
    before, after = NOW - 25 * DAY, NOW - 20 * DAY
    found = {}
    for name, other in (("hard", hard), ("soft", soft)):
        trial = Trial("MLM", other, (before, after), PUBLISHED, [shop.seller, "nobody"])
        sellers, results = await storage.trials.run(database, trial)
        assert sellers == 1
        found[name] = [(dict(r.before), dict(r.after), r.changed) for r in results]
    assert found["hard"] == [({"5_green": 1}, {"5_green": 1}, 0), ({"1_red": 1}, {"1_red": 1}, 0)]
    assert found["soft"] == [({"5_green": 1}, {"5_green": 1}, 0), ({"1_red": 1}, {"5_green": 1}, 1)]


async def test_a_trial_over_too_many_orders_is_refused(database: Database) -> None:
    shop = Shop(database)
    await shop.sell(3)
    trial = Trial("MLM", in_force("MLM", NOW), (NOW,), PUBLISHED, [shop.seller], most=2)
    with pytest.raises(TooMuch):
        await storage.trials.run(database, trial)
    assert (await storage.trials.run(database, replace(trial, most=3)))[0] == 1


async def test_a_sale_cancelled_since_was_one_then(database: Database) -> None:
    shop = Shop(database)
    await shop.sell(11, NOW - 30 * DAY, cancelled_at=NOW - 10 * DAY, cancelled_by="buyer")
    terms = in_force("MLM", NOW)
    trial = Trial("MLM", terms, (NOW - 20 * DAY, NOW - 5 * DAY), PUBLISHED, [shop.seller])
    _, results = await storage.trials.run(database, trial)
    assert [dict(r.before) for r in results] == [{"5_green": 1}, {"none": 1}]


def test_the_operator_tries_terms_from_a_file(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENDS_DATABASE_URL", sqlite_url)
    levels = ("5_green", "4_light_green", "3_yellow", "2_orange")
    file = tmp_path / "figures.json"
    file.write_text(json.dumps({"busy": 40, "maxima": [{"level": level, "claims": "5"} for level in levels]}))
    assert reputation.main(["try", "MLM", str(file), "--at", "2026-01-01T00:00:00Z", "--seller", "nobody"]) == 0
    assert "MLM: 0 sellers" in capsys.readouterr().out
    file.write_text(json.dumps({"busy": 40, "maxima": []}))
    assert reputation.main(["try", "MLM", str(file)]) == 2
    assert "maxima" in capsys.readouterr().err
    assert reputation.main(["try", "MLM", str(file), "--at", "2026-01-01"]) == 2


# --- the databases find it without looking at history


@pytest.mark.parametrize("many", [20_000])
async def test_counting_reads_the_covering_index_alone(database: Database, many: int) -> None:
    shop = Shop(database)
    async with database.writing() as session:
        await session.execute(SaleRow.__table__.insert(), bulk(shop.seller, many))  # type: ignore[attr-defined]
    await _analyzed(database)
    async with database.reading() as session:
        for query in counting(shop.seller):
            plan = "\n".join(await _plan(session, database, query))
            assert "sales_counted" in plan, plan
            assert ("COVERING INDEX" if database.is_sqlite else "Index Only Scan") in plan, plan
            assert not re.search("SCAN|Seq Scan", plan), plan
            assert re.search(r"bought_at>\? AND bought_at<\?|Index Cond:.*bought_at > .*bought_at <=", plan), plan


def bulk(seller: str, many: int) -> list[dict[str, Any]]:
    start = NOW - 1000 * DAY
    values = [(f"{seller}-{n}", start + n * (1000 * DAY / many)) for n in range(many)]
    return [
        {"order_id": order_id, "seller_id": seller, "site": "MLM", "bought_at": at, "claims": 0, "mediations": 0,
         "day": day_of(at), "cancelled": False, "late_after": None}
        for order_id, at in values
    ]  # fmt: skip


def counting(seller: str) -> list[Any]:
    """What windows() and by_day() ask."""
    of = storage.sales._of(seller, "MLM", NOW - 60 * DAY, NOW)
    columns = storage.sales._columns(NOW)
    return [select(*columns).where(*of), select(SaleRow.day, *columns).where(*of).group_by(SaleRow.day)]


async def _analyzed(database: Database) -> None:
    """As autovacuum would do in time: PostgreSQL reads an index alone only of pages that it knows to be old."""
    async with database._writers.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await free.execute(text("ANALYZE sales" if database.is_sqlite else "VACUUM ANALYZE sales"))


async def _plan(session: Any, database: Database, query: Any) -> list[str]:
    dialect = session.get_bind().dialect
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    compiled = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return [str(line[-1]) for line in await session.execute(text(explain + str(compiled).replace(":", "\\:")))]
