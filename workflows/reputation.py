"""Telling the outside reputation service. A workflow of its own, so that a service that is down holds up no claim."""

from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.reputation import ReputationActivities
    from workflows import QUEUE, REPUTATION_QUEUE

_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=15))
_GIVE_UP = timedelta(days=30)  # what is still untold then the sweeper begins anew


def telling(claim_id: str) -> str:
    """The workflow's id: one at a time for each claim, so that its entries are told in their order."""
    return f"{claim_id}/reputation"


@workflow.defn(name="Reputation")
class ReputationWorkflow:
    @workflow.run
    async def run(self, claim_id: str) -> str:
        """Tell the service what it has not heard of this claim, the oldest entry first. Answers how it ended."""
        try:
            while await self._tell_one(claim_id):
                pass
        except ActivityError as error:
            workflow.logger.warning("the reputation service was not told: %s", error.cause)
            return "given up"
        return "told"

    async def _tell_one(self, claim_id: str) -> int:
        """Tell the oldest entry; how many are left."""
        return await workflow.execute_activity_method(
            ReputationActivities.tell_reputation,
            claim_id,
            task_queue=REPUTATION_QUEUE,
            start_to_close_timeout=timedelta(seconds=30),
            schedule_to_close_timeout=_GIVE_UP,
            retry_policy=_RETRY,
            summary="to the reputation service",
        )


async def begin(client: Client, claim_id: str) -> bool:
    """Have the service told of a claim; False: that is under way already."""
    try:
        await client.start_workflow(
            ReputationWorkflow.run,
            claim_id,
            id=telling(claim_id),
            task_queue=QUEUE,
            static_summary="verdicts that nobody told, to the reputation service",
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
