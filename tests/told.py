"""All that an engine was told: every run of every workflow in a namespace, as it lies there, undecrypted."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
    ListSchedulesRequest,
    ListWorkflowExecutionsRequest,
    QueryWorkflowRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

_QUERIES = ("__temporal_workflow_metadata", "__stack_trace", "current")


def words(value: Any) -> Iterator[str]:
    """Every text and every bytes in a protobuf message, however deep."""
    if isinstance(value, Message):
        for _, inner in value.ListFields():
            yield from words(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif not isinstance(value, int | float):
        for inner in _parts(value):
            yield from words(inner)


def payloads(message: Message) -> Iterator[Payload]:
    """Every payload in a message, but for search attributes, which are never encrypted."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE and field.name not in ("search_attributes", "indexed_fields"):
            for part in [value] if isinstance(value, Message) else _parts(value):
                yield from payloads(part) if isinstance(part, Message) else ()


def _parts(container: Any) -> Iterator[Any]:
    """The elements of a repeated field; of a map, its keys and values."""
    if hasattr(container, "items"):
        for pair in container.items():
            yield from pair
    else:
        yield from container


async def histories(temporal: Client) -> AsyncIterator[tuple[WorkflowExecution, list[Message]]]:
    """The events of every run, as the server has them."""
    for run in await _runs(temporal):
        yield run, await _events(temporal, run)


async def all_said(temporal: Client, running: bool = True) -> dict[str, str]:
    """What the engine says of each run, by place: history, description, list, and with a worker the queries."""
    found = {"schedules": await _schedules(temporal)}
    async for run, events in histories(temporal):
        name = f"{run.workflow_id} {run.run_id}"
        found[f"history of {name}"] = _joined(events)
        found[f"description of {name}"] = _joined([await _description(temporal, run)])
        if running:
            found[f"queries of {name}"] = await _queried(temporal, run)
    found["list"] = _joined(await _list(temporal))
    return found


def holding(said: dict[str, str], marks: list[str]) -> dict[str, list[str]]:
    """The places that hold a mark, with the marks they hold."""
    hits = {place: [mark for mark in marks if mark in text] for place, text in said.items()}
    return {place: found for place, found in hits.items() if found}


def _joined(messages: list[Message]) -> str:
    return "\n".join(word for message in messages for word in words(message))


async def _runs(temporal: Client) -> list[WorkflowExecution]:
    """Of a list that lags behind by a moment, once it stands still."""
    before, now = -1, await _list(temporal)
    while len(now) != before:
        await asyncio.sleep(0.25)
        before, now = len(now), await _list(temporal)
    return [answer.execution for answer in now]


async def _list(temporal: Client) -> list[Any]:
    request, found = ListWorkflowExecutionsRequest(namespace=temporal.namespace, page_size=500), []
    while True:
        answer = await temporal.workflow_service.list_workflow_executions(request)
        found += answer.executions
        if not answer.next_page_token:
            return found
        request.next_page_token = answer.next_page_token


async def _events(temporal: Client, run: WorkflowExecution) -> list[Message]:
    request, found = GetWorkflowExecutionHistoryRequest(namespace=temporal.namespace, execution=run), []
    while True:
        answer = await temporal.workflow_service.get_workflow_execution_history(request)
        found += answer.history.events
        if not answer.next_page_token:
            return found
        request.next_page_token = answer.next_page_token


async def _description(temporal: Client, run: WorkflowExecution) -> Message:
    request = DescribeWorkflowExecutionRequest(namespace=temporal.namespace, execution=run)
    return await temporal.workflow_service.describe_workflow_execution(request)


async def _schedules(temporal: Client) -> str:
    return _joined([await temporal.workflow_service.list_schedules(ListSchedulesRequest(namespace=temporal.namespace))])


async def _queried(temporal: Client, run: WorkflowExecution) -> str:
    """What the worker answers of the run: its current details among it."""
    said = []
    for name in _QUERIES:
        query = WorkflowQuery(query_type=name)
        request = QueryWorkflowRequest(namespace=temporal.namespace, execution=run, query=query)
        try:
            said.append(await temporal.workflow_service.query_workflow(request))
        except RPCError as error:
            if "unknown queryType" not in str(error) and "not found" not in str(error):
                raise
    return _joined(said)
