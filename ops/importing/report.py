"""What became of the file, for the person who imported it; and the rejects file."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ops.importing.checking import Reject
from ops.importing.decoding import shown


@dataclass
class Report:
    """accepted + rejected = lines; empty lines are not lines. Rows are those of people, orders and order lines."""

    accepted: int = 0
    rejected: int = 0
    empty: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)  # new, changed, unchanged
    ignored: list[str] = field(default_factory=list)
    days: int | None = None  # that all dates were moved by
    recalled: bool = False  # ... as at an earlier import of this file
    seconds: float = 0.0
    dry: bool = False

    @property
    def lines(self) -> int:
        return self.accepted + self.rejected

    @property
    def exit_code(self) -> int:
        return 1 if self.rejected else 0

    def add(self, reject: Reject) -> None:
        self.rejected += 1
        self.reasons[f"{reject.column or 'line'} {reject.reason.partition(': line ')[0]}"] += 1

    def text(self, rejects: Path) -> str:
        """The summary, on a few lines."""
        return "\n".join([*self._lines_text(), *self._rejects_text(rejects), *self._rest_text()])

    def _lines_text(self) -> Iterator[str]:
        yield f"lines      {self.lines:,}: {self.accepted:,} accepted, {self.rejected:,} rejected"
        if self.empty:
            yield f"           {self.empty:,} empty ones skipped"

    def _rejects_text(self, rejects: Path) -> Iterator[str]:
        for reason, count in self.reasons.most_common(5):
            yield f"  {count:>7,}  {reason}"
        if self.rejected:
            more = f", and {len(self.reasons) - 5:,} more reasons" if len(self.reasons) > 5 else ""
            yield f"           each with its line, column and value in {rejects}{more}"

    def _rest_text(self) -> Iterator[str]:
        rows = (f"{self.rows.get(status, 0):,} {status}" for status in ("new", "changed", "unchanged"))
        yield "rows       none written (--dry-run)" if self.dry else f"rows       {', '.join(rows)}"
        if self.days is not None:
            how = ", as when this file was imported before" if self.recalled else ""
            yield f"dates      moved by {self.days:+,} days{how} (--shift-dates={self.days:+}d)"
        if self.ignored:
            yield f"not used   {', '.join(map(shown, self.ignored))}"
        yield f"took       {self.seconds:.1f} s, {self.lines / max(self.seconds, 1e-9):,.0f} lines a second"


class Rejects(Protocol):
    def __call__(self, reject: Reject) -> None: ...


@contextmanager
def rejects_file(path: Path) -> Iterator[Rejects]:
    """A CSV file with line, column, value and reason, written afresh; it is gone again when nothing was rejected."""
    count = 0

    def write(reject: Reject) -> None:
        nonlocal count
        count += 1
        writer.writerow((reject.line, reject.column, shown(reject.value), shown(reject.reason, 400)))

    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("line", "column", "value", "reason"))
            yield write
    finally:
        if not count:
            path.unlink(missing_ok=True)
