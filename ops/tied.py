"""`tied.py PARENT COMMAND...`: becomes the command, and is asked to end when its parent ends, even by being killed."""

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def tied(command: list[str]) -> list[str]:
    """The same command, tied to this process."""
    return [sys.executable, str(Path(__file__).resolve()), str(os.getpid()), *command]


def end_with_parent() -> None:
    """Linux sends us SIGTERM when our parent dies. Elsewhere nothing does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    end_with_parent()
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the parent is gone already")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 our own command
