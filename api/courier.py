"""Has the engine deliver what was accepted, behind the back of whoever sent it: nobody waits for a translation.

What does not reach the engine (it is away, this process dies) stands in the database, and the sweeper starts it.
"""

import asyncio

import structlog

import storage.translations
from storage.database import Database, DatabaseAway
from workflows.runs import Away, Lost, Runs, Slow

log = structlog.get_logger()
_LAST_CALL = 2.0  # seconds for what is on its way when the process ends


class Courier:
    def __init__(self, runs: Runs, database: Database, translates: bool) -> None:
        self.runs, self.database, self.translates = runs, database, translates
        self._on_the_way: set[asyncio.Task[None]] = set()

    def send(self, claim_id: str, message_id: str, notices: tuple[str, ...] = ()) -> None:
        """Have a message translated, where that is wished for, and the notices with these keys mailed."""
        task = asyncio.create_task(self._send(claim_id, message_id, list(notices)))
        self._on_the_way.add(task)
        task.add_done_callback(self._on_the_way.discard)

    async def close(self) -> None:
        if self._on_the_way:
            await asyncio.wait(self._on_the_way, timeout=_LAST_CALL)

    async def _send(self, claim_id: str, message_id: str, notices: list[str]) -> None:
        try:
            async with self.database.reading() as session:
                wished = self.translates and bool(await storage.translations.wishes(session, message_id))
            if wished or notices:
                await self.runs.deliver(claim_id, message_id, notices)
        except (Away, Slow, Lost, DatabaseAway) as error:
            log.warning("delivery waits for the sweeper", message=message_id, cause=type(error).__name__)
