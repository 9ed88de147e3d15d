"""After the storm: is everything as promised? Once while some claims are still open, once when all have ended."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from tests.chaos import books, checks, word
from tests.chaos.books import Books
from tests.chaos.checks import Violation
from tests.chaos.journal import Journal
from tests.chaos.run import Run

_QUIET_SECONDS = 90  # for what is under way to come to rest


async def while_open(run: Run) -> list[Violation]:
    """Open claims have running workflows and the reverse; none is overdue. What is under way gets time to settle."""

    def found(now: Books) -> list[Violation]:
        return [*checks.open_claims_run(now), *checks.nothing_is_overdue(now, datetime.now(UTC))]

    return (await _settled(run, found))[1]


async def at_the_end(run: Run) -> tuple[Books, list[Violation]]:
    """All the checks, once every claim has ended."""

    def found(now: Books) -> list[Violation]:
        return [*_still_open(now), *checks.open_claims_run(now), *told(now, run.journal)]

    now, violations = await _settled(run, found)
    violations += [Violation("a claim hangs", e["claim"], f"{e['story']}: {e['why']}") for e in _hanging(run.journal)]
    violations += await word.answers_repeat(run.clients, run.journal)
    unforeseen = run.journal.counts["try again: 500"]
    violations += [Violation("an answer of 500", "", "see the API's log")] * unforeseen
    return now, violations


def told(now: Books, journal: Journal) -> list[Violation]:
    """All the checks that hold at any time, on what the database and the clients' notes say."""
    found = [violation for check in checks.ALWAYS for violation in check(now)]
    of_clients = (
        word.what_was_acknowledged_is_told,
        word.what_was_refused_is_not_told,
        word.carriers_word_counts_once,
        word.bounces_are_told,
    )
    return [*found, *(violation for check in of_clients for violation in check(now, journal))]


async def _settled(run: Run, found: Callable[[Books], list[Violation]]) -> tuple[Books, list[Violation]]:
    """The books, and what is found in them at every look: claims move on between two pages of the books."""
    database, temporal = run.town.database(), await run.town.temporal()
    deadline = time.monotonic() + _QUIET_SECONDS
    standing: set[tuple[str, str]] | None = None
    try:
        while True:
            now = await books.read(database, temporal)
            violations = [v for v in found(now) if standing is None or (v.kind, v.claim) in standing]
            standing = {(v.kind, v.claim) for v in violations}
            if not violations or time.monotonic() > deadline:
                return now, violations
            await asyncio.sleep(2)
    finally:
        await database.close()


def _still_open(now: Books) -> Iterator[Violation]:
    for claim_id, kept in now.claims.items():
        if kept.claim.open:
            yield Violation("a claim does not end", claim_id, kept.claim.stage)


def _hanging(journal: Journal) -> list[dict[str, str]]:
    ended = {e["play"] for e in journal.of("done")}
    return [e for e in journal.of("hangs") if e["play"] not in ended]
