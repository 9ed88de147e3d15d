"""The sweeper: finds what a crash between database and engine can leave, repairs it, and says what needs a person.

The database is the record. A workflow that knows less than it is told; one that knows more (the database was restored
from a backup, say) is left alone and reported: what it knows may have moved money. A claim that cannot answer is
reported and holds up no other.
"""

from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

import storage.attachments
import storage.claims
import storage.sweeping
import storage.translations
from activities.evidence.clearing import clear
from activities.evidence.store import Store, StoreAway
from api.carrier_news import pass_on
from api.desk import Desk
from api.requests import NotFound
from claims.model import Claim, Refused
from ops import untold
from ops.standings import record_day
from ops.swept import OVERDUE, Patience, Swept, agree, beating, knows_no_more, outline_of, some_at_a_time
from storage.database import Database
from storage.sweeping import Report
from workflows import QUEUE
from workflows.codec import PayloadUnreadable
from workflows.mail import GIVE_UP, MailWorkflow
from workflows.reputation import begin
from workflows.runs import Away, Lost, NotRunning, Slow, Standing

_STRAY = timedelta(
    days=30
)  # a text (or file) without its step: the engine keeps no run for longer that could still take it
_KEPT = timedelta(days=90)  # reports
_CHUNK = 500
# What one claim can fail with (Away, too: of a command whose fate stays unknown); ValueError: a state that nobody reads
_ITS_OWN = (Away, Slow, Lost, NotRunning, Refused, NotFound, RPCError, PayloadUnreadable, ValueError)


