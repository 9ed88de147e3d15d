"""Random commands by random actors at random instants, on claims with real money, put through the real rules."""

from dataclasses import replace
from datetime import datetime

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from claims.model import Action, Actor, Claim, Command, Event, Input, OrderLine, RefundStatus, Refused, Stale
from claims.opening import Opening
from claims.process import Row, Turn
from claims.reasons import REASONS
from tests.fuzz.drawing import HOUR, any_input, filled, instant, lines, pick, seldom_an_end
from tests.fuzz.promises import (
    check_appeal,
    check_claim,
    check_ends,
    check_events,
    check_money,
    check_offered,
    check_reading,
    check_refusal,
    check_replay,
    check_turn,
)
from tests.fuzz.scenes import SCENES, given
from tests.fuzz.world import POLICIES, START, TICK, Life, Tally, Watched, World, key

BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor
_MOST = 6  # claims on one line
_UNPAID = (RefundStatus.PENDING, RefundStatus.FAILED)
_ACTORS = (SELLER, BUYER, SELLER, MEDIATOR, CARRIER, BANK)
_SILENCE = Command(Action.OPEN, CLOCK, via="clock")
_WORDS = (Action.REFUNDED, Action.REFUND_FAILED, Action.REFUND_BOUNCED)


class Claiming(RuleBasedStateMachine):
    """Claims on one order line, one after the other, and all who may act on them."""

    process = Watched()
    tally = Tally()
    world: World | None = None
    only = ""  # the one scene to begin with; any, when empty

    # --- how it begins

    @initialize(line=lines(), policy=st.sampled_from(POLICIES), scene=st.sampled_from(sorted(SCENES)), data=st.data())
    def begin(self, line: OrderLine, policy, scene: str, data: st.DataObject) -> None:
        self.tally.lives += 1
        self.world = World(self.process, line, policy, self.tally)
        self._open(data, START)
        self.scripted = True
        for action, by, make in SCENES[self.only or scene]:
            self._play(Command(action, by, given(make, self.last.claim), id=scene))
        self.scripted = False

    def _play(self, command: Command) -> None:
        claim, at = self.last.claim, self.world.now
        if command.action == Action.OPEN and command.by == BUYER:
            return self._claim(Opening(claim.reason.code, 1), at)
        if command.by == CLOCK or command.action == Action.APPEAL:
            at = max(at, claim.protect_until + TICK)
        if command.action == Action.EXPIRE_OFFER and claim.due_at:
            at = max(at, claim.due_at + TICK)
        self.fire(self.last, command, at)
        return None

    # --- what happens

    @rule(data=st.data())
    def somebody_takes_what_is_offered(self, data: st.DataObject) -> None:
        life, at = self._scene(data)
        self._take_offered(data, life, at)

    @rule(data=st.data())
    def somebody_goes_on_at_once(self, data: st.DataObject) -> None:
        self._take_offered(data, self.last, self.world.now + HOUR)

    @rule(data=st.data())
    def somebody_tries_anything(self, data: st.DataObject) -> None:
        life, at = self._scene(data)
        actor, action = pick(data, (*_ACTORS, CLOCK)), pick(data, tuple(Action))
        expects = life.claim.version + pick(data, (0, -1, 1)) if actor in (BUYER, SELLER, MEDIATOR) else None
        expects = pick(data, (None, expects))
        self.fire(life, Command(action, actor, any_input(data, life.claim, action), expects=expects), at)

    @precondition(lambda self: self.last.claim.open)
    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        at = pick(data, (self.last.claim.due_at + TICK, self._at(data, self.last)))
        self.fire(self.last, _SILENCE, at)

    @precondition(lambda self: any(life.claim.refunds for life in self.world.lives))
    @rule(data=st.data())
    def the_bank_speaks(self, data: st.DataObject) -> None:
        life = pick(data, [one for one in self.world.lives if one.claim.refunds])
        number = len(life.claim.refunds) - pick(data, (0, 0, 0, 1, 2, -1))
        at = self._at(data, life)
        self.fire(life, Command(pick(data, _WORDS), BANK, Input(refund=number), id=f"{number}"), at)

    @precondition(lambda self: self._answers_may_be_lost())
    @rule(data=st.data())
    def the_banks_answer_is_lost(self, data: st.DataObject) -> None:
        """It pays, nobody hears of it, and the clock asks again."""
        claim = self.last.claim
        self.world.bank.pay(key(claim, claim.refund))
        self.fire(self.last, _SILENCE, claim.due_at + TICK)

    @precondition(lambda self: self._last_word() is not None)
    @rule()
    def a_word_is_repeated(self) -> None:
        command, at = self._last_word()
        self.repeated = self.last.claim.version
        taken = self.fire(self.last, command, max(at, self.world.now))
        asked_again = taken is not None and len(taken.events) > 1  # the clock came between: of another try
        assert taken is None or not taken.events or asked_again, "the same word twice counts twice"

    @precondition(lambda self: len(self.world.lives) < _MOST)
    @rule(data=st.data())
    def the_line_is_claimed_again(self, data: st.DataObject) -> None:
        if not self.last.claim.open or pick(data, (False, False, True)):
            self._open(data, self._at(data, self.last))

    # --- who and when

    @property
    def last(self) -> Life:
        return self.world.lives[-1]

    def _scene(self, data: st.DataObject) -> tuple[Life, datetime]:
        lives = self.world.lives
        life = pick(data, (lives[-1], lives[-1], *lives))
        return life, self._at(data, life)

    def _at(self, data: st.DataObject, life: Life) -> datetime:
        return instant(data, life.claim, self.world.now)

    def _answers_may_be_lost(self) -> bool:
        claim = self.last.claim
        waits = claim.refund is not None and claim.refund.status == RefundStatus.PENDING
        return waits and self.world.now <= claim.due_at

    def _last_word(self) -> tuple[Command, datetime] | None:
        """The last thing said, by the bank or the carrier, and taken."""
        said = self.last.said[-1:] if self.last.claim.version != self.repeated else []
        return said[0] if said and said[0][0].by in (BANK, CARRIER) else None

    def _take_offered(self, data: st.DataObject, life: Life, at: datetime) -> None:
        """One of those who may do something now does it."""
        seen = self.world.seen(life)
        offered = [[c for c in self.process.available(seen, actor, at) if c.possible] for actor in _ACTORS]
        may = [seldom_an_end(choices) for choices in offered if choices]
        if not may:
            self._nothing_to_do(data, life, at)
            return
        choice = pick(data, pick(data, may))
        command = replace(choice.example, id="taken", input=filled(data, life.claim, choice))
        taken = self.fire(life, command, at)
        assert taken is not None, f"{choice.action} is offered and refused"

    def _nothing_to_do(self, data: st.DataObject, life: Life, at: datetime) -> None:
        if self.last.claim.open or len(self.world.lives) == _MOST:
            self.fire(life, _SILENCE, at)
        else:
            self._open(data, at)

    def _open(self, data: st.DataObject, at: datetime) -> None:
        line = self.world.line
        fits = [c for c, r in REASONS.items() if (r.terms.group == "not_received") == (line.delivered_at is None)]
        self._claim(Opening(pick(data, fits), data.draw(st.integers(1, line.quantity))), at)

    def _claim(self, asked: Opening, at: datetime) -> None:
        line = self.world.line
        before = [life for life in self.world.lives if life.claim.open]
        try:
            life = self.world.open(asked, at)
        except Refused as refused:
            check_refusal(refused)
            note(f"{_told(at)} claiming again is refused: {refused.code}")
            return
        note(f"{_told(at)} {life.claim.id} opened: {asked.quantity} of {line.quantity} for {asked.reason}")
        assert not before, "a second open claim on the line"
        self._settle(life)

    # --- one command, put through the rules

    scripted = False
    looked_at: tuple[object, ...] = ()
    repeated = 0  # the version at which a word was repeated last

    def fire(self, life: Life, command: Command, at: datetime) -> Turn | None:
        """The turn, or None when a rule said no; everything that must hold is looked at after it."""
        if command.by == BANK and self._not_asked_yet(life, command, at):
            self.fire(life, _SILENCE, at)
        command = self._as_it_is(life, command)
        before = self.world.seen(life)
        known = hash(before)
        turn, refused = self._put(before, command, at)
        assert hash(before) == known, "the claim that was given changed"
        if command.action == Action.APPEAL and command.by in (BUYER, SELLER):
            check_appeal(self.world, life, refused)
        if turn is None:
            note(f"{_told(at)} {life.claim.id} {_said(command)}: refused, {refused.code}")
            check_refusal(refused)
            self._check_stale(before, command, at, refused)
            return None
        self._install(life, before, turn, command, at)
        return turn

    def _put(self, claim: Claim, command: Command, at: datetime) -> tuple[Turn | None, Refused | None]:
        """Twice: the same input has the same output."""
        first = self._once(claim, command, at, counted=not self.scripted)
        second = self._once(claim, command, at, counted=False)
        if first[1] is None or second[1] is None:
            assert first == second, "the same command twice comes to two things"
        else:
            one, other = first[1], second[1]
            assert (type(one), one.code, one.sentence) == (type(other), other.code, other.sentence)
        return first

    def _once(self, claim: Claim, command: Command, at: datetime, counted: bool):
        self.tally.steps += counted
        self.process.watch = self._count_row if counted else None
        try:
            turn = self.process.advance(claim, command, at)
        except Refused as refused:
            self.tally.refused[refused.code] += counted
            return None, refused
        finally:
            self.process.watch = None
        self.tally.taken += counted and bool(turn.events)
        return turn, None

    def _count_row(self, row: Row, claim: Claim, actor: Actor) -> None:
        self.tally.rows[self.process.rows.index(row), str(claim.stage), str(actor)] += 1

    def _install(self, life: Life, before: Claim, turn: Turn, command: Command, at: datetime) -> None:
        note(f"{_told(at)} {life.claim.id} {_said(command)}: {[str(e.action) for e in turn.events]}")
        check_turn(life, before, turn, command, at)
        check_events(turn.events)
        if turn.events:
            life.claim = replace(turn.claim, claimed_again=False)
            life.said.append((command, at))
        self.world.now = max(self.world.now, at)
        for event in turn.events:
            life.events.append(event)
            life.reading.hear(event)
            by_itself = (life.reading.due, life.reading.impact)
            assert (event.due_at, event.impact) == by_itself, f"{_told_of(event)}, by the timeline {by_itself}"
        if turn.events and turn.events[-1].action == Action.PAY_BY_HAND:
            self.world.bank.by_hand(key(life.claim, life.claim.refund), life.claim.refund.amount)
        self._settle(life)

    def _settle(self, life: Life) -> None:
        """Everything that must hold of the claim as it now stands."""
        check_reading(life)
        check_claim(self.process, life.claim)
        self.world.run_errands(life)
        check_money(self.world)
        self._look_ahead(self.world.seen(life))

    def _look_ahead(self, claim: Claim) -> None:
        """What may be done from here, once for each claim between two of its dates."""
        dates = (claim.due_at, claim.protect_until, claim.appeal_until)
        here = (claim.id, claim.version, claim.claimed_again, *(d and (d > self.world.now) for d in dates))
        if self.scripted or here == self.looked_at:
            return
        self.looked_at = here
        self.tally.probes += check_offered(self.process, claim, self.world.now)
        self.tally.probes += check_ends(self.process, claim)

    def _check_stale(self, before: Claim, command: Command, at: datetime, refused: Refused) -> None:
        if isinstance(refused, Stale):
            then = self.process.let_time_pass(before, max(at, before.updated_at)).claim
            assert command.expects is not None
            assert command.expects != then.version

    def _not_asked_yet(self, life: Life, command: Command, at: datetime) -> bool:
        """Whether the clock goes first: the bank has no answer before it was asked."""
        asked = f"{life.claim.id}/refund/{command.input.refund}" in self.world.bank.asked
        return not asked and life.claim.due_at is not None and at > life.claim.due_at

    def _as_it_is(self, life: Life, command: Command) -> Command:
        """Make the bank's word true in its books before it is said; what it has paid it does not call failed."""
        bank = self.world.bank
        spoken = [r for r in life.claim.refunds if r.number == command.input.refund]
        if command.by != BANK or command.action not in _WORDS or not spoken:
            return command
        name, status = key(life.claim, spoken[0]), spoken[0].status
        if command.action == Action.REFUND_FAILED and name in bank.paid:
            command = replace(command, action=Action.REFUNDED)
        if command.action == Action.REFUNDED and status in _UNPAID and name in bank.asked:
            bank.pay(name)
        if command.action == Action.REFUND_BOUNCED and status == RefundStatus.SUCCEEDED and name in bank.paid:
            bank.bounce(name)
        return command

    def teardown(self) -> None:
        if self.world:
            for life in self.world.lives:
                check_replay(self.process, life)


def _told_of(event: Event) -> str:
    return f"entry {event.sequence} ({event.action}): due {event.due_at}, {event.impact}"


def _told(at: datetime) -> str:
    return f"+{(at - START) / HOUR:.9g} h"


def _said(command: Command) -> str:
    sent = {k: v for k, v in vars(command.input).items() if v is not None}
    stale = f" expects {command.expects}" if command.expects is not None else ""
    return f"{command.by} {command.action} {sent or ''}{stale}".rstrip()
