"""One claim, from its opening to its end: it waits for people, errands and the clock, and writes every step down."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.records import RecordActivities
    from activities.refunds import RefundActivities, RefundAnswer
    from activities.reputation import ReputationActivities
    from activities.returns import LabelActivities
    from claims.model import Action, Actor, Claim, Command, Input, Refused
    from claims.opening import opened
    from claims.owed import Errand, Owed, owed
    from claims.process import Turn, advance
    from claims.recording import PUT_BACK, Outcome, Recorded, Recording
    from claims.reputation import decided
    from claims.schedule import Reminder, next_reminder
    from workflows import REFUND_QUEUE, attributes, details, signals
    from workflows.mail import MailWorkflow
    from workflows.reputation import ReputationWorkflow, telling

GRACE = timedelta(seconds=1)  # commands accepted before a date may still be on their way when it comes
TOO_LATE = timedelta(minutes=30)  # a reminder that could not be sent within this is not sent at all
_SOON = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=5))
_PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))


@dataclass(frozen=True)
class Start:
    """What a run begins with: a claim not recorded yet and its opening, or a claim as the database has it."""

    claim: Claim
    opening: Command | None = None
    ahead: timedelta = timedelta()  # embedded mode: what earlier runs of this claim skipped
    signals_seen: int = 0


@workflow.defn(name="Claim")
class ClaimWorkflow:
    @workflow.init
    def __init__(self, start: Start) -> None:
        self.claim = start.claim
        self.start = start
        self.begun = start.opening is None
        self.refusal: Refused | None = None
        self.shown = attributes.shown(start.claim)
        self.turn = asyncio.Lock()
        self.ran: Owed | None = None
        self.reminded: datetime | None = None
        self.signals_seen = start.signals_seen
        self.beyond_the_store = False  # the database was put back to before this claim's last steps
        self.put_back = False  # ... and somebody has decided that it is right

    @workflow.run
    async def run(self, start: Start) -> str:
        """The claim's story. Answers its resolution code."""
        workflow.set_current_details(details.details(start.claim))
        if start.opening:
            await self._open(start.claim, start.opening)
        while await self._goes_on():
            await self._next(owed(self.claim))
            if self._ends_a_page():
                await self._turn_the_page()
        return self.claim.code

    # --- what people send

    @workflow.update(description="Wait until the opening is recorded, and say at which version")
    async def opened(self, command_id: str) -> int:
        await workflow.wait_condition(lambda: self.begun)
        if self.refusal:
            raise _failure(self.refusal)
        if self.start.opening is None or self.start.opening.id != command_id:
            taken = Refused("claim_already_open", f"Claim {self.claim.id} is already open on this order line.")
            raise _failure(taken)
        return 1

    @workflow.update(description="Take one step of the process; answers the version after it")
    async def act(self, command: Command) -> int:
        await workflow.wait_condition(lambda: self.begun)
        try:
            return await self._take(command)
        except Refused as refused:
            raise _failure(refused) from None

    @act.validator
    def check(self, command: Command) -> None:
        """Refuse before anything is written, unless this run is behind the database (after a Reset)."""
        if self.begun and command.seen <= self.claim.version:
            try:
                advance(self.claim, command, self._accepted(command))
            except Refused as refused:
                raise _failure(refused) from None

    @workflow.signal(description='The seller explains the use: {"operator": "..."}')
    async def guide(self, sent: Any = None) -> None:
        await self._signalled(Action.GUIDE, sent)

    @workflow.signal(description='The seller offers a part: {"operator": "...", "percent": 30}')
    async def offer_partial_refund(self, sent: Any = None) -> None:
        await self._signalled(Action.OFFER_PARTIAL_REFUND, sent)

    @workflow.signal(description='The seller takes an offer back: {"operator": "...", "offer": 1}')
    async def withdraw_offer(self, sent: Any = None) -> None:
        await self._signalled(Action.WITHDRAW_OFFER, sent)

    @workflow.signal(description='The buyer accepts: {"operator": "...", "offer": 1}')
    async def accept_offer(self, sent: Any = None) -> None:
        await self._signalled(Action.ACCEPT_OFFER, sent)

    @workflow.signal(description='The buyer declines: {"operator": "...", "offer": 1}')
    async def decline_offer(self, sent: Any = None) -> None:
        await self._signalled(Action.DECLINE_OFFER, sent)

    @workflow.signal(description='The seller refunds all: {"operator": "..."}')
    async def refund(self, sent: Any = None) -> None:
        await self._signalled(Action.REFUND, sent)

    @workflow.signal(description='The seller grants a return: {"operator": "..."}')
    async def grant_return(self, sent: Any = None) -> None:
        await self._signalled(Action.GRANT_RETURN, sent)

    @workflow.signal(description='Call the mediator: {"operator": "...", "on_behalf_of": "buyer"}')
    async def escalate(self, sent: Any = None) -> None:
        await self._signalled(Action.ESCALATE, sent)

    @workflow.signal(description='The buyer closes: {"operator": "...", "code": "worked_out_with_seller"}')
    async def close(self, sent: Any = None) -> None:
        await self._signalled(Action.CLOSE, sent)

    @workflow.update(description="Take the claim as the database has it; answers the version that is")
    async def catch_up(self) -> int:
        await workflow.wait_condition(lambda: self.begun)
        async with self.turn:
            await self._catch_up(whatever_is_lost=True)
        return self.claim.version

    @workflow.query(description="The claim as this workflow has it")
    def current(self) -> Claim:
        return self.claim

    # --- the story, step by step

    async def _open(self, claim: Claim, opening: Command) -> None:
        turn = opened(claim, opening)
        recorded = await self._record(Recording.of(claim, turn, opening))
        if recorded.outcome == Outcome.TAKEN:
            sentence = f"Claim {recorded.other} is already open on this order line."
            self.refusal = Refused("claim_already_open", sentence)
        else:
            await self._install(recorded.claim or turn.claim, recorded)
        self.begun = True

    async def _goes_on(self) -> bool:
        """Whether the claim is open; a closed one ends only when nobody is at the door (with an appeal, say)."""
        if self.refusal or not self.claim.open:
            await workflow.wait_condition(workflow.all_handlers_finished)
        return self.claim.open and not self.refusal

    async def _next(self, errand: Owed | None) -> None:
        """One wait: for the world while an errand is under way, else for a person, a reminder or the clock."""
        if errand and errand != self.ran:
            await self._run_errand(errand)
        else:
            await self._wait_for_somebody(errand)

    async def _run_errand(self, errand: Owed) -> None:
        """Have the world do what it owes. The activity's own deadline is the claim's date: no timer beside it."""
        job = self._start_errand(errand)
        await workflow.wait_condition(lambda: job.done() or owed(self.claim) != errand)
        if not job.done():
            job.add_done_callback(heard)
            job.cancel()
            return
        self.ran = errand
        try:
            await self._take_unless_moot(_news(errand, await job))
        except ActivityError as error:
            workflow.logger.warning("errand not done, its date decides: %s", error.cause)

    async def _wait_for_somebody(self, errand: Owed | None) -> None:
        wake, reminder = self._next_wake()
        try:
            await workflow.wait_condition(
                lambda: self._next_wake()[0] != wake or owed(self.claim) != errand or self._ends_a_page(),
                timeout=max(wake - self._now(), timedelta(milliseconds=1)) if wake else None,
                timeout_summary=details.timer_summary(self.claim),
            )
        except TimeoutError:
            await (self._remind(reminder) if reminder else self._let_the_clock_act())

    async def _let_the_clock_act(self) -> None:
        await self._take_unless_moot(Command(Action.OPEN, Actor.CLOCK, via="clock"))

    async def _remind(self, reminder: Reminder) -> None:
        self.reminded = reminder.at
        if self._now() > reminder.at + TOO_LATE:
            return
        mails = await workflow.execute_local_activity_method(
            RecordActivities.remind,
            args=[self.claim, reminder],
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_SOON,
        )
        await self._mail(mails)

    def _ends_a_page(self) -> bool:
        """After many events; or when this run was told to forget: the engine still knows what it refused since."""
        return self.put_back or workflow.info().is_continue_as_new_suggested()

    async def _turn_the_page(self) -> None:
        """Go on with a short history; nothing that was sent is left behind."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self.claim.open and not self.turn.locked():
            workflow.continue_as_new(Start(self.claim, None, self.start.ahead, self.signals_seen))

    # --- the one door

    async def _take(self, command: Command) -> int:
        """Take a step: the rules say what it does, the store whether it counts. Raises Refused."""
        async with self.turn:
            while True:
                turn = await self._advance(command)
                if not turn.events:
                    return turn.claim.version
                recorded = await self._record(Recording.of(self.claim, turn, command))
                if recorded.outcome == Outcome.TAKEN:
                    raise Refused("claim_already_open", f"The order line was claimed again: {recorded.other}.")
                if recorded.outcome == Outcome.BEHIND:
                    self.beyond_the_store = True
                    raise Refused(*PUT_BACK)
                await self._install(recorded.claim or turn.claim, recorded)
                if recorded.outcome != Outcome.MOVED:
                    return turn.claim.version

    async def _advance(self, command: Command) -> Turn:
        try:
            return advance(self.claim, command, self._accepted(command))
        except Refused:
            if command.seen <= self.claim.version:
                raise
        await self._catch_up()
        return advance(self.claim, command, self._accepted(command))

    async def _take_unless_moot(self, command: Command) -> None:
        try:
            await self._take(command)
        except Refused as refused:
            workflow.logger.info("moot: %s", refused.sentence)

    async def _signalled(self, action: Action, sent: Any) -> None:
        self.signals_seen += 1
        name = f"signal/{workflow.info().first_execution_run_id}/{self.signals_seen}"
        await workflow.wait_condition(lambda: self.begun)
        # Updates of the same task first: after a Reset a replay may deliver the two in another order.
        await asyncio.sleep(0)
        command = signals.unreadable(action, name)
        try:
            command = signals.command_of(action, sent, name)
            await self._take_after_all(command)
        except Refused as refused:
            await self._note_refusal(command, refused)

    async def _take_after_all(self, command: Command) -> None:
        """A signal does not know which version it was meant for: a refusal by a run behind the store is no refusal."""
        try:
            await self._take(command)
        except Refused:
            before = self.claim
            async with self.turn:
                await self._catch_up()
            if self.claim.version == before.version:
                raise
            await self._take(command)

    async def _install(self, claim: Claim, recorded: Recorded) -> None:
        """The one place where this workflow gets another claim."""
        before, self.claim = self.claim, claim
        self.beyond_the_store = False
        self.put_back = self.put_back or claim.version < before.version
        workflow.set_current_details(details.details(claim))
        self._show(attributes.shown(claim))
        if decided(claim) and (not decided(before) or claim.verdict != before.verdict):
            await self._post_verdict()
        await self._mail(recorded.mail)

    # --- the world

    def _now(self) -> datetime:
        """This claim's clock: workflow time, and in the embedded mode what earlier runs skipped."""
        return workflow.now() + self.start.ahead

    def _accepted(self, command: Command) -> datetime:
        """When the desk accepted the command; never later than this claim's own clock says it is."""
        return min(command.accepted_at or self._now(), self._now())

    def _next_wake(self) -> tuple[datetime | None, Reminder | None]:
        """When to wake next, and for which reminder; without one it is for the clock."""
        if self.beyond_the_store:
            return None, None  # a person has to decide first
        reminder = next_reminder(self.claim, self.reminded)
        if reminder:
            return reminder.at, reminder
        return (self.claim.due_at + GRACE if self.claim.due_at else None), None

    def _start_errand(self, errand: Owed) -> "workflow.ActivityHandle[Any]":
        due = self.claim.due_at or self._now()
        until = max(due - self._now(), timedelta(seconds=1))
        if errand.errand == Errand.LABEL:
            return workflow.start_activity_method(
                LabelActivities.make_label,
                self.claim,
                start_to_close_timeout=timedelta(seconds=30),
                schedule_to_close_timeout=until,
                retry_policy=_PATIENT,
                summary=f"label of return {errand.number}",
            )
        return workflow.start_activity_method(
            RefundActivities.refund,
            self.claim,
            task_queue=REFUND_QUEUE,
            start_to_close_timeout=timedelta(seconds=20),
            schedule_to_close_timeout=until,
            retry_policy=_PATIENT,
            summary=f"refund {errand.number}, try {errand.tries}",
        )

    async def _record(self, recording: Recording) -> Recorded:
        return await workflow.execute_local_activity_method(
            RecordActivities.record,
            recording,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_SOON,
        )

    async def _note_refusal(self, command: Command, refused: Refused) -> None:
        await workflow.execute_local_activity_method(
            RecordActivities.note_refusal,
            args=[self.claim, replace(command, accepted_at=self._now()), (refused.code, refused.sentence)],
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_SOON,
        )

    async def _catch_up(self, whatever_is_lost: bool = False) -> None:
        """Take the claim as the store has it: after a Reset this run remembers less. To forget it must be told."""
        standing = await workflow.execute_local_activity_method(
            RecordActivities.recall,
            self.claim.id,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_SOON,
        )
        if standing and (standing.version > self.claim.version or whatever_is_lost):
            await self._install(standing, Recorded(Outcome.MOVED, standing))

    async def _post_verdict(self) -> None:
        untold = await workflow.execute_local_activity_method(
            ReputationActivities.post_verdict,
            self.claim,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_SOON,
        )
        if isinstance(untold, list) and untold:
            await self._tell_outside()

    async def _tell_outside(self) -> None:
        """Have the outside reputation service told. Where that is under way already, it goes on to the new entry."""
        with contextlib.suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                ReputationWorkflow.run,
                self.claim.id,
                id=telling(self.claim.id),
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary="the verdict, to the reputation service",
            )

    async def _mail(self, notices: tuple[str, ...]) -> None:
        if notices:
            await workflow.start_child_workflow(
                MailWorkflow.run,
                list(notices),
                id=f"{self.claim.id}/mail/{workflow.uuid4()}",
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary="notices by mail",
            )

    def _show(self, shown: attributes.Shown) -> None:
        changes = attributes.changes(self.shown, shown)
        self.shown = shown
        if changes:
            workflow.upsert_search_attributes(changes)


def heard(job: "asyncio.Future[Any]") -> None:
    """How something ended after nobody waited for it any more; unheard it would be logged as an error nobody saw."""
    if not job.cancelled():
        job.exception()


def _news(errand: Owed, result: Any) -> Command:
    """What the carrier or the bank says once an errand has been run."""
    if errand.errand == Errand.LABEL:
        made = Input(parcel=errand.number, tracking_number=result)
        return Command(Action.LABEL_MADE, Actor.CARRIER, made, id=f"label/{errand.number}", via="activity")
    answer: RefundAnswer = result
    action = Action.REFUNDED if answer.succeeded else Action.REFUND_FAILED
    name = f"refund/{errand.number}/{errand.tries}/{action}"
    return Command(action, Actor.BANK, Input(refund=errand.number), id=name, via="activity")


def _failure(refused: Refused) -> ApplicationError:
    """A refusal as the caller of an update gets it: the kind as type, the code as detail."""
    return ApplicationError(refused.sentence, refused.code, type=type(refused).__name__, non_retryable=True)
