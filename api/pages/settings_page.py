"""How a person wants to read: language, originals, and whose hours; kept at once, and seen in the answer."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

import api.profile
import api.quick_replies
from api.deps import CallerDep, DeskDep
from api.desk import Desk
from api.pages.door import FormDep, PageDoor, see
from api.pages.faults import Fault
from api.pages.render import page
from api.pages.texts import utc_now
from api.pages.visitor import LANGUAGE, ZONE, Visitor, VisitorDep, zone_of
from api.pages.zones import named, place
from api.schemas import ProfileBody
from api.tokens import Caller, Role

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
CHOSEN = "zone_chosen"  # a cookie: the zone was chosen here, and the browser's own does not replace it
_YEAR = int(timedelta(days=365).total_seconds())


@router.get("/settings")
async def settings(request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep) -> Response:
    return await _page(request, desk, caller, visitor)


@router.post("/settings/reading")
async def read_so(request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep, form: FormDep) -> Response:
    body = _profile(form)
    if body is None:
        return await _page(request, desk, caller, visitor, Fault("invalid_request"))
    await api.profile.choose(body, desk, caller)
    answer = see("/settings", done="saved")
    answer.set_cookie(LANGUAGE, body.language, _YEAR, samesite="lax", httponly=True)  # for when one has signed out
    return answer


def _profile(form: FormData) -> ProfileBody | None:
    try:
        return ProfileBody(language=str(form.get("language", "")), originals=form.get("originals") == "yes")
    except ValidationError:
        return None


@router.post("/settings/zone")
async def live_there(
    request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep, form: FormDep
) -> Response:
    """Without a zone: that of the browser from the next page on, which says it by itself."""
    zone = str(form.get("zone", ""))
    answer = see("/settings", done="saved")
    if not zone:
        answer.delete_cookie(CHOSEN, samesite="lax")
        answer.delete_cookie(ZONE, samesite="lax")
        return answer
    if not named(zone):
        return await _page(request, desk, caller, visitor, Fault("invalid_request"))
    answer.set_cookie(ZONE, zone, _YEAR, samesite="lax")
    answer.set_cookie(CHOSEN, "yes", _YEAR, samesite="lax")
    return answer


async def _page(
    request: Request, desk: Desk, caller: Caller, visitor: Visitor, fault: Fault | None = None
) -> HTMLResponse:
    zones = place(visitor)
    more = {
        "problem": fault,
        "replies": await api.quick_replies.listed(desk, caller) if caller.role == Role.SELLER else None,
        "zones": zones,
        "zone_chosen": CHOSEN in request.cookies,
        "zone_known": bool(zone_of(request)),
        "zone": dict(zones)[visitor.zone],
        "clock": visitor.formats.zoned_moment(utc_now()),
    }
    return page(request, visitor, "settings.html", fault.status if fault else 200, **more)
