"""Files that people upload: taken in, shown, given out, taken back; and those of a claim."""

import hashlib
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response

import storage.attachments
import storage.claims
from activities.evidence.clearing import clear
from activities.evidence.examine import LONGEST_NAME, check_name
from activities.evidence.examined import KINDS, Examined, NotEvidence
from activities.evidence.store import Missing
from api import requests
from api.deps import CallerDep, Cursor, DeskDep, EvidenceDep, KeyDep, Limit, UploaderDep, page
from api.desk import Desk
from api.documented import READS, WRITES, Json, answers
from api.door import Door
from api.evidence import Evidence
from api.problems import problem
from api.requests import KeyReused, NotFound
from api.schemas import Id
from api.shapes_around import AttachmentSeen, AttachmentsSeen
from api.tokens import Caller, Role
from claims.evidence import CHOSEN, Purpose, Visibility, addressing, shown
from storage.attachments import Attachment

router = APIRouter(prefix="/v1", tags=["attachments"], route_class=Door)
UPLOAD = "/v1/attachments"
_PATTERN = rf"^[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}$"
Name = Annotated[str, Query(description="the file's name, without '..'", json_schema_extra={"pattern": _PATTERN})]
AttachmentId = Annotated[Id, Path(description="att_...")]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TAKEN = (*KINDS, "image/heic", "application/octet-stream")
_BODY = {"requestBody": {"required": True, "content": dict.fromkeys(_TAKEN, _BINARY)}}
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",  # kept by the reader alone, and asked for again: it may be erased
}


@router.post(
    "/attachments",
    status_code=201,
    summary="Upload a file, as the body",
    responses=answers(AttachmentSeen, 403, *WRITES, status=201),
    openapi_extra=_BODY,
)
async def upload(
    request: Request,
    response: Response,
    desk: DeskDep,
    evidence: EvidenceDep,
    caller: UploaderDep,
    key: KeyDep,
    name: Name,
    purpose: Purpose = Purpose.CHAT,
    visibility: Annotated[Visibility, Query(json_schema_extra={"enum": list(CHOSEN)})] = Visibility.BOTH,
) -> Json:
    """A JPEG, PNG, WebP or HEIC picture or a PDF, up to 5 MB. It is made anew from what is seen of it, and what else is
    in it goes. Whatever is not used in 48 hours is deleted."""
    coming = evidence.received(request, caller)
    found = await take(desk, evidence, caller, key, coming, name, purpose, visibility)
    response.headers["Location"] = f"{UPLOAD}/{found.id}"
    return attachment_view(found, caller, mediated=False)


async def take(
    desk: Desk,
    evidence: Evidence,
    caller: Caller,
    key: str,
    coming: AbstractAsyncContextManager[bytes],
    name: str,
    purpose: Purpose = Purpose.CHAT,
    visibility: Visibility = Visibility.BOTH,
) -> Attachment:
    """Examine and keep what is coming, as the caller's. Raises the Problem of what is no evidence, or KeyReused."""
    try:
        check_name(name)
        if visibility not in CHOSEN:
            raise NotEvidence("visibility_not_allowed", f"A file is shown to {' or '.join(CHOSEN)}.")
        async with coming as content:
            told = (name, purpose, visibility, hashlib.sha256(content).hexdigest())
            asked = requests.Request(caller, key, requests.digest(*told))
            return await _kept(desk, evidence, asked, content, told)
    except NotEvidence as refused:
        status = 413 if refused.code == "file_too_large" else 422
        raise problem(status, refused.code, refused.sentence) from None


async def _kept(
    desk: Desk, evidence: Evidence, asked: requests.Request, content: bytes, told: tuple[str, ...]
) -> Attachment:
    """The attachment of this upload: of the first try of it, if it came before."""
    command_id = requests.command_id(asked, "upload", "attachments")
    async with desk.database.reading() as session:
        found = await storage.attachments.of_command(session, command_id)
    _same(found, asked)
    if found and found.stored_at:
        return found
    examined = await evidence.examiner.examine(content)
    async with desk.database.writing() as session:
        found = await storage.attachments.add(session, command_id, _new(asked, examined, *told[:3]))
    _same(found, asked)
    await evidence.store.put(found.key, examined.content)
    async with desk.database.writing() as session:
        still = await storage.attachments.stored(session, found.id, datetime.now(UTC))
    if not still:  # erased meanwhile
        await evidence.store.delete(found.key)
        raise NotFound(f"attachment {found.id}")
    return found


def _same(found: Attachment | None, asked: requests.Request) -> None:
    if found and found.body != asked.body:
        raise KeyReused


def _new(asked: requests.Request, examined: Examined, name: str, purpose: str, visibility: str) -> Attachment:
    return Attachment(
        id=storage.attachments.new_id(),
        owner_role=asked.caller.role,
        owner=asked.caller.id,
        claim_id=None,
        message_id=None,
        name=name,
        media_type=examined.media_type,
        size=len(examined.content),
        sha256=hashlib.sha256(examined.content).hexdigest(),
        width=examined.width,
        height=examined.height,
        pages=examined.pages,
        purpose=purpose,
        visibility=visibility,
        key=storage.attachments.new_key(),
        body=asked.body,
        created_at=datetime.now(UTC),
    )


