"""What the sweeper found: for operators."""

from fastapi import APIRouter

import storage.sweeping
from api.deps import CallerDep, Cursor, DeskDep, Limit, only, page
from api.documented import READS, Json, answers
from api.door import Door
from api.shapes_around import Sweeps
from api.tokens import READS_ALL

router = APIRouter(prefix="/v1/sweeps", tags=["operations"], route_class=Door)


_REPORTS = answers(Sweeps, 403, *READS)


@router.get("", summary="The sweeper's reports, newest first; what is not repaired needs a person", responses=_REPORTS)
async def sweeps(desk: DeskDep, caller: CallerDep, limit: Limit = 20, cursor: Cursor = None) -> Json:
    only(caller, *READS_ALL)
    async with desk.database.reading() as session:
        rows, after = await page(session, storage.sweeping.reports(), limit, cursor, of="sweeps")
    names = ("started_at", "finished_at", "claims", "workflows", "timelines", "findings")
    return {"sweeps": [{name: getattr(row, name) for name in names} for (row,) in rows], "next": after}
