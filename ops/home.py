"""The private folder of `make run`: its lock, its secret, its databases and its logs."""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any


class Home:
    """Everything that `make run` keeps. Nobody else on the machine may look inside."""

    def __init__(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        (path / "log").mkdir(exist_ok=True)
        self.path = path.resolve()
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path / 'amends.db'}"

    @property
    def evidence(self) -> Path:
        """Uploaded files."""
        return self.path / "evidence"

    @property
    def engine_store(self) -> Path:
        return self.path / "temporal.db"

    def take(self) -> bool:
        """Whether this process is now the one that runs here. The lock goes with the process."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def note(self, running: dict[str, Any]) -> None:
        """Leave word, for a second start and for the one after a crash."""
        text = json.dumps(running).encode()
        os.pwrite(self._lock, text, 0)
        os.ftruncate(self._lock, len(text))

    def noted(self) -> dict[str, Any]:
        """What was noted last; empty when nothing was, or half of it."""
        try:
            found = json.loads(os.pread(self._lock, 100_000, 0))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def secret(self) -> str:
        """The text that signs tokens: made once, at random, readable by its owner alone."""
        file = self.path / "secret"
        if not file.exists():
            fresh = file.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32))
            fresh.replace(file)
        file.chmod(0o600)
        return file.read_text().strip()

    def log(self, name: str) -> Path:
        """A fresh log file; that of the run before is kept beside it."""
        file = self.path / "log" / f"{name}.log"
        if file.exists():
            file.replace(file.with_suffix(".log.1"))
        file.touch(mode=0o600)
        return file
