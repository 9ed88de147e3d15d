"""The return label: what its codes say, and the label itself as PDF, PNG or ZPL."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

import storage.labels
from activities.labels import formats
from api.deps import CallerDep, DeskDep
from api.desk import Desk
from api.documented import READS, Json, answers
from api.door import Door
from api.problems import problem
from api.schemas import Id
from api.shapes_around import LabelTold
from api.tokens import Caller, Role
from storage.labels import StoredLabel

router = APIRouter(prefix="/v1/claims", tags=["claims"], route_class=Door)
_FORMATS: dict[str, tuple[str, Callable[[bytes], bytes | str]]] = {
    "application/pdf": ("pdf", lambda pdf: pdf),
    "image/png": ("png", formats.png),
    "application/zpl": ("zpl", formats.zpl),
}
_ALIASES = {"*/*": "application/pdf", "application/*": "application/pdf", "image/*": "image/png",
            "x-application/zpl": "application/zpl", "application/vnd.zebra-zpl": "application/zpl"}  # fmt: skip


_TOLD = answers(LabelTold, 403, 404, *READS)
_PRINTED = answers(None, 403, 404, 406, 410, *READS, content={kind: {} for kind in _FORMATS})


@router.get("/{claim_id}/return", summary="The return label's numbers and what each code says", responses=_TOLD)
async def read_return(claim_id: Id, desk: DeskDep, caller: CallerDep) -> Json:
    label = await _label(desk, caller, claim_id)
    return {
        "claim_id": claim_id,
        "number": label.number,
        "tracking_number": label.tracking_number,
        "sscc": label.sscc,
        "codes": label.codes,
    }


@router.get(
    "/{claim_id}/return/label",
    summary="The label, as PDF, PNG or ZPL by Accept",
    response_class=Response,
    responses=_PRINTED,
)
async def label(claim_id: Id, request: Request, desk: DeskDep, caller: CallerDep) -> Response:
    found = await _label(desk, caller, claim_id)
    if found.erased_at:
        raise problem(410, "erased", f"This label was erased on {found.erased_at:%Y-%m-%d}: it named a person.")
    kind = _wanted(request.headers.get("accept", "*/*"))
    extension, render = _FORMATS[kind]
    name = {"Content-Disposition": f'inline; filename="{found.tracking_number}.{extension}"'}
    return Response(await asyncio.to_thread(render, found.pdf), media_type=kind, headers=name)


def _wanted(accept: str) -> str:
    """The format that the Accept header likes best."""
    ranges = [part.partition(";") for part in accept.lower().split(",")]
    liked = sorted(((_quality(rest), name.strip()) for name, _, rest in ranges), key=lambda r: -r[0])
    for quality, name in liked:
        kind = _ALIASES.get(name, name)
        if kind in _FORMATS and quality > 0:
            return kind
    raise problem(406, "no_such_format", f"The label comes as {', '.join(_FORMATS)}.")


def _quality(parameters: str) -> float:
    value = parameters.partition("q=")[2].strip() or "1"
    try:
        return float(value)
    except ValueError:
        return 0.0


async def _label(desk: Desk, caller: Caller, claim_id: str) -> StoredLabel:
    claim = await desk.find(caller, claim_id)
    if caller.role == Role.AUDITOR:
        raise problem(403, "personal_data", "A label names people; auditors read without personal data.")
    async with desk.database.reading() as session:
        found = await storage.labels.find(session, claim_id, len(claim.returns))
    if found is None:
        raise problem(404, "no_label", "There is no return label for this claim.")
    return found