class Sweeper:
    """`mails`: whether notices go out by mail; `store`: where uploaded files lie, None: somebody else clears it;
    `tells`: whether there is an outside reputation service."""

    def __init__(
        self,
        desk: Desk,
        mails: bool = False,
        patience: Patience | None = None,
        store: Store | None = None,
        tells: bool = False,
    ) -> None:
        self.desk, self.mails, self.store, self.tells = desk, mails, store, tells
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
        started_at = datetime.now(UTC)
        async with self.database.reading() as session:
            thorough = thorough or await storage.sweeping.wants_thorough(session)
            sweep = Swept(started_at, thorough, await storage.sweeping.last_report(session))
        await self._take_stock(sweep)
        await some_at_a_time(self._two_sides(sweep))
        if thorough:
            await self._forgotten(sweep)
        await self._overdue(sweep)
        await self._carrier(sweep)
        await self._mail(sweep)
        await self._deliveries(sweep)
        if self.tells:
            await self._untold(sweep)
        await self._texts(sweep)
        if self.store:
            await self._files(sweep, self.store)
        await self._seals(sweep)
        await self._save(sweep)
        await record_day(self.database, self.desk.terms, sweep.started_at)
        return dict(Counter(f.kind for f in sweep.findings))

    @asynccontextmanager
    async def _alone(self, sweep: Swept, claim_id: str, tried: str) -> AsyncIterator[None]:
        """What one claim fails with is a finding. Raises Away when it is the engine that does not answer."""
        activity.heartbeat()
        try:
            yield
        except _ITS_OWN as error:
            await self.desk.runs.ping()
            sweep.found("unreachable", claim_id, repaired=False, tried=tried, why=type(error).__name__)

    # --- the two sides

    async def _take_stock(self, sweep: Swept) -> None:
        async for running in beating(self.desk.runs.running()):
            sweep.running[running.claim_id] = running
        async with self.database.reading() as session:
            async for outline in beating(storage.sweeping.open_claims(session)):
                sweep.open[outline.claim_id] = outline

    def _two_sides(self, sweep: Swept) -> Iterator[Coroutine[Any, Any, None]]:
        """The looks at claims whose two sides may differ."""
        again = sweep.to_compare_again()
        for claim_id in sorted(sweep.open.keys() | sweep.running.keys() | again):
            running = sweep.running.get(claim_id)
            if claim_id in again or (running and sweep.thorough):
                yield self._compare(sweep, claim_id)
            elif running is None:
                yield self._without_workflow(sweep, claim_id)
            elif not agree(sweep.open.get(claim_id), running):
                yield self._compare(sweep, claim_id, running.begun_at)

    async def _without_workflow(self, sweep: Swept, claim_id: str) -> None:
        """An open claim that the engine's index does not know to run: asked itself, the engine knows better."""
        async with self._alone(sweep, claim_id, "to look whether it runs"):
            claim, standing = await self._both(claim_id)
            if standing is None or not standing.running:
                await self._settle(sweep, claim_id, claim, standing)

    async def _compare(self, sweep: Swept, claim_id: str, begun_at: datetime | None = None) -> None:
        """A claim whose workflow may not stand where the database does; `begun_at`: leave it if it moved just now."""
        async with self._alone(sweep, claim_id, "to compare it with the database"):
            if begun_at is None or not await self._lately(claim_id, begun_at):
                await self._settle(sweep, claim_id, *await self._both(claim_id))

    async def _settle(self, sweep: Swept, claim_id: str, claim: Claim | None, standing: Standing | None) -> None:
        """Mend what the database knows better; what the workflow knows better, or cannot say, needs a person."""
        running = standing is not None and standing.running
        if standing and standing.claim is None:
            if running or claim is None or claim.open:
                sweep.found("workflow_unreadable", claim_id, repaired=False, why=standing.why_not[:200])
        elif claim is None:
            self._not_in_database(sweep, claim_id, standing)
        elif standing and standing.claim and not knows_no_more(standing, claim):
            facts = {"engine": outline_of(standing.claim), "database": outline_of(claim)}
            sweep.found("database_behind", claim_id, repaired=False, **facts)
        elif running and standing and standing.claim and standing.claim.version < claim.version:
            version = await self.desk.runs.catch_up(claim_id)
            versions = {"engine": standing.claim.version, "database": claim.version}
            sweep.found("caught_up", claim_id, repaired=version >= claim.version, **versions)
        elif claim.open and not running:
            await self.desk.begin_again(claim)
            sweep.found("begun_again", claim_id, repaired=True, version=claim.version, stage=str(claim.stage))

    def _not_in_database(self, sweep: Swept, claim_id: str, standing: Standing | None) -> None:
        """A claim that the engine alone knows: lost, if its opening was recorded once; else it was never opened."""
        run = sweep.running.get(claim_id)
        if standing is None or standing.claim is None:
            return
        if standing.claim.version:
            sweep.found("not_in_database", claim_id, repaired=False, engine=outline_of(standing.claim))
        elif standing.running and run and run.begun_at + self.patience.opening < sweep.started_at:
            sweep.found("opening_stuck", claim_id, repaired=False, begun_at=run.begun_at.isoformat())

    async def _forgotten(self, sweep: Swept) -> None:
        """Claims that began and ended on the engine, and that the database has never heard of."""
        looked_at = sweep.running.keys() | sweep.to_compare_again()
        ended = sorted({claim_id async for claim_id in beating(self.desk.runs.ended())} - looked_at)
        for first in range(0, len(ended), _CHUNK):
            async with self.database.reading() as session:
                unknown = await storage.sweeping.unknown(session, ended[first : first + _CHUNK])
            await some_at_a_time(self._compare(sweep, claim_id) for claim_id in sorted(unknown))

    async def _both(self, claim_id: str) -> tuple[Claim | None, Standing | None]:
        """The claim in the database, looked at after the workflow: what is recorded meanwhile is in both."""
        standing = await self.desk.runs.standing(claim_id)
        async with self.database.reading() as session:
            return await storage.claims.find(session, claim_id), standing

    async def _lately(self, claim_id: str, begun_at: datetime) -> bool:
        """Whether something happened so short a time ago that one side may not have heard of it yet."""
        async with self.database.reading() as session:
            recorded = await storage.sweeping.recorded_at(session, claim_id)
        return datetime.now(UTC) - max(begun_at, recorded or begun_at) < self.patience.quiet

    async def _overdue(self, sweep: Swept) -> None:
        """Dates that passed without their step, although this worker works."""
        for outline in sweep.open.values():
            if outline.due_at and outline.due_at + OVERDUE < sweep.started_at:
                async with self._alone(sweep, outline.claim_id, "to look whether its date passed"):
                    claim, standing = await self._both(outline.claim_id)
                    if claim and claim.due_at and sweep.is_overdue(claim.id, claim.due_at):
                        due, runs = claim.due_at.isoformat(), bool(standing and standing.running)
                        sweep.found("overdue", claim.id, repaired=False, due_at=due, running=runs)

    # --- what else can be left behind

    async def _carrier(self, sweep: Swept) -> None:
        async with self.database.reading() as session:
            lost = await storage.sweeping.carrier_events(session, sweep.started_at - self.patience.carrier)
        for row in lost:
            carrier = row.event_id.rpartition("/")[0]
            async with self._alone(sweep, row.claim_id, f"to pass on the carrier's event {row.event_id}"):
                await pass_on(self.desk, row.event_id, row.kind, row.tracking_number, row.claim_id, carrier)
                facts = {"event": row.event_id, "kind": row.kind}
                sweep.found("carrier_event_passed_on", row.claim_id, repaired=True, **facts)

    async def _mail(self, sweep: Swept) -> None:
        """Notices whose mail workflow never came to be. One that runs has its own patience."""
        if not self.mails:
            return
        since, until = sweep.started_at - GIVE_UP, sweep.started_at - self.patience.mail
        async with self.database.reading() as session:
            unsent = await storage.sweeping.unsent_mail(session, since, until)
        if not unsent:
            return
        at_work = {found.id.partition("/")[0] async for found in beating(self.client.list_workflows(_MAIL))}
        for claim_id, keys in unsent.items():
            if claim_id not in at_work:
                async with self._alone(sweep, claim_id, "to begin its mail"):
                    await self._mail_again(claim_id, keys)
                    sweep.found("mail_sent_again", claim_id, repaired=True, notices=len(keys))

    async def _mail_again(self, claim_id: str, keys: list[str]) -> None:
        await self.client.start_workflow(
            MailWorkflow.run,
            keys,
            id=f"{claim_id}/mail/again",
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="notices by mail, again",
        )

    async def _deliveries(self, sweep: Swept) -> None:
        """Messages whose translations nobody makes: the process died that should have told the engine of them."""
        if not self.desk.translates:
            return
        async with self.database.reading() as session:
            left = await storage.translations.left_pending(session, sweep.started_at - self.patience.delivery, _CHUNK)
        at_work = (
            {found.id.rpartition("/")[0] async for found in beating(self.client.list_workflows(_MESSAGES))}
            if left
            else set()
        )
        for message_id, claim_id in left:
            if f"{claim_id}/{message_id}" not in at_work:
                async with self._alone(sweep, claim_id, "to have a message translated"):
                    await self.desk.runs.deliver(claim_id, message_id, [])
                    sweep.found("delivered_again", claim_id, repaired=True, message=message_id)

    async def _untold(self, sweep: Swept) -> None:
        """Verdicts that the outside reputation service has not heard, and that nobody is telling it."""
        await untold.look(sweep, self.database)
        for claim_id in await untold.nobodys(self.database, self.client, _CHUNK):
            async with self._alone(sweep, claim_id, "to tell the reputation service"):
                if await begin(self.client, claim_id):
                    sweep.found("told_again", claim_id, repaired=True)

    async def _texts(self, sweep: Swept) -> None:
        """Texts that have grown old since the last sweep, and whose step was never taken."""
        since, until = sweep.since(), sweep.started_at - _STRAY
        async with self.database.reading() as session:
            pages = storage.sweeping.stray_texts(session, since and since - _STRAY, until)
            stray = [text_id async for text_id in beating(pages)]
        for first in range(0, len(stray), _CHUNK):
            async with self.database.writing() as session:
                gone = await storage.sweeping.drop_stray_texts(session, stray[first : first + _CHUNK])
            for text_id, claim_id in gone:
                sweep.found("stray_text_dropped", claim_id, repaired=True, text=text_id)

    async def _files(self, sweep: Swept, store: Store) -> None:
        """Uploads that nobody used in time, and the files of what was erased; a thorough sweep looks into the store."""
        since, again = sweep.since(), True
        while again:
            activity.heartbeat()
            async with self.database.writing() as session:
                again = await storage.attachments.lapse(session, sweep.started_at, since, _CHUNK) > 0
        try:
            await clear(self.database, store)
            if sweep.thorough:
                await self._unknown_files(sweep, store)
        except StoreAway as error:
            sweep.found("store_away", "", repaired=False, why=str(error))
        async with self.database.writing() as session:
            await storage.attachments.forget(session, sweep.started_at)

    async def _unknown_files(self, sweep: Swept, store: Store) -> None:
        """Files that no row names: the database was put back to before they came. It may yet be brought forward, so
        they stay as long as texts do."""
        async for keys in store.older_than(sweep.started_at - _STRAY):
            activity.heartbeat()
            async with self.database.reading() as session:
                unknown = await storage.attachments.unknown_keys(session, keys)
            for key in unknown:
                await store.delete(key)
                sweep.found("stray_file_dropped", "", repaired=True, file=key)

    async def _seals(self, sweep: Swept) -> None:
        """The timelines that grew since the last sweep began, or were broken then, verified from their first entry."""
        async with self.database.reading() as session:
            changed = {claim_id async for claim_id in storage.sweeping.changed_since(session, sweep.since())}
        changed |= sweep.to_verify_again()
        for claim_id in sorted(changed):
            activity.heartbeat()
            async with self.database.reading() as session:
                if not await storage.claims.verify_chain(session, claim_id):
                    sweep.found("seal_broken", claim_id, repaired=False)
        sweep.timelines = len(changed)

    async def _save(self, sweep: Swept) -> None:
        counts = (len(sweep.open), len(sweep.running), sweep.timelines)
        report = Report(sweep.started_at, datetime.now(UTC), *counts, tuple(sweep.findings))
        async with self.database.writing() as session:
            await storage.sweeping.save(session, report, sweep.thorough, report.finished_at - _KEPT)


_MESSAGES = "WorkflowType = 'Message' AND ExecutionStatus = 'Running'"
_MAIL = "WorkflowType = 'Mail' AND ExecutionStatus = 'Running'"
