"""How a seller stands, page by page of a site: level, rates, what lies ahead, how it came, and what to do."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

import api.advice
import api.foresight
import api.standing
from api.deps import CallerDep, DeskDep, only
from api.desk import Desk
from api.documented import Json
from api.pages.door import PageDoor
from api.pages.render import page
from api.pages.standing_shown import ahead, days, lasting, rates
from api.pages.supposed import supposed
from api.pages.texts import utc_now
from api.pages.visitor import VisitorDep
from api.requests import NotFound
from api.tokens import Caller, Role
from claims.standing.terms import Level

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
DAYS = 60  # of history, and of claims that the advice is made from
_VERDICTS, _PRODUCTS = 10, 5
LADDER = [level for level in Level if level.rank]  # worst first, as a thermometer rises


@router.get("/reputation")
async def reputation(
    request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep, site: str = ""
) -> Response:
    only(caller, Role.SELLER)
    stands = await api.standing.standing(caller.id, desk, caller)
    sites: list[Json] = stands["sites"]
    if not sites:
        return page(request, visitor, "reputation.html", stands=None, sites=[])
    chosen = _chosen(sites, site)
    more = await _of_site(request, desk, caller, chosen)
    return page(request, visitor, "reputation.html", stands=chosen, sites=sites, lasting=lasting(visitor), **more)


def _chosen(sites: list[Json], named: str) -> Json:
    """The site that was asked for; without a name the one with most sales."""
    if not named:
        return max(sites, key=lambda one: int(one["counts"]["sales"]))
    found = next((one for one in sites if one["site"] == named), None)
    if found is None:
        raise NotFound("standing on that site")
    return found


async def _of_site(request: Request, desk: Desk, caller: Caller, stands: Json) -> dict[str, Any]:
    site: str = stands["site"]
    forecast = await api.foresight.forecast(caller.id, desk, caller, site)
    today = utc_now().date()
    first = today - timedelta(days=DAYS - 1)
    history = await api.standing.history(caller.id, desk, caller, site, first, today)
    told = await api.standing.verdicts(caller.id, desk, caller, site, _VERDICTS)
    return {
        "ladder": LADDER,
        "rates": rates(stands, forecast["now"]),
        "ahead": ahead(forecast),
        "history": days(history["days"]),
        "verdicts": told["entries"],
        "advice": await api.advice.advice(caller.id, desk, caller, site, None, DAYS, _PRODUCTS),
        "past_days": DAYS,
        "what_if": await supposed(request.query_params, desk, caller, site),
    }
