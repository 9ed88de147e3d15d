"""A part of the sweep: what the outside reputation service has not heard of the ledger."""

from temporalio.client import Client

import storage.telling
from ops.swept import Swept, beating
from storage.database import Database

_MOST = 500  # refusals in one report
_AT_WORK = "WorkflowType = 'Reputation' AND ExecutionStatus = 'Running'"


async def look(sweep: Swept, database: Database) -> None:
    """What the service refused needs a person; a thorough sweep has it told once more."""
    if sweep.thorough:
        async with database.writing() as session:
            await storage.telling.have_refused_told_again(session)
    async with database.reading() as session:
        refusals = await storage.telling.refusals(session, _MOST)
    for refusal in refusals:
        facts = {"version": refusal.version, "status": refusal.status}
        sweep.found("refused_by_reputation_service", refusal.claim_id, repaired=False, **facts)


async def nobodys(database: Database, client: Client, limit: int) -> list[str]:
    """So many claims whose verdicts nobody tells the service, those with the oldest of them first."""
    at_work = {found.id.rpartition("/")[0] async for found in beating(client.list_workflows(_AT_WORK))}
    left: dict[str, None] = {}
    async with database.reading() as session:
        async for claim_id in beating(storage.telling.claims_that_wait(session)):
            if claim_id not in at_work:
                left[claim_id] = None
            if len(left) == limit:
                break
    return list(left)
