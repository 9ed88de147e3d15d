"""People: the marketplace pushes them with its orders, and has them erased here."""

from datetime import UTC, datetime

from fastapi import APIRouter

import storage.erasure
from activities.evidence.clearing import clear
from api.deps import DeskDep, EvidenceDep, PlatformDep
from api.documented import READS, Json, answers
from api.door import Door
from api.problems import problem
from api.requests import NotFound
from api.schemas import Id
from api.shapes_around import Erased
from storage.erasure import ClaimsOpen, PersonUnknown

router = APIRouter(prefix="/v1/people", tags=["people"], route_class=Door)

_ERASED = answers(Erased, 403, 404, 409, *READS)


@router.delete("/{person_id}", summary="Erase a person (role platform); idempotent", responses=_ERASED)
async def erase(person_id: Id, desk: DeskDep, evidence: EvidenceDep, caller: PlatformDep) -> Json:
    """Name, addresses, what they wrote and uploaded, the return labels of their claims; the timelines still verify."""
    try:
        async with desk.database.writing() as session:
            done = await storage.erasure.erase(session, person_id, caller.id, datetime.now(UTC))
    except PersonUnknown:
        raise NotFound(f"person {person_id}") from None
    except ClaimsOpen as error:
        sentence = f"{error.count} open claims still need this person's name and address; erase when they are closed."
        raise problem(409, "claims_open", sentence, allowed=[]) from None
    await clear(desk.database, evidence.store, person_id)
    await desk.database.forget()
    return {"person_id": done.person, "erased_at": done.at, "by": done.by, "rows": done.rows}
