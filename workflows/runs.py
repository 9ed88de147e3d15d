"""The runs of claims on the engine: begin one, tell it something, ask how it stands; its failures told apart."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from claims.model import Claim, Command, Invalid, Refused, Stale
from workflows import QUEUE, attributes, details
from workflows.claim import ClaimWorkflow, Start, heard
from workflows.message import MessageWorkflow

_FIRST_LOOK, _LONGEST_LOOK = 0.6, 3.0  # seconds of silence before the engine is asked whether it is there
_PING = 1.0  # seconds that it has to say so: whoever waits hears within two that it is away
_QUERY = timedelta(seconds=10)
_KINDS = {"Refused": Refused, "Invalid": Invalid, "Stale": Stale}


class Away(Exception):
    """The engine does not answer. Whether it got a command before, only the same command sent again can tell."""


class Slow(Exception):
    """The engine has the command and has not answered yet; the same request with the same key asks again."""

    def __init__(self, claim_id: str) -> None:
        super().__init__(claim_id)
        self.claim_id = claim_id


class NotRunning(Exception):
    """No workflow of this claim runs."""


class Lost(Exception):
    """The engine gave up on a command without saying what became of it."""


@dataclass(frozen=True)
class Running:
    """A run as the engine's index of workflows shows it, which may be some moments behind."""

    claim_id: str
    begun_at: datetime
    shown: attributes.Shown


@dataclass(frozen=True)
class Standing:
    """How the last run of a claim stands: whether it runs, and the claim as it has it (None: it cannot say)."""

    running: bool
    claim: Claim | None
    why_not: str = ""


