"""Physical lines to records. A stray quotation mark costs its own line, never those that follow."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.importing.decoding import LONGEST, Unusable, encoding_of, physical_lines

DELIMITERS = ",;\t|"
_CHUNK = 1 << 16
_MOST_LINES = 50  # of one record
_OPEN = "a quotation mark is opened here and not closed where the cell ends"
_LOOSE = "a quotation mark stands within a quoted cell; one that is meant is written twice"
_LONG = f"is longer than {LONGEST:,} characters"


@dataclass(frozen=True)
class Record:
    """The cells of one line of the file, or why there are none. `line` counts physical lines from 1."""

    line: int
    cells: list[str]
    fault: str = ""


class Sheet:
    """A CSV file being read: its header at once, its records one by one. Raises Unusable."""

    def __init__(self, path: Path, encoding: str = "utf-8", delimiter: str = "") -> None:
        self.empty = 0  # lines without any content, so far
        self.position = 0  # bytes read so far
        self.encoding = encoding_of(path, encoding)
        self._lines = enumerate(physical_lines(self._chunks(path), self.encoding), 1)
        self._ahead: deque[tuple[int, str]] = deque()
        self._width = 0
        self.header_line, self.header = self._read_header(delimiter)
        self._width = len(self.header)

    def records(self) -> Iterator[Record]:
        """What follows the header, in the sequence of the file; lines without content are only counted."""
        while (following := self._next()) is not None:
            record = self._record(*following)
            if record.fault or any(map(str.strip, record.cells)):
                yield record
            else:
                self.empty += 1

    def _chunks(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                self.position += len(chunk)
                yield chunk

    def _next(self) -> tuple[int, str] | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _read_header(self, delimiter: str) -> tuple[int, list[str]]:
        line, text = self._first()
        if text.lower().startswith("sep=") and len(text) == 5:  # a note of spreadsheets to themselves
            delimiter = delimiter or text[4]
            line, text = self._first()
        self._delimiter = delimiter or max(DELIMITERS, key=lambda d: len(_split(text, d)[0]))
        record = self._record(line, text)
        if record.fault:
            raise Unusable(f"The header (line {line}) cannot be read: {record.fault}.")
        return line, [name.strip() for name in record.cells]

    def _first(self) -> tuple[int, str]:
        while (following := self._next()) is not None:
            text = following[1].removeprefix("\ufeff")
            if text.strip():
                return following[0], text
        raise Unusable("The file is empty; its first line names the columns.")

    def _record(self, line: int, text: str) -> Record:
        if len(text) > LONGEST:
            return Record(line, [text], _LONG)
        if '"' not in text:
            return Record(line, text.split(self._delimiter))
        cells, fault = _split(text, self._delimiter)
        if fault == _OPEN:
            return self._continued(line, text)
        return Record(line, [text] if fault else cells, fault)

    def _continued(self, line: int, first: str) -> Record:
        """The record that goes on in the lines that follow; when none comes of it, they are read on their own."""
        taken: list[tuple[int, str]] = []
        text, opened = first, len(_split(first + '"', self._delimiter)[0])
        while len(taken) < _MOST_LINES and (following := self._next()) is not None:
            taken.append(following)
            text += "\n" + following[1]
            cells, fault = _split(text, self._delimiter) if '"' in following[1] else ([], _OPEN)
            alone = self._stands_alone(following[1], first)
            if not fault and len(cells) == (self._width or len(cells)) and not (alone and opened > 1):
                return Record(line, cells)
            if fault != _OPEN or alone or len(text) > LONGEST:
                break
        self._ahead.extendleft(reversed(taken))
        return Record(line, [first], _OPEN)

    def _stands_alone(self, text: str, first: str) -> bool:
        """Whether it is a line of its own, so that a mark opened in the first was a stray one."""
        cells, fault = _split(text, self._delimiter)
        return self._looks_whole(text) and self._looks_whole(first) if fault else len(cells) == self._width

    def _looks_whole(self, text: str) -> bool:
        return text.count(self._delimiter) + 1 == self._width


def _split(text: str, delimiter: str) -> tuple[list[str], str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True), []), ""
    except csv.Error as error:
        return [], _OPEN if "unexpected end of data" in str(error) else _LOOSE
