"""What is offered works, and what is not offered is refused: for every actor, in whatever a claim can become."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.guards import GUARDS
from claims.inputs import candidates
from claims.model import Action, Actor, Claim, Command, Input, OfferStatus, Refused
from claims.opening import Opening, open_claim
from claims.policy import DEFAULT
from claims.process import PROCESS, Choice, Process
from tests.mutants import inverted
from tests.world import START, TICK, act, hours, line, opened

PEOPLE_AND_WORLD = tuple(actor for actor in Actor if actor != Actor.CLOCK)
WAITS = (timedelta(0), TICK, timedelta(hours=1), timedelta(hours=30), timedelta(days=4))
CLOCK_ONLY = {"offer_stands", "label_valid", "label_lapsed", "carrier_owes"}  # these guard the clock's rows alone
FOREIGN = (  # what nobody was told that he may send
    Input(percent=5), Input(percent=100), Input(offer=0), Input(offer=9), Input(amount=-1), Input(amount=10**9),
    Input(refund=9), Input(tracking_number="another"), Input(parcel=9, tracking_number="another"),
    Input(party=Actor.BANK), Input(code="no_such_code"),
)  # fmt: skip


# --- a walk: whoever may act does, at times that are early, at the very instant due, or late


def walk(chance: random.Random, steps: int = 14) -> Iterator[tuple[Claim, datetime]]:
    """The claims of one random life, each with an instant at which somebody looks at it."""
    claim, now = start(chance), START
    for _ in range(steps):
        now = later(claim, now, chance)
        yield claim, now
        choices = [(c, actor) for actor in PEOPLE_AND_WORLD for c in offered(claim, actor, now)]
        if choices:
            command = chance.choice(commands(*chance.choice(choices)))
            claim = PROCESS.advance(claim, with_label(claim, command), now).claim


def with_label(claim: Claim, command: Command) -> Command:
    """A second label has another number than the first, which the example cannot know."""
    if command.action != Action.LABEL_MADE:
        return command
    return replace(command, input=replace(command.input, tracking_number=f"T{len(claim.returns)}"))


def start(chance: random.Random) -> Claim:
    reason = chance.choice(("not_working", "changed_mind", "not_received"))
    quantity, price = chance.choice((1, 3)), chance.choice((1, 7, 999, 10_000))
    delivered = None if reason == "not_received" else START - timedelta(days=2)
    currency, freight = chance.choice(("BRL", "JPY", "KWD")), chance.choice((0, 1000))
    sold = line(quantity=quantity, unit_price=price, freight=freight, currency=currency, delivered_at=delivered)
    return open_claim("clm_1", sold, (), Opening(reason, chance.randint(1, quantity)), DEFAULT, START)


def later(claim: Claim, now: datetime, chance: random.Random) -> datetime:
    dates = [d for d in (claim.due_at, claim.protect_until, claim.appeal_until) if d and d >= now]
    return chance.choice([*(now + wait for wait in WAITS), *dates, *(d + TICK for d in dates)])


# --- what an actor is told, as commands


def offered(claim: Claim, actor: Actor, now: datetime, process: Process = PROCESS) -> list[Choice]:
    return [c for c in process.available(claim, actor, now) if c.possible]


def commands(choice: Choice, actor: Actor) -> list[Command]:
    """The example and all that the fields allow: every listed choice, and amounts from end to end."""
    return [choice.example, *(Command(choice.action, actor, given) for given in _inputs(choice))]


def _inputs(choice: Choice) -> list[Input]:
    values = [[(f.name, v) for v in _values(f)] for f in choice.fields]
    if choice.action == Action.RULE:  # one field or the other
        return [Input(**dict([pair])) for pairs in values for pair in pairs]
    return [Input(**dict(pairs)) for pairs in product(*values)]  # the example has left out what may be


def _values(field) -> tuple[object, ...]:
    if field.choices:
        return field.choices
    return field.minimum, field.maximum, (field.minimum + field.maximum) // 2, field.maximum - 1


def disagreements(claim: Claim, now: datetime, offering: Process = PROCESS) -> Iterator[str]:
    """Where what is told to the actors is not what PROCESS does."""
    tried = everything(claim)
    for actor in PEOPLE_AND_WORLD:
        told = [m for c in offered(claim, actor, now, offering) for m in commands(c, actor)]
        yield from (f"offered, but refused: {m}" for m in told if not taken(claim, m, now))
        unsaid = (m for action, i in tried if (m := Command(action, actor, i)) not in told and not _said(m, told))
        yield from (f"taken, but not offered: {m}" for m in unsaid if taken(claim, m, now))


def everything(claim: Claim) -> list[tuple[Action, Input]]:
    """Each action with all that it could be sent with: right, wrong and none."""
    inputs = {*FOREIGN, *own(claim), *(Input(percent=p) for p in claim.policy.percents), Input()}
    shapes = {action: {fields_of(i) for i in candidates(claim, action)} | {fields_of(Input())} for action in Action}
    return [(action, given) for action in Action for given in inputs if fields_of(given) in shapes[action]]


def own(claim: Claim) -> set[Input]:
    """What names this claim's own offer, parcel and refunds, and the people in it."""
    number = (claim.parcel and claim.parcel.tracking_number) or "T1"
    return {
        Input(offer=len(claim.offers)), *(Input(refund=r.number) for r in claim.refunds), Input(tracking_number=number),
        Input(parcel=len(claim.returns), tracking_number=number), Input(amount=0), Input(amount=claim.total),
        Input(return_first=True), Input(party=Actor.BUYER), Input(party=Actor.SELLER),
    }  # fmt: skip


