"""A seller's own quick replies: written in three languages, kept, deleted. What is refused stays in the form."""

from typing import cast
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi_problem.error import Problem
from pydantic import ValidationError
from starlette.datastructures import FormData

import api.quick_replies
from api.deps import DeskDep
from api.documented import Json
from api.pages.door import FormDep, PageDoor, see
from api.pages.faults import Fault, fault_of
from api.pages.render import page
from api.pages.visitor import Visitor, VisitorDep
from api.problems import OURS, problem
from api.quick_replies import SellerDep
from api.requests import NotFound
from api.schemas import Id, QuickReplyBody
from claims.inputs import NOTE_LIMIT
from claims.reasons import LANGUAGES, REASONS

router = APIRouter(
    prefix="/settings/replies", route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse
)
_NEW: Json = {"texts": {}, "reasons": []}


@router.get("")
async def begin(request: Request, desk: DeskDep, caller: SellerDep, visitor: VisitorDep, like: str = "") -> Response:
    """An empty one, or one that begins as a copy of another."""
    found = [one for one in await _all(desk, caller) if one["name"] == like]
    return _form(request, visitor, uuid4().hex, found[0] if found else _NEW, is_new=True)


@router.get("/{name}")
async def look(request: Request, name: Id, desk: DeskDep, caller: SellerDep, visitor: VisitorDep) -> Response:
    found = [one for one in await _all(desk, caller) if one["name"] == name and one["own"]]
    if not found:
        raise NotFound("quick reply of this name")
    return _form(request, visitor, name, found[0], is_new=False)


@router.post("/{name}")
async def save(
    request: Request, name: Id, desk: DeskDep, caller: SellerDep, visitor: VisitorDep, form: FormDep
) -> Response:
    typed = _typed(form)
    try:
        await api.quick_replies.save(name, _body(typed), desk, caller)
    except (Problem, ValidationError, *OURS) as error:
        return _form(request, visitor, name, typed, is_new=form.get("new") == "yes", fault=fault_of(error))
    return see("/settings", done="saved")


@router.post("/{name}/delete")
async def drop(name: Id, desk: DeskDep, caller: SellerDep) -> Response:
    await api.quick_replies.drop(name, desk, caller)
    return see("/settings", done="done")


async def _all(desk: DeskDep, caller: SellerDep) -> list[Json]:
    return cast(list[Json], (await api.quick_replies.listed(desk, caller))["replies"])


def _typed(form: FormData) -> Json:
    """As it was written; languages without a text are left out."""
    texts = {tongue: str(form.get(tongue, "")) for tongue in LANGUAGES}
    return {"texts": {t: s for t, s in texts.items() if s.strip()}, "reasons": [str(r) for r in form.getlist("reason")]}


def _body(typed: Json) -> QuickReplyBody:
    if not typed["texts"]:
        raise problem(422, "field_missing", "")
    return QuickReplyBody(**typed)


def _form(
    request: Request, visitor: Visitor, name: str, reply: Json, *, is_new: bool, fault: Fault | None = None
) -> HTMLResponse:
    more = {"reply": reply, "name": name, "is_new": is_new, "problem": fault, "reasons": REASONS, "most": NOTE_LIMIT}
    return page(request, visitor, "quick_reply.html", fault.status if fault else 200, **more)
