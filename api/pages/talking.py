"""Writing in a claim from its room: messages, "did this help?", translating anew, and that all was read."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi_problem.error import Problem
from pydantic import ValidationError

import api.messages
from api.deps import CallerDep, DeskDep, EvidenceDep
from api.pages.door import FormDep, PageDoor, see
from api.pages.faults import Fault, fault_of
from api.pages.render import page
from api.pages.room import EMPTY, gathered
from api.pages.uploads import kept, taken, views
from api.pages.visitor import VisitorDep
from api.problems import OURS, problem
from api.schemas import HelpedBody, Id, MessageBody, ReadBody
from claims.model import Actor
from claims.thread import PARTIES

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)


@router.post("/claims/{claim_id}/messages")
async def write(
    claim_id: Id, request: Request, desk: DeskDep, evidence: EvidenceDep, caller: CallerDep, visitor: VisitorDep,
    form: FormDep,
) -> Response:  # fmt: skip
    """Post a message; with htmx the room as it is then, else the page anew."""
    key, text = str(form.get("key", "")), str(form.get("text", "")).strip()
    files = kept(form)
    try:
        files += await taken(desk, evidence, caller, form, key)
        body = MessageBody(text=text, to=_to(str(form.get("to", ""))), attachments=files)
        sent = await api.messages.post(claim_id, body, desk, caller, key)
        fault = None if sent["moderation"]["status"] == "clean" else Fault.of_rejected(sent["moderation"]["reasons"])
    except (Problem, ValidationError, *OURS) as error:
        fault = fault_of(error)
    if fault is None and "hx-request" not in request.headers:
        return see(f"/claims/{claim_id}", done="sent")
    seen = await gathered(desk, caller, visitor, claim_id)
    again = {"problem": fault, "begun": text, "kept": await views(desk, caller, files)} if fault else EMPTY
    return page(request, visitor, "room.html", fault.status if fault else 200, **seen, **again, before="")


def _to(said: str) -> Actor | None:
    """Whom the form said that it goes to: when that is not so any more, the rules refuse it."""
    return Actor(said) if said in (*PARTIES, Actor.MEDIATOR) else None


@router.post("/claims/{claim_id}/messages/{message_id}/answer")
async def helped(claim_id: Id, message_id: Id, desk: DeskDep, caller: CallerDep, form: FormDep) -> Response:
    body = HelpedBody(helped=form.get("helped") == "yes")
    await api.messages.answer(claim_id, message_id, body, Response(), desk, caller, str(form.get("key", "")))
    return see(f"/claims/{claim_id}", done="done")


@router.post("/claims/{claim_id}/messages/{message_id}/translation")
async def translate(claim_id: Id, message_id: Id, desk: DeskDep, caller: CallerDep) -> Response:
    await api.messages.translate_again(claim_id, message_id, desk, caller)
    return see(f"/claims/{claim_id}")


@router.post("/claims/{claim_id}/read")
async def read(claim_id: Id, desk: DeskDep, caller: CallerDep, form: FormDep) -> Response:
    """Said by the page itself once its messages are seen."""
    try:
        body = ReadBody(up_to=str(form.get("up_to", "")))
    except ValidationError:
        raise problem(422, "invalid_request", "The message up to which all was read is missing.") from None
    await api.messages.read_up_to(claim_id, body, desk, caller)
    return Response(status_code=204)
