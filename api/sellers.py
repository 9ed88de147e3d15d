"""The seller's ledger of verdicts."""

from dataclasses import asdict

from fastapi import APIRouter

import storage.reputation
from api.deps import CallerDep, DeskDep, only
from api.documented import READS, Json, answers
from api.door import Door
from api.requests import NotFound
from api.schemas import Id
from api.shapes_around import Ledger
from api.tokens import READS_ALL, Role
from claims.sentences import VERDICTS

router = APIRouter(prefix="/v1/sellers", tags=["sellers"], route_class=Door)


_STANDING = answers(Ledger, 403, 404, *READS)


@router.get("/{seller_id}/reputation", summary="Every verdict on a seller, and how many count", responses=_STANDING)
async def reputation(seller_id: Id, desk: DeskDep, caller: CallerDep) -> Json:
    only(caller, Role.SELLER, Role.MEDIATOR, *READS_ALL)
    if caller.role == Role.SELLER and caller.id != seller_id:
        raise NotFound(f"seller {seller_id}")
    async with desk.database.reading() as session:
        entries = await storage.reputation.of_seller(session, seller_id)
    latest = {e.claim_id: e.impact for e in entries}
    return {
        "seller_id": seller_id,
        "claims_decided": len(latest),
        "claims_counted": sum(impact == "affected" for impact in latest.values()),
        "entries": [asdict(e) | {"sentence": VERDICTS[e.rule]["en"]} for e in entries],
    }
