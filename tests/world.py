"""The world around a claim: what people, the carrier and the bank may do next, and what comes of it there.

A node is a claim at an instant, with what the world knows and the claim does not. Two nodes with the same
key() have the same future.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from claims.guards import best_declined
from claims.inputs import CLOSING_CODES
from claims.model import (
    Action,
    Actor,
    Claim,
    Command,
    Event,
    Input,
    OrderLine,
    Refund,
    RefundStatus,
    Refused,
    ReturnStatus,
    Stage,
)
from claims.money import percent_of
from claims.opening import Opening, open_claim
from claims.policy import DEFAULT
from claims.process import PROCESS, Process
from claims.reputation import MISTAKE, fair_offer

N, R, M, S, X = Stage
BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
PRODUCT = 10_000  # minor units, so that every percentage is exact
HAND_OVER = Command("hand_over", BUYER)  # the buyer gives the parcel to the carrier: no row, the world's step


@dataclass(frozen=True)
class World:
    """What there is to choose from: the smaller, the faster explored."""

    reasons: tuple[str, ...] = ("not_working", "changed_mind", "not_received")
    offers: tuple[int, ...] = (10, 50)  # per cent of the product
    awards: tuple[int, ...] = (0, 50, 100)  # per cent of the product; 100 is all that was paid
    freight: int = 0
    bounces: int = 1  # refunds that the bank takes back, in one claim
    exclusions: bool = False  # whether the seller asks for one: four times the closed claims
    limit: int = 200_000  # claims; a table that makes more of them does not end


class Node(NamedTuple):
    claim: Claim
    now: datetime
    handed: datetime | None = None  # the parcel is with the carrier, who will have scanned it by then
    keys: frozenset[int] = frozenset()  # refunds that the bank was asked for and has not answered
    called: bool = False  # the seller himself brought it to the mediator
    held: int = 0  # what the buyer really has, by what the bank said it gave and took back
    bounces: int = 0  # how many more refunds the bank may take back


class Move(NamedTuple):
    before: Node
    command: Command
    at: datetime
    after: Node
    events: tuple[Event, ...] = ()


def in_hand(node: Node) -> bool:
    """The carrier has the parcel, and nothing in the claim says so yet."""
    return node.handed is not None and node.claim.parcel.status in LABEL_OUT


def spoken_of(claim: Claim, command: Command) -> Refund | None:
    """The refund that the bank speaks of."""
    return next((r for r in claim.refunds if r.number == command.input.refund), None)


def could_bounce(refund: Refund) -> bool:
    """Only the bank's own payments come back; what was paid by hand it knows nothing of."""
    return refund.status == RefundStatus.SUCCEEDED and not refund.by_hand


def asked_for(refund: Refund | None) -> bool:
    """Whether the bank may still have something to say of it."""
    return refund is not None and refund.status in UNPAID and refund.tries > 0


def taken_back(claim: Claim, command: Command) -> Refund | None:
    """The refund that the buyer no longer has after this word of the bank."""
    refund = spoken_of(claim, command) if command.action == Action.REFUND_BOUNCED else None
    return refund if refund and could_bounce(refund) else None


def excluded(claim: Claim) -> bool:
    return claim.exclusion is not None and claim.exclusion.granted is True


def rejected(claim: Claim) -> bool:
    return any(r.status == ReturnStatus.REJECTED for r in claim.returns)


def in_time(claim: Claim, at: datetime | None) -> bool:
    return at is not None and at <= claim.protect_until


def with_buyer(claim: Claim) -> bool:
    return claim.parcel is None or claim.parcel.status in _WITH_BUYER


_BUYERS = {None, ReturnStatus.CANCELLED, ReturnStatus.EXPIRED, ReturnStatus.ABANDONED}  # no return in hand
LABEL_OUT = {ReturnStatus.LABEL_READY, ReturnStatus.LABEL_LAPSED}
_WITH_BUYER = {*_BUYERS, *LABEL_OUT, ReturnStatus.WANTED}
UNPAID = {RefundStatus.PENDING, RefundStatus.FAILED}
GONE = {ReturnStatus.ACCEPTED, ReturnStatus.REJECTED, ReturnStatus.LOST}
NOTHING_OWED = {"no_coverage", *CLOSING_CODES}  # a mediator said so, or the buyer did


