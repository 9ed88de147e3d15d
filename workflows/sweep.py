"""The sweep over all claims: a short workflow that a schedule starts every few minutes."""

from datetime import timedelta

from temporalio import workflow
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
)
from temporalio.common import RetryPolicy

from workflows import QUEUE

SCHEDULE = "sweep"
_TRIES = RetryPolicy(maximum_attempts=3, initial_interval=timedelta(seconds=5))


@workflow.defn(name="Sweep")
class SweepWorkflow:
    @workflow.run
    async def run(self, thorough: bool = False) -> dict[str, int]:
        """Have everything looked at. Answers how many findings there were of each kind; the database has the report."""
        found: dict[str, int] = await workflow.execute_activity(
            "sweep",
            thorough,
            result_type=dict[str, int],
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(minutes=1),
            retry_policy=_TRIES,
            summary="thorough" if thorough else "what has changed",
        )
        lines = [f"- {kind}: {count}" for kind, count in found.items()]
        workflow.set_current_details("\n".join(lines) or "Everything is as it should be.")
        return found


async def keep_schedule(client: Client, every: timedelta) -> None:
    """Have the engine start a sweep so often; never two at once, and none in arrears after an outage."""
    # Without input or summary: what is encrypted in a schedule would outlive its key.
    action = ScheduleActionStartWorkflow(SweepWorkflow.run, id="sweep", task_queue=QUEUE)
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1))
    wanted = Schedule(action=action, spec=spec, policy=policy)
    try:
        await client.create_schedule(SCHEDULE, wanted)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(SCHEDULE)
        if (await handle.describe()).schedule.spec.intervals != spec.intervals:
            await handle.update(lambda standing: _other_times(standing.description.schedule, spec))


def _other_times(schedule: Schedule, spec: ScheduleSpec) -> ScheduleUpdate:
    """What an operator has paused stays paused."""
    schedule.spec = spec
    return ScheduleUpdate(schedule)
