"""Taking one step of a claim: what it would bring, exactly, and then the button. One page for all the actions."""

from dataclasses import dataclass
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
from api.pages.door import FormDep, PageDoor, see
from api.pages.faults import Fault, fault_of
from api.pages.render import page
from api.pages.room import people_of
from api.pages.uploads import taken
from api.pages.visitor import VisitorDep
from api.problems import OURS, problem
from api.schemas import ActBody, Id
from api.tokens import Caller
from claims.exclusions import CAUSES
from claims.inputs import CLOSING_CODES, NOTE_LIMIT, NOTES
from claims.model import Action
from claims.money import digits, percent_of

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
_CHOSEN = ("percent", "amount", "party", "return_first", "granted", "offer")  # what a step brings depends on these
_ANY = "…"  # in place of a text that is not written yet, where what the step brings is asked
Json = dict[str, Any]


@dataclass(frozen=True)
class Choosing:
    """What is chosen so far of what the action takes: as it stands in the address, and as the API takes it."""

    given: dict[str, str]
    values: Json

    def body(self, **more: Any) -> ActBody:
        return ActBody(**self.values, **more)


@router.get("/claims/{claim_id}/actions/{action}")
async def ask(
    claim_id: Id, action: PersonsAction, request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep
) -> Response:
    """What the action would bring with what is chosen; without the choice it needs, what there is to choose from."""
    claim = await api.claims.read_claim(claim_id, Response(), desk, caller)
    offered = _offered(claim, action)
    chosen = _chosen(dict(request.query_params), claim, offered)
    preview = await _foreseen(desk, caller, claim_id, action, chosen) if _is_whole(action, offered, chosen) else None
    return await _page(request, desk, visitor, claim, offered, chosen, preview)


@router.post("/claims/{claim_id}/actions/{action}")
async def act(
    claim_id: Id, action: PersonsAction, request: Request, desk: DeskDep, evidence: EvidenceDep, caller: CallerDep,
    visitor: VisitorDep, form: FormDep,
) -> Response:  # fmt: skip
    """Take the step; what is wrong is told in the form, with all that was typed."""
    typed: Json = {name: value for name, value in form.items() if isinstance(value, str)}
    typed["kept"] = [str(name) for name in form.getlist("attachments")]
    claim = await api.claims.read_claim(claim_id, Response(), desk, caller)
    key = typed.get("key", "")
    try:
        chosen = _chosen(typed, claim, None)
        typed["kept"] += await taken(desk, evidence, caller, form, key)
        body = chosen.body(**_written(typed), attachments=typed["kept"])
        _check_text(action, body)
        await api.acts.act(claim_id, action, body, Response(), desk, caller, None, key)
    except (Problem, ValidationError, *OURS) as error:
        fault = fault_of(error)
        return await _again(request, desk, caller, visitor, claim, action, typed, fault)
    return see(f"/claims/{claim_id}", done="done")


async def _again(
    request: Request, desk: Desk, caller: Caller, visitor: Any, claim: Json, action: PersonsAction, typed: Json,
    fault: Fault,
) -> Response:  # fmt: skip
    """The form once more, if the action is still possible; else why it is not."""
    offered = next((a for a in claim["actions"] if a["action"] == action), None)
    if offered is None:
        raise problem(409, fault.code, fault.detail or fault.code, allowed=[])
    chosen = _chosen(typed, claim, offered)
    try:
        preview = await _foreseen(desk, caller, claim["id"], action, chosen)
    except (Problem, *OURS):
        preview = None  # it is the choice itself that is not possible
    return await _page(request, desk, visitor, claim, offered, chosen, preview, typed, fault)


