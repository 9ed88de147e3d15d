"""The advice as the database counts it, on both databases, against a recount of every claim, event and message."""

import importlib
import math
import random
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import delete, select, update

import storage.advice
import storage.claims
import storage.messages
import storage.orders
import storage.reputation
import storage.sales
from claims.advice import Cost, Facts, Mixed, Sum, Times, in_order
from claims.model import Action, Actor, Claim, Command, Impact
from claims.opening import Opening, open_claim
from claims.orders import Order, OrderItem, Person, snapshot
from claims.policy import DEFAULT
from claims.process import advance, available, let_time_pass
from claims.reasons import REASONS
from claims.recording import Outcome, Recording
from claims.reputation import decided
from claims.standing.standing import standing
from claims.standing.terms import in_force
from storage.advice import ALL, Period
from storage.claims import Event
from storage.database import Database
from storage.messages import Sent
from storage.tables import ClaimRow, MessageRow
from tests.recordings import named, opening, tag

pytestmark = pytest.mark.xdist_group("advice")  # the shop is dear
NOW = datetime(2026, 6, 1, 12, 0, 0, 345678, tzinfo=UTC)
PRODUCTS = ("Lamp", "Lámpara %", "Shoe")
SITES = {"MLM": "MXN", "MLU": "UYU"}
PERIODS = [(30, None), (90, None), (365, None), (90, "MLU"), (90, "XXX"), (1, None)]


@pytest_asyncio.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


@dataclass(frozen=True)
class Shop:
    """A seller with everything that happened, as the recount sees it."""

    seller_id: str
    orders: list[Order]
    claims: list[Claim]
    events: dict[str, list[Event]]
    messages: list[MessageRow]


@pytest_asyncio.fixture(scope="session")
async def shop(database: Database) -> Shop:
    """About 110 claims on 100 orders, with lives at random; some orders of several lines, some cancelled."""
    chance, seller = random.Random(5), f"s-{tag()}"
    orders = [an_order(chance, seller) for _ in range(100)]
    async with database.writing() as session:
        await storage.orders.put(session, orders, NOW)
    claims = [await lived(database, chance, o, i) for o in orders[:70] for i in o.items if chance.random() < 0.8]
    async with database.reading() as session:
        events = {c.id: await storage.claims.events(session, c.id) for c in claims}
        ids = [c.id for c in claims]
        messages = list(await session.scalars(select(MessageRow).where(MessageRow.claim_id.in_(ids))))
    return Shop(seller, orders, claims, events, messages)


def an_order(chance: random.Random, seller: str) -> Order:
    site, name = chance.choice(list(SITES)), tag()
    bought = NOW - timedelta(seconds=chance.randrange(-86_400, 200 * 86_400))
    return Order(f"ord-{name}", site, SITES[site], bought, Person(f"b-{name}"), tuple(lines(chance, seller, bought)))


def lines(chance: random.Random, seller: str, bought: datetime) -> Iterator[OrderItem]:
    for number in range(chance.choice((1, 2, 3))):
        by = chance.choice(("", "", "", "buyer", "seller"))
        yield OrderItem(
            str(number), Person(seller), chance.choice(PRODUCTS), 2, 5_000, 1_001, delivered_at=bought,
            cancelled_at=bought if by else None, cancelled_by=by,
        )  # fmt: skip


async def lived(database: Database, chance: random.Random, order: Order, item: OrderItem) -> Claim:
    at = order.purchased_at + timedelta(seconds=chance.randrange(20 * 86_400), microseconds=chance.randrange(10**6))
    reason = Opening(chance.choice(list(REASONS)[1:]), 1)
    claim = open_claim(f"clm_{tag()}", snapshot(order, item), (), reason, DEFAULT, at)
    async with database.writing() as session:
        for recording in life(chance, claim):
            assert (await storage.claims.record(session, recording)).outcome == Outcome.STORED
            claim = recording.claim
            if chance.random() < 0.3 and claim.open:
                await storage.messages.add(session, claim, a_message(chance, claim))
            if decided(claim):
                await storage.reputation.post(session, claim)
    return claim


