"""The caller's work at a glance: how many claims lie in which bucket."""

from fastapi import APIRouter

import storage.listing
from api.deps import CallerDep, DeskDep
from api.documented import READS, Json, answers
from api.door import Door
from api.shapes_around import Queue
from claims.buckets import Bucket

router = APIRouter(prefix="/v1/queue", tags=["claims"], route_class=Door)
_MINE = (Bucket.ANSWER, Bucket.PARCEL)


@router.get("", summary="How many claims wait for whom", responses=answers(Queue, *READS))
async def counts(desk: DeskDep, caller: CallerDep) -> Json:
    """By bucket, the most urgent first; each claim that the caller sees is in one. `GET /v1/claims?bucket=` lists it.

    A date that has passed a moment ago may not be counted yet.
    """
    async with desk.database.reading() as session:
        numbers = await storage.listing.counts(session, caller.role, caller.id)
    buckets = [{"bucket": name, "claims": number} for name, number in numbers.items()]
    return {"buckets": buckets, "needs_me": sum(numbers[name] for name in _MINE), "claims": sum(numbers.values())}
