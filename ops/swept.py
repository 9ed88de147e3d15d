"""One sweep under way: what was looked at, what was found, and what the last one leaves to look at again."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import activity

from claims.model import Claim
from storage.sweeping import Finding, Outline, Report
from workflows.runs import Running, Standing

OVERDUE = timedelta(minutes=2)  # after a date, with a worker at work: its step should have been taken long ago
_MARGIN = timedelta(minutes=1)  # a step is dated before it is committed
_HANDS = 10  # workflows asked at a time
# Findings that a look at the two sides of a claim says nothing about.
_APART = ("seal_broken", "overdue", "refused_by_reputation_service")
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How old a thing must be before it is taken for something left behind."""

    quiet: timedelta = timedelta(minutes=1)  # since the last step or start, before two sides are compared
    opening: timedelta = timedelta(minutes=5)  # until it is recorded
    carrier: timedelta = timedelta(minutes=1)
    mail: timedelta = timedelta(minutes=15)
    delivery: timedelta = timedelta(minutes=1)  # of a message's translations


@dataclass
class Swept:
    """`last`: the report of the sweep before this one."""

    started_at: datetime
    thorough: bool
    last: Report | None
    open: dict[str, Outline] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    timelines: int = 0
    findings: list[Finding] = field(default_factory=list)

    def found(self, what: str, claim_id: str, *, repaired: bool, **facts: Any) -> None:
        self.findings.append(Finding(what, claim_id, repaired, facts))

    def since(self) -> datetime | None:
        """What changed before this instant was looked at by the last sweep; None: look at all."""
        return None if self.thorough or self.last is None else self.last.started_at - _MARGIN

    def to_compare_again(self) -> set[str]:
        """Claims whose two sides needed a person at the last sweep: until that is mended, each sweep says so."""
        return {f.claim_id for f in self._unrepaired() if f.kind not in _APART}

    def to_verify_again(self) -> set[str]:
        return {f.claim_id for f in self._unrepaired() if f.kind == "seal_broken"}

    def is_overdue(self, claim_id: str, due_at: datetime) -> bool:
        """Whether a date was overdue at the last sweep already, and there was time for its step since.

        The sweep that runs at once after an outage finds many dates that passed; their steps are on their way.
        """
        said = any((f.kind, f.claim_id) == ("overdue", claim_id) for f in self._unrepaired())
        if self.last is None or due_at + OVERDUE > self.last.started_at:
            return False
        return said or self.last.started_at + OVERDUE <= self.started_at

    def _unrepaired(self) -> list[Finding]:
        return [f for f in self.last.findings if not f.repaired] if self.last else []


async def beating(items: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same, with a sign of life for each."""
    async for item in items:
        activity.heartbeat()
        yield item


async def some_at_a_time(looks: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Take all these looks, a few of them at a time; the first that fails ends the others."""
    todo = iter(looks)

    async def take() -> None:
        for look in todo:
            await look

    try:
        async with asyncio.TaskGroup() as hands:
            for _ in range(_HANDS):
                hands.create_task(take())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def agree(outline: Outline | None, running: Running) -> bool:
    """Whether the engine's index shows of a claim what the database does; a closed claim should not run."""
    if outline is None:
        return False
    shown = running.shown
    stage, waits, impact = shown["ClaimStage"], shown["ClaimWaitingOn"], shown["ClaimImpact"]
    same = (outline.stage, outline.waiting_on, outline.impact) == (stage, waits, impact)
    return same and _same_instant(outline.due_at, shown["ClaimDue"])


def _same_instant(ours: datetime | None, theirs: Any) -> bool:
    """The index keeps less than our microseconds."""
    if ours is None or theirs is None:
        return ours is theirs
    return bool(abs(ours - theirs) < timedelta(milliseconds=2))


def knows_no_more(standing: Standing, claim: Claim) -> bool:
    return standing.claim is not None and standing.claim.version <= claim.version


def outline_of(claim: Claim) -> dict[str, Any]:
    """What a person needs to know of a claim to decide which side is right: ids, numbers and codes."""
    return {
        "version": claim.version,
        "stage": str(claim.stage),
        "code": claim.code,
        "updated_at": claim.updated_at.isoformat(),
        "refunds": [{"number": r.number, "amount": r.amount, "status": str(r.status)} for r in claim.refunds],
        "returns": [{"number": r.number, "status": str(r.status), "parcel": r.tracking_number} for r in claim.returns],
    }
