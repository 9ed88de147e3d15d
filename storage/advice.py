"""What the claims of a seller's period add up to, for the advice. The database counts; no claim's state is read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

import storage.sales
import storage.standings
from claims.advice import Cost, Facts, Mixed, Sum, Times
from claims.model import Impact, Stage
from claims.standing.events import By
from claims.standing.standing import Standing
from claims.standing.terms import PUBLISHED, Terms
from storage.tables import ClaimRow, OrderLineRow, SaleRow

ALL = ""  # the key of what is not told apart by product
_Keys = Sequence[str] | None  # the products that are told apart; None: they are not
_ON_LINE = and_(OrderLineRow.order_id == ClaimRow.order_id, OrderLineRow.line_id == ClaimRow.line_id)
_IN_SALE = and_(SaleRow.order_id == ClaimRow.order_id, SaleRow.seller_id == ClaimRow.seller_id)
_COUNTS = ClaimRow.impact == Impact.AFFECTED
_OPEN = ClaimRow.stage != Stage.CLOSED


@dataclass(frozen=True)
class Period:
    """Whose claims are looked at: those opened after `since`, until `until`; on all sites unless one is named."""

    seller_id: str
    since: datetime
    until: datetime
    site: str | None = None


async def standings(
    session: AsyncSession, period: Period, versions: Iterable[Terms] = PUBLISHED
) -> dict[str, Standing]:
    """How the seller stands at the period's end, by site: what the reasons are to blame for."""
    found = {}
    for site in await storage.sales.sites(session, period.seller_id):
        if period.site in (None, site):
            found[site] = await storage.standings.now_of(session, period.seller_id, site, period.until, versions)
    return found


def products(period: Period, product: str | None = None) -> Select[Any]:
    """The products with claims in the period as (product, claims), most claims first, for paging; or only this one."""
    rows = select(OrderLineRow.product, func.count().label("claims")).join(ClaimRow, _ON_LINE).where(*_opened(period))
    rows = rows if product is None else rows.where(OrderLineRow.product == product)
    found = rows.group_by(OrderLineRow.product).subquery()
    return select(found.c.product, found.c.claims).order_by(found.c.claims.desc(), found.c.product)


async def facts(
    session: AsyncSession, period: Period, standings: Mapping[str, Standing], products: _Keys = None
) -> dict[str, Facts]:
    """The facts of each of these products; without any, those of all claims together, under ALL."""
    mix = await _mix(session, period, products)
    for site, standing in standings.items():
        await _add_costs(session, mix, period, site, standing, products)
    answers = await _times(session, period, ClaimRow.answered_at, products)
    endings = await _times(session, period, ClaimRow.closed_at, products)
    sold = await _sales(session, period, list(standings), products)
    return {
        key: Facts(sold.get(key, 0), tuple(mix[key].values()), answers.get(key, Times()), endings.get(key, Times()))
        for key in ([ALL] if products is None else products)
    }


def _opened(period: Period) -> list[ColumnElement[bool]]:
    site = [ClaimRow.site == period.site] if period.site is not None else []
    at = ClaimRow.opened_at
    return [ClaimRow.seller_id == period.seller_id, at > period.since, at <= period.until, *site]


def _claims(products: _Keys, *columns: Any) -> Select[Any]:
    """These columns of claims, after a `key` that tells the products apart."""
    if products is None:
        return select(literal(ALL, String()).label("key"), *columns)
    rows = select(OrderLineRow.product.label("key"), *columns).join_from(ClaimRow, OrderLineRow, _ON_LINE)
    return rows.where(OrderLineRow.product.in_(products))


_SUMS = (
    func.count(),
    func.count(case((_COUNTS, 1))),
    func.count(case((and_(_COUNTS, ClaimRow.answered_at > ClaimRow.protect_until), 1))),
    func.count(case((and_(_COUNTS, ClaimRow.answered_at.is_(None)), 1))),
    func.sum(ClaimRow.claimed),
    func.sum(ClaimRow.refunded),
    func.sum(case((_OPEN, ClaimRow.claimed - ClaimRow.refunded), else_=0)),
)


