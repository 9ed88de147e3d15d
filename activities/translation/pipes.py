"""An engine as a child process: one message in, one answer out, started when first needed, and again when it died."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path

from activities.translation.port import TryLater

_MOST_WAITING = 64
_LONGEST_ANSWER = 2**20  # bytes
_DIED = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError)

Whole = Callable[[bytes], bool]


class Pipe:
    """Messages end with `end` both ways. One is in the engine at a time, the others queue up behind it."""

    def __init__(self, command: list[str], end: bytes, seconds: float, folder: Path | None = None) -> None:
        self._command = command
        self._end = end
        self._seconds = seconds
        self._folder = folder
        self._turn = asyncio.Lock()
        self._asking: set[asyncio.Task[bytes]] = set()
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process, which leads a process group of its own."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def ask(self, message: bytes, whole: Whole) -> bytes:
        """The answer. Raises TryLater: too many wait, no answer within the seconds of one turn, died twice.

        `whole` says whether it is all of the answer: of several processes those that live on may end it too early.
        Who stops waiting stops nothing: the answer is read all the same, so that it reaches nobody else.
        """
        if len(self._asking) >= _MOST_WAITING:
            raise TryLater("too many texts wait for the engine", seconds=1)
        asking = asyncio.create_task(self._asked(message, whole))
        self._asking.add(asking)
        asking.add_done_callback(self._answered)
        return await asyncio.shield(asking)

    async def close(self) -> None:
        """Let it end by itself, at the end of its input; kill it when it does not."""
        for asking in list(self._asking):
            asking.cancel()
        process, self._process = self._process, None
        if process is None:
            return
        _close_input(process)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 2)
        _kill(process)

    def _answered(self, asking: asyncio.Task[bytes]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # seen; whoever still waits has it too

    async def _asked(self, message: bytes, whole: Whole) -> bytes:
        """Asked twice: what died since the last message is started again at once."""
        async with self._turn:
            with contextlib.suppress(*_DIED):
                return await self._asked_once(message, whole)
            with contextlib.suppress(*_DIED):
                return await self._asked_once(message, whole)
            raise TryLater("the engine died over this text")

    async def _asked_once(self, message: bytes, whole: Whole) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._exchanged(await self._running(), message)
            if not whole(answer):
                raise asyncio.IncompleteReadError(answer, None)
            return answer
        except BaseException as error:
            self._end_process()
            if isinstance(error, TimeoutError):
                raise TryLater("the engine did not answer in time") from None
            raise

    async def _exchanged(self, process: Process, message: bytes) -> bytes:
        assert process.stdin is not None  # noqa: S101 a pipe
        assert process.stdout is not None  # noqa: S101 a pipe
        process.stdin.write(message + self._end)
        await process.stdin.drain()
        return (await process.stdout.readuntil(self._end)).removesuffix(self._end)

    async def _running(self) -> Process:
        if self._process is not None and self._process.returncode is not None:
            self._end_process()
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LONGEST_ANSWER,
                cwd=self._folder, start_new_session=True, env=os.environ | {"LC_ALL": "C.UTF-8"},
            )  # fmt: skip
        return self._process

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _close_input(process)
            _kill(process)


def _close_input(process: Process) -> None:
    assert process.stdin is not None  # noqa: S101 a pipe
    process.stdin.close()


def _kill(process: Process) -> None:
    """The whole group: an engine may be several processes."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
