"""What happens on a claim, as it happens: server-sent events over its feed, from any position on."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

import api.news
import storage.feed
from api.deps import CallerDep, DeskDep, seconds_left
from api.desk import Desk
from api.documented import READS, answers
from api.door import Door
from api.limits import MACHINES, MACHINES_TIMES
from api.problems import problem
from api.requests import NotFound
from api.schemas import Id
from api.shapes_stream import EVENTS
from api.tokens import Caller
from api.watch import AWAY, Watched
from storage.database import DatabaseAway

RETRY = 2000  # milliseconds after which a client connects again
_TOO_MANY = "You have {count} open streams, which is the most; close one, or wait until it ends."
_NO_POSITION = "Position {asked} is beyond this claim's feed, which ends at {end}; read the claim again."


class Streams:
    """How many streams each caller has open in this process, and how long one lasts. No limit: 0."""

    def __init__(self, per_caller: int, seconds: float) -> None:
        self.per_caller, self.seconds = per_caller, seconds
        self.open: Counter[Caller] = Counter()

    @contextmanager
    def one_more(self, caller: Caller) -> Iterator[None]:
        """Count a stream for as long as the block lasts. Raises 429 when the caller has enough of them."""
        most = self.per_caller * (MACHINES_TIMES if caller.role in MACHINES else 1)
        if most and self.open[caller] >= most:
            raise problem(429, "too_many_streams", _TOO_MANY.format(count=most), {"Retry-After": "10"})
        self.open[caller] += 1
        try:
            yield
        finally:
            self.open[caller] -= 1
            if not self.open[caller]:
                del self.open[caller]


class Stream:
    """One reader's way through the feed. `until` is on the monotonic clock, `watched` tells when there is more."""

    def __init__(
        self, desk: Desk, caller: Caller, claim_id: str, position: int, until: float, watched: Watched
    ) -> None:
        self._desk, self._caller, self._claim_id = desk, caller, claim_id
        self._position, self._until, self._watched = position, until, watched

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """All after the position, then what happens, until it is over or the caller does not see the claim any more.

        A database that is away is waited for.
        """
        yield ServerSentEvent(comment="connected", retry=RETRY)
        while True:
            try:
                news = await self._read()
            except NotFound:
                return
            except DatabaseAway:
                await asyncio.sleep(AWAY)
                if self._over():
                    return
                continue
            for event in news.events:
                yield event
            self._position = news.last
            if news.whole:
                await self._more()
            if self._over():
                return

    async def _read(self) -> api.news.News:
        async with self._desk.watch.reading:
            return await api.news.after(self._desk, self._caller, self._claim_id, self._position)

    async def _more(self) -> None:
        """Wait until there is more, or it is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._until - time.monotonic()):
                await self._watched.beyond(self._position)

    def _over(self) -> bool:
        return self._watched.over or time.monotonic() >= self._until


class _Unkept(Door):
    """A door whose answers nobody keeps; the framework's own header only asks to look again."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        enter = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await enter(request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return handle


_POSITION = {"pattern": "^[0-9]{1,18}$"}
After = Annotated[str | None, Query(**_POSITION, description="a position; without any, everything from the beginning")]
Last = Annotated[
    str | None, Header(alias="Last-Event-ID", **_POSITION, description="the id that came last; it goes before `after`")
]


async def stream(
    claim_id: Id, request: Request, desk: DeskDep, caller: CallerDep, after: After = None, last: Last = None
) -> AsyncIterator[Stream]:
    """A stream with its place among the caller's, for as long as it lasts; refusals come before its first byte."""
    streams: Streams = request.app.state.streams
    await desk.find(caller, claim_id)
    async with desk.database.reading() as session:
        end = await storage.feed.position(session, claim_id)
    if (start := int(last or after or 0)) > end:
        raise problem(422, "position_unknown", _NO_POSITION.format(asked=start, end=end))
    until = time.monotonic() + min(streams.seconds, seconds_left(request))
    with streams.one_more(caller), desk.watch.on(claim_id) as watched:
        yield Stream(desk, caller, claim_id, start, until, watched)


router = APIRouter(prefix="/v1/claims", tags=["claims"], route_class=_Unkept)
_STREAM = answers(None, 404, *READS, **EVENTS)


@router.get(
    "/{claim_id}/stream",
    summary="What happens on the claim, as it happens",
    response_class=EventSourceResponse,
    responses=_STREAM,
)
async def follow(found: Annotated[Stream, Depends(stream)]) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events: steps, messages, translations and receipts, as far as the caller may see them.

    A comment comes every 15 seconds. The stream ends when the token does, when the server ends, and after a while;
    then connect again with the last id, and nothing is missing and nothing comes twice.
    """
    async for event in found.events():
        yield event
