"""`python -m ops.sweep`: sweep now and say what was found; or have claims go on as the database has them."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

from pydantic import ValidationError
from temporalio.client import Client, WorkflowFailureError

import settings as configuration
import storage.claims
import storage.sweeping
from api.desk import Desk
from settings import Settings
from storage.database import Database, DatabaseAway
from storage.sweeping import Finding
from workflows import QUEUE
from workflows.connection import connect, leave
from workflows.runs import Away, NotRunning, Runs
from workflows.sweep import SweepWorkflow

_ABOUT = "Sweeps over all claims now. Exit code 1 when a claim needs a person."


async def _sweep(client: Client, database: Database, thorough: bool) -> int:
    """By the workers, as the schedule would; then what stands in the report."""
    name = f"sweep-by-hand-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    await client.execute_workflow(SweepWorkflow.run, thorough, id=name, task_queue=QUEUE, static_summary="by hand")
    async with database.reading() as session:
        report = await storage.sweeping.last_report(session)
    if report is None:
        return 1
    _say(f"{report.claims} open claims, {report.workflows} workflows, {report.timelines} timelines verified.")
    for finding in report.findings:
        _say(_line(finding))
    return int(any(not f.repaired for f in report.findings))


async def _go_on(desk: Desk, claim_ids: list[str]) -> int:
    """The database is right: a running workflow forgets what it knows beyond it, and one is begun where none runs."""
    for claim_id in claim_ids:
        async with desk.database.reading() as session:
            claim = await storage.claims.find(session, claim_id)
        if claim is None:
            _say(f"{claim_id}: not in the database; end its workflow in the Web UI or with the temporal command")
            return 1
        try:
            version = await desk.runs.catch_up(claim_id)
        except NotRunning:
            version = claim.version
            if claim.open:
                await desk.begin_again(claim)
        _say(f"{claim_id}: goes on from version {version}, {claim.stage}")
    return 0


async def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    database = Database(settings.database_url)
    try:
        client = await connect(settings.payload_keys.get_secret_value())
        if arguments.as_the_database_has_it:
            desk = Desk(Runs(client), database, settings.embedded)
            return await _go_on(desk, arguments.as_the_database_has_it)
        return await _sweep(client, database, arguments.thorough)
    finally:
        await database.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ops.sweep", description=_ABOUT)
    parser.add_argument("--thorough", action="store_true", help="ask every workflow, verify every timeline")
    parser.add_argument("--as-the-database-has-it", nargs="+", metavar="CLAIM", help="these go on from the database")
    arguments = parser.parse_args()
    try:
        return asyncio.run(_run(configuration.load(), arguments))
    except ValidationError as error:
        sys.stderr.write(configuration.explain(error))
        return 2
    except (Away, DatabaseAway, RuntimeError) as error:
        sys.stderr.write(f"The engine or the database does not answer: {str(error)[:200]}\n")
        return 2
    except WorkflowFailureError as error:
        sys.stderr.write(f"The sweep did not come to its end, and nothing was reported: {_root(error)[:200]}\n")
        return 2


def _root(error: BaseException) -> str:
    """What it was in the end: the engine wraps a failure once for each place that it went through."""
    while error.__cause__:
        error = error.__cause__
    return str(error)


def _line(finding: Finding) -> str:
    done = "repaired" if finding.repaired else "NEEDS A PERSON"
    return f"{done:15} {finding.kind:24} {finding.claim_id}  {finding.facts}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    leave(main())
