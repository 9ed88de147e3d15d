"""The mediators' desk over JSON: the claims that wait for them, the most urgent first."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

import storage.mediation
import storage.messages
from api.claims import ReasonCode
from api.deps import CallerDep, Cursor, DeskDep, Limit, only, page
from api.documented import READS, Json, answers
from api.door import Door
from api.schemas import Plain
from api.shapes_mediation import MediationDesk
from api.tokens import READS_ALL, Caller, Role
from api.views import exclusion_view, summary_view
from claims.mediation import Heap, cause
from claims.model import Claim, Event
from claims.process import let_time_pass
from storage.codec import claim_from_json

router = APIRouter(prefix="/v1/mediation", tags=["mediation"], route_class=Door)
_DESK = answers(MediationDesk, 403, *READS)


@router.get("", summary="What came before the mediators, the most urgent first", responses=_DESK)
async def desk_of_mediators(
    desk: DeskDep,
    caller: CallerDep,
    bucket: Annotated[Heap | None, Query(description="one heap; else all, the latest change first")] = None,
    reason: ReasonCode | None = None,
    q: Annotated[Plain | None, Query(description="start of a claim's or an order's id")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Json:
    """By priority, then by the nearest date; exclusions by their date, what is closed by its last change."""
    only(caller, Role.MEDIATOR, *READS_ALL)
    query = storage.mediation.heap(bucket, reason, q)
    async with desk.database.reading() as session:
        rows, after = await page(session, query, limit, cursor, of=f"mediation {bucket}")
        ids = [row.id for (row,) in rows]
        unread = await storage.messages.unread(session, caller.role, ids)
        brought = await storage.mediation.brought(session, ids)
        counts = await storage.mediation.counts(session)
    claims = [claim_from_json(row.state) for (row,) in rows]
    listed = [
        _view(c, brought.get(c.id), caller, await desk.now(c.id)) | {"unread": unread.get(c.id, 0)} for c in claims
    ]
    return {"claims": listed, "counts": counts, "next": after}


def _view(claim: Claim, brought: Event | None, caller: Caller, now: datetime) -> dict[str, Any]:
    return summary_view(claim, caller, now) | {
        "quantity": claim.quantity,
        "cause": cause(claim, brought) if brought else None,
        "asked": let_time_pass(claim, now).claim.asked,
        "exclusion": exclusion_view(claim.exclusion, now) if claim.exclusion else None,
    }
