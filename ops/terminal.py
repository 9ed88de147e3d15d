"""How a person stops `make run`: signals, and Ctrl-C at a terminal that make shares with us."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ops.tied import end_with_parent


class StopAsked(Exception):
    """Somebody wants us to stop."""


class Wish:
    """What was asked for by signals: to stop in order; after a second Ctrl-C, at once."""

    def __init__(self) -> None:
        self.stop = self.hurry = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._heard)

    def check(self) -> None:
        """Raise StopAsked once somebody has asked for it."""
        if self.stop or _make_was_interrupted():
            raise StopAsked

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.hurry = self.hurry or (self.stop and number == signal.SIGINT)
        self.stop = True


@contextmanager
def taken_over() -> Iterator[None]:
    """Under make: end when make is killed, and have the terminal for ourselves, lest Ctrl-C make make fail."""
    if "MAKELEVEL" not in os.environ:
        yield
        return
    end_with_parent()
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:  # no terminal: whoever wants us to stop sends a signal
        yield
        return
    with _in_front(terminal):
        yield
    os.close(terminal)


@contextmanager
def _in_front(terminal: int) -> Iterator[None]:
    """A process group of our own in front; the one that was there before comes back at the end."""
    before = os.tcgetpgrp(terminal)
    if before != os.getpgrp() or before == os.getpid():
        yield
        return
    for number in (signal.SIGTTOU, signal.SIGTSTP):  # one would stop us here, the other would leave make waiting
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(terminal, before)


def _make_was_interrupted() -> bool:
    """A make that alone was sent SIGINT tells nobody: it blocks the signal and waits for us. Linux shows that."""
    if "MAKELEVEL" not in os.environ:
        return False
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return False
    blocked = next((line for line in status.splitlines() if line.startswith("SigBlk:")), "SigBlk: 0")
    return bool(int(blocked.split()[1], 16) >> (signal.SIGINT - 1) & 1)
