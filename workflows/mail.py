"""Mailing the notices of one step. A workflow of its own, so that a mail server that is down holds up no claim."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.mail import MailActivities

_RETRY = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=15))
GIVE_UP = timedelta(days=3)


@workflow.defn(name="Mail")
class MailWorkflow:
    @workflow.run
    async def run(self, notices: list[str]) -> int:
        """Mail the notices with these keys. Answers how many went out; -1 when it was given up."""
        try:
            return await workflow.execute_activity_method(
                MailActivities.send_mail,
                notices,
                start_to_close_timeout=timedelta(minutes=2),
                schedule_to_close_timeout=GIVE_UP,
                retry_policy=_RETRY,
                summary="notices by mail",
            )
        except ActivityError as error:
            workflow.logger.warning("mail was given up: %s", error.cause)
            return -1
