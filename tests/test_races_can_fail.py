"""The races object when what decides them is taken out: turns and versions, the books' keys, the line's index."""

import asyncio
import random
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

import api.answers
import storage.claims
import storage.ledger
import worker
from claims.model import Command
from claims.recording import Outcome, Recorded, Recording
from ops.engine import Engine
from storage import migrate
from storage.ledger import Payment
from storage.tables import TransferRow
from tests.house import House, house_on, settings_for
from tests.race_checks import Objection
from tests.race_table import BY_NAME
from tests.races import run
from workflows.claim import ClaimWorkflow

pytestmark = pytest.mark.long
_record, _refund, _refusal = storage.claims.record, storage.ledger.refund, api.answers.refusal


def a_store_without_versions() -> AbstractContextManager[Any]:
    """What was made on another version is stored behind it, as if nothing had happened in between."""

    async def record(session: Any, recording: Recording) -> Recorded:
        standing = await storage.claims.find(session, recording.claim.id)
        if standing is None:
            return await _record(session, recording)
        ahead = standing.version - recording.before.version
        claim = replace(recording.claim, version=recording.claim.version + ahead)
        events = tuple(replace(e, sequence=e.sequence + ahead) for e in recording.events)
        return await _record(session, replace(recording, before=standing, claim=claim, events=events))

    return patch.object(storage.claims, "record", record)


def a_workflow_without_turns() -> AbstractContextManager[Any]:
    """What the validator has let pass is taken at once, beside what is being taken."""

    async def take(self: ClaimWorkflow, command: Command) -> int:
        while True:
            turn = await self._advance(command)
            recorded = await self._record(Recording.of(self.claim, turn, command))
            await self._install(recorded.claim or turn.claim, recorded)
            if recorded.outcome != Outcome.MOVED:
                return turn.claim.version

    return patch.object(ClaimWorkflow, "_take", take)


def a_book_that_keeps_no_keys() -> AbstractContextManager[Any]:
    """Each try of a refund is booked as one of its own."""

    async def refund(session: Any, key: str, payment: Payment, amount: int, now: Any) -> bool:
        again = await session.get(TransferRow, key)
        return await _refund(session, f"{key}/{random.getrandbits(32)}" if again else key, payment, amount, now)

    return patch.object(storage.ledger, "refund", refund)


def refusals_that_allow_what_was_allowed_before() -> AbstractContextManager[Any]:
    def refusal(refused: Any, allowed: list[str] | None = None) -> Any:
        return _refusal(refused, ["accept_offer", "decline_offer", "close"])

    return patch.object(api.answers, "refusal", refusal)


def a_workflow_that_goes_by_arrival() -> AbstractContextManager[Any]:
    """When the desk accepted a command is forgotten."""
    return patch.object(ClaimWorkflow, "_accepted", lambda self, command: self._now())


def unsandboxed() -> AbstractContextManager[Any]:
    """Workers that run the workflow's class as it is here, mutated."""
    return patch.object(worker, "Worker", partial(Worker, workflow_runner=UnsandboxedWorkflowRunner()))


async def objection(house: House, race: str, rounds: int = 24) -> str:
    with pytest.raises(Objection) as met:
        await run(house, (BY_NAME[race],), {race: rounds}, seed=3)
    return str(met.value)


async def test_a_refund_that_is_booked_at_each_try(house: House) -> None:
    with a_book_that_keeps_no_keys():
        assert "the books" in await objection(house, "a Reset against the running refund")


async def test_a_refusal_that_allows_what_is_over(house: House) -> None:
    with refusals_that_allow_what_was_allowed_before():
        assert "never allowed" in await objection(house, "accept against withdraw")


@pytest.mark.parametrize("without", ["turns", "versions", "both"])
async def test_the_workflows_turns_and_the_stores_versions_each_suffice(
    engine: Engine, sqlite_url: str, without: str
) -> None:
    """One of them decides who was first when the other is taken out; without both of them two win."""
    with ExitStack() as mutated:
        mutated.enter_context(
            patch.object(worker, "Worker", partial(Worker, workflow_runner=UnsandboxedWorkflowRunner()))
        )
        if without != "turns":
            mutated.enter_context(a_store_without_versions())
        if without != "versions":
            mutated.enter_context(a_workflow_without_turns())
        async with house_on(engine, settings_for(sqlite_url)) as house:
            if without == "both":
                await objection(house, "accept against withdraw")
            else:
                await run(house, (BY_NAME["accept against withdraw"],), {"accept against withdraw": 8}, seed=3)


async def test_a_workflow_that_goes_by_arrival(engine: Engine, sqlite_url: str) -> None:
    with unsandboxed(), a_workflow_that_goes_by_arrival():
        async with house_on(engine, settings_for(sqlite_url)) as house:
            await objection(house, "accept against the clock", 48)


async def test_neither_look_nor_index_behind_the_claims_of_a_line(engine: Engine, tmp_path: Path) -> None:
    """On SQLite, where one writes at a time, either of them suffices."""

    async def nothing(*_: Any) -> str:
        return ""

    url = f"sqlite:///{tmp_path / 'amends.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with house_on(engine, settings_for(url)) as house:
        async with house.database.writing() as session:
            await session.execute(text("DROP INDEX one_contested_claim_per_line"))
        with patch.object(storage.claims, "_in_the_way", nothing):
            await objection(house, "appeal against a new claim on the line", 40)
