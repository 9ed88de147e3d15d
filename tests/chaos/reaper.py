"""A process that outlives the harness by a moment: when its standard input ends, it kills what it was told of.

However the harness ends (also by SIGKILL), nothing it started is left behind, not even what it had stopped.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress


class Reaper:
    """The harness's end of it."""

    def __init__(self) -> None:
        line = [sys.executable, __file__]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, start_new_session=True)

    def watch(self, pid: int) -> None:
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """The process has ended and was waited for: its number may soon be somebody else's."""
        self._tell(f"-{pid}")

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, word: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(f"{word}\n".encode())
            self._process.stdin.flush()


def main() -> None:
    known: dict[int, None] = {}
    for line in sys.stdin:
        number = int(line[1:])
        if line.startswith("+"):
            known[number] = None
        else:
            known.pop(number, None)
    for pid in reversed(list(known)):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
