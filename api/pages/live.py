"""What happens on a claim, as it happens, for its room: the API's own stream, for who is signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.pages.door import PageDoor
from api.stream import Answer, Stream, stream

router = APIRouter(route_class=PageDoor, include_in_schema=False)


@router.get("/claims/{claim_id}/live", response_class=Response)
async def live(found: Annotated[Stream, Depends(stream)]) -> Answer:
    return Answer(found.events())
