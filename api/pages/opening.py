"""The way to a claim: one form, then one page that says what will happen and when, with the button that opens it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

import api.catalogue
import api.claims
import api.orders
from api.deps import CallerDep, DeskDep, EvidenceDep
from api.desk import Desk
from api.openings import OnLine
from api.pages import uploads
from api.pages.door import FormDep, PageDoor, see
from api.pages.drafts import REFUSALS, Draft, Faults, drafted, faults_of, faults_of_files, together
from api.pages.faults import Fault
from api.pages.names import names
from api.pages.render import page
from api.pages.visitor import Visitor, VisitorDep
from api.schemas import Id
from api.tokens import Caller
from api.views import claim_view
from claims.evidence import Purpose
from claims.inputs import NOTE_LIMIT
from claims.opening import SOLUTIONS, Opening
from workflows.runs import Away

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
PATH = "/orders/{order_id}/{line_id}/claim"
Views = list[dict[str, Any]]


@dataclass
class Visit:
    """What each step of the way needs: who is at which order line, and what may be claimed there."""

    request: Request
    desk: Desk
    caller: Caller
    visitor: Visitor
    order: dict[str, Any]
    line: dict[str, Any]
    on_line: OnLine
    reasons: Views
    seller: str  # as people call them

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def page(self, template: str, status: int, **more: Any) -> HTMLResponse:
        known = {
            "order": self.order,
            "line": self.line,
            "reasons": self.reasons,
            "now": self.now,
            "seller": self.seller,
        }
        return page(self.request, self.visitor, template, status, **known | more)


@router.get(PATH)
async def blank(
    request: Request, desk: DeskDep, caller: CallerDep, visitor: VisitorDep, order_id: Id, line_id: Id
) -> Response:
    at = await _at(request, desk, caller, visitor, order_id, line_id)
    return _form(at, Draft(uuid4().hex), [])


@router.post(PATH)
async def sent(
    request: Request, desk: DeskDep, caller: CallerDep, evidence: EvidenceDep, visitor: VisitorDep, form: FormDep,
    order_id: Id, line_id: Id,
) -> Response:  # fmt: skip
    at = await _at(request, desk, caller, visitor, order_id, line_id)
    draft = drafted(form, uuid4().hex)
    if form.get("step") == "open":
        return await _open(at, draft)
    taken = await uploads.take(desk, evidence, caller, form, draft.key, Purpose.PROBLEM)
    draft.files = list(dict.fromkeys(draft.files + taken.ids))
    files, lost = await _files(at, draft)
    faults = together(faults_of_files(taken.faults), lost)
    if form.get("step") == "change":
        return _form(at, draft, files, faults)
    return await _review(at, draft, files, faults)


async def _at(request: Request, desk: Desk, caller: Caller, visitor: Visitor, order_id: str, line_id: str) -> Visit:
    on_line = await desk.on_line(caller, order_id, line_id)
    order = await api.orders.read_order(order_id, desk, caller)
    line = next(one for one in order["lines"] if one["line_id"] == line_id)
    reasons = (await api.catalogue.reasons(caller))["reasons"]
    seller = (await names(desk, [line["seller_id"]]))[line["seller_id"]]
    return Visit(request, desk, caller, visitor, order, line, on_line, reasons, seller)


async def _open(at: Visit, draft: Draft) -> Response:
    try:
        body = draft.body(at.order["id"], at.line["line_id"])
        claim = await api.claims.open_claim(body, Response(), at.desk, at.caller, draft.key)
    except Away:  # all that is needed to send it again stands in the page
        return await _review(at, draft, (await _files(at, draft))[0], {}, Fault("engine_unavailable", 503))
    except REFUSALS as refused:
        return _form(at, draft, (await _files(at, draft))[0], faults_of(refused))
    return see(f"/claims/{claim['id']}", done="opened")


async def _review(at: Visit, draft: Draft, files: Views, faults: Faults, away: Fault | None = None) -> Response:
    """What the claim would be, as the rules say; or the form, with what is wrong in it."""
    try:
        body = draft.body(at.order["id"], at.line["line_id"])
        asked = Opening(body.reason, body.quantity, body.wanted)
        claim = await at.desk.could_open(at.caller, body.order_id, body.line_id, asked, body.message)
    except REFUSALS as refused:
        return _form(at, draft, files, together(faults_of(refused), faults))
    if faults:
        return _form(at, draft, files, faults)
    reason = next(one for one in at.reasons if one["code"] == body.reason)
    more = {"draft": draft, "files": files, "reason": reason, "away": away}
    view = claim_view(claim, at.caller, at.now)
    return at.page("opening_review.html", away.status if away else 200, claim=view, **more)


def _form(at: Visit, draft: Draft, files: Views, faults: Faults | None = None) -> HTMLResponse:
    """The form, with all that was typed. Where nothing can be claimed: why, and what else there is."""
    if faults and "wanted" in faults:
        draft.wanted = ""  # what cannot be is not offered any more, and is not to be sent unseen
    choices = at.on_line.choices(at.now)
    whole = {"draft": draft, "files": files, "faults": faults or {}, "limit": NOTE_LIMIT, "solutions": SOLUTIONS}
    more = {"choices": choices, "left": at.on_line.left}
    status = next((fault.status for found in (faults or {}).values() for fault in found), 200)
    if all(choices.values()):
        before = at.on_line.earlier[-1].claim_id if at.on_line.earlier else None
        return at.page("opening_closed.html", status, **whole | more, before=before)
    return at.page("opening.html", status, **whole | more, translates=at.desk.translates)


async def _files(at: Visit, draft: Draft) -> tuple[Views, Faults]:
    """The uploads that go along, as their owner sees them; what is not there any more goes from the draft."""
    good = await uploads.views(at.desk, at.caller, draft.files)
    lost = len(draft.files) > len(good)
    draft.files = [one["id"] for one in good]
    return good, {"files": [Fault("attachment_unknown")]} if lost else {}
