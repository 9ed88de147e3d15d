"""Changing the process while claims run: what a replay notices, what it does not, and how a change is gated.

docs/changing-the-process.md tells when to do which; the variants here are the changes it speaks of.
"""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType

from claims import effects
from claims.model import Command, Refused
from tests.record_histories import read
from tests.test_replay import FILES, SENDERS, Variant, history, name, replayer_of
from workflows import attributes
from workflows.claim import Start

pytestmark = pytest.mark.long

CLAIMS = [file for file in FILES if not file.name.startswith(SENDERS)]
GATE = "verdict-at-opening"
OPENED = ["guided_and_closed", "return_accepted", "appeal_of_the_buyer.1"]  # runs that begin with an opening


# --- another step in the workflow: with workflow.patched, and without


@workflow.defn(name="Claim")
class PostsAtOpening(Variant):
    """The verdict is posted when the claim is opened, too: a local activity that old runs did not have."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        return await super().run(start)

    async def _open(self, claim: Any, opening: Command) -> None:
        await super()._open(claim, opening)
        await self._post_verdict()


@workflow.defn(name="Claim")
class PostsAtOpeningGated(Variant):
    """The same change for runs that begin after it; those that were under way go on as they began."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        return await super().run(start)

    async def _open(self, claim: Any, opening: Command) -> None:
        await super()._open(claim, opening)
        if workflow.patched(GATE):
            await self._post_verdict()


@pytest.mark.parametrize("path", OPENED)
async def test_a_change_that_is_not_gated_does_not_replay(path: str) -> None:
    with pytest.raises(workflow.NondeterminismError):
        await replayer_of(PostsAtOpening).replay_workflow(history(path))


@pytest.mark.parametrize("file", CLAIMS, ids=name)
async def test_the_same_change_gated_replays_everywhere(file: Path) -> None:
    await replayer_of(PostsAtOpeningGated).replay_workflow(read(file))


# --- another rule: a replay compares what a run asks for, not what it computes


@workflow.defn(name="Claim")
class Observed(Variant):
    """Today's workflow, which tells what it shows of the claim after each step."""

    shows: list[dict[str, str | None]]

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        return await super().run(start)

    def _show(self, shown: attributes.Shown) -> None:
        if moved := {u.key.name: _said(u.value) for u in attributes.changes(self.shown, shown)}:
            Observed.shows.append(moved)
        super()._show(shown)


def _said(value: Any) -> str | None:
    return value.isoformat() if hasattr(value, "isoformat") else value


def recorded(file: Path) -> list[dict[str, str | None]]:
    """The stages, dates and verdicts that the claim showed when the history was made."""
    kind = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
    upserts = [e.upsert_workflow_search_attributes_event_attributes for e in read(file).events if e.event_type == kind]
    fields = [upsert.search_attributes.indexed_fields for upsert in upserts]
    return [{key: json.loads(payload.data or b"null") for key, payload in one.items()} for one in fields]


async def replayed(file: Path) -> list[dict[str, str | None]]:
    Observed.shows = []
    await replayer_of(Observed).replay_workflow(read(file))
    return Observed.shows[: len(recorded(file))]


@pytest.mark.parametrize("file", CLAIMS, ids=name)
async def test_todays_rules_lead_a_recorded_claim_to_the_same_stages_dates_and_verdicts(file: Path) -> None:
    assert await replayed(file) == recorded(file)


async def test_a_rule_that_moves_a_date_replays_and_is_found_out_by_what_it_shows(monkeypatch) -> None:
    real = effects.EFFECTS["start_inspection"]
    monkeypatch.setitem(effects.EFFECTS, "start_inspection", lambda c, m, t: _later(real(c, m, t)))
    (file,) = [f for f in CLAIMS if name(f) == "return_accepted"]
    assert await replayed(file) != recorded(file)  # it replays: no error, but another date


def _later(claim: Any) -> Any:
    return replace(claim, due_at=claim.due_at + timedelta(days=1))


async def test_a_rule_that_refuses_what_was_taken_does_not_replay(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise Refused("no", "No.")

    monkeypatch.setitem(effects.EFFECTS, "start_inspection", refuse)
    with pytest.raises(workflow.NondeterminismError):
        await replayer_of(Observed).replay_workflow(history("return_accepted"))
