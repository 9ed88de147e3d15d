"""People: the marketplace pushes them with its orders, and has them erased here."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter

import storage.erasure
from api.deps import DeskDep, PlatformDep
from api.problems import problem
from api.requests import NotFound
from api.schemas import Id
from storage.erasure import ClaimsOpen, PersonUnknown

router = APIRouter(prefix="/v1/people", tags=["people"])


@router.delete("/{person_id}", summary="Erase a person: name, addresses, texts, labels (role platform); idempotent")
async def erase(person_id: Id, desk: DeskDep, caller: PlatformDep) -> dict[str, Any]:
    try:
        async with desk.database.writing() as session:
            done = await storage.erasure.erase(session, person_id, caller.id, datetime.now(UTC))
    except PersonUnknown:
        raise NotFound(f"person {person_id}") from None
    except ClaimsOpen as error:
        sentence = f"{error.count} open claims still need this person's name and address; erase when they are closed."
        raise problem(409, "claims_open", sentence, open_claims=error.count) from None
    await desk.database.forget()
    return {"person_id": done.person, "erased_at": done.at, "by": done.by, "rows": done.rows}
