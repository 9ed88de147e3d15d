"""Whether this container's worker takes work: exits 0 when Temporal has seen it poll both task queues lately."""

import asyncio
import socket
import sys
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from workflows import QUEUE, REFUND_QUEUE
from workflows.connection import connect, leave

_LATELY = timedelta(minutes=2)  # a poll without work ends, and begins anew, after one minute
_QUEUES = {QUEUE: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, REFUND_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY}


async def check() -> str:
    """What is wrong, in a sentence; empty when all is well."""
    try:
        client = await connect("")  # it reads no payloads
        silent = [queue for queue, kind in _QUEUES.items() if not await _polled(client, queue, kind)]
    except (RPCError, RuntimeError) as error:
        return f"Temporal does not answer: {error}"
    return f"no worker of this host polls: {', '.join(silent)}" if silent else ""


async def _polled(client: Client, queue: str, kind: TaskQueueType.ValueType) -> bool:
    question = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    answer = await client.workflow_service.describe_task_queue(question, timeout=timedelta(seconds=5))
    ours = [poller for poller in answer.pollers if poller.identity.endswith(f"@{socket.gethostname()}")]
    since = datetime.now(UTC) - _LATELY
    return any(poller.last_access_time.ToDatetime(tzinfo=UTC) >= since for poller in ours)


if __name__ == "__main__":
    wrong = asyncio.run(check())
    sys.stderr.write(f"{wrong}\n" if wrong else "")
    leave(1 if wrong else 0)