async def _mix(session: AsyncSession, period: Period, products: _Keys) -> defaultdict[str, dict[str, Mixed]]:
    """The claims by key and reason."""
    rows = _claims(products, ClaimRow.reason, ClaimRow.currency, *_SUMS).where(*_opened(period))
    grouped: Any = await session.execute(rows.group_by("key", ClaimRow.reason, ClaimRow.currency).order_by("currency"))
    found: defaultdict[str, dict[str, Mixed]] = defaultdict(dict)
    for key, reason, currency, claims, counted, late, never, *money in grouped:
        one = found[key].get(reason, Mixed(reason))
        numbers = (one.claims + claims, one.counted + counted, one.late + late, one.never + never)
        sums = (*one.money, Sum(currency, *(int(amount) for amount in money)))
        found[key][reason] = Mixed(reason, *numbers, money=sums)
    return found


async def _add_costs(
    session: AsyncSession,
    mix: defaultdict[str, dict[str, Mixed]],
    period: Period,
    site: str,
    standing: Standing,
    products: _Keys,
) -> None:
    """Add to each reason what it costs on a site: the sales of its window whose counted claims are all for it."""
    rows = _claims(products, ClaimRow.reason, SaleRow.order_id).join_from(ClaimRow, SaleRow, _IN_SALE)
    window = (SaleRow.site == site, SaleRow.bought_at > standing.since, SaleRow.bought_at <= standing.at)
    mine = (SaleRow.seller_id == period.seller_id, SaleRow.claims > 0, *window)
    since = ClaimRow.opened_at > standing.since  # no claim is older than its sale
    rows = rows.where(ClaimRow.seller_id == period.seller_id, since, _COUNTS, *mine)
    alone = rows.group_by("key", ClaimRow.reason, SaleRow.order_id, SaleRow.claims)
    found = alone.having(func.count() == SaleRow.claims).subquery()
    counted: Any = await session.execute(select(found.c.key, found.c.reason, func.count()).group_by("key", "reason"))
    for key, reason, number in counted:
        one = mix[key].get(reason, Mixed(reason))
        cost = Cost(site, standing.counts.sales, number)
        mix[key][reason] = replace(one, costs=(*one.costs, cost))


async def _times(session: AsyncSession, period: Period, end: Any, products: _Keys) -> dict[str, Times]:
    """From the opening to this instant, where there is one, by nearest rank."""
    took = _second(session, end) - _second(session, ClaimRow.opened_at)
    rows = _claims(products, took.label("took")).where(*_opened(period), end.is_not(None)).subquery()
    number = func.count().over(partition_by=rows.c.key).label("number")
    place = func.row_number().over(partition_by=rows.c.key, order_by=rows.c.took).label("place")
    r = select(rows.c.key, rows.c.took, number, place).subquery().c
    median = func.max(case((r.place * 2 - r.number == r.number % 2, r.took)))
    ninetieth = func.max(case((and_(r.place * 10 >= r.number * 9, (r.place - 1) * 10 < r.number * 9), r.took)))
    found: Any = await session.execute(select(r.key, r.number, median, ninetieth).group_by(r.key, r.number))
    return {key: Times(*numbers) for key, *numbers in found}


def _second(session: AsyncSession, column: Any) -> ColumnElement[int]:
    """An instant as whole seconds since 1970, without its fraction."""
    seconds: Any = extract("epoch", column)
    sqlite = session.get_bind().dialect.name == "sqlite"  # which cuts the fraction off by itself
    return seconds if sqlite else cast(func.floor(seconds), BigInteger)


async def _sales(session: AsyncSession, period: Period, sites: Iterable[str], products: _Keys) -> dict[str, int]:
    """The sales bought in the period; of a product: those with a line of it that the buyer did not cancel."""
    bought = (SaleRow.bought_at > period.since, SaleRow.bought_at <= period.until)
    mine = (SaleRow.seller_id == period.seller_id, SaleRow.site.in_(sites), *bought)
    if products is None:
        return {ALL: await session.scalar(select(func.count()).select_from(SaleRow).where(*mine)) or 0}
    line = and_(OrderLineRow.order_id == SaleRow.order_id, OrderLineRow.seller_id == SaleRow.seller_id)
    rows = select(OrderLineRow.product, func.count(distinct(SaleRow.order_id))).join_from(SaleRow, OrderLineRow, line)
    sold = and_(OrderLineRow.product.in_(products), OrderLineRow.cancelled_by != By.BUYER)
    found: Any = await session.execute(rows.where(*mine, sold).group_by(OrderLineRow.product))
    return dict(iter(found))
