"""Today's workflows replay every recorded history; and a change that would break running claims is found out."""

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from claims.owed import Errand, Owed
from tests.house import Sale
from tests.record_histories import HISTORIES, MAIL_PATHS, NOTE, PATHS, TEXT, TOLD_PATHS, read
from workflows.claim import ClaimWorkflow, Start
from workflows.mail import MailWorkflow
from workflows.reputation import ReputationWorkflow

FILES = sorted(HISTORIES.glob("*.json.gz"))
SENDERS = ("mail_sent", "telling_outside")  # workflows of mail and telling; all others are claims
LARGEST = 40_000  # bytes of one file
IN_ORDERS = (
    "Name of",
    "@example.com",
    "Calle 1",
    "Ciudad",
    "CDMX",
    "postal_code",
)  # what tests/house.py puts into people
IN_TEXTS = (TEXT, NOTE)


def name(file: Path) -> str:
    return file.name.removesuffix(".json.gz")


def history(path: str) -> WorkflowHistory:
    return read(HISTORIES / f"{path}.json.gz")


# --- what is recorded


def test_every_path_is_recorded() -> None:
    assert {name(file).split(".")[0] for file in FILES} == {*PATHS, *MAIL_PATHS, *TOLD_PATHS}


def test_the_histories_are_small() -> None:
    assert {name(file): file.stat().st_size for file in FILES if file.stat().st_size > LARGEST} == {}


def test_the_paths_with_several_runs_are_recorded_whole() -> None:
    runs = Counter(name(file).split(".")[0] for file in FILES)
    several = {path for path, many in runs.items() if many >= 2}
    assert several >= {"appeal_of_the_buyer", "appeal_of_the_seller", "bounced_after_closing", "page_turned",
                       "reset_in_negotiation", "reset_after_closing"}  # fmt: skip


def test_the_turned_page_is_a_run_that_went_on_as_new() -> None:
    last, first = history("page_turned.1").events[-1], history("page_turned.2").events[0]
    assert last.HasField("workflow_execution_continued_as_new_event_attributes")
    assert first.workflow_execution_started_event_attributes.continued_execution_run_id


# --- they are replayed


@pytest.mark.parametrize("file", FILES, ids=name)
async def test_todays_workflows_replay(file: Path) -> None:
    replayer = Replayer(
        workflows=[ClaimWorkflow, MailWorkflow, ReputationWorkflow], data_converter=pydantic_data_converter
    )
    await replayer.replay_workflow(read(file))


class Variant(ClaimWorkflow):
    """The claim workflow with one thing changed, as a careless commit might."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)


@workflow.defn(name="Claim")
class PrintsFirst(Variant):
    """Another activity before the recording."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        self._start_errand(Owed(Errand.LABEL, 1))
        return await super().run(start)


@workflow.defn(name="Claim")
class ArmsNoTimer(Variant):
    """It waits for people only."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        return await super().run(start)

    def _next_wake(self) -> tuple[Any, Any]:
        return None, None


@workflow.defn(name="Claim")
class ShowsNothing(Variant):
    """It upserts no search attributes."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        return await super().run(start)

    def _show(self, shown: Any) -> None:
        self.shown = shown


@workflow.defn(name="Claim")
class Unchanged(Variant):
    """The control: a subclass as such breaks nothing."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        return await super().run(start)


def replayer_of(variant: type) -> Replayer:
    return Replayer(
        workflows=[variant], data_converter=pydantic_data_converter, workflow_runner=UnsandboxedWorkflowRunner()
    )


@pytest.mark.parametrize("path", ["guided_and_closed", "return_accepted", "appeal_of_the_buyer.2"])
@pytest.mark.parametrize("variant", [PrintsFirst, ArmsNoTimer, ShowsNothing])
async def test_a_change_that_breaks_running_claims_is_found_out(variant: type, path: str) -> None:
    with pytest.raises(workflow.NondeterminismError):
        await replayer_of(variant).replay_workflow(history(path))


@pytest.mark.parametrize("path", ["guided_and_closed", "return_accepted", "appeal_of_the_buyer.2"])
async def test_a_variant_that_changes_nothing_replays(path: str) -> None:
    await replayer_of(Unchanged).replay_workflow(history(path))


# --- what is not in them


def said(file: Path) -> str:
    """All that a history says, its payloads decoded."""
    return "\n".join(_strings(json.loads(gzip.decompress(file.read_bytes()))))


def _strings(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _strings(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, key)
    elif isinstance(value, str):
        yield base64.b64decode(value).decode() if key == "data" else value


def test_the_marks_are_in_the_orders() -> None:
    order = json.dumps(Sale(1).body())
    assert [mark for mark in IN_ORDERS if mark not in order] == []


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_history_holds_no_names_addresses_or_texts(file: Path) -> None:
    words = said(file)
    assert "clm_" in words
    assert [mark for mark in (*IN_ORDERS, *IN_TEXTS) if mark in words] == []


@pytest.mark.parametrize("file", [f for f in FILES if not f.name.startswith(SENDERS)], ids=name)
def test_a_historys_payloads_are_read_by_that_check(file: Path) -> None:
    words = said(file)
    assert '"buyer_id"' in words
    assert "not_working" in words or "changed_mind" in words
