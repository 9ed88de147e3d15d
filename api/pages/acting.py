"""Taking one step of a claim: what it would bring, exactly, and then the button. One page for all the actions."""

import re
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from fastapi_problem.error import Problem
from pydantic import ValidationError

import api.acts
import api.claims
from api.acts import PersonsAction
from api.deps import CallerDep, DeskDep, EvidenceDep
from api.desk import Desk
from api.pages.choosing import Choosing, Json, choices, chosen, is_whole
from api.pages.door import FormDep, PageDoor, see
from api.pages.faults import Fault, fault_of
from api.pages.render import page
from api.pages.room import people_of
from api.pages.uploads import kept, taken, views
from api.pages.visitor import VisitorDep
from api.problems import OURS, problem
from api.schemas import ActBody, Id
from api.tokens import Caller
from claims.exclusions import CAUSES
from claims.inputs import CLOSING_CODES, NOTE_LIMIT, NOTES
from claims.model import Action

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
_VERSION = re.compile(r"[0-9]{1,9}")
_ANY = "…"  # in place of a text that is not written yet, where what the step brings is asked


@router.get("/claims/{claim_id}/actions/{action}")
async def ask(
    claim_id: Id, action: PersonsAction, request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep
) -> Response:
    """What the action would bring with what is chosen; without the choice it needs, what there is to choose from."""
    claim = await api.claims.read_claim(claim_id, Response(), desk, caller)
    offered = _offered(claim, action)
    made = chosen(dict(request.query_params), claim, offered)
    preview = await _foreseen(desk, caller, claim_id, action, made) if is_whole(action, offered, made) else None
    return await _page(request, desk, caller, visitor, claim, offered, made, preview)


@router.post("/claims/{claim_id}/actions/{action}")
async def act(
    claim_id: Id, action: PersonsAction, request: Request, desk: DeskDep, evidence: EvidenceDep, caller: CallerDep,
    visitor: VisitorDep, form: FormDep,
) -> Response:  # fmt: skip
    """Take the step that was shown; what is wrong is told in the form, with all that was typed."""
    typed: Json = {name: value for name, value in form.items() if isinstance(value, str)}
    typed["kept"] = kept(form)
    claim = await api.claims.read_claim(claim_id, Response(), desk, caller)
    try:
        made = chosen(typed, claim, None)
        typed["kept"] += await taken(desk, evidence, caller, form, typed.get("key", ""))
        body = made.body(**_written(typed), attachments=typed["kept"])
        _check_text(action, body)
        await api.acts.act(claim_id, action, body, Response(), desk, caller, _seen(typed), typed.get("key"))
    except (Problem, ValidationError, *OURS) as error:
        return await _again(request, desk, caller, visitor, claim_id, action, typed, fault_of(error))
    return see(f"/claims/{claim_id}", done=action)


def _seen(typed: Json) -> int:
    """The version of the claim that the form was made of: what is confirmed is what was shown, or nothing."""
    version = typed.get("seen", "")
    return int(version) if _VERSION.fullmatch(version) else 0


async def _again(
    request: Request, desk: Desk, caller: Caller, visitor: Any, claim_id: str, action: PersonsAction, typed: Json,
    fault: Fault,
) -> Response:  # fmt: skip
    """The form once more, of the claim as it is now; where the action is not possible any more, why, and the text."""
    claim = await api.claims.read_claim(claim_id, Response(), desk, caller)
    offered = next((a for a in claim["actions"] if a["action"] == action), None)
    if offered is None:
        return page(request, visitor, "act_gone.html", 409, claim=claim, action=action, typed=typed, problem=fault)
    try:
        made = chosen(typed, claim, offered)
        preview = await _foreseen(desk, caller, claim_id, action, made) if is_whole(action, offered, made) else None
    except (Problem, *OURS):
        made, preview = Choosing({}, {}), None  # it is the choice itself that is not possible
    return await _page(request, desk, caller, visitor, claim, offered, made, preview, typed, fault)


async def _page(
    request: Request, desk: Desk, caller: Caller, visitor: Any, claim: Json, offered: Json, made: Choosing,
    preview: Json | None, typed: Json | None = None, fault: Fault | None = None,
) -> Response:  # fmt: skip
    action = offered["action"]
    more = {
        "now": await desk.now(claim["id"]),
        "claim": claim,
        "people": await people_of(desk, claim),
        "offered": offered,
        "choices": choices(claim, offered),
        "chosen": made.given,
        "preview": preview,
        "typed": typed or {},
        "kept": await views(desk, caller, typed["kept"]) if typed else [],
        "problem": fault,
        "needs_text": _needs_text(action),
        "closing_codes": CLOSING_CODES if action == Action.CLOSE else (),
        "causes": CAUSES.values() if action == Action.ASK_EXCLUSION else (),
        "most": NOTE_LIMIT,
        "key": (typed or {}).get("key") or uuid4().hex,
    }
    return page(request, visitor, "act.html", fault.status if fault else 200, **more)


def _offered(claim: Json, action: PersonsAction) -> Json:
    """The action as the claim offers it, or 409 with the reason why not."""
    if found := next((a for a in claim["actions"] if a["action"] == action), None):
        return dict(found)
    why = next((n for n in claim["not_available"] if n["action"] == action), None)
    raise problem(409, why["code"] if why else "not_for_role", why["why"] if why else "This is not for you.")


def _needs_text(action: str) -> bool:
    """A ruling is explained, too, to the people whom it is about."""
    return action in NOTES or action in (Action.RULE, Action.REQUEST_EVIDENCE, Action.REJECT_RETURN)


def _check_text(action: str, body: ActBody) -> None:
    if _needs_text(action) and not body.note:
        raise problem(422, "field_missing", "A text is needed.")


def _written(typed: Json) -> Json:
    """What people type: the text, the steps of an explanation one in each line, a link, a code."""
    steps = [line.strip() for line in typed.get("steps", "").splitlines() if line.strip()]
    written = {"note": typed.get("note", "").strip(), "link": typed.get("link", "").strip(), "code": typed.get("code")}
    return {name: value for name, value in written.items() if value} | ({"steps": steps} if steps else {})


async def _foreseen(desk: Desk, caller: Caller, claim_id: str, action: PersonsAction, made: Choosing) -> Json:
    """What the step would bring, by the API's own preview."""
    more: Json = {"note": _ANY} if Action(action) in NOTES else {}
    if Action(action) == Action.ASK_EXCLUSION:
        more["code"] = next(iter(CAUSES))
    body = made.body(**more)
    return await api.acts.act(claim_id, action, body, Response(), desk, caller, None, None, True)
