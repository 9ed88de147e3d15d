"""How a seller stands, and why: per site, day by day, with every verdict; and the levels that the platform protects."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

import storage.reputation
import storage.sales
import storage.standings
from api.deps import CallerDep, Cursor, DeskDep, Limit, PlatformDep, only, page
from api.documented import READS, WRITES, Json, answers
from api.door import Door
from api.problems import problem
from api.requests import NotFound
from api.schemas import Id
from api.shapes_standing import HistorySeen, Ledger, ProtectionBody, Protections, Standings
from api.standing_views import counts_view, protection_view, reputation_of, standing_view
from api.tokens import READS_ALL, Caller, Role
from claims.sentences import VERDICTS
from claims.standing.standing import Protection
from claims.standing.terms import Level
from storage.tables import ReputationRow, StandingRow

router = APIRouter(prefix="/v1/sellers", tags=["sellers"], route_class=Door)

_USUAL = timedelta(days=30)  # of history, unless asked otherwise
_LONGEST = timedelta(days=3660)


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("it is no day like 2026-11-23")
    if not 1970 <= int(value[:4]) <= 2100:
        raise ValueError("the year must be 1970 to 2100")
    return value


Day = Annotated[date, BeforeValidator(_day), Query(description="a day in UTC")]
Site = Annotated[Id, Query()]


@router.get(
    "/{seller_id}/reputation",
    summary="How a seller stands on each site, so that it can be checked by hand",
    responses=answers(Standings, 403, 404, *READS),
)
async def standing(seller_id: Id, desk: DeskDep, caller: CallerDep, site: Site | None = None) -> Json:
    """Rates are over the sales of the window: a sale counts from its purchase, unless the buyer cancelled it whole."""
    check_may_see(caller, seller_id)
    now = datetime.now(UTC)
    async with desk.database.reading() as session:
        sites = [site] if site else await storage.sales.sites(session, seller_id)
        found = []
        for one in sites:
            stands = await storage.standings.now_of(session, seller_id, one, now, desk.terms)
            protected = await storage.standings.protection(session, seller_id, one)
            found.append(standing_view(seller_id, one, stands, protected))
    own = reputation_of(seller_id)
    links = {"verdicts": f"{own}/verdicts", "advice": f"{own.removesuffix('/reputation')}/advice"}
    return {"seller_id": seller_id, "sites": found, "links": links}


@router.get(
    "/{seller_id}/reputation/verdicts",
    summary="Every verdict on a seller's claims, newest first",
    responses=answers(Ledger, 403, 404, *READS),
)
async def verdicts(
    seller_id: Id,
    desk: DeskDep,
    caller: CallerDep,
    site: Site | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Json:
    check_may_see(caller, seller_id)
    rows = storage.reputation.of_seller(seller_id, site)
    async with desk.database.reading() as session:
        found, after = await page(session, rows, limit, cursor, of=f"verdicts {seller_id} {site or ''}")
    return {"seller_id": seller_id, "entries": [_entry(row) for (row,) in found], "next": after}


@router.get(
    "/{seller_id}/reputation/history",
    summary="The standing of a seller day by day, oldest first",
    responses=answers(HistorySeen, 403, 404, *READS),
)
async def history(
    seller_id: Id,
    desk: DeskDep,
    caller: CallerDep,
    site: Site,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Json:
    """Both days are in it; of the last 31 days without any. A day without a row is one on which nobody looked."""
    check_may_see(caller, seller_id)
    first, last = _between(first, last)
    rows = storage.standings.history(seller_id, site, first, last)
    async with desk.database.reading() as session:
        found, after = await page(session, rows, limit, cursor, of=f"history {seller_id} {site} {first} {last}")
    return {"seller_id": seller_id, "site": site, "days": [_of_day(row) for (row,) in found], "next": after}


@router.put(
    "/{seller_id}/reputation/protection",
    summary="Protect a seller's level until an instant (role platform); idempotent",
    responses=answers(Protections, 403, *WRITES),
)
async def protect(seller_id: Id, body: ProtectionBody, desk: DeskDep, caller: PlatformDep) -> Json:
    """The last one given holds; one whose instant has passed ends it. A better real level is shown in its stead."""
    given, now = Protection(Level(body.level), body.until.astimezone(UTC)), datetime.now(UTC)
    async with desk.database.writing() as session:
        await storage.standings.protect(session, seller_id, body.site, given, body.cause, caller.id, now, desk.terms)
    return await protections(seller_id, desk, caller, body.site)


@router.get(
    "/{seller_id}/reputation/protections",
    summary="The protections that a seller was ever given on a site, the last first",
    responses=answers(Protections, 403, 404, *READS),
)
async def protections(
    seller_id: Id, desk: DeskDep, caller: CallerDep, site: Site, limit: Limit = 20, cursor: Cursor = None
) -> Json:
    check_may_see(caller, seller_id)
    now, rows = datetime.now(UTC), storage.standings.protections(seller_id, site)
    async with desk.database.reading() as session:
        found, after = await page(session, rows, limit, cursor, of=f"protections {seller_id} {site}")
        last = await storage.standings.protection(session, seller_id, site)
    seen = [protection_view(row, now, last=bool(last and row.id == last.id)) for (row,) in found]
    return {"seller_id": seller_id, "site": site, "protections": seen, "next": after}


def check_may_see(caller: Caller, seller_id: str) -> None:
    """A seller sees their own standing; mediators and who reads all see everybody's."""
    only(caller, Role.SELLER, Role.MEDIATOR, *READS_ALL)
    if caller.role == Role.SELLER and caller.id != seller_id:
        raise NotFound(f"seller {seller_id}")


def _between(first: date | None, last: date | None) -> tuple[date, date]:
    last = last or (first + _USUAL if first else datetime.now(UTC).date())
    first = first or last - _USUAL
    if first > last:
        raise problem(422, "empty_period", f"{first} is after {last}: the first day comes first.")
    if last - first > _LONGEST:
        raise problem(422, "period_too_long", f"At most {_LONGEST.days} days at once.")
    return first, last


def _entry(row: ReputationRow) -> Json:
    names = ("claim_id", "version", "site", "order_id", "line_id", "impact", "rule", "mediated", "at")
    return {name: getattr(row, name) for name in names} | {
        "sentence": VERDICTS[row.rule]["en"],
        "sentences": VERDICTS[row.rule],
    }


def _of_day(row: StandingRow) -> Json:
    same = {name: getattr(row, name) for name in ("level", "real", "window_days", "terms", "at")}
    return same | {"day": storage.standings.date_of(row.day), "counts": counts_view(row)}
