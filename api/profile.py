"""How the caller wants to read: language, and originals instead of translations."""

from fastapi import APIRouter

import storage.profiles
from api.deps import CallerDep, DeskDep, only
from api.documented import READS, WRITES, Json, answers
from api.door import Door
from api.schemas import ProfileBody
from api.shapes_talk import ProfileSeen
from api.tokens import Role
from storage.profiles import Profile

router = APIRouter(prefix="/v1/profile", tags=["messages"], route_class=Door)


@router.get("", summary="How the caller reads", responses=answers(ProfileSeen, *READS))
async def read(desk: DeskDep, caller: CallerDep) -> Json:
    async with desk.database.reading() as session:
        return vars(await storage.profiles.find(session, caller.role, caller.id))


@router.put("", summary="Choose language, and originals", responses=answers(ProfileSeen, 403, *WRITES))
async def choose(body: ProfileBody, desk: DeskDep, caller: CallerDep) -> Json:
    """What was written before is translated when it is read next."""
    only(caller, Role.BUYER, Role.SELLER, Role.MEDIATOR)
    async with desk.database.writing() as session:
        await storage.profiles.save(session, caller.role, caller.id, Profile(body.language, body.originals))
    return {"language": body.language, "originals": body.originals}