def fields_of(given: Input) -> frozenset[str]:
    return frozenset(name for name, value in vars(given).items() if value is not None)


def _said(command: Command, told: list[Command]) -> bool:
    """An amount inside the limits that were told, or a label whose number is the carrier's to choose."""
    if command.action == Action.LABEL_MADE:
        return any((m.action, m.input.parcel) == (command.action, command.input.parcel) for m in told)
    amounts = [m.input.amount for m in told if m.action == command.action and m.input.amount is not None]
    alone = replace(command.input, amount=None) == Input()
    return alone and bool(amounts) and min(amounts) <= (command.input.amount or 0) <= max(amounts)


def taken(claim: Claim, command: Command, now: datetime) -> bool:
    try:
        PROCESS.advance(claim, command, now)
    except Refused:
        return False
    return True


def paid_for(claim: Claim) -> int:
    return claim.line.unit_price * claim.line.quantity + claim.line.freight


# --- the properties


SEEDS = st.integers(min_value=0, max_value=2**32)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_what_is_offered_works_and_all_else_is_refused(seed):
    offered_is_taken(seed)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_money_offers_and_dates_stay_sound(seed):
    stays_sound(seed)


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_what_cannot_be_done_says_why_and_what_can_be_says_until_when(seed):
    says_why(seed)


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_many_lives_are_offered_what_works_and_stay_sound(seed):
    offered_is_taken(seed)
    stays_sound(seed)
    says_why(seed)


def offered_is_taken(seed: int) -> None:
    for claim, now in walk(random.Random(seed)):
        assert not list(disagreements(claim, now))


def stays_sound(seed: int) -> None:
    for claim, _ in walk(random.Random(seed), steps=30):
        assert 0 <= claim.paid <= claim.total <= paid_for(claim)
        assert claim.open or claim.paid >= claim.award
        assert sum(offer.status == OfferStatus.PENDING for offer in claim.offers) <= 1
        assert claim.open == (claim.due_at is not None) == (claim.closed_at is None)
        assert claim.open == (PROCESS.waiting_on(claim) != "nobody")


def says_why(seed: int) -> None:
    for claim, now in walk(random.Random(seed)):
        stands = PROCESS.let_time_pass(claim, now).claim
        for actor in PEOPLE_AND_WORLD:
            for choice in PROCESS.available(claim, actor, now):
                assert choice.possible or (choice.sentence and len(choice.sentence) <= 200)
                assert not choice.possible or (choice.due_at == stands.due_at and choice.effects)


def examples(claim: Claim, actor: Actor, now: datetime) -> list[Command]:
    return [choice.example for choice in offered(claim, actor, now)]


def test_the_example_of_a_label_can_be_sent():
    granted = act(opened(), "grant_return", "seller", hours(1))
    (example,) = examples(granted, Actor.CARRIER, granted.updated_at)
    assert taken(granted, example, granted.updated_at)


def test_the_bank_is_offered_every_refund_that_it_can_take_back():
    claim = ruled_again(4_000, "buyer", 11_000)
    assert of_the_bank(claim) == {"refunded": (2,), "refund_failed": (2,), "refund_bounced": (1,)}
    claim = act(claim, "refunded", "bank", hours(92), refund=2)
    assert of_the_bank(claim) == {"refund_bounced": (1, 2)}
    assert of_the_bank(act(claim, "refund_bounced", "bank", hours(93), refund=1)) == {"refund_bounced": (2,)}


def ruled_again(first: int, appeals: str, then: int) -> Claim:
    """The first award was paid, and on an appeal the mediator gave another."""
    claim = act(opened(), "escalate", "seller", hours(1))
    claim = act(claim, "rule", "mediator", hours(80), amount=first)
    claim = act(claim, "refunded", "bank", hours(81), refund=1)
    return act(act(claim, "appeal", appeals, hours(90)), "rule", "mediator", hours(91), amount=then)


def of_the_bank(claim: Claim) -> dict[str, tuple[int, ...]]:
    said = offered(claim, Actor.BANK, claim.updated_at)
    assert all(taken(claim, choice.example, claim.updated_at) for choice in said)
    return {choice.action: field.choices for choice in said for field in choice.fields}


@pytest.mark.parametrize("name", ["no_offer", "window_over", "above_declined", "nothing_sent_back", "asked_me"])
def test_a_table_that_offers_by_another_guard_is_found_out(name):
    assert found_out(name)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(GUARDS) - CLOCK_ONLY))
def test_every_guard_of_a_person_is_found_out(name):
    assert found_out(name)


def found_out(name: str) -> bool:
    """Whether the first property fails when `name` is inverted for available() and not for advance() or the clock."""
    lying = Process(guards={**GUARDS, name: inverted(name)})
    lives = chain(rare(), (at for seed in range(300) for at in walk(random.Random(seed))))
    seen = ((PROCESS.let_time_pass(claim, now).claim, now) for claim, now in islice(lives, 2_000))
    return any(next(disagreements(claim, now, lying), None) for claim, now in seen)


def rare() -> Iterator[tuple[Claim, datetime]]:
    """What chance seldom makes: a refund bounced while another settles; what was paid is no longer awarded."""
    settling = act(ruled_again(4_000, "buyer", 11_000), "refund_bounced", "bank", hours(92), refund=1)
    yield from ((claim, claim.updated_at) for claim in (settling, ruled_again(8_000, "seller", 0)))
