"""What carriers report about return parcels; each of their events counts once."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.exc import IntegrityError

import storage.carrier
import storage.labels
from api.answers import body_digest
from api.carrier_news import Kind, pass_on
from api.deps import CarrierDep, DeskDep
from api.desk import Desk
from api.documented import WRITES, Json, answers
from api.door import Door
from api.requests import KeyReused, NotFound
from api.schemas import Body, Id, Instant
from api.shapes_around import TrackingTaken

router = APIRouter(prefix="/v1/carrier", tags=["carrier"], route_class=Door)


class CarrierEventBody(Body):
    event_id: Id
    tracking_number: Annotated[str, Field(min_length=5, max_length=35, pattern=r"^[A-Z0-9]+$")]
    kind: Annotated[Kind, Field(strict=False)]
    at: Annotated[Instant, Field(strict=False, description="when it happened, by the carrier")]


_TAKEN = answers(TrackingTaken, 202, 403, 404, *WRITES)


@router.post("/events", summary="A tracking event (role carrier); idempotent by event_id", responses=_TAKEN)
async def carrier_event(body: CarrierEventBody, desk: DeskDep, caller: CarrierDep) -> Json:
    name = f"{caller.id}/{body.event_id}"  # of two carriers each has its own event 1; there is no slash in an event id
    standing = await _received(desk, name, body)
    if standing["outcome"] == "received":
        await pass_on(desk, name, body.kind, body.tracking_number, standing["claim_id"], caller.id)
        standing = await _received(desk, name, body)
    return standing


async def _received(desk: Desk, name: str, body: CarrierEventBody) -> dict[str, Any]:
    """The event as it is kept, once for its id."""
    found = await _find(desk, name, body)
    if found is None:
        with suppress(IntegrityError):  # the same event at the same moment
            await _keep(desk, name, body)
        found = await _find(desk, name, body)
    return found or {}


async def _find(desk: Desk, name: str, body: CarrierEventBody) -> dict[str, Any] | None:
    async with desk.database.reading() as session:
        row = await storage.carrier.find(session, name)
    if row is None:
        return None
    if row.body != body_digest(body):
        raise KeyReused
    fields = ("tracking_number", "kind", "at", "claim_id", "outcome", "sentence")
    return {"event_id": body.event_id} | {field: getattr(row, field) for field in fields}


async def _keep(desk: Desk, name: str, body: CarrierEventBody) -> None:
    facts = (body.tracking_number, str(body.kind), body.at)
    async with desk.database.writing() as session:
        claim_id = await storage.labels.find_claim(session, body.tracking_number)
        if not claim_id:
            raise NotFound(f"parcel {body.tracking_number}")
        await storage.carrier.add(session, name, body_digest(body), facts, claim_id, datetime.now(UTC))