async def _page(
    request: Request, desk: Desk, visitor: Any, claim: Json, offered: Json, chosen: Choosing, preview: Json | None,
    typed: Json | None = None, fault: Fault | None = None,
) -> Response:  # fmt: skip
    action = offered["action"]
    more = {
        "now": await desk.now(claim["id"]),
        "claim": claim,
        "people": await people_of(desk, claim),
        "offered": offered,
        "choices": _choices(claim, offered),
        "chosen": chosen.given,
        "preview": preview,
        "typed": typed or {},
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


def _chosen(given: Json, claim: Json, offered: Json | None) -> Choosing:
    """What was chosen, out of an address or a form. There is one pending offer, so it need not be named."""
    found = {name: given[name] for name in _CHOSEN if given.get(name)}
    if offered and "offer" in offered["input"]["required"]:
        found.setdefault("offer", str(offered["example"]["offer"]))
    if major := given.get("major"):
        found["amount"] = _minor(major, claim["total"]["currency"])
    return Choosing(found, {name: _value(name, value) for name, value in found.items()})


def _value(name: str, value: str) -> Any:
    if name == "party":
        return value
    if name in ("return_first", "granted"):
        return value == "yes"
    if not value.isascii() or not value.isdecimal() or len(value) > 16:
        raise problem(422, "invalid_request", f"{name} is no number.")
    return int(value)


def _minor(text: str, currency: str) -> str:
    """Minor units of an amount as people type it, with a comma or a point."""
    whole, _, part = text.strip().replace(",", ".").partition(".")
    places = digits(currency)
    if not (whole + part).isascii() or not (whole + part).isdecimal() or len(part) > places:
        raise problem(422, "amount_out_of_range", f"Such as 12{'.50' if places else ''}.")
    return str(int(whole + part.ljust(places, "0")))


def _is_whole(action: str, offered: Json, chosen: Choosing) -> bool:
    """Whether all is chosen that decides what the step brings. A ruling takes one of two."""
    needs = [name for name in offered["input"]["required"] if name in _CHOSEN]
    if action == Action.RULE:
        return bool(chosen.values)
    return all(name in chosen.values for name in needs)


def _choices(claim: Json, offered: Json) -> list[tuple[str, str, Any]]:
    """What there is to choose from, as (name, value, what it is): what it is, is money or a word."""
    fields, total = offered["input"]["properties"], claim["total"]
    if percents := fields.get("percent", {}).get("enum"):
        price = claim["amounts"]["product"]["amount"]
        return [("percent", str(p), {**total, "amount": percent_of(price, p)}) for p in percents]
    if offered["action"] == Action.RULE:
        amounts = [("amount", str(a), {**total, "amount": a}) for a in _amounts(claim)] if "amount" in fields else []
        return [*amounts, *([("return_first", "yes", None)] if "return_first" in fields else [])]
    if "granted" in fields:
        return [("granted", "yes", None), ("granted", "no", None)]
    parties = fields.get("party", {}).get("enum", [])
    return [("party", party, None) for party in parties]


def _amounts(claim: Json) -> list[int]:
    """What rulings often award: nothing, what was offered, the price, everything."""
    offers = [o["amount"]["amount"] for o in claim["offers"]]
    return sorted({0, *offers, claim["amounts"]["product"]["amount"], claim["total"]["amount"]})


def _needs_text(action: str) -> bool:
    """A ruling is explained, too, to the people whom it is about."""
    return action in NOTES or action in (Action.RULE, Action.REQUEST_EVIDENCE)


def _check_text(action: str, body: ActBody) -> None:
    if _needs_text(action) and not body.note:
        raise problem(422, "field_missing", "A text is needed.")


def _written(typed: Json) -> Json:
    """What people type: the text, the steps of an explanation one in each line, a link, a code."""
    steps = [line.strip() for line in typed.get("steps", "").splitlines() if line.strip()]
    written = {"note": typed.get("note", "").strip(), "link": typed.get("link", "").strip(), "code": typed.get("code")}
    return {name: value for name, value in written.items() if value} | ({"steps": steps} if steps else {})


async def _foreseen(desk: Desk, caller: Caller, claim_id: str, action: PersonsAction, chosen: Choosing) -> Json:
    """What the step would bring, by the API's own preview."""
    more: Json = {"note": _ANY} if Action(action) in NOTES else {}
    if Action(action) == Action.ASK_EXCLUSION:
        more["code"] = next(iter(CAUSES))
    body = chosen.body(**more)
    return await api.acts.act(claim_id, action, body, Response(), desk, caller, None, None, True)