# --- claims made by hand


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def line(**given: object) -> OrderLine:
    """One lamp for 10000 minor units and 1000 of freight; promised and delivered two days before the start."""
    values = {
        "site": "MLB", "order_id": "order-1", "line_id": "line-1", "buyer_id": "buyer-1", "seller_id": "seller-1",
        "product": "A lamp", "category": "home", "quantity": 1, "unit_price": PRODUCT, "freight": 1_000,
        "currency": "BRL", "purchased_at": START - timedelta(days=9), "promised_at": START - timedelta(days=2),
        "delivered_at": START - timedelta(days=2),
    }  # fmt: skip
    return OrderLine(**{**values, **given})


def opened(reason: str = "not_working", at: datetime = START, earlier=(), **given: object) -> Claim:
    """One piece is claimed, of a line that is delivered unless the reason or `given` says otherwise."""
    late = {"delivered_at": None} if reason == "not_received" else {}
    return open_claim("clm_1", line(**{**late, **given}), earlier, Opening(reason, 1), DEFAULT, at)


def act(claim: Claim, action: str, by: str, at: timedelta, **given: object) -> Claim:
    """The claim after a step so long after the start."""
    return PROCESS.advance(claim, Command(Action(action), Actor(by), Input(**given)), START + at).claim


def wait(claim: Claim, until: timedelta) -> Claim:
    return PROCESS.let_time_pass(claim, START + until).claim


def offered_and(answer: str, by: str, at: float = 10) -> Claim:
    claim = act(opened(), "offer_partial_refund", "seller", hours(at), percent=50)
    return act(claim, answer, by, hours(at + 1), offer=1)


def returned(at: float = 10, reason: str = "not_working") -> Claim:
    granted = act(opened(reason), "grant_return", "seller", hours(at))
    label = act(granted, "label_made", "carrier", hours(at + 1), parcel=1, tracking_number="T1")
    return act(label, "deliver", "carrier", hours(at + 2), tracking_number="T1")


def refusal(call: Callable[..., object], *args: object, **given: object) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, **given)
    assert_readable(caught.value.sentence)
    return caught.value.code


def assert_readable(sentence: str) -> None:
    assert 0 < len(sentence) <= 200, sentence
    assert not set("{}") & set(sentence), sentence
    assert "None" not in sentence, sentence


# --- what makes two claims the same


