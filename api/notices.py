"""The in-app inbox."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response

import storage.notices
from api.deps import CallerDep, Cursor, DeskDep, Limit, page
from api.documented import READS, Json, answers
from api.door import Door
from api.requests import NotFound
from api.shapes_around import Inbox
from api.tokens import Caller, Role

NoticeId = Annotated[int, Path(ge=1, le=2**53)]
router = APIRouter(prefix="/v1/notices", tags=["notices"], route_class=Door)


@router.get("", summary="The caller's inbox, newest first", responses=answers(Inbox, *READS))
async def inbox(desk: DeskDep, caller: CallerDep, limit: Limit = 20, cursor: Cursor = None) -> Json:
    mine = storage.notices.inbox(caller.role, _owner(caller))
    async with desk.database.reading() as session:
        rows, after = await page(session, mine, limit, cursor, of="notices")
    names = ("id", "claim_id", "kind", "facts", "created_at", "read_at")
    return {"notices": [{name: getattr(row, name) for name in names} for (row,) in rows], "next": after}


_MARKED = answers(None, 404, *READS, status=204)


@router.put("/{notice_id}/read", status_code=204, summary="Mark a notice as read", responses=_MARKED)
async def mark_read(notice_id: NoticeId, desk: DeskDep, caller: CallerDep) -> Response:
    async with desk.database.writing() as session:
        done = await storage.notices.mark_read(session, caller.role, _owner(caller), notice_id, datetime.now(UTC))
    if not done:
        raise NotFound(f"notice {notice_id}")
    return Response(status_code=204)


def _owner(caller: Caller) -> str:
    """Mediators share one inbox."""
    return "" if caller.role == Role.MEDIATOR else caller.id
