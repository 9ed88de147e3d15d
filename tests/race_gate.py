"""Between the two who race and the workflow: commands are held up at its door, and people ask again as they should."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import httpx

from claims.model import Claim

Wait = Callable[[], Awaitable[None]]


class Gate:
    """Holds commands at the workflow's door until both of a round have passed the desk's own check."""

    def __init__(self) -> None:
        self._waits: dict[str, Wait] = {}
        self.passed: dict[str, tuple[datetime, datetime]] = {}  # by claim: accepted at the desk, sent to the workflow

    @contextmanager
    def before(self, desk: Any) -> Iterator[None]:
        deliver = desk._deliver

        async def held(claim: Claim, command: Any) -> None:
            if wait := self._waits.get(claim.id):
                await wait()
                self.passed[claim.id] = (command.accepted_at, datetime.now(UTC))
            await deliver(claim, command)

        with patch.object(desk, "_deliver", held):
            yield

    @contextmanager
    def shut(self, claim_id: str, wait: Wait | None) -> Iterator[None]:
        if wait:
            self._waits[claim_id] = wait
        yield
        self._waits.pop(claim_id, None)


class Honest(httpx.AsyncBaseTransport):
    """Asks again, with the same key, when the answer is that there is none yet (202) or nobody there (503)."""

    def __init__(self, inner: httpx.AsyncBaseTransport, tries: int = 100) -> None:
        self._inner, self._tries = inner, tries

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(self._tries):
            answer = await self._inner.handle_async_request(request)
            if answer.status_code not in (202, 503):
                break
            await answer.aread()
            await asyncio.sleep(0.3)
        return answer


def both(rng: random.Random) -> Wait:
    """Wait for the other one, but not for ever: it may have been refused at the desk."""
    came, arrived = asyncio.Event(), []
    after_it = [rng.uniform(0, 0.003), rng.uniform(0, 0.003), 0.0]

    async def wait() -> None:
        arrived.append(1)
        mine = after_it[min(len(arrived), 3) - 1]
        if len(arrived) > 1:
            came.set()
        try:
            await asyncio.wait_for(came.wait(), 0.15)
        except TimeoutError:
            return
        await asyncio.sleep(mine)

    return wait


def held_up(rng: random.Random) -> Wait:
    """On its way for a while, so that the clock's own step may come in between."""
    seconds = rng.uniform(0, 0.4) if rng.random() < 0.8 else rng.uniform(1, 1.5)
    return lambda: asyncio.sleep(seconds)
