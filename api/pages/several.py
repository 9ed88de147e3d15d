"""One message to several claims: whom it goes to is shown first, and what became of each is told. Never money."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi_problem.error import Problem
from pydantic import ValidationError
from starlette.datastructures import FormData

import api.claims
import api.messages
from api.deps import CallerDep, DeskDep, only
from api.desk import Desk
from api.messages import Order
from api.pages.door import SEE_OTHER, FormDep, PageDoor
from api.pages.faults import Fault, fault_of
from api.pages.names import names
from api.pages.queue import AT_ONCE
from api.pages.render import page
from api.pages.visitor import VisitorDep
from api.problems import OURS
from api.requests import NotFound, digest
from api.schemas import MessageBody
from api.tokens import Caller, Role
from claims.model import Actor
from claims.orders import fault_of_id
from claims.thread import PARTIES, TEXT_LIMIT

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
_POSSIBLE = (*PARTIES, Actor.MEDIATOR)


@dataclass(frozen=True)
class Addressee:
    """A claim that was chosen. `to` is empty where nothing can be written, and `fault` says why."""

    claim: dict[str, Any]
    to: str
    fault: Fault | None = None


@router.get("/claims/message")
async def nothing_chosen(caller: CallerDep) -> Response:
    """Whoever comes back to this address by hand chooses anew."""
    return RedirectResponse("/claims", SEE_OTHER)


@router.post("/claims/message")
async def several(request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Three steps of one form: to write, to look at whom it goes to, to send."""
    only(caller, Role.SELLER)
    step, text = str(form.get("step", "")), str(form.get("text", "")).strip()
    addressees = [found for name in _names(form) if (found := await _addressee(desk, caller, name))]
    able = [a for a in addressees if a.to]
    fault = _fault(text) if step and able else None
    shown: dict[str, Any] = {"addressees": addressees, "able": able, "text": text, "problem": fault, "most": TEXT_LIMIT}
    shown["names"] = await names(desk, {a.claim["buyer_id"] for a in addressees})
    if step == "send" and not fault:
        told = [await _send(desk, caller, form, a, text) for a in addressees]
        return page(request, visitor, "several_sent.html", **shown | {"addressees": told})
    checked = step == "check" and able and not fault
    template = "several_check.html" if checked else "several.html"
    return page(request, visitor, template, fault.status if fault else 200, key=uuid4().hex, **shown)


def _names(form: FormData) -> list[str]:
    """The claims that are ticked: as many as a page of the list has."""
    return list(dict.fromkeys(str(name) for name in form.getlist("claim") if not fault_of_id(str(name))))[:AT_ONCE]


async def _addressee(desk: Desk, caller: Caller, claim_id: str) -> Addressee | None:
    """The claim and whom a message in it goes to now; None for what the caller does not see."""
    try:
        thread = await api.messages.thread(claim_id, desk, caller, Order.NEWEST, 1, None)
    except NotFound:
        return None
    found = await api.claims.list_claims(desk, caller, q=claim_id, limit=1)
    writing = thread["writing"]
    to, fault = (str(writing["to"][0]), None) if writing["to"] else ("", Fault(writing["code"]))
    return Addressee(found["claims"][0], to, fault)


def _fault(text: str) -> Fault | None:
    try:
        MessageBody(text=text)
    except ValidationError as error:
        return fault_of(error)
    return None


async def _send(desk: Desk, caller: Caller, form: FormData, addressee: Addressee, text: str) -> Addressee:
    """Post it to whom the form said it goes to, once however often the form comes: its key is the claim's, too."""
    claim_id = addressee.claim["id"]
    to = str(form.get(f"to-{claim_id}", ""))
    try:
        body = MessageBody(text=text, to=Actor(to) if to in _POSSIBLE else None)
        sent = await api.messages.post(claim_id, body, desk, caller, digest(form.get("key", ""), claim_id))
    except (Problem, ValidationError, *OURS) as error:
        return replace(addressee, fault=fault_of(error))
    moderation = sent["moderation"]
    rejected = None if moderation["status"] == "clean" else Fault.of_rejected(moderation["reasons"])
    return replace(addressee, to=sent["to"], fault=rejected)
