"""What the harness must not forget when it is interrupted: the plan, and each thing that was done, line by line."""

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What the run is: the same plan makes the same claims, faults and kills."""

    seed: int
    claims: int
    kills: int
    pace: int  # by how much the policy is faster
    in_flight: int
    gap: float  # mean seconds between two kills
    started: float  # unix time

    @property
    def day(self) -> float:
        """How many seconds a day of the policy takes."""
        return 86400 / self.pace


class Journal:
    """Entries are kept as they come: `ack`, `refused`, `done`, `asleep`, `kill`, `fault`, `doubt`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self._path = folder / "journal.jsonl"
        self._read()
        self._file = self._path.open("a")

    def plan(self, wanted: Plan) -> Plan:
        """The plan of this folder; `wanted` when it is new. The order of work is the folder's, not the caller's."""
        file = self.folder / "plan.json"
        if not file.exists():
            file.write_text(json.dumps(asdict(wanted)))
        return Plan(**json.loads(file.read_text()))

    def note(self, kind: str, **facts: Any) -> None:
        entry = {"kind": kind, "at": round(time.time(), 3), **facts}
        self.entries.append(entry)
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [e for e in self.entries if e["kind"] == kind]

    def add_time(self, seconds: float) -> None:
        """A stretch of the run has ended: its counts and its duration are kept."""
        self.note("stretch", seconds=seconds, counts=dict(self.counts))

    def totals(self) -> tuple[float, Counter[str]]:
        """Duration and counts over all stretches."""
        seconds, counts = 0.0, Counter[str]()
        for entry in self.of("stretch"):
            seconds += entry["seconds"]
            counts.update(entry["counts"])
        return seconds, counts

    def _read(self) -> None:
        if not self._path.exists():
            return
        for line in self._path.read_text().splitlines():
            try:
                self.entries.append(json.loads(line))
            except ValueError:  # the harness was killed while it wrote
                continue
