"""The catalogue of reasons, in three languages, with what each allows."""

from typing import Any

from fastapi import APIRouter

from api.deps import CallerDep
from api.documented import GATE, Json, answers
from api.door import Door
from api.shapes_around import Catalogue
from claims.reasons import REASONS, Reason

router = APIRouter(prefix="/v1", tags=["catalogue"], route_class=Door)


@router.get("/reasons", summary="What a buyer may say is wrong", responses=answers(Catalogue, 401, *GATE))
async def reasons(caller: CallerDep) -> Json:
    return {"reasons": [_reason(position, r) for position, r in enumerate(REASONS.values(), 1)]}


def _reason(position: int, reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.terms.code,
        "position": position,
        "group": reason.terms.group,
        "tag": reason.tag,
        "texts": reason.texts,
        "can_count": reason.terms.counts,
        "solutions": reason.solutions,
        "refunds_freight": reason.terms.freight,
        "photo": reason.photo,
    }
