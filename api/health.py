"""Whether the process lives, and whether it can do its work."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from api.deps import DeskDep
from api.desk import Desk
from storage.database import DatabaseAway
from workflows.runs import Away

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="The process lives")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="The database and the engine answer")
async def readyz(desk: DeskDep, response: Response) -> dict[str, Any]:
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
