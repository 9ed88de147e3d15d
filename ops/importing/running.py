"""The import from end to end: look ahead if need be, read, store in batches, report."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ops.importing.checking import Line, Reject, Rules
from ops.importing.report import Rejects, Report, rejects_file
from ops.importing.seen import Seen
from ops.importing.shifting import Memory, Shift, days_between, moved
from ops.importing.source import Progress, Reading, Source, guesses
from ops.importing.storing import store
from storage.database import Database
from storage.orders import find_many

BATCH = 500  # lines of a transaction

Bar = Callable[[str], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class Wanted:
    """What to import, how, and where to. `rules.offset` is still nothing; `shift` says how to find it."""

    source: Source
    rules: Rules
    rejects: Path
    database_url: str
    now: datetime
    shift: Shift | None = None
    dry: bool = False


def run(wanted: Wanted, bar: Bar) -> Report:
    """Import the file. Raises Unusable, OSError or SQLAlchemyError; what was stored until then stays.

    Must not be called inside an event loop.
    """
    started = time.monotonic()
    with rejects_file(wanted.rejects) as reject, Seen() as seen:
        report = asyncio.run(_run(wanted, seen, reject, bar))
        report.rows = seen.counts()
    report.seconds = time.monotonic() - started
    return report


async def _run(wanted: Wanted, seen: Seen, reject: Rejects, bar: Bar) -> Report:
    Reading(wanted.source, wanted.rules)  # the header fits, before anything else is done
    database = Database(wanted.database_url)
    try:
        report = Report(dry=wanted.dry)
        await _find_offset(wanted, database, seen, report, bar)
        rules = replace(wanted.rules, offset=moved(report.days or 0))
        await _import(replace(wanted, rules=rules), database, seen, reject, report, bar)
        return report
    finally:
        await database.close()


async def _find_offset(wanted: Wanted, database: Database, seen: Seen, report: Report, bar: Bar) -> None:
    shift = wanted.shift
    memory = Memory(wanted.database_url, wanted.source.path) if shift else None
    if shift and memory:
        recalled = memory.recall() if shift.again else None
        report.recalled = recalled is not None and await _was_imported(wanted, database)
        report.days = recalled if report.recalled else shift.days
    if (shift and report.days is None) or guesses(wanted.source.wishes):
        with bar("looking ahead") as progress:
            newest = Reading(wanted.source, wanted.rules).look_ahead(seen, progress)
        if shift and report.days is None:
            report.days = days_between(newest, shift.until)
    if memory and report.days is not None and not wanted.dry:
        moved(report.days)
        memory.remember(report.days)


async def _was_imported(wanted: Wanted, database: Database) -> bool:
    """A database that was emptied since starts anew: the old offset would date everything back."""
    orders = Reading(wanted.source, wanted.rules).first_orders()
    async with database.reading() as session:
        return bool(await find_many(session, orders))


async def _import(wanted: Wanted, database: Database, seen: Seen, reject: Rejects, report: Report, bar: Bar) -> None:
    reading = Reading(wanted.source, wanted.rules)
    with bar("importing") as progress:
        for batch in _batches(reading.lines(seen, progress), reject, report):
            if not wanted.dry:
                await store(database, batch, seen, wanted.now)
    report.empty, report.ignored = reading.sheet.empty, reading.columns.ignored


def _batches(lines: Iterator[Line | Reject], reject: Rejects, report: Report) -> Iterator[list[Line]]:
    """Accepted lines, so many at a time; the others are told to `reject`."""
    batch: list[Line] = []
    for line in lines:
        if isinstance(line, Reject):
            reject(line)
            report.add(line)
            continue
        batch.append(line)
        report.accepted += 1
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
