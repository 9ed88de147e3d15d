"""What must hold of every claim, of every step and of all claims on a line; what does not is an AssertionError."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

from claims import inputs
from claims.forecast import prospects, would_protect
from claims.model import (
    Action,
    Actor,
    Claim,
    Command,
    Event,
    Input,
    OfferStatus,
    RefundStatus,
    Refused,
    Stage,
)
from claims.process import Choice, Process, Turn
from claims.schedule import reminders, schedule
from storage import codec
from tests.fuzz.timeline import most
from tests.fuzz.world import TICK, Life, World

_CONTESTED = (Stage.NEGOTIATION, Stage.RETURN, Stage.MEDIATION)
_OF_THE_CLOSED = (Action.APPEAL, Action.REFUND_BOUNCED, Action.ASK_EXCLUSION, Action.DECIDE_EXCLUSION)
_PATIENCE = 60  # steps that an end may take


# --- a step


def check_refusal(refused: Refused) -> None:
    words = refused.sentence
    assert 0 < len(words) <= 200, words
    assert refused.code.isidentifier(), refused.code
    assert not set("{}<>") & set(words), words
    assert not any(name in words for name in ("None", "Status", "Action.", "Actor.", "datetime", "Stage.")), words


def check_turn(life: Life, before: Claim, turn: Turn, command: Command, at: datetime) -> None:
    after, events = turn.claim, turn.events
    assert [e.sequence for e in events] == list(range(before.version + 1, after.version + 1)), "versions"
    assert len(events) == after.version - before.version, "versions"
    times = [life.events[-1].at, *(e.at for e in events)]
    assert all(one <= other for one, other in pairwise(times)), "the timeline runs backwards"
    _check_clock(life, events, at)
    if before.stage == Stage.CLOSED and events:
        assert events[0].action in _OF_THE_CLOSED, f"closed, and {events[0].action}"
    assert not (before.in_appeal and events and command.action == Action.CLOSE), "the buyer ends an appeal"
    if command.by != Actor.CLOCK:
        assert (events[-1].action, events[-1].by) == (command.action, command.by)
        assert all(e.by == Actor.CLOCK for e in events[:-1])
        assert events[-1].at == max(at, before.updated_at)
    assert (before.id, before.line, before.policy) == (after.id, after.line, after.policy)
    assert after.protect_until == before.protect_until


def _check_clock(life: Life, events: tuple[Event, ...], at: datetime) -> None:
    """A step of the clock stands at its date, and comes strictly after it; nobody else acts once it is over."""
    for before, event in pairwise([life.events[-1], *events]):
        if event.by == Actor.CLOCK:
            assert before.due_at is not None, "the clock acts without a date"
            assert event.at == max(before.due_at, before.at), f"due {before.due_at}, dated {event.at}"
            assert at > before.due_at, "the clock acts at the date or before it"
        else:
            assert before.due_at is None or event.at <= before.due_at or event.at == before.at, "late, before the clock"


def check_reading(life: Life) -> None:
    """The claim is what its timeline alone says; the verdict above all."""
    claim, told = life.claim, life.reading
    assert claim.verdict.impact == told.impact, f"verdict {claim.verdict.impact}, by the timeline {told.impact}"
    assert life.events[-1].impact == told.impact
    assert claim.due_at == told.due, f"due {claim.due_at}, by the timeline {told.due}"
    assert [(o.amount, str(o.status)) for o in claim.offers] == [(o.amount, o.status) for o in told.offers]
    assert [(r.amount, str(r.status), r.by_hand) for r in claim.refunds] == [
        (r.amount, r.status, r.by_hand) for r in told.refunds
    ]
    assert claim.appeal_until == told.appeal_until, f"appeal until {claim.appeal_until}"
    assert [r.tracking_number for r in claim.returns] == told.parcels
    assert _exclusion(claim) == told.exclusion, f"exclusion {claim.exclusion}, by the timeline {told.exclusion}"
    assert (claim.product_amount, claim.freight_amount) == (told.product, told.freight)
    if claim.stage in (Stage.SETTLING, Stage.CLOSED):
        assert claim.award == told.award, f"award {claim.award}, by the timeline {told.award}"
    if claim.verdict.rule.endswith("_in_time") and claim.verdict.rule != "no_solution_in_time":
        assert claim.verdict.acted_at is not None
        assert claim.verdict.acted_at <= told.limit


def _exclusion(claim: Claim) -> list[object]:
    asked = claim.exclusion
    if asked is None:
        return []
    decided = [] if asked.granted is None else [asked.granted, asked.decided_at]
    return [asked.cause, asked.asked_at, asked.due_at, *decided]


# --- a claim as it stands


def check_claim(process: Process, claim: Claim) -> None:
    assert (claim.due_at is None) == (claim.stage == Stage.CLOSED) == (claim.closed_at is not None), "date"
    assert sum(o.status == OfferStatus.PENDING for o in claim.offers) <= (claim.stage == Stage.NEGOTIATION)
    assert all(0 < o.amount < claim.product_amount for o in claim.offers), "an offer of nothing, or of all"
    declined = [o for o in claim.offers if o.status == OfferStatus.DECLINED]
    assert all(one.amount < other.amount for one, other in pairwise(declined)), "no more than was declined"
    assert [r.number for r in claim.refunds] == [*range(1, len(claim.refunds) + 1)]
    assert all(r.amount > 0 for r in claim.refunds), "a refund of nothing"
    in_hand = [r for r in claim.refunds if r.status in (RefundStatus.PENDING, RefundStatus.FAILED)]
    assert len(in_hand) == (claim.stage == Stage.SETTLING), f"{len(in_hand)} refunds in hand in {claim.stage}"
    assert 0 <= claim.paid <= claim.total
    assert claim.code or claim.stage != Stage.CLOSED, "closed without a resolution"
    if claim.open:
        assert len(process.clock_rows(claim)) == 1, "not one row of the clock"
    assert codec.claim_from_json(json.loads(json.dumps(codec.claim_to_json(claim)))) == claim, "not the same after JSON"


def check_events(events: tuple[Event, ...]) -> None:
    for event in events:
        stored = json.loads(json.dumps(codec.event_to_json(event)))
        assert codec.event_from_json(stored) == event, "not the same after JSON"


# --- all claims on the line, and the money


def check_money(world: World) -> None:
    bank = world.bank
    assert sum(bank.accounts.values()) == 0, "the books do not add up"
    assert bank.accounts["buyer"] <= 0, "more given back than was paid for the line"
    for life in world.lives:
        claim, given = life.claim, bank.given(life.claim)
        assert 0 <= given <= claim.total, f"{given} given of {claim.total}"
        assert claim.paid == given - bank.untold(claim), f"{claim.paid} noted, {given} given"
        assert claim.open or given >= claim.award, "closed, and the buyer lacks money that was awarded"
    assert sum(life.claim.stage in _CONTESTED for life in world.lives) <= 1, "two claims are open on the line"
    refunded = [life.claim for life in world.lives if life.claim.paid]
    assert sum(c.quantity for c in refunded) <= world.line.quantity, "pieces are refunded twice"
    totals = sum(c.total for c in refunded)
    assert totals <= most(world.line), f"the claims are about {totals} of {most(world.line)}"


def check_appeal(world: World, life: Life, refused: Refused | None) -> None:
    """Once the line was claimed again there is no appeal; a claim before this one is no bar."""
    later = world.later(life)
    if refused is None:
        assert not later, "the same money is awarded twice"
    elif "claimed again" in refused.sentence:
        assert later, "the appeal is refused for a later claim that there is not"


# --- what is offered


def check_offered(process: Process, claim: Claim, now: datetime) -> int:
    """What is offered works, what is not is refused with the same code. Answers how many were tried."""
    tried = 0
    for actor in (a for a in Actor if a != Actor.CLOCK):
        for choice in process.available(claim, actor, now):
            tried += 1
            if choice.possible:
                _works(process, claim, choice, now)
            else:
                _is_refused(process, claim, actor, choice, now)
    assert len(prospects(claim, Actor.SELLER, now, process)) <= tried
    would_protect(claim, now, process)
    _check_forecast(process, claim)
    return tried


def _works(process: Process, claim: Claim, choice: Choice, now: datetime) -> None:
    assert choice.example is not None
    turn = process.advance(claim, choice.example, now)
    assert turn.events[-1].effects == choice.effects, f"{choice.action} does other than it says"
    before = turn.events[-2].due_at if len(turn.events) > 1 else claim.due_at
    assert choice.due_at == before, f"{choice.action} is possible until another date than it says"
    for field in choice.fields:
        assert field.choices or field.minimum is not None, f"{choice.action} does not say what {field.name} may be"


def _is_refused(process: Process, claim: Claim, actor: Actor, choice: Choice, now: datetime) -> None:
    check_refusal(Refused(choice.code, choice.sentence))
    then = process.let_time_pass(claim, max(now, claim.updated_at)).claim
    tried = inputs.candidates(then, choice.action)
    for given in tried:
        refused = _refusal(process, claim, Command(choice.action, actor, _readable(given)), now)
        assert refused is not None, f"{choice.action} is not offered to the {actor}, and is taken"
        check_refusal(refused)
        same = (refused.code, refused.sentence) == (choice.code, choice.sentence)
        assert same or given != tried[0] or given != _readable(given), f"{choice.code} said, {refused.code} meant"


def _refusal(process: Process, claim: Claim, command: Command, now: datetime) -> Refused | None:
    try:
        process.advance(claim, command, now)
    except Refused as refused:
        return refused
    return None


def _readable(given: Input) -> Input:
    """A parcel that there is not has no number that could be sent."""
    return Input(tracking_number="none") if given.tracking_number == "" else given


def _check_forecast(process: Process, claim: Claim) -> None:
    coming = schedule(claim, process)
    assert bool(coming) == claim.open
    if coming:
        assert coming[0].at == max(claim.due_at or coming[0].at, claim.updated_at)
    assert all(claim.due_since < r.at < r.due_at == claim.due_at for r in reminders(claim, process))


# --- there is always a way to an end


def check_ends(process: Process, claim: Claim) -> int:
    """Really walked: with a mediator and the bank, with a bank that refuses for ever, and without a mediator."""
    ways = [_with_mediator, _without_bank] + ([] if claim.in_appeal else [_without_mediator])
    return sum(_walk(process, claim, way) for way in ways) if claim.open else 0


def _walk(process: Process, claim: Claim, way) -> int:
    for steps in range(_PATIENCE):
        if not claim.open:
            return steps
        command, wait = way(claim)
        at = max(claim.updated_at, claim.due_at or claim.updated_at) + (TICK if wait else timedelta())
        at = at if wait else claim.updated_at
        claim = process.advance(claim, command, at).claim
    raise AssertionError(f"no end {way.__name__.strip('_').replace('_', ' ')}, from {claim.stage}")


_SILENCE = (Command(Action.OPEN, Actor.CLOCK), True)


def _bank_says(action: Action, claim: Claim) -> tuple[Command, bool]:
    return Command(action, Actor.BANK, Input(refund=len(claim.refunds))), False


def _with_mediator(claim: Claim) -> tuple[Command, bool]:
    if claim.stage == Stage.MEDIATION:
        return Command(Action.RULE, Actor.MEDIATOR, Input(amount=claim.total // 2)), False
    if claim.refund and claim.refund.status == RefundStatus.PENDING:
        return _bank_says(Action.REFUNDED, claim)
    return _SILENCE


def _without_bank(claim: Claim) -> tuple[Command, bool]:
    if claim.refund and claim.refund.status == RefundStatus.PENDING:
        return _bank_says(Action.REFUND_FAILED, claim)
    if claim.stage == Stage.SETTLING:
        return Command(Action.PAY_BY_HAND, Actor.MEDIATOR), False
    return _with_mediator(claim)


def _without_mediator(claim: Claim) -> tuple[Command, bool]:
    if claim.stage == Stage.MEDIATION:
        return Command(Action.REFUND, Actor.SELLER), False
    return _with_mediator(claim)


# --- the whole life again


def check_replay(process: Process, life: Life) -> None:
    """The timeline alone leads to the same claim again, the clock's steps in their place."""
    claim, events = life.opened, [life.events[0]]
    for told in life.events[1:]:
        if told.by == Actor.CLOCK:
            claim, event = process.take_due_step(claim)
            events.append(event)
        else:
            again = Command(told.action, told.by, told.input, told.id, told.person, told.via, told.note)
            turn = process.advance(claim, again, told.at)
            claim, events = turn.claim, [*events, *turn.events]
    assert (claim, events) == (life.claim, life.events), "the timeline replays to another claim"