@router.get(
    "/attachments/{attachment_id}",
    summary="What is known of a file",
    responses=answers(AttachmentSeen, 404, *READS),
)
async def read_attachment(attachment_id: AttachmentId, desk: DeskDep, caller: CallerDep) -> Json:
    found = await _seen(desk, caller, attachment_id)
    return attachment_view(found, caller, await _mediated(desk, found.claim_id))


_UNCHANGED = {304: {"description": "It is the one that If-None-Match names"}}
_GIVEN = answers(None, 403, 404, 410, *READS, content=dict.fromkeys(KINDS, _BINARY)) | _UNCHANGED


@router.get(
    "/attachments/{attachment_id}/content", summary="The file itself", response_class=Response, responses=_GIVEN
)
async def read_content(
    attachment_id: AttachmentId,
    desk: DeskDep,
    evidence: EvidenceDep,
    caller: CallerDep,
    known: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    found = await _seen(desk, caller, attachment_id)
    if caller.role == Role.AUDITOR:
        raise problem(403, "personal_data", "A file may show people; auditors read without personal data.")
    if found.erased_at:
        raise problem(410, "erased", f"This file was erased on {found.erased_at:%Y-%m-%d}.")
    headers = _SAFE | {"ETag": f'"{found.sha256}"', "Content-Disposition": _disposition(found)}
    if known and (known.strip() == "*" or f'"{found.sha256}"' in known):
        return Response(status_code=304, headers=headers)
    try:
        content = await evidence.store.get(found.key)
    except Missing:
        raise problem(404, "content_missing", "The file of this attachment is not in the store any more.") from None
    return Response(content, media_type=found.media_type, headers=headers)


@router.delete(
    "/attachments/{attachment_id}",
    status_code=204,
    response_class=Response,
    summary="Take an upload back that is not used yet; idempotent",
    responses=answers(None, 403, 404, 409, *READS, status=204),
)
async def take_back(attachment_id: AttachmentId, desk: DeskDep, evidence: EvidenceDep, caller: UploaderDep) -> Response:
    found = await _seen(desk, caller, attachment_id)
    if not found.owned_by(caller.role, caller.id):
        raise problem(403, "not_yours", "Only who uploaded a file can take it back.")
    if not found.erased_at:
        async with desk.database.writing() as session:
            if not await storage.attachments.take_back(session, attachment_id, datetime.now(UTC)):
                raise problem(409, "attachment_used", "This file is used in a claim, and stays there.", allowed=[])
    await clear(desk.database, evidence.store, caller.id)
    return Response(status_code=204)


@router.get(
    "/claims/{claim_id}/attachments",
    summary="The files of a claim, as shown to the caller",
    responses=answers(AttachmentsSeen, 404, *READS),
)
async def of_claim(claim_id: Id, desk: DeskDep, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None) -> Json:
    await desk.find(caller, claim_id)
    wanted = storage.attachments.of_claim(claim_id, caller.role, caller.id)
    async with desk.database.reading() as session:
        rows, after = await page(session, wanted, limit, cursor, of=f"attachments of {claim_id}")
        mediated = await storage.claims.was_mediated(session, claim_id)
        found = [storage.attachments.of_row(row) for (row,) in rows]
    return {"attachments": [attachment_view(a, caller, mediated) for a in found], "next": after}


def attachment_view(found: Attachment, caller: Caller, mediated: bool) -> dict[str, Any]:
    """What the caller is told of a file, in a list, in a message or alone. `mediated`: its claim reached mediation."""
    plain = ("id", "media_type", "size", "width", "height", "pages", "purpose", "visibility", "claim_id", "message_id")
    return {name: getattr(found, name) for name in (*plain, "created_at", "used_at", "erased_at")} | {
        "name": None if caller.role == Role.AUDITOR else found.name or None,
        "sha256": found.sha256 or None,
        "by": found.owner_role,
        "mine": found.owned_by(caller.role, caller.id),
        "frozen": found.frozen_at is not None or (mediated and found.used_at is not None),
        "content": None if found.erased_at else f"{UPLOAD}/{found.id}/content",
    }


async def _seen(desk: Desk, caller: Caller, attachment_id: str) -> Attachment:
    """The attachment, or NotFound for whoever may not know of it."""
    async with desk.database.reading() as session:
        found = await storage.attachments.find(session, attachment_id)
    if found is None or not await _shown(desk, caller, found):
        raise NotFound(f"attachment {attachment_id[:60]}")
    return found


async def _shown(desk: Desk, caller: Caller, found: Attachment) -> bool:
    if found.owned_by(caller.role, caller.id):
        return True
    if found.claim_id is None:
        return False
    try:
        await desk.find(caller, found.claim_id)
    except NotFound:
        return False
    return bool(shown(caller.role, owns=False, addressed=found.visibility in addressing(caller.role)))


async def _mediated(desk: Desk, claim_id: str | None) -> bool:
    async with desk.database.reading() as session:
        return claim_id is not None and await storage.claims.was_mediated(session, claim_id)


def _disposition(found: Attachment) -> str:
    """Pictures may be shown in the page, documents are saved; named after what it is, whatever it was called."""
    extension = KINDS[found.media_type]
    stem = found.name.rpartition(".")[0] or found.name
    how = "attachment" if extension == "pdf" else "inline"
    return f'{how}; filename="{stem}.{extension}"'