class Runs:
    """`patience` is how many seconds a command may take before Slow is raised."""

    def __init__(self, client: Client, patience: float = 10.0) -> None:
        self.client = client
        self.patience = patience

    async def open(self, claim: Claim, command: Command) -> None:
        """Begin the first run of a claim and wait until its opening is recorded. Raises Refused, Away, Slow, Lost."""
        opening = self.client.execute_update_with_start_workflow(
            ClaimWorkflow.opened,
            command.id,
            id=command.id,
            start_workflow_operation=_operation(Start(claim, command)),
        )
        await self._begun(claim.id, opening)

    async def act(self, claim_id: str, command: Command) -> None:
        """Have the running workflow take a command. Raises Refused, NotRunning, Away, Slow, Lost."""
        handle = self.client.get_workflow_handle(claim_id)
        await self._patiently(claim_id, handle.execute_update(ClaimWorkflow.act, command, id=command.id))

    async def act_anew(self, claim: Claim, command: Command, ahead: timedelta) -> None:
        """Begin another run from the claim as the database has it, and have it take a command."""
        beginning = self.client.execute_update_with_start_workflow(
            ClaimWorkflow.act,
            command,
            id=command.id,
            start_workflow_operation=_operation(Start(claim, None, ahead)),
        )
        await self._begun(claim.id, beginning)

    async def begin_again(self, claim: Claim, ahead: timedelta) -> None:
        """Begin another run from the claim as the database has it; one that runs goes on as it is."""
        beginning = self.client.start_workflow(
            ClaimWorkflow.run,
            Start(claim, None, ahead),
            id=claim.id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=attributes.at_start(claim),
            static_summary=details.summary(claim),
        )
        await self._patiently(claim.id, beginning)

    async def catch_up(self, claim_id: str) -> int:
        """Have the running workflow take the claim as the database has it; answers the version it has then."""
        handle = self.client.get_workflow_handle(claim_id)
        return int(
            await self._patiently(claim_id, handle.execute_update(ClaimWorkflow.catch_up, id=f"catch_up/{uuid4()}"))
        )

    async def running(self) -> AsyncIterator[Running]:
        """Every claim's workflow that runs, by the engine's index."""
        wanted = "WorkflowType = 'Claim' AND ExecutionStatus = 'Running'"
        async for found in self.client.list_workflows(wanted):
            shown = {key.name: found.typed_search_attributes.get(key) for key in attributes.ALL}
            yield Running(found.id, found.start_time, shown)

    async def ended(self) -> AsyncIterator[str]:
        """The claim of every workflow that has ended and is still kept; one that ended twice comes twice."""
        wanted = "WorkflowType = 'Claim' AND ExecutionStatus != 'Running'"
        async for found in self.client.list_workflows(wanted):
            yield found.id

    async def deliver(self, claim_id: str, message_id: str, notices: list[str]) -> None:
        """Have a message translated, and these notices mailed. Raises Away, Slow or Lost."""
        beginning = self.client.start_workflow(
            MessageWorkflow.run,
            args=[message_id, notices],
            id=f"{claim_id}/{message_id}/{uuid4().hex[:8]}",  # of its own: one under way may not see a new wish
            task_queue=QUEUE,
            static_summary="a message",
        )
        await self._patiently(claim_id, beginning)

    async def standing(self, claim_id: str) -> Standing | None:
        """How the last run of this claim stands; None when the engine knows of none. Raises Away."""
        handle, running = self.client.get_workflow_handle(claim_id), False
        try:
            status = (await handle.describe()).status
            running = status == WorkflowExecutionStatus.RUNNING
            claim = await handle.query(ClaimWorkflow.current, rpc_timeout=_QUERY)
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            return Standing(running, None, str(error))
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            await self.ping()
            return Standing(running, None, error.message)
        return Standing(running, claim)

    async def ping(self) -> None:
        """Raise Away when the engine does not answer within a second."""
        try:
            async with asyncio.timeout(_PING):
                if not await self.client.service_client.check_health(timeout=timedelta(seconds=_PING)):
                    raise Away
        except (RPCError, RuntimeError, TimeoutError) as error:
            raise Away from error

    async def _begun(self, claim_id: str, asked: Coroutine[Any, Any, Any]) -> None:
        """Wait for a run to begin and take its command; one that ended as the command came may be begun again."""
        try:
            await self._patiently(claim_id, asked)
        except NotRunning as error:
            raise Lost(claim_id) from error

    async def _patiently(self, claim_id: str, asked: Coroutine[Any, Any, Any]) -> Any:
        """Wait for the engine as long as a person would, and tell its failures apart."""
        try:
            async with asyncio.timeout(self.patience):
                return await self._unless_away(asked)
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from error
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            await self.ping()
            raise Slow(claim_id) from error
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise NotRunning(claim_id) from error
            await self.ping()
            raise Lost(error.message) from error
        except RuntimeError as error:  # what the SDK raises when its first connection fails
            raise Away from error

    async def _unless_away(self, asked: Coroutine[Any, Any, Any]) -> Any:
        """The engine's answer. While it keeps silent it is asked whether it is there at all."""
        asking, look = asyncio.ensure_future(asked), _FIRST_LOOK
        try:
            while not (await asyncio.wait({asking}, timeout=look))[0]:
                await self.ping()
                look = min(2 * look, _LONGEST_LOOK)
            return asking.result()
        finally:
            asking.add_done_callback(heard)
            asking.cancel()


def _operation(start: Start) -> WithStartWorkflowOperation[ClaimWorkflow, str]:
    operation: WithStartWorkflowOperation[ClaimWorkflow, str] = WithStartWorkflowOperation(
        ClaimWorkflow.run,
        start,
        id=start.claim.id,
        task_queue=QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=attributes.at_start(start.claim),
        static_summary=details.summary(start.claim),
    )
    operation._workflow_handle.add_done_callback(heard)  # nobody asks for it; the SDK has no other way to say so
    return operation


def _refused(error: WorkflowUpdateFailedError) -> Exception:
    """The rule's refusal again, as it was said inside the workflow."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type in _KINDS:
        return _KINDS[cause.type](str(cause.details[0]), cause.message)
    return Lost(str(cause))
