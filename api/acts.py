"""Taking one step of a claim, or seeing beforehand what it would bring."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from api.answers import body_digest, refused, shown
from api.deps import KEY, CallerDep, DeskDep, MatchDep, idempotency_key
from api.desk import Desk
from api.documented import WRITES, Json, answers, of_claim
from api.door import Door
from api.foreseen import effect_view, outlook_of
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
    asked = (request, claim_id, Action(action), body.given(), body.note, body.guidance(), body.attachments)
    try:
        if preview:
            return await _foreseen(desk, response, *asked)
        answer = await desk.act(*asked)
    except Refused as error:
        raise await refused(desk, caller, claim_id, error) from error
    return shown(answer, caller, response) | {"preview": False, "foresight": None}


async def _foreseen(desk: Desk, response: Response, request: Request, claim_id: str, *asked: Any) -> Json:
    """The claim as it would be, and what the step would do to the seller's standing."""
    claim = await desk.find(request.caller, claim_id)
    outlook = await outlook_of(desk, request.caller, claim, await desk.now(claim_id))
    answer = await desk.preview(request, claim_id, *asked)
    view = shown(answer, request.caller, response, outlook)
    del response.headers["ETag"]  # of a version that does not exist
    return view | {"preview": True, "foresight": effect_view(outlook, answer.claim)}
