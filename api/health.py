"""Whether the process lives, and whether it can do its work."""

import asyncio

from fastapi import APIRouter, Response

from api.deps import DeskDep
from api.desk import Desk
from api.documented import Json, answers
from api.door import Door
from api.shapes_around import Alive, Ready
from storage.database import DatabaseAway
from workflows.runs import Away

router = APIRouter(tags=["health"], route_class=Door)


@router.get("/healthz", summary="The process lives", responses=answers(Alive, 422))
async def healthz() -> Json:
    return {"status": "ok"}


_READY = answers(Ready, 422) | {503: {"model": Ready, "description": "One of them does not"}}


@router.get("/readyz", summary="The database and the engine answer", responses=_READY)
async def readyz(desk: DeskDep, response: Response) -> Json:
    database, engine = await asyncio.gather(_database(desk), _engine(desk))
    ready = database and engine
    response.status_code = 200 if ready else 503
    return {"ready": ready, "database": database, "engine": engine}


async def _database(desk: Desk) -> bool:
    try:
        async with asyncio.timeout(2):
            await desk.database.ping()
    except (DatabaseAway, TimeoutError):
        return False
    return True


async def _engine(desk: Desk) -> bool:
    try:
        await desk.runs.ping()
    except Away:
        return False
    return True
