"""Moving one claim's clock forward, in the embedded mode: for trials and tests, on a server that allows it.

Over the SDK's private time skipper, used nowhere else; the SDK is pinned. The server needs
`frontend.WorkflowTimeSkippingEnabled=true`.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing._timeskipping import TimeSkipper, TimeSkippingConfig

_JUMPS = 2000  # at most so many timers in one skip
_OFF = TimeSkippingConfig(enabled=False)


class Busy(Exception):
    """The clock did not get there: work in hand held it up. It stands where it had got to."""


class Ended(Exception):
    """The workflow is not running, or ended on the way."""


async def skip(client: Client, workflow_id: str, by: timedelta, patience: float = 30) -> timedelta:
    """Advance a running workflow's clock; answers by how much it is further ahead of the wall than before.

    Returns once the workflow has acted on every timer due by then. Raises Busy or Ended.
    """
    before = await _ahead(client, workflow_id)
    try:
        async with asyncio.timeout(patience):
            await _forward(client, workflow_id, by)
    except TimeoutError as error:
        with suppress(RPCError):
            await _skipper(client)._update_time_skipping_config(client.get_workflow_handle(workflow_id), _OFF)
        raise Busy(workflow_id) from error
    return await _ahead(client, workflow_id) - before


async def _forward(client: Client, workflow_id: str, by: timedelta) -> None:
    handle = client.get_workflow_handle(workflow_id)
    try:
        if not await _skipper(client).fast_forward(handle, by):
            raise Ended(workflow_id)
    except RPCError as error:
        raise _ended(error, workflow_id) from error
    except RuntimeError as replaced:  # the server keeps one skip for each workflow, the last
        raise Busy(workflow_id) from replaced
    while (await handle.describe()).raw_description.HasField("pending_workflow_task"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)  # the last timer fired; the worker is still acting on it


async def _ahead(client: Client, workflow_id: str) -> timedelta:
    """By how much the workflow's clock is ahead of the wall."""
    try:
        current = await _skipper(client).get_current_time(client.get_workflow_handle(workflow_id))
    except RPCError as error:
        raise _ended(error, workflow_id) from error
    return max(current - datetime.now(UTC), timedelta())


def _ended(error: RPCError, workflow_id: str) -> Exception:
    return Ended(workflow_id) if error.status == RPCStatusCode.NOT_FOUND else error


def _skipper(client: Client) -> TimeSkipper:
    return TimeSkipper(client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=_JUMPS))
