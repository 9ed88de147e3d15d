"""What follows when a message was accepted: its translations and its notice by mail. Neither waits for the other."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.delivery import DeliveryActivities
    from workflows import TRANSLATION_QUEUE
    from workflows.mail import MailWorkflow

_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
GIVE_UP = timedelta(days=1)


@workflow.defn(name="Message")
class MessageWorkflow:
    @workflow.run
    async def run(self, message_id: str, notices: list[str]) -> dict[str, str]:
        """Translate the message and mail the notices with these keys; what became of it, by language."""
        if notices:
            await workflow.start_child_workflow(
                MailWorkflow.run,
                notices,
                id=f"{workflow.info().workflow_id}/mail",
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary="notices by mail",
            )
        try:
            return await workflow.execute_activity_method(
                DeliveryActivities.translate,
                message_id,
                task_queue=TRANSLATION_QUEUE,
                start_to_close_timeout=timedelta(minutes=2),
                schedule_to_close_timeout=GIVE_UP,
                retry_policy=_RETRY,
                summary="into the readers' languages",
            )
        except ActivityError as error:
            workflow.logger.warning("a translation was given up: %s", error.cause)
            return {}
