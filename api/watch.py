"""Who waits for news of which claim, in this process: a few times a second one look at the feeds of all of them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

import storage.feed
from storage.database import Database, DatabaseAway

LOOK = 0.25  # seconds between two looks
AWAY = 1.0  # ... while the database is away
_READERS = 4  # streams that read at once; the other connections are for requests
log = structlog.get_logger()


class Watched:
    """A claim that somebody waits for, and how far its feed was when we looked last."""

    def __init__(self) -> None:
        self.position, self.waiting, self.over = 0, 0, False
        self._moved = asyncio.Event()

    def move(self, position: int, over: bool = False) -> None:
        """Wake those who wait for something after an earlier position; all, when it is `over`."""
        if position > self.position or over:
            self.position, self.over = position, over
            self._moved.set()
            self._moved = asyncio.Event()

    async def beyond(self, position: int) -> None:
        """Return when there is something after this position, or when it is over."""
        while self.position <= position and not self.over:
            await self._moved.wait()


class Watch:
    """Looks while anybody waits, and not otherwise. A database that is away is asked again until it is back."""

    def __init__(self, database: Database) -> None:
        self.reading = asyncio.Semaphore(_READERS)
        self.over = False
        self._database = database
        self._claims: dict[str, Watched] = {}
        self._looking: asyncio.Task[None] | None = None
        self._away = False

    @contextmanager
    def on(self, claim_id: str) -> Iterator[Watched]:
        """Have the claim watched for as long as the block lasts."""
        watched = self._claims.setdefault(claim_id, Watched())
        watched.waiting += 1
        watched.over = self.over
        if self._looking is None and not self.over:
            self._looking = asyncio.create_task(self._look())
        try:
            yield watched
        finally:
            watched.waiting -= 1
            if not watched.waiting:
                del self._claims[claim_id]

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(watched.waiting for watched in self._claims.values())

    def end(self) -> None:
        """This process is about to end: send everybody away."""
        self.over = True
        for watched in self._claims.values():
            watched.move(watched.position, over=True)

    async def close(self) -> None:
        self.end()
        if self._looking and (await asyncio.wait([self._looking], timeout=2 * AWAY))[1]:
            self._looking.cancel()

    async def _look(self) -> None:
        try:
            while self._claims and not self.over:
                pause = LOOK if await self._looked() else AWAY
                await asyncio.sleep(pause)
        finally:
            self._looking = None

    async def _looked(self) -> bool:
        """Whether the database told how far the feeds have come."""
        try:
            async with self._database.reading() as session:
                found = await storage.feed.positions(session, self._claims)
        except Exception as error:  # whatever it is, those who wait are not forgotten
            self._note(error)
            return False
        self._away = False
        for claim_id, position in found.items():
            if watched := self._claims.get(claim_id):
                watched.move(position)
        return True

    def _note(self, error: Exception) -> None:
        """In the log once for each time that it is away; what nobody foresaw, every time."""
        if not isinstance(error, DatabaseAway):
            log.error("streams", error=type(error).__name__, exc_info=error)
        elif not self._away:
            log.warning("streams wait for the database", cause=type(error.__cause__).__name__)
        self._away = True
