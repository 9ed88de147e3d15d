"""Examining in processes of their own: a file that is slow, huge or deadly takes none of the API with it."""

from contextlib import suppress

from anyio import BrokenWorkerProcess, CapacityLimiter, fail_after, to_process

from activities.evidence.examine import examine_confined
from activities.evidence.examined import Examined, NotEvidence

_HANDS = 2  # processes, and so files, at a time; the others wait
_SECONDS = 30  # for one file, the waiting not counted


class Examiner:
    """Examines files apart. The processes start with the first file, end with this one, and rest in between."""

    def __init__(self, hands: int = _HANDS, seconds: float = _SECONDS) -> None:
        self._hands, self._seconds = hands, seconds
        self._limiter: CapacityLimiter | None = None

    async def examine(self, content: bytes) -> Examined:
        """The file as it may be kept. Raises NotEvidence."""
        self._limiter = self._limiter or CapacityLimiter(self._hands)  # of the loop that runs
        async with self._limiter:
            for _ in range(self._hands + 1):  # a process may have ended while it rested, which is not the file's fault
                with suppress(BrokenWorkerProcess):
                    return await self._in_time(content)
        raise NotEvidence("file_damaged", "Reading this file ended the program that read it.")

    async def _in_time(self, content: bytes) -> Examined:
        own = CapacityLimiter(1)  # the wait was before, so that it is not counted
        try:
            with fail_after(self._seconds):
                return await to_process.run_sync(examine_confined, content, cancellable=True, limiter=own)
        except TimeoutError:
            slow = f"Reading this file took over {self._seconds:g} s."
            raise NotEvidence("file_too_slow", slow) from None
