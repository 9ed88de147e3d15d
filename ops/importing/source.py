"""The file as it was asked to be read: a stream of order lines and of rejects, in the file's sequence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from ops.importing.checking import FACTS, Line, Reject, Rules, check, check_record
from ops.importing.columns import Columns, Row, Wishes
from ops.importing.reading import Record, Sheet
from ops.importing.seen import Seen

Progress = Callable[[int], None]  # is told how many bytes were read so far


@dataclass(frozen=True)
class Source:
    """A file and how to read it. An empty delimiter is found out from the header."""

    path: Path
    wishes: Wishes
    encoding: str = "utf-8"
    delimiter: str = ""


class Reading:
    """One pass over the file. Raises Unusable at once when its header does not fit what was asked for."""

    def __init__(self, source: Source, rules: Rules) -> None:
        self._rules = rules
        self.sheet = Sheet(source.path, source.encoding, source.delimiter)
        self.columns = Columns(self.sheet.header, source.wishes)

    def lines(self, seen: Seen, progress: Progress) -> Iterator[Line | Reject]:
        """Every line that is not empty, once; accepted ones are entered in `seen`."""
        for record in self.sheet.records():
            progress(self.sheet.position)
            row = self._row(record)
            yield row if isinstance(row, Reject) else self._line(record.line, row, seen)

    def look_ahead(self, seen: Seen, progress: Progress) -> datetime | None:
        """The newest date of the lines that can be read; what they state about orders is in `seen` afterwards."""
        newest = None
        for record in self.sheet.records():
            progress(self.sheet.position)
            row = self._row(record)
            line = row if isinstance(row, Reject) else check(record.line, row.values, self._rules)
            if isinstance(line, Line) and isinstance(row, Row):
                seen.state(line, row.guessed)
                newest = max(newest or line.newest, line.newest)
        return newest

    def first_orders(self, most: int = 100) -> list[str]:
        """The order ids of the first lines that have one."""
        rows = [self._row(record) for record in islice(self.sheet.records(), most)]
        return [id for row in rows if isinstance(row, Row) and (id := row.values.get("order_id"))]

    def _row(self, record: Record) -> Row | Reject:
        if record.fault:
            return Reject(record.line, "", record.cells[0], record.fault)
        refused = check_record(record, self.sheet.header, self.sheet.encoding)
        return refused or self.columns.read(record.cells)

    def _line(self, number: int, row: Row, seen: Seen) -> Line | Reject:
        self._adopt(row, seen)
        line = check(number, row.values, self._rules)
        refused = line if isinstance(line, Reject) else seen.against(line)
        if isinstance(line, Line) and not refused:
            seen.enter(line)
        return refused or line

    def _adopt(self, row: Row, seen: Seen) -> None:
        """What was only guessed about an order gives way to what its other lines say."""
        guessed = row.guessed.intersection(FACTS)
        said = seen.facts(row.values.get("order_id", "")) if guessed else {}
        row.values.update({column: said[column][0] for column in guessed if column in said})


def guesses(wishes: Wishes) -> bool:
    """Whether a --default could contradict what a later line states about the same order."""
    return not wishes.defaults.keys().isdisjoint(FACTS)
