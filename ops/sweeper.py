"""The sweeper: finds what a crash between database and engine can leave, repairs it, and says what needs a person.

The database is the record. A workflow that knows less than it is told; one that knows more (the database was restored
from a backup, say) is left alone and reported: what it knows may have moved money.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

import storage.claims
import storage.sweeping
from api.carrier_news import pass_on
from api.desk import Desk
from claims.model import Claim
from storage.database import Database
from storage.sweeping import Finding, Outline, Report
from workflows import QUEUE
from workflows.mail import GIVE_UP, MailWorkflow
from workflows.runs import Lost, NotRunning, Running, Slow, Standing

_OVERDUE = timedelta(minutes=2)  # after a date, with a worker at work: its step should have been taken long ago
T = TypeVar("T")
_STRAY = timedelta(days=1)  # a text without its step: nobody is still trying to take it
_KEPT = timedelta(days=90)  # reports
_CHUNK = 500


@dataclass(frozen=True)
class Patience:
    """How old a thing must be before it is taken for something left behind."""

    quiet: timedelta = timedelta(minutes=1)  # since the last step or start, before two sides are compared
    carrier: timedelta = timedelta(minutes=1)
    mail: timedelta = timedelta(minutes=15)


@dataclass
class _Sweep:
    """One sweep under way."""

    started_at: datetime
    open: dict[str, Outline] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    timelines: int = 0
    findings: list[Finding] = field(default_factory=list)

    def found(self, what: str, claim_id: str, *, repaired: bool, **facts: Any) -> None:
        self.findings.append(Finding(what, claim_id, repaired, facts))


class Sweeper:
    """`mails`: whether notices go out by mail."""

    def __init__(self, desk: Desk, mails: bool = False, patience: Patience | None = None) -> None:
        self.desk, self.mails = desk, mails
        self.patience = patience or Patience()

    @property
    def database(self) -> Database:
        return self.desk.database

    @property
    def client(self) -> Client:
        return self.desk.runs.client

    @activity.defn(name="sweep")
    async def sweep(self, thorough: bool) -> dict[str, int]:
        """Look at everything once; answers how many findings there were of each kind. `thorough` asks every workflow
        how it stands and verifies every timeline, whether or not something moved since the last sweep."""
        sweep = _Sweep(datetime.now(UTC))
        async with self.database.reading() as session:
            thorough = thorough or await storage.sweeping.wants_thorough(session)
            last = None if thorough else await storage.sweeping.last_report(session)
        await self._take_stock(sweep)
        for claim_id in sorted(sweep.open.keys() - sweep.running.keys()):
            await self._without_workflow(sweep, claim_id)
        for claim_id, running in sorted(sweep.running.items()):
            if thorough or not _agree(sweep.open.get(claim_id), running):
                await self._compare(sweep, claim_id, running, thorough)
        if thorough:
            await self._forgotten(sweep)
        await self._overdue(sweep)
        await self._carrier(sweep)
        await self._mail(sweep)
        await self._texts(sweep)
        await self._seals(sweep, last.started_at if last else None)
        await self._save(sweep, thorough)
        return dict(Counter(f.kind for f in sweep.findings))

    # --- the two sides

    async def _take_stock(self, sweep: _Sweep) -> None:
        async for running in _beating(self.desk.runs.running()):
            sweep.running[running.claim_id] = running
        async with self.database.reading() as session:
            async for outline in _beating(storage.sweeping.open_claims(session)):
                sweep.open[outline.claim_id] = outline

    async def _without_workflow(self, sweep: _Sweep, claim_id: str) -> None:
        """An open claim that the engine's index does not know to run: asked itself, the engine knows better."""
        claim, standing = await self._both(claim_id)
        if claim is None or not claim.open or (standing and standing.running):
            return
        if standing and not _knows_no_more(standing, claim):
            return self._needs_a_person(sweep, claim, standing)
        await self.desk.begin_again(claim)
        sweep.found("begun_again", claim_id, repaired=True, version=claim.version, stage=str(claim.stage))

    async def _compare(self, sweep: _Sweep, claim_id: str, running: Running, thorough: bool) -> None:
        """A workflow that may not stand where the database does."""
        if not thorough and await self._lately(claim_id, running.begun_at):
            return
        claim, standing = await self._both(claim_id)
        if standing is None or not standing.running:
            return
        if claim is None:
            if standing.claim and standing.claim.version:  # its opening was recorded once
                sweep.found("not_in_database", claim_id, repaired=False, engine=_outline(standing.claim))
        elif not _knows_no_more(standing, claim):
            self._needs_a_person(sweep, claim, standing)
        elif standing.claim and standing.claim.version < claim.version:
            await self._catch_up(sweep, claim, standing.claim)

    async def _forgotten(self, sweep: _Sweep) -> None:
        """Claims that began and ended on the engine, and that the database has never heard of."""
        ended = [claim_id async for claim_id in _beating(self.desk.runs.ended())]
        for first in range(0, len(ended), _CHUNK):
            async with self.database.reading() as session:
                unknown = await storage.sweeping.unknown(session, ended[first : first + _CHUNK])
            for claim_id in sorted(unknown):
                _, standing = await self._both(claim_id)
                if standing and standing.claim and standing.claim.version:
                    sweep.found("not_in_database", claim_id, repaired=False, engine=_outline(standing.claim))

    async def _catch_up(self, sweep: _Sweep, claim: Claim, behind: Claim) -> None:
        version = 0
        with suppress(Slow, Lost, NotRunning):
            version = await self.desk.runs.catch_up(claim.id)
        repaired = version >= claim.version
        sweep.found("caught_up", claim.id, repaired=repaired, engine=behind.version, database=claim.version)

    def _needs_a_person(self, sweep: _Sweep, claim: Claim, standing: Standing) -> None:
        if standing.claim is None:
            sweep.found("workflow_unreadable", claim.id, repaired=False, why=standing.why_not[:200])
        else:
            facts = {"engine": _outline(standing.claim), "database": _outline(claim)}
            sweep.found("database_behind", claim.id, repaired=False, **facts)

    async def _both(self, claim_id: str) -> tuple[Claim | None, Standing | None]:
        """The claim in the database, looked at after the workflow: what is recorded meanwhile is in both."""
        activity.heartbeat()
        standing = await self.desk.runs.standing(claim_id)
        async with self.database.reading() as session:
            return await storage.claims.find(session, claim_id), standing

    async def _lately(self, claim_id: str, begun_at: datetime) -> bool:
        """Whether something happened so short a time ago that one side may not have heard of it yet."""
        async with self.database.reading() as session:
            recorded = await storage.sweeping.recorded_at(session, claim_id)
        return datetime.now(UTC) - max(begun_at, recorded or begun_at) < self.patience.quiet

    async def _overdue(self, sweep: _Sweep) -> None:
        """Dates that passed without their step, although this worker works."""
        wall = datetime.now(UTC)
        for outline in sweep.open.values():
            if outline.due_at is None or outline.due_at + _OVERDUE > wall:
                continue
            claim, standing = await self._both(outline.claim_id)
            if claim and claim.due_at and claim.due_at + _OVERDUE < await self.desk.now(claim.id):
                due, at = claim.due_at.isoformat(), standing and standing.running
                sweep.found("overdue", claim.id, repaired=False, due_at=due, running=bool(at))

    # --- what else can be left behind

    async def _carrier(self, sweep: _Sweep) -> None:
        async with self.database.reading() as session:
            lost = await storage.sweeping.carrier_events(session, sweep.started_at - self.patience.carrier)
        for row in lost:
            activity.heartbeat()
            carrier = row.event_id.rpartition("/")[0]
            await pass_on(self.desk, row.event_id, row.kind, row.tracking_number, row.claim_id, carrier)
            sweep.found("carrier_event_passed_on", row.claim_id, repaired=True, event=row.event_id, kind=row.kind)

    async def _mail(self, sweep: _Sweep) -> None:
        """Notices whose mail workflow never came to be. One that runs has its own patience."""
        if not self.mails:
            return
        since, until = sweep.started_at - GIVE_UP, sweep.started_at - self.patience.mail
        async with self.database.reading() as session:
            unsent = await storage.sweeping.unsent_mail(session, since, until)
        at_work = {found.id.partition("/")[0] async for found in self.client.list_workflows(_MAIL)} if unsent else set()
        for claim_id, keys in unsent.items():
            if claim_id not in at_work:
                await self.client.start_workflow(
                    MailWorkflow.run,
                    keys,
                    id=f"{claim_id}/mail/again",
                    task_queue=QUEUE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    static_summary="notices by mail, again",
                )
                sweep.found("mail_sent_again", claim_id, repaired=True, notices=len(keys))

    async def _texts(self, sweep: _Sweep) -> None:
        async with self.database.writing() as session:
            gone = await storage.sweeping.drop_stray_texts(session, sweep.started_at - _STRAY)
        for text_id, claim_id in gone:
            sweep.found("stray_text_dropped", claim_id, repaired=True, text=text_id)

    async def _seals(self, sweep: _Sweep, since: datetime | None) -> None:
        """The timelines that grew since the last sweep began, verified from their first entry."""
        async with self.database.reading() as session:
            changed = [claim_id async for claim_id in storage.sweeping.changed_since(session, since)]
        for claim_id in changed:
            activity.heartbeat()
            async with self.database.reading() as session:
                if not await storage.claims.verify_chain(session, claim_id):
                    sweep.found("seal_broken", claim_id, repaired=False)
        sweep.timelines = len(changed)

    async def _save(self, sweep: _Sweep, thorough: bool) -> None:
        counts = (len(sweep.open), len(sweep.running), sweep.timelines)
        report = Report(sweep.started_at, datetime.now(UTC), *counts, tuple(sweep.findings))
        async with self.database.writing() as session:
            await storage.sweeping.save(session, report, thorough, report.finished_at - _KEPT)


_MAIL = "WorkflowType = 'Mail' AND ExecutionStatus = 'Running'"


async def _beating(items: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same, with a sign of life for each."""
    async for item in items:
        activity.heartbeat()
        yield item


def _agree(outline: Outline | None, running: Running) -> bool:
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


def _knows_no_more(standing: Standing, claim: Claim) -> bool:
    return standing.claim is not None and standing.claim.version <= claim.version


def _outline(claim: Claim | None) -> dict[str, Any]:
    """What a person needs to know of a claim to decide which side is right: ids, numbers and codes."""
    if claim is None:
        return {}
    return {
        "version": claim.version,
        "stage": str(claim.stage),
        "code": claim.code,
        "updated_at": claim.updated_at.isoformat(),
        "refunds": [{"number": r.number, "amount": r.amount, "status": str(r.status)} for r in claim.refunds],
        "returns": [{"number": r.number, "status": str(r.status), "parcel": r.tracking_number} for r in claim.returns],
    }