def left(date: datetime | None, now: datetime) -> int:
    """Seconds until a date, whatever the ticks: 0 only at the very instant, -1 when it is over or there is none."""
    if date is None or date < now:
        return -1
    return max(1, (date - now + SECOND / 2) // SECOND) if date > now else 0


def key(node: Node) -> tuple[object, ...]:
    """All that a row, the verdict or a promise can still read, with now as the zero of time."""
    claim, now = node.claim, node.now
    protect = left(claim.protect_until, now)
    final = claim.appealed and claim.stage in (S, X)  # the verdict will not be judged on anything new
    return (
        claim.stage,
        claim.reason.code,
        claim.verdict.impact,
        node.called and protect >= 0,
        _settled(node),
        _goods(node),
        _merits(claim) if claim.reason.counts and not final else None,
        _bargain(claim, now) if claim.stage == N else claim.offer,
        claim.exclusion.state if claim.exclusion else None,
        _dates(claim, now, protect),
    )


def _settled(node: Node) -> tuple[object, ...]:
    claim = node.claim
    decided = claim.stage != M or claim.in_appeal  # in a first mediation every way out sets these anew
    return (
        _money(node),
        tuple(len(claim.refunds) - number for number in node.keys),
        (claim.award, claim.ruled) if decided else None,
        claim.closed_by == Actor.BUYER,
        claim.stage == X and claim.code in NOTHING_OWED,
        claim.appealed,
        claim.in_appeal,
        claim.asked if claim.stage == M else None,
    )


def _money(node: Node) -> tuple[object, ...]:
    """A refund that was made only matters by itself while the bank may still take one back."""
    refunds, last = node.claim.refunds, node.claim.refund
    made = sorted(r.amount for r in refunds if could_bounce(r)) if node.bounces else ()
    in_hand = (last.status, last.amount, last.tries > 0) if last and last.status in UNPAID else None
    return node.claim.paid, node.held, tuple(made), in_hand, node.bounces if refunds else None


def _goods(node: Node) -> tuple[object, ...]:
    """Once decided, or on the way there, only who has the goods: an appeal ends what return there was."""
    if node.claim.stage in (S, X):
        return (with_buyer(node.claim),)
    status = node.claim.parcel.status if node.claim.parcel else None
    in_hand = "buyer's" if status in _BUYERS else "gone" if status in GONE else status
    return in_hand, left(node.handed, node.now)


def _merits(claim: Claim) -> tuple[object, ...]:
    closing = claim.closing
    return (
        fair_offer(claim),
        in_time(claim, claim.refund_granted_at),
        in_time(claim, claim.return_granted_at),
        closing is not None and (closing.code == MISTAKE or in_time(claim, closing.at)),
        rejected(claim),
    )


def _bargain(claim: Claim, now: datetime) -> tuple[object, ...]:
    """What only negotiation reads; no row leads back there."""
    declined, offer = best_declined(claim), claim.offer
    return (
        len(claim.offers),
        declined.percent if declined else 0,
        (offer.percent, offer.in_time) if offer else None,
        claim.guided,
        left(claim.respond_by, now),
    )


def _dates(claim: Claim, now: datetime, protect: int) -> tuple[object, ...]:
    """Once decided, it only matters which windows are open: every step from there sets its own date."""
    if claim.stage in (S, X):
        return protect >= 0, left(claim.due_at, now), left(claim.appeal_until, now) >= 0
    due = max(claim.due_at or claim.updated_at, claim.updated_at)  # as the clock reads it
    return protect, left(due, now), (claim.protect_until > due) - (claim.protect_until < due)


# --- what is tried: all that has rows in the stage, and what must be refused there


def commands(claim: Claim, world: World) -> list[Command]:
    return [*_STAGE_COMMANDS[claim.stage](claim, world), *_from_bank(claim)]


def ask(action: Action, by: Actor, **given: object) -> Command:
    return Command(action, by, Input(**given))


def _in_negotiation(claim: Claim, world: World) -> Iterator[Command]:
    if not claim.guided:
        yield ask(Action.GUIDE, SELLER)
    yield from (ask(Action.OFFER_PARTIAL_REFUND, SELLER, percent=p) for p in world.offers)
    for number in (len(claim.offers), len(claim.offers) - 1) if claim.offers else ():  # and one seen before
        yield ask(Action.WITHDRAW_OFFER, SELLER, offer=number)
        yield ask(Action.ACCEPT_OFFER, BUYER, offer=number)
        yield ask(Action.DECLINE_OFFER, BUYER, offer=number)
    yield from (ask(Action.ESCALATE, SELLER), ask(Action.ESCALATE, BUYER))
    yield from _ways_out()


def _ways_out() -> Iterator[Command]:
    yield from (ask(Action.CLOSE, BUYER), ask(Action.CLOSE, BUYER, code=MISTAKE))
    yield from (ask(Action.GRANT_RETURN, SELLER), ask(Action.REFUND, SELLER))


def _in_return(claim: Claim, world: World) -> Iterator[Command]:
    number = len(claim.returns)
    for parcel in (number, number - 1):
        yield ask(Action.LABEL_MADE, CARRIER, parcel=parcel, tracking_number=f"T{number}")
    for action in (Action.SHIP, Action.DELIVER, Action.LOSE):
        yield ask(action, CARRIER, tracking_number=claim.returns[-1].tracking_number)
        yield ask(action, CARRIER, tracking_number="another")
    yield from (ask(a, SELLER) for a in (Action.ACCEPT_RETURN, Action.REJECT_RETURN, Action.CANCEL_RETURN))
    yield from (ask(Action.CANCEL_RETURN, BUYER), ask(Action.ESCALATE, BUYER), ask(Action.REFUND, SELLER))
    yield HAND_OVER


def _in_mediation(claim: Claim, world: World) -> Iterator[Command]:
    yield from _ways_out()
    yield from (Command(Action.RULE, MEDIATOR, ruling) for ruling in rulings(claim, world))
    for party in (BUYER, SELLER):
        yield ask(Action.REQUEST_EVIDENCE, MEDIATOR, party=party)
        yield ask(Action.GIVE_EVIDENCE, party)


def rulings(claim: Claim, world: World) -> list[Input]:
    amounts = (claim.total if a == 100 else percent_of(claim.product_amount, a) for a in world.awards)
    return [*(Input(amount=amount) for amount in amounts), Input(return_first=True)]


def _in_settling(claim: Claim, world: World) -> Iterator[Command]:
    yield ask(Action.PAY_BY_HAND, MEDIATOR)


def _when_closed(claim: Claim, world: World) -> Iterator[Command]:
    yield from (ask(Action.APPEAL, BUYER), ask(Action.APPEAL, SELLER))
    if world.exclusions:
        yield from (ask(Action.ASK_EXCLUSION, by, code="carrier_damage") for by in (SELLER, BUYER))
        yield from (ask(Action.DECIDE_EXCLUSION, MEDIATOR, granted=granted) for granted in (True, False))
        yield ask(Action.DECIDE_EXCLUSION, SELLER, granted=True)


def _from_bank(claim: Claim) -> Iterator[Command]:
    """All its words of every refund that there ever was, and of one that there is not."""
    for number in range(1, len(claim.refunds) + 2) if claim.refunds else ():
        yield from (ask(action, BANK, refund=number) for action in _WORDS)


_WORDS = (Action.REFUNDED, Action.REFUND_FAILED, Action.REFUND_BOUNCED)
_STAGE_COMMANDS: dict[Stage, Callable[[Claim, World], Iterator[Command]]] = {
    N: _in_negotiation, R: _in_return, M: _in_mediation, S: _in_settling, X: _when_closed,
}  # fmt: skip


def instants(node: Node) -> list[datetime]:
    """Now, before, at and after every date that a rule looks at in this stage; after the due date is the clock's."""
    claim, now = node.claim, node.now
    dates = {now, claim.due_at or now}
    if claim.stage != S:
        dates |= {claim.protect_until, claim.protect_until + TICK}
    if claim.stage == N:
        dates.add(claim.protect_until - timedelta(hours=12))
    if claim.appeal_until:
        dates |= {claim.appeal_until, claim.appeal_until + TICK}
    if in_hand(node):
        dates.add(node.handed)
    if claim.stage == X and not claim.appeal_until:
        dates.add(now + timedelta(hours=1))  # no date is left, but time goes on
    ends = [end for end in (claim.due_at, node.handed if in_hand(node) else None) if end]
    return sorted(t for t in dates if now <= t <= min(ends, default=t))


# --- one step of the process, with the world's own part in it


def step(process: Process, node: Node, command: Command, at: datetime) -> Move:
    """Refused when a rule says no, or when it cannot happen in the world."""
    if command is HAND_OVER:
        return Move(node, command, at, node._replace(now=at, handed=_hand_over(node, at)))
    _possible_in_the_world(node, command)
    turn = process.advance(node.claim, command, at)
    return Move(node, command, at, _world_after(node, turn.claim, command, at), turn.events)


def let_clock_act(process: Process, node: Node) -> Move | None:
    """The clock's step, seen just after it was due; None while a parcel's scan must come first."""
    at = max(node.claim.due_at + TICK, node.now)
    if in_hand(node) and at > node.handed:
        return None
    turn = process.let_time_pass(node.claim, at)
    command = Command(turn.events[0].action if turn.events else Action.OPEN, CLOCK)
    return Move(node, command, at, _world_after(node, turn.claim, command, at), turn.events)


def _hand_over(node: Node, at: datetime) -> datetime:
    if node.claim.parcel.status != ReturnStatus.LABEL_READY or node.handed:
        raise Refused("nothing_to_hand_over", "")
    return at + node.claim.policy.scan


def _possible_in_the_world(node: Node, command: Command) -> None:
    if taken_back(node.claim, command) and not node.bounces:
        raise Refused("bounces_used_up", "")
    if command.action not in (Action.SHIP, Action.DELIVER) or node.handed:
        return
    if command.action == Action.SHIP or node.claim.parcel.status != ReturnStatus.SHIPPED:
        raise Refused("carrier_has_no_parcel", "")


def _world_after(node: Node, claim: Claim, command: Command, at: datetime) -> Node:
    seen = command.action in (Action.SHIP, Action.DELIVER)
    handed = None if seen or claim.stage != R else node.handed
    called = node.called or (command.by == SELLER and command.action in (Action.ESCALATE, Action.REJECT_RETURN))
    held = _held_after(node, claim, command)
    return Node(claim, at, handed, _keys_after(node, claim, command), called, held, node.bounces - (held < node.held))


def _keys_after(node: Node, claim: Claim, command: Command) -> frozenset[int]:
    """A refund is in flight from the asking until the bank says what became of it."""
    asked = {r.number for r in claim.refunds if r.status == RefundStatus.PENDING}
    if command.by == BANK:
        return node.keys - {command.input.refund} | asked
    return node.keys | asked if claim.refunds is not node.claim.refunds else node.keys


def _held_after(node: Node, claim: Claim, command: Command) -> int:
    """The buyer's money, by the bank's own books: a word repeated moves nothing there."""
    if command.action == Action.PAY_BY_HAND:
        return node.held + claim.refund.amount
    refund = spoken_of(node.claim, command)
    if refund and command.action == Action.REFUNDED and asked_for(refund):
        return node.held + refund.amount
    bounced = taken_back(node.claim, command)
    return node.held - bounced.amount if bounced else node.held
