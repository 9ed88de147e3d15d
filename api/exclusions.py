"""Exclusions over JSON: the causes there are, and what was asked. Asking and deciding are actions of the claim."""

from datetime import datetime
from enum import StrEnum

from fastapi import APIRouter

from api.deps import CallerDep, Cursor, DeskDep, Limit, only, page
from api.documented import GATE, READS, Json, answers
from api.door import Door
from api.shapes_exclusions import Causes, Exclusions
from api.tokens import READS_ALL, Role
from api.views import exclusion_view
from claims.exclusions import CAUSES, Cause
from claims.model import Claim, Exclusion
from claims.reputation import decided
from storage.codec import claim_from_json
from storage.listing import exclusions as listed

router = APIRouter(prefix="/v1/exclusions", tags=["exclusions"], route_class=Door)


class State(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    DENIED = "denied"


_ASKED = answers(Exclusions, 403, *READS)


@router.get("", summary="Exclusions that were asked for, the first due first", responses=_ASKED)
async def exclusions(
    desk: DeskDep, caller: CallerDep, state: State | None = None, limit: Limit = 20, cursor: Cursor = None
) -> Json:
    """Sellers see their own; those who decide, and those who look on, see all."""
    only(caller, Role.SELLER, Role.MEDIATOR, *READS_ALL)
    query = listed(caller.role, caller.id, state)
    async with desk.database.reading() as session:
        rows, after = await page(session, query, limit, cursor, of=f"exclusions {state or 'in all states'}")
    claims = [claim_from_json(row.state) for (row,) in rows]
    return {"exclusions": [_view(c, c.exclusion, await desk.now(c.id)) for c in claims if c.exclusion], "next": after}


@router.get("/causes", summary="For what an exclusion may be asked", responses=answers(Causes, 401, *GATE))
async def causes(caller: CallerDep) -> Json:
    return {"causes": [_cause(position, cause) for position, cause in enumerate(CAUSES.values(), 1)]}


def _cause(position: int, cause: Cause) -> Json:
    return {"code": cause.code, "position": position, "texts": cause.texts, "evidence": cause.evidence}


def _view(claim: Claim, asked: Exclusion, now: datetime) -> Json:
    line = claim.line
    return {
        **exclusion_view(asked, now),
        "claim_id": claim.id,
        "order_id": line.order_id,
        "line_id": line.line_id,
        "seller_id": line.seller_id,
        "site": line.site,
        "reason": claim.reason.code,
        "code": claim.code if decided(claim) else "",
        "closed_at": claim.closed_at,
        "impact": claim.verdict.impact,
        "claim": f"/v1/claims/{claim.id}",
    }