def life(chance: random.Random, claim: Claim) -> Iterator[Recording]:
    yield (recording := opening(claim))
    for _ in range(chance.randrange(9)):
        claim = recording.claim
        at = claim.updated_at + timedelta(hours=chance.choice((0, 1, 30, 80)), microseconds=chance.randrange(10**7))
        now = let_time_pass(claim, at).claim
        ways = [c.example for actor in Actor for c in available(now, actor, at) if c.example]
        ways += [Command(Action.OPEN, Actor.CLOCK)] * (now.due_at is not None)
        if not ways:
            return
        command = named(chance.choice(ways), now)
        due = claim.due_at + timedelta(microseconds=1) if command.by == Actor.CLOCK and claim.due_at else at
        yield (recording := Recording.of(claim, advance(claim, command, max(due, at)), command))


def a_message(chance: random.Random, claim: Claim) -> Sent:
    name = tag()
    sender = chance.choice((Actor.SELLER, Actor.SELLER, Actor.BUYER))
    receiver = chance.choice((Actor.BUYER, Actor.MEDIATOR)) if sender == Actor.SELLER else Actor.SELLER
    at = claim.updated_at + timedelta(hours=chance.choice((0, 5, 80)))
    reasons: tuple[dict[str, Any], ...] = chance.choice(((), ({"code": "rude"},)))
    more = {"sender": sender, "person": "somebody", "receiver": receiver, "stage": claim.stage, "at": at}
    return Sent(f"msg_{name}", claim.id, f"cmd-{name}", "", f"txt_{name}", **more, reasons=reasons)


# --- the recount


class Recount:
    """The facts of a period, by looking at one claim after the other."""

    def __init__(self, shop: Shop, days: int, site: str | None, product: str | None) -> None:
        self.shop, self.site, self.product = shop, site, product
        self.since = NOW - timedelta(days=days)
        mine = [c for c in shop.claims if self._is_mine(c)]
        self.claims = [c for c in mine if self._inside(c.opened_at)]
        self.all_counted = [c for c in mine if c.verdict.impact == Impact.AFFECTED]

    def facts(self, events: Iterable[Any]) -> Facts:
        codes = [*dict.fromkeys(c.reason.code for c in self.claims)]
        mix = {code: self._mixed([c for c in self.claims if c.reason.code == code], code) for code in codes}
        past = list(events)
        for site in sorted({o.site for o in self.shop.orders} if self.site is None else {self.site} & set(SITES)):
            self._add_costs(mix, site, past)
        took = [(self.answered(c), c.opened_at) for c in self.claims]
        ended = [(c.closed_at, c.opened_at) for c in self.claims]
        return Facts(self._sales(), tuple(in_order(mix.values())), times(took), times(ended))

    def answered(self, claim: Claim) -> datetime | None:
        steps = [e.at for e in self.shop.events[claim.id] if e.by == Actor.SELLER]
        wrote = [
            m.created_at
            for m in self.shop.messages
            if m.claim_id == claim.id and (m.kind, m.sender, m.receiver, m.reasons) == ("text", "seller", "buyer", [])
        ]
        return min(steps + wrote, default=None)

    def _is_mine(self, claim: Claim) -> bool:
        return self.site in (None, claim.line.site) and self.product in (None, claim.line.product)

    def _inside(self, at: datetime) -> bool:
        return self.since < at <= NOW

    def _mixed(self, claims: list[Claim], code: str) -> Mixed:
        counted = [c for c in claims if c.verdict.impact == Impact.AFFECTED]
        answers = [(self.answered(c), c.protect_until) for c in counted]
        late, never = sum(a is not None and a > until for a, until in answers), sum(a is None for a, _ in answers)
        money = []
        for currency in sorted({c.line.currency for c in claims}):
            some = [c for c in claims if c.line.currency == currency]
            still = sum(c.total - c.paid for c in some if c.open)
            money.append(Sum(currency, sum(c.total for c in some), sum(c.paid for c in some), still))
        return Mixed(code, len(claims), len(counted), late, never, tuple(money))

    def _add_costs(self, mix: dict[str, Mixed], site: str, events: list[Any]) -> None:
        of_site = [e for e in events if getattr(e, "site", site) == site]
        stood = standing(of_site, in_force(site, NOW), NOW)
        for code in REASONS:
            alone = 0
            for order in self.shop.orders:
                blamed = [c for c in self.shop.claims if c.line.order_id == order.id]
                counted = [c for c in blamed if c.verdict.impact == Impact.AFFECTED]
                gone = all(i.cancelled_by == "buyer" for i in order.items)
                inside = order.site == site and stood.since < order.purchased_at <= NOW and not gone
                alone += (
                    inside and bool(counted) and all(c in self.all_counted and c.reason.code == code for c in counted)
                )
            if alone:
                one = mix.get(code, Mixed(code))
                mix[code] = replace(one, costs=(*one.costs, Cost(site, stood.counts.sales, alone)))

    def _sales(self) -> int:
        orders = [o for o in self.shop.orders if self.site in (None, o.site) and self._inside(o.purchased_at)]
        kept = [[i for i in o.items if i.cancelled_by != "buyer"] for o in orders]
        return sum(any(self.product in (None, i.product) for i in items) for items in kept)


