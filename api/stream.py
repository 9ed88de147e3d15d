"""What happens on a claim, as it happens: server-sent events over its feed, from any position on."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Message, Send

import api.news
import storage.feed
from api.deps import CallerDep, DeskDep, seconds_left
from api.desk import Desk
from api.documented import READS, answers
from api.door import Door
from api.limits import MACHINES, MACHINES_TIMES
from api.news import News
from api.problems import problem
from api.requests import NotFound
from api.schemas import Id
from api.shapes_stream import EVENTS
from api.tokens import Caller
from api.watch import AWAY, Watched
from storage.database import DatabaseAway

RETRY = 2000  # milliseconds after which a client connects again
COMMENT = 15.0  # seconds without news after which a comment says that the connection is alive
PATIENCE = 60.0  # seconds for a client to make room for the next event
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

    async def events(self) -> AsyncIterator[bytes]:
        """All after the position, then what happens, until it is over or the caller does not see the claim any more.

        A database that is away is waited for.
        """
        yield format_sse_event(comment="connected", retry=RETRY)
        while True:
            try:
                news = await self._read()
            except NotFound:
                return
            except DatabaseAway:
                news = News([], self._position, whole=False)
                yield KEEPALIVE_COMMENT
                await asyncio.sleep(AWAY)
            for event in news.events:
                yield event
            self._position = news.last
            while news.whole and not self._over() and not await self._more():
                yield KEEPALIVE_COMMENT
            if self._over():
                return

    async def _read(self) -> News:
        """The next news; a client that goes meanwhile is noticed after, for a query broken off costs its connection."""
        async with self._desk.watch.reading:
            with anyio.CancelScope(shield=True):
                news = await api.news.after(self._desk, self._caller, self._claim_id, self._position)
        return news

    async def _more(self) -> bool:
        """Whether there is more, or it is over, before the next comment is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(COMMENT, self._until - time.monotonic())):
                await self._watched.beyond(self._position)
                return True
        return self._over()

    def _over(self) -> bool:
        return self._watched.over or time.monotonic() >= self._until


class Answer(EventSourceResponse):
    """What nobody keeps on the way. It is broken off when the client takes nothing off its socket for long."""

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def stream_response(self, send: Send) -> None:
        async def patiently(message: Message) -> None:
            async with asyncio.timeout(PATIENCE):
                await send(message)

        with suppress(TimeoutError):
            await super().stream_response(patiently)


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


router = APIRouter(prefix="/v1/claims", tags=["claims"], route_class=Door)
_STREAM = answers(None, 404, *READS, **EVENTS)


@router.get(
    "/{claim_id}/stream",
    summary="What happens on the claim, as it happens",
    response_class=Response,  # as an EventSourceResponse the framework would write it, and crash when a client goes
    responses=_STREAM,
)
async def follow(found: Annotated[Stream, Depends(stream)]) -> Answer:
    """Server-sent events: steps, messages, translations and receipts, as far as the caller may see them.

    A comment comes every 15 seconds. The stream ends when the token does, when the server ends, and after a while;
    then connect again with the last id, and nothing is missing and nothing comes twice.
    """
    return Answer(found.events())
