"""An engine as a child process: one message in, one answer out, started when first needed, and again when it died."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process

from activities.translation.port import TryLater

_MOST_WAITING = 64
_LONGEST_ANSWER = 2**20  # bytes
_DIED = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError)


class Pipe:
    """Messages end with `end` both ways. One is in the engine at a time, the others queue up behind it."""

    def __init__(self, command: list[str], end: bytes) -> None:
        self._command = command
        self._end = end
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process, which leads a process group of its own."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def ask(self, message: bytes, seconds: float) -> bytes:
        """The answer, within so many seconds in all. Raises TryLater: queue full, no answer in time, died twice."""
        if self._waiting >= _MOST_WAITING:
            raise TryLater("too many texts wait for the engine", seconds=1)
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds), self._turn:
                return await self._asked(message)
        except TimeoutError:
            raise TryLater("the engine did not answer in time") from None
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Let it end by itself, at the end of its input; kill it when it does not."""
        process, self._process = self._process, None
        if process is None:
            return
        _close_input(process)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 2)
        _kill(process)

    async def _asked(self, message: bytes) -> bytes:
        """Asked twice: what died since the last message is started again at once."""
        try:
            return await self._ask_once(message)
        except _DIED:
            pass
        try:
            return await self._ask_once(message)
        except _DIED:
            raise TryLater("the engine died over this text") from None

    async def _ask_once(self, message: bytes) -> bytes:
        process = await self._running()
        assert process.stdin is not None  # noqa: S101 a pipe
        assert process.stdout is not None  # noqa: S101 a pipe
        try:
            process.stdin.write(message + self._end)
            await process.stdin.drain()
            answer = await process.stdout.readuntil(self._end)
        except BaseException:  # also when cancelled: an answer nobody waits for must not reach the next one who asks
            self._process = None
            _close_input(process)
            _kill(process)
            raise
        return answer.removesuffix(self._end)

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            if self._process is not None:
                _close_input(self._process)
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LONGEST_ANSWER,
                start_new_session=True, env=os.environ | {"LC_ALL": "C.UTF-8"},
            )  # fmt: skip
        return self._process


def _close_input(process: Process) -> None:
    assert process.stdin  # noqa: S101 a pipe
    process.stdin.close()


def _kill(process: Process) -> None:
    """The whole group: an engine may be several processes."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
