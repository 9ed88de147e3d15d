"""Taking one step of a claim, or seeing beforehand what it would bring."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.answers import body_digest, refused, shown
from api.deps import KEY, CallerDep, DeskDep, MatchDep, idempotency_key
from api.documented import WRITES, Json, answers, of_claim
from api.door import Door
from api.requests import Request
from api.schemas import ActBody, Id
from api.shapes import ClaimAfter
from claims.model import Action, Refused
from claims.process import PROCESS

router = APIRouter(prefix="/v1/claims", tags=["claims"], route_class=Door)
PERSONS = ("buyer", "seller", "mediator")
_NAMES = dict.fromkeys(r.step.action for r in PROCESS.rows if set(r.actors) & set(PERSONS))
PersonsAction = StrEnum("PersonsAction", {name.upper(): name for name in _NAMES})  # type: ignore[misc]
_KEY = KEY | {"description": "required unless it is a preview"}
KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", json_schema_extra=_KEY)]


_DONE = answers(ClaimAfter, 202, 403, 404, 409, 412, *WRITES, **of_claim())


@router.post(
    "/{claim_id}/actions/{action}", summary="One step; with ?preview=true what it would bring", responses=_DONE
)
async def act(
    claim_id: Id,
    action: PersonsAction,
    body: ActBody,
    response: Response,
    desk: DeskDep,
    caller: CallerDep,
    expects: MatchDep,
    key: KeyHeader = None,
    preview: bool = False,
) -> Json:
    request = Request(caller, "preview" if preview else idempotency_key(key), body_digest(body), expects)
    take = desk.preview if preview else desk.act
    try:
        answer = await take(
            request, claim_id, Action(action), body.given(), body.note, body.guidance(), body.attachments
        )
    except Refused as error:
        raise await refused(desk, caller, claim_id, error) from error
    view = shown(answer, caller, response) | {"preview": preview}
    if preview:
        del response.headers["ETag"]  # of a version that does not exist
    return view
