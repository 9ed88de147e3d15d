"""What the file has said so far, kept on disk: memory does not grow with the file."""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ops.importing.checking import FACTS, Line, Reject

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE lines (order_id, line_id, number, PRIMARY KEY (order_id, line_id)) WITHOUT ROWID;
CREATE TABLE facts (order_id PRIMARY KEY, body) WITHOUT ROWID;
CREATE TABLE people (id PRIMARY KEY, body) WITHOUT ROWID;
CREATE TABLE rows (kind, id, status, PRIMARY KEY (kind, id)) WITHOUT ROWID;
BEGIN;
"""
_COUNT = """
INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status WHERE status = 'unchanged'
"""

Facts = dict[str, tuple[str, int]]  # of an order: column to its value and the line that said so


class Seen(AbstractContextManager["Seen"]):
    """Open it with `with`; it is gone afterwards."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="amends-import-")
        self._db = sqlite3.connect(Path(self._folder.name) / "seen.db", isolation_level=None)
        self._db.executescript(_TABLES)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()
        self._folder.cleanup()

    def facts(self, order_id: str) -> Facts:
        """What earlier lines of the order stated."""
        row = self._one("SELECT body FROM facts WHERE order_id = ?", order_id)
        return {column: (said[0], said[1]) for column, said in json.loads(row[0]).items()} if row else {}

    def state(self, line: Line, guessed: Iterable[str] = ()) -> None:
        """Remember the order's facts as this line has them, but for those that were only guessed."""
        known = self.facts(line.order.id)
        new = {c: (line.facts[c], line.number) for c in FACTS if c not in known and c not in guessed}
        if new:
            self._db.execute("REPLACE INTO facts VALUES (?, ?)", (line.order.id, json.dumps(known | new)))

    def against(self, line: Line) -> Reject | None:
        """Whether an earlier line was the same one, or said otherwise about the order."""
        first = self._one("SELECT number FROM lines WHERE order_id = ? AND line_id = ?", *_key(line))
        if first:
            return Reject(line.number, "line_id", line.item.line_id, f"is in the file already: line {first[0]}")
        for column, (value, number) in self.facts(line.order.id).items():
            if line.facts[column] != value:
                reason = f"differs from an earlier line of the same order: line {number} says {value}"
                return Reject(line.number, column, line.facts[column], reason)
        return None

    def enter(self, line: Line) -> None:
        self.state(line)
        self._db.execute("INSERT INTO lines VALUES (?, ?, ?)", (*_key(line), line.number))

    def people(self, ids: Iterable[str]) -> dict[str, Any]:
        """What was said of each so far, as it was given to `keep`."""
        found = ((id, self._one("SELECT body FROM people WHERE id = ?", id)) for id in ids)
        return {id: json.loads(row[0]) for id, row in found if row}

    def keep(self, people: Mapping[str, Any]) -> None:
        self._db.executemany("REPLACE INTO people VALUES (?, ?)", ((i, json.dumps(b)) for i, b in people.items()))

    def count(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Kind, id and what became of a row; a row counts once, and as unchanged only if it stays so."""
        self._db.executemany(_COUNT, rows)

    def counts(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT status, count(*) FROM rows GROUP BY status"))

    def _one(self, query: str, *values: str) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return row


def _key(line: Line) -> tuple[str, str]:
    return line.order.id, line.item.line_id