def times(pairs: list[tuple[datetime | None, datetime]]) -> Times:
    took = sorted(math.floor(end.timestamp()) - math.floor(start.timestamp()) for end, start in pairs if end)
    if not took:
        return Times()
    return Times(len(took), took[math.ceil(len(took) / 2) - 1], took[math.ceil(len(took) * 9 / 10) - 1])


async def counted(database: Database, period: Period, products: list[str] | None) -> dict[str, Facts]:
    async with database.reading() as session:
        standings = await storage.advice.standings(session, period)
        found = await storage.advice.facts(session, period, standings, products)
    return {key: replace(facts, mix=tuple(in_order(map(sorted_, facts.mix)))) for key, facts in found.items()}


def sorted_(mixed: Mixed) -> Mixed:
    return replace(mixed, costs=tuple(sorted(mixed.costs, key=lambda c: c.site)))


async def happened(database: Database, shop: Shop) -> list[Any]:
    async with database.reading() as session:
        return await storage.sales.events(session, [o.id for o in shop.orders])


def test_the_shop_has_what_is_to_be_counted(shop: Shop) -> None:
    """Otherwise the comparison says little."""
    whole = Recount(shop, 365, None, None)
    mix = whole.facts([]).mix
    assert len(whole.claims) > 80
    assert sum(m.counted for m in mix) > 12
    assert sum(m.late for m in mix) > 1
    assert sum(m.never for m in mix) > 1
    assert sum(m.counted - m.late - m.never for m in mix) > 1
    assert all(sum(getattr(s, n) for m in mix for s in m.money) > 0 for n in ("refunded", "kept", "undecided"))
    sales = [c.line.order_id for c in shop.claims if c.verdict.impact == Impact.AFFECTED]
    assert len(set(sales)) < len(sales)


@pytest.mark.parametrize(("days", "site"), PERIODS)
async def test_the_facts_are_those_of_a_recount(database: Database, shop: Shop, days: int, site: str | None) -> None:
    events = await happened(database, shop)
    period = Period(shop.seller_id, NOW - timedelta(days=days), NOW, site)
    assert await counted(database, period, None) == {ALL: Recount(shop, days, site, None).facts(events)}
    each = {product: Recount(shop, days, site, product).facts(events) for product in PRODUCTS}
    assert await counted(database, period, list(PRODUCTS)) == each


