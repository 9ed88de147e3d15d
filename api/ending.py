"""Learning early that the process is to end: a server tells the application only after its last answer is over."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_ASKED = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told(call: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, `call` in this event loop when the process is asked to end, besides what is done then."""
    if threading.current_thread() is not threading.main_thread():  # which alone hears of signals
        yield
        return
    loop, ours = asyncio.get_running_loop(), {}
    for number in _ASKED:
        before = signal.getsignal(number)
        if callable(before):
            ours[number] = (_chained(loop, call, before), before)
            signal.signal(number, ours[number][0])
    try:
        yield
    finally:
        for number, (chained, before) in ours.items():
            if signal.getsignal(number) is chained:
                signal.signal(number, before)


def _chained(loop: asyncio.AbstractEventLoop, call: Callable[[], None], before: Callable[..., Any]) -> Any:
    def both(number: int, frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(call)
        before(number, frame)

    return both
