"""The front desk: what people may ask of claims."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import storage.attachments
import storage.claims
import storage.messages
import storage.orders
from activities.moderator import Moderator, OwnRules
from api import requests
from api.courier import Courier
from api.openings import OnLine
from api.requests import KeyReused, NotFound, Request
from api.tokens import Caller, Role
from api.watch import Watch
from api.words import Reader, Words, keep
from claims import guidance, inputs
from claims.model import Action, Actor, Claim, Command, Input, Invalid, Note, Refused, Stage
from claims.opening import Opening, claimed_since, may_open
from claims.policy import DEFAULT, Policy
from claims.process import advance, let_time_pass
from claims.standing.terms import PUBLISHED, Terms
from claims.thread import ASIDE
from storage.claims import Answer
from storage.database import Database
from workflows.claim import GRACE
from workflows.runs import Away, Lost, NotRunning, Runs, Slow
from workflows.skipping import Busy, Ended, skip

_TRIES = 3
More = dict[str, Any] | None


class Desk:
    """`translates`: whether messages are; `mails`: whether notices go out by mail; `terms`: those of reputation, of all
    sites and versions."""

    def __init__(
        self,
        runs: Runs,
        database: Database,
        embedded: bool,
        policy: Policy = DEFAULT,
        moderator: Moderator | None = None,
        translates: bool = True,
        mails: bool = False,
        terms: tuple[Terms, ...] = PUBLISHED,
    ) -> None:
        self.runs = runs
        self.database = database
        self.embedded = embedded
        self.policy = policy
        self.terms = terms
        self.translates, self.mails = translates, mails
        self.reader = Reader(database, moderator or OwnRules())
        self.courier = Courier(runs, database, translates)
        self.watch = Watch(database)
        self._skipping = asyncio.Lock()
        # One opening at a time for each order line; the others find the claim when it is their turn.
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def now(self, claim_id: str) -> datetime:
        """This claim's clock: the wall, plus in the embedded mode what was skipped for it."""
        wall = datetime.now(UTC)
        if not self.embedded:
            return wall
        async with self.database.reading() as session:
            return wall + await storage.claims.skipped(session, claim_id)

    async def find(self, caller: Caller, claim_id: str) -> Claim:
        """The claim, or NotFound for whoever is no party to it."""
        async with self.database.reading() as session:
            claim = await storage.claims.find(session, claim_id)
            mediated = claim is not None and await storage.claims.was_mediated(session, claim_id)
        if claim and not mediated and caller.role == Role.MEDIATOR:
            mediated = let_time_pass(claim, await self.now(claim_id)).claim.stage == Stage.MEDIATION
        if claim is None or not requests.may_see(caller, claim, mediated):
            raise NotFound(f"claim {claim_id[:60]}")
        return await self._told_of_later_claims(claim)

    async def open(
        self, request: Request, order_id: str, line_id: str, asked: Opening, text: str, files: Sequence[str] = ()
    ) -> Answer:
        """Open a claim on an order line, with these uploads. Raises Refused, NotFound, KeyReused, Away or Slow."""
        _only_buyers(request.caller)
        command_id = requests.command_id(request, "open", "claims")
        if answer := await self._answered(command_id, request.body):
            return answer
        async with self._doors.setdefault(f"{order_id}/{line_id}", asyncio.Lock()):
            return await self._open(request, order_id, line_id, asked, text, files, command_id)

    async def on_line(self, caller: Caller, order_id: str, line_id: str) -> OnLine:
        """What the caller may claim on an order line of theirs. Raises Refused or NotFound."""
        _only_buyers(caller)
        async with self.database.reading() as session:
            line = await storage.orders.find_line(session, order_id, line_id)
            earlier = await storage.claims.earlier(session, order_id, line_id)
        if line is None or not may_open(line, caller.id):
            raise NotFound(f"line {line_id[:60]} of order {order_id[:60]}")
        return OnLine(line, earlier, self.policy)

    async def could_open(self, caller: Caller, order_id: str, line_id: str, asked: Opening, text: str) -> Claim:
        """The claim that open() would open, without doing it; the uploads are not looked at. Raises as open() does."""
        claim = (await self.on_line(caller, order_id, line_id)).claim(asked, datetime.now(UTC))
        await self.reader.pass_(caller, text)
        return claim

    async def _open(
        self, request: Request, order_id: str, line_id: str, asked: Opening, text: str, files: Sequence[str],
        command_id: str,
    ) -> Answer:  # fmt: skip
        try:
            claim = (await self.on_line(request.caller, order_id, line_id)).claim(asked, datetime.now(UTC))
            command = self._command(request, Action.OPEN, Actor.BUYER, Input(), command_id, claim.opened_at, 0)
            words = await self.reader.pass_(request.caller, text)
            await self._use(command, claim.id, files)
            command = replace(command, note=await self._keep(request.caller, claim.id, words, claim.opened_at))
            await self.runs.open(claim, command)
            self._send_note(claim.id, command)
        except Refused as refused:
            return await self._answered_after_all(refused, command_id, request.body)
        except Lost as error:
            raise Away(command_id) from error
        return await self._answer(command_id, request.body, claim.id)

    async def act(
        self,
        request: Request,
        claim_id: str,
        action: Action,
        given: Input,
        text: str | None,
        more: More = None,
        files: Sequence[str] = (),
    ) -> Answer:
        """Take one step. The same key with the same body is the same step, and answers what it answered then.

        `more`: steps and a link, of an explanation; `files`: the ids of uploads.
        """
        claim = await self.find(request.caller, claim_id)
        command_id = requests.command_id(request, action, claim_id)
        if answer := await self._answered(command_id, request.body):
            return answer
        try:
            command, words = await self._considered(request, claim, action, given, text, more, command_id)
            await self._use(command, claim_id, files)
            if words:
                note = await self._keep(request.caller, claim_id, words, command.accepted_at or claim.updated_at)
                command = replace(command, note=note)
            await self._deliver(claim, command)
            self._send_note(claim_id, command)
        except Refused as refused:
            return await self._answered_after_all(refused, command_id, request.body)
        return await self._answer(command_id, request.body, claim_id)

    async def preview(
        self,
        request: Request,
        claim_id: str,
        action: Action,
        given: Input,
        text: str | None,
        more: More = None,
        files: Sequence[str] = (),
    ) -> Answer:
        """What act() would answer, without doing it; the uploads are not looked at."""
        claim = await self.find(request.caller, claim_id)
        command, _ = await self._considered(request, claim, action, given, text, more, "preview")
        turn = advance(claim, command, command.accepted_at or claim.updated_at)
        return Answer(request.body, turn.claim, turn.claim.updated_at)

    async def report(self, claim_id: str, command: Command) -> None:
        """Pass on what the carrier or the bank says; what was said before is done. Raises Refused, Away or Slow."""
        async with self.database.reading() as session:
            claim = await storage.claims.find(session, claim_id)
        if claim is None:
            raise NotFound(f"claim {claim_id[:60]}")
        now = await self.now(claim_id)
        command = replace(command, accepted_at=now, seen=claim.version)
        try:
            if not await self._knows(command, claim_id):
                _ask_the_rules(claim, command, now)
                await self._deliver(claim, command)
        except Refused:
            if not await self._knows(command, claim_id):  # else it was recorded since we looked
                raise

    async def begin_again(self, claim: Claim) -> None:
        """Have the claim's workflow run from what the database says. Raises Away or Slow."""
        async with self.database.reading() as session:
            ahead = await storage.claims.skipped(session, claim.id)
        await self.runs.begin_again(claim, ahead)

    async def fast_forward(self, claim_id: str, by: timedelta) -> datetime:
        """Embedded mode: skip this claim's time. Answers its clock; raises Refused when work in hand holds it up."""
        await self.runs.ping()
        async with self._skipping:
            await self._skip(claim_id, by)
            if await self._lags(claim_id):
                await self._skip(claim_id, GRACE + timedelta(milliseconds=100))
        return await self.now(claim_id)

    # --- one command, from the door to the answer

    async def _considered(
        self,
        request: Request,
        claim: Claim,
        action: Action,
        given: Input,
        text: str | None,
        more: More,
        command_id: str,
    ) -> tuple[Command, Words | None]:
        """The command and its text, once the rules have let them pass on what the database says.

        What the rules cannot tell yet they leave to the workflow. Raises Refused, or Rejected for the text.
        """
        actor = request.caller.actor
        if actor is None:
            raise Refused("not_for_role", f"'{action}' is not for the role {request.caller.role}.")
        guidance.check(action, more is not None)
        inputs.check_note(action, text)
        now = await self.now(claim.id)
        command = self._command(request, action, actor, given, command_id, now, claim.version)
        _ask_the_rules(claim, command, now)
        return command, await self.reader.pass_(request.caller, text, more) if text else None

    def _command(
        self, request: Request, action: Action, by: Actor, given: Input, command_id: str, now: datetime, seen: int
    ) -> Command:
        return Command(
            action=action,
            by=by,
            input=given,
            id=command_id,
            person=request.caller.id,
            expects=request.expects,
            seen=seen,
            body=request.body,
            accepted_at=now,
        )

    async def _deliver(self, claim: Claim, command: Command) -> None:
        """Send the command until there is word of it: a run that ends as it arrives may keep its answer to itself."""
        for _ in range(_TRIES):
            try:
                return await self._send(claim, command)
            except Lost:
                if await self._answered(command.id, command.body):
                    return None
        raise Away(command.id)

    async def _send(self, claim: Claim, command: Command) -> None:
        """Have the claim's workflow take the command; a workflow that has ended is begun again from the database."""
        if claim.open:
            try:
                return await self.runs.act(claim.id, command)
            except NotRunning:
                pass
        async with self.database.reading() as session:
            ahead = await storage.claims.skipped(session, claim.id)
        await self.runs.act_anew(claim, command, ahead)

    async def _told_of_later_claims(self, claim: Claim) -> Claim:
        """A claim that could still be appealed, with what was claimed on its order line since."""
        if claim.appeal_until is None:
            return claim
        async with self.database.reading() as session:
            on_line = await storage.claims.earlier(session, claim.line.order_id, claim.line.line_id)
        return replace(claim, claimed_again=claimed_since(claim, on_line))

    # --- time, in the embedded mode

    async def _skip(self, claim_id: str, by: timedelta) -> None:
        async with self.database.reading() as session:
            before = await storage.claims.skipped(session, claim_id)
        try:
            gained = await skip(self.runs.client, claim_id, by)
        except Ended:
            gained = by  # no workflow runs: only the desk's clock can move
        except Busy:
            raise Refused("claim_busy", "Work in hand holds this claim's clock up; try again.") from None
        async with self.database.writing() as session:
            await storage.claims.set_skipped(session, claim_id, before + gained)

    async def _lags(self, claim_id: str) -> bool:
        """Whether a date has passed whose step is not recorded yet: the clock's grace still runs."""
        async with self.database.reading() as session:
            claim = await storage.claims.find(session, claim_id)
        return bool(claim and claim.due_at and claim.due_at < await self.now(claim_id))

    # --- keys, answers and texts

    async def _answered(self, command_id: str, body: str) -> Answer | None:
        async with self.database.reading() as session:
            answer = await storage.claims.find_answer(session, command_id)
        if answer and answer.body != body:
            raise KeyReused
        return answer

    async def _answered_after_all(self, refused: Refused, command_id: str, body: str) -> Answer:
        """The answer, when another try of the request was recorded since we looked; else raise the refusal.

        A text that was kept stays: the step may still be taken with it. The sweeper drops it if none was.
        """
        if answer := await self._answered(command_id, body):
            return answer
        raise refused

    async def _knows(self, command: Command, claim_id: str) -> bool:
        async with self.database.reading() as session:
            return await storage.claims.knows(session, claim_id, command.id)

    async def _answer(self, command_id: str, body: str, claim_id: str) -> Answer:
        answer = await self._answered(command_id, body)
        if answer is None:
            raise Slow(claim_id)
        return answer

    async def _use(self, command: Command, claim_id: str, files: Sequence[str]) -> None:
        """Have these uploads stand in the claim, with this step, shown to whom the step tells. Raises Invalid."""
        if files:
            by, now = (str(command.by), command.person), command.accepted_at or datetime.now(UTC)
            async with self.database.writing() as session:
                to = ASIDE.get(command.action)
                await storage.attachments.bind(session, files, by, claim_id, command.id, now, to)

    async def _keep(self, caller: Caller, claim_id: str, words: Words, now: datetime) -> Note:
        async with self.database.writing() as session:
            return await keep(session, caller, claim_id, words, now)

    def _send_note(self, claim_id: str, command: Command) -> None:
        """What was written with a step is a message of the thread, too."""
        if command.note:
            self.courier.send(claim_id, storage.messages.message_id(command.note.id))


def _only_buyers(caller: Caller) -> None:
    if caller.role != Role.BUYER:
        raise Refused("not_for_role", "Only the buyer of an order can open a claim on it.")


def _ask_the_rules(claim: Claim, command: Command, now: datetime) -> None:
    """Raise what the rules refuse, unless a date has passed whose step is not recorded.

    Then the engine may have this very command since before that date, from a try whose answer was lost: what the
    clock will do is only a forecast, and the workflow decides.
    """
    try:
        advance(claim, command, now)
    except Refused as refused:
        lags = claim.due_at is not None and claim.due_at < now
        if not lags or isinstance(refused, Invalid) or refused.code == "not_for_role":
            raise
