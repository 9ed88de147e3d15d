"""The advice for a seller: why buyers complain, what it costs, and what to do about it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import StringConstraints

import storage.advice
from api.deps import CallerDep, Cursor, DeskDep, page
from api.documented import READS, Json, answers
from api.door import Door
from api.schemas import Id, Short
from api.shapes_advice import SellersAdvice
from api.standing import check_may_see
from claims.advice import MINIMUM, Facts, Mixed, Times, hundredths, in_order
from claims.reasons import REASONS
from claims.remedies import ANSWER_SOONER, REMEDIES, too_few
from claims.standing.standing import Standing
from storage.advice import ALL, Period

router = APIRouter(prefix="/v1/sellers", tags=["sellers"], route_class=Door)

Days = Annotated[int, Query(ge=1, le=365, description="how far back, in days of 24 hours")]
Products = Annotated[int, Query(ge=1, le=50, description="products on a page")]
Site = Annotated[Id | None, Query(description="one site only")]
Named = Annotated[Short, StringConstraints(min_length=1)]
Product = Annotated[Named | None, Query(description="one product only, by its name in the orders")]


_ADVICE = answers(SellersAdvice, 403, 404, *READS)


@router.get("/{seller_id}/advice", summary="Why buyers complain, what it costs, what to do", responses=_ADVICE)
async def advice(
    seller_id: Id,
    desk: DeskDep,
    caller: CallerDep,
    site: Site = None,
    product: Product = None,
    days: Days = 60,
    limit: Products = 20,
    cursor: Cursor = None,
) -> Json:
    """Claims by their opening and sales by their purchase, in the days until now."""
    check_may_see(caller, seller_id)
    now = datetime.now(UTC)
    period = Period(seller_id, now - timedelta(days=days), now, site)
    async with desk.database.reading() as session:
        standings = await storage.advice.standings(session, period, desk.terms)
        of = f"advice {seller_id} {site} {product} {days}"
        found, after = await page(session, storage.advice.products(period, product), limit, cursor, of=of)
        each = await storage.advice.facts(session, period, standings, [row.product for row in found])
        asked = None if product is None else [product]
        whole = await storage.advice.facts(session, period, standings, asked)
    return {
        "seller_id": seller_id,
        "site": site,
        "product": product,
        "since": period.since,
        "until": period.until,
        "rates": [_rate(name, standing) for name, standing in standings.items()],
        "all": _advised(whole[product or ALL]),
        "products": [{"product": name} | _advised(facts) for name, facts in each.items()],
        "next": after,
    }


def _advised(facts: Facts) -> dict[str, Any]:
    issue = facts.main_issue
    return {
        "claims": facts.claims,
        "sales": facts.sales,
        "per_100_sales": facts.per_hundred,
        "reasons": [_mixed(mixed, facts.claims) for mixed in in_order(facts.mix)],
        "answering": _answering(facts),
        "first_answer": _took(facts.answer),
        "resolution": _took(facts.resolution),
        "enough": facts.enough,
        "minimum": MINIMUM,
        "too_few": None if facts.enough else too_few(facts.claims, MINIMUM),
        "main_issue": {"reason": issue, "texts": REASONS[issue].texts, "remedy": REMEDIES[issue]} if issue else None,
        "answer_sooner": ANSWER_SOONER if facts.answer_sooner else None,
    }


def _mixed(mixed: Mixed, claims: int) -> dict[str, Any]:
    names = ("currency", "claimed", "refunded", "kept", "undecided")
    return {
        "reason": mixed.reason,
        "texts": REASONS[mixed.reason].texts,
        "claims": mixed.claims,
        "share": hundredths(mixed.claims, claims),
        "counted": mixed.counted,
        "money": [{name: getattr(each, name) for name in names} for each in mixed.money],
        "costs": [{"site": c.site, "sales": c.alone, "rate": c.rate} for c in mixed.costs],
    }


def _answering(facts: Facts) -> dict[str, Any]:
    return {
        "counted": facts.counted,
        "late": facts.late,
        "never": facts.never,
        "in_time": facts.counted - facts.late - facts.never,
        "protectable": facts.by_answering,
    }


def _took(times: Times) -> dict[str, Any]:
    return {"count": times.count, "median": times.median, "p90": times.ninetieth}


def _rate(site: str, standing: Standing) -> dict[str, Any]:
    counts = standing.counts
    rate = hundredths(counts.claims, counts.sales)
    days = standing.window.days
    return {"site": site, "window_days": days, "sales": counts.sales, "claims": counts.claims, "rate": rate}
