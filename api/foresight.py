"""What lies ahead of a seller's standing: headroom, the days on which claims drop out, and what if."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

import storage.foresight
import storage.standings
from api.deps import CallerDep, DeskDep, needs
from api.documented import READS, WRITES, Json, answers
from api.door import Door
from api.problems import problem
from api.schemas import Id
from api.shapes_foresight import Forecast, WhatIf, WhatIfBody
from api.standing import check_may_see
from api.standing_views import counts_view
from api.tokens import READS_ALL, Caller, Role
from claims.standing.ahead import Turn, turns
from claims.standing.explained import holding, per_cent, rate
from claims.standing.foresight import without
from claims.standing.headroom import ROOMS, Headroom, headroom
from claims.standing.standing import Counts, Standing
from claims.standing.terms import Metric, in_force

router = APIRouter(prefix="/v1/sellers", tags=["sellers"], route_class=Door)
ReaderDep = Annotated[Caller, Depends(needs(Role.SELLER, Role.MEDIATOR, *READS_ALL))]


@router.get(
    "/{seller_id}/reputation/forecast",
    summary="How far it is to the other levels, and the days on which claims drop out",
    responses=answers(Forecast, 403, 404, *READS),
)
async def forecast(seller_id: Id, desk: DeskDep, caller: CallerDep, site: Annotated[Id, Query()]) -> Json:
    check_may_see(caller, seller_id)
    now, versions = datetime.now(UTC), desk.terms
    async with desk.database.reading() as session:
        ground = await storage.standings.ground(session, seller_id, site, now, versions)
        days = await storage.foresight.days(session, seller_id, site, now, versions)
    ahead = turns(days, ground.standing(), lambda at: in_force(site, at, versions), ground.protection)
    now_seen = _with_room(ground.standing())
    return {"seller_id": seller_id, "site": site, "now": now_seen, "days": [_turn(t) for t in ahead]}


@router.post(
    "/{seller_id}/reputation/what-if",
    summary="The standing with so many more sold, claimed, cancelled or late, and these claims excluded",
    responses=answers(WhatIf, 403, 404, *WRITES),
)
async def what_if(seller_id: Id, body: WhatIfBody, desk: DeskDep, caller: ReaderDep) -> Json:
    """It acts on nothing, and so it takes no key. More than there are sales for is an error."""
    check_may_see(caller, seller_id)
    async with desk.database.reading() as session:
        ground = await storage.standings.ground(session, seller_id, body.site, datetime.now(UTC), desk.terms)
        sales, unknown = await storage.foresight.sales_of(session, seller_id, body.site, body.excluded)
    if unknown:
        named = min(unknown)[:60]
        raise problem(422, "unknown_claim", f"There is no claim {named} of this seller on {body.site[:40]}.")
    now = _with_room(ground.standing())
    for sale in sales:
        ground = ground.revised(sale, without(sale, body.excluded))
    more = Counts(body.sales, body.claims, 0, body.cancellations, body.delays)
    then = _with_room(ground.supposing(more).standing())
    return {"seller_id": seller_id, "site": body.site, "now": now, "then": then}


def _with_room(stands: Standing) -> Json:
    rooms = (headroom(stands.counts, stands.terms, metric) for metric in ROOMS)
    return _stood(stands) | {"headroom": [_room(room) for room in rooms]}


def _turn(turn: Turn) -> Json:
    return _stood(turn.standing) | {"leaving": counts_view(turn.leaving)}


def _stood(stands: Standing) -> Json:
    counts = stands.counts
    return {
        "at": stands.at,
        "level": stands.level,
        "real": stands.real,
        "protected_until": stands.protected_until,
        "window_days": stands.window.days,
        "counts": counts_view(counts),
        "per_cent": {metric: per_cent(rate(counts.of(metric), counts.sales)) for metric in Metric},
        "held_by": holding(stands),
        "terms": stands.terms.version,
    }


def _room(room: Headroom) -> Json:
    return {"metric": room.metric, "worse": room.worse, "better": room.better}