@pytest.mark.parametrize("late", [0, 1])
async def test_an_answer_at_the_end_of_the_window_is_in_time_and_one_a_microsecond_later_is_late(
    database: Database, late: int
) -> None:
    seller, until = f"s-{tag()}", NOW.replace(microsecond=0) + timedelta(hours=72)
    row = a_row(seller, 0) | {"protect_until": until, "answered_at": until + timedelta(microseconds=late)}
    facts = await of_rows(database, seller, [row], NOW - timedelta(days=1), NOW)
    assert (facts.counted, facts.late, facts.never) == (1, late, 0)


@pytest.mark.parametrize(("since", "until", "claims"), [(-1, 0, 1), (0, 1, 0), (-2, -1, 0)])
async def test_a_claim_opened_when_the_period_begins_is_out(
    database: Database, since: int, until: int, claims: int
) -> None:
    seller, tick = f"s-{tag()}", timedelta(microseconds=1)
    facts = await of_rows(database, seller, [a_row(seller, 0)], NOW + since * tick, NOW + until * tick)
    assert facts.claims == claims


@pytest.mark.parametrize("number", range(1, 24))
async def test_ranks_of_few_values(database: Database, number: int) -> None:
    """Median and ninetieth are values that occurred."""
    seller = f"s-{tag()}"
    rows = [a_row(seller, n * 10) for n in range(number)]
    facts = await of_rows(database, seller, rows, NOW - timedelta(days=1), NOW)
    places = (math.ceil(number / 2) - 1, math.ceil(number * 9 / 10) - 1)
    assert facts.answer == Times(number, places[0] * 10, places[1] * 10)
    assert facts.resolution == Times()


async def of_rows(
    database: Database, seller: str, rows: list[dict[str, Any]], since: datetime, until: datetime
) -> Facts:
    async with database.writing() as session:
        await session.execute(sqlalchemy.insert(ClaimRow), rows)
        facts = (await storage.advice.facts(session, Period(seller, since, until), {}))[ALL]
        await session.execute(delete(ClaimRow).where(ClaimRow.seller_id == seller))  # others could not read them
    return facts


def a_row(seller: str, seconds: int) -> dict[str, Any]:
    name = tag()
    texts = ("id", "order_id", "line_id", "buyer_id", "site", "waiting_on", "code", "digest")
    answered = NOW + timedelta(seconds=seconds)
    values = {"seller_id": seller, "reason": "damaged", "stage": "closed", "impact": "affected", "priority": 0}
    more = {"mediated": False, "version": 1, "opened_at": NOW, "updated_at": NOW, "answered_at": answered, "state": {}}
    return dict.fromkeys(texts, name) | values | more


async def test_a_database_of_before_learns_the_same(database: Database, shop: Shop) -> None:
    """What the migration reads out of states, timelines and messages is what is written with every step."""
    columns = [getattr(ClaimRow, n) for n in ("id", "currency", "claimed", "refunded", "protect_until", "answered_at",
                                              "closed_at")]  # fmt: skip
    mine = select(*columns).where(ClaimRow.seller_id == shop.seller_id).order_by(ClaimRow.id)
    blank = {"currency": "", "claimed": 0, "refunded": 0, "protect_until": None, "answered_at": None, "closed_at": None}
    async with database.writing() as session:
        before = list(await session.execute(mine))
        await session.execute(update(ClaimRow).where(ClaimRow.seller_id == shop.seller_id).values(**blank))
        assert list(await session.execute(mine)) != before
        await (await session.connection()).run_sync(_migrate)
        assert list(await session.execute(mine)) == before


def _migrate(connection: sqlalchemy.Connection) -> None:
    module = importlib.import_module("storage.migrations.versions.0009_claims_say_what_advice_counts")
    with Operations.context(MigrationContext.configure(connection)):
        module._take_over()
