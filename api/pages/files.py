"""Evidence and return labels for browsers, which send a cookie and no token."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders

import api.attachments
import api.returns
from activities.labels.symbols import Bars, qr
from api.deps import CallerDep, DeskDep, EvidenceDep
from api.pages.door import PageDoor
from api.schemas import Id

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=Response)
_QUIET = 4  # modules of white around a QR code, as its standard wants
_KINDS = {"pdf": "application/pdf", "png": "image/png", "zpl": "application/zpl"}
Kind = Literal["pdf", "png", "zpl"]


@router.get("/files/{attachment_id}")
async def file(
    attachment_id: Id,
    desk: DeskDep,
    evidence: EvidenceDep,
    caller: CallerDep,
    known: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    return await api.attachments.read_content(attachment_id, desk, evidence, caller, known)


@router.get("/claims/{claim_id}/label.{kind}")
async def label(claim_id: Id, kind: Kind, request: Request, desk: DeskDep, caller: CallerDep) -> Response:
    headers = MutableHeaders(raw=list(request.scope["headers"]))
    headers["accept"] = _KINDS[kind]
    asked = Request({**request.scope, "headers": headers.raw}, request.receive)
    return await api.returns.label(claim_id, asked, desk, caller)


@router.get("/claims/{claim_id}/qr.svg")
async def code(claim_id: Id, desk: DeskDep, caller: CallerDep) -> Response:
    """The QR code of the label, for a counter that prints it."""
    told = await api.returns.read_return(claim_id, desk, caller)
    return Response(_drawn(qr(told["codes"]["qr"])), media_type="image/svg+xml")


def _drawn(bars: Bars) -> str:
    size = bars.width + 2 * _QUIET
    boxes = "".join(f"M{x + _QUIET:g} {y + _QUIET:g}h{w:g}v{h:g}h-{w:g}z" for x, y, w, h in bars.rectangles)
    box = f'viewBox="0 0 {size} {size}" width="{size * 6}" height="{size * 6}" shape-rendering="crispEdges"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
        f'<rect width="100%" height="100%" fill="#fff"/><path d="{boxes}"/></svg>'
    )
