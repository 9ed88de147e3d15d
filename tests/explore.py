"""Explores every claim that the real table can make, at, before and after every date, for broken promises.

A node is a claim at an instant, with what the world knows and the claim does not. Two nodes with the same
key() have the same future, so only the first of them is walked on from. Run it: python -m tests.explore
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from claims.guards import best_declined
from claims.inputs import CLOSING_CODES
from claims.model import (
    Action,
    Actor,
    Claim,
    Command,
    Event,
    Impact,
    Input,
    OrderLine,
    RefundStatus,
    Refused,
    ReturnStatus,
    Stage,
)
from claims.money import percent_of
from claims.opening import Opening, open_claim
from claims.policy import DEFAULT
from claims.process import Process
from claims.reputation import MISTAKE, fair_offer

N, R, M, S, X = Stage.NEGOTIATION, Stage.RETURN, Stage.MEDIATION, Stage.SETTLING, Stage.CLOSED
BUYER, SELLER, MEDIATOR = Actor.BUYER, Actor.SELLER, Actor.MEDIATOR
CARRIER, BANK, CLOCK = Actor.CARRIER, Actor.BANK, Actor.CLOCK
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
    limit: int = 200_000  # claims; a table that makes more of them does not end


REDUCED = World()
FULL = World(offers=(10, 50, 90), awards=(0, 10, 50, 100))
FREIGHT = World(reasons=("not_working",), freight=1_000)
SMALL = World(reasons=("not_working", "not_received"), limit=40_000)  # where mutants are explored


class Node(NamedTuple):
    claim: Claim
    now: datetime
    handed: datetime | None = None  # the parcel is with the carrier, who will have scanned it by then
    keys: frozenset[int] = frozenset()  # refunds that the bank was asked for and has not answered
    called: bool = False  # the seller himself brought it to the mediator


class Move(NamedTuple):
    before: Node
    command: Command
    at: datetime
    after: Node
    events: tuple[Event, ...] = ()


class Quiet(Process):
    """The real process, but for the wording of refusals: most of what the explorer tries is refused."""

    def _why_not(self, claim: Claim, command: Command, now: datetime) -> tuple[str, str]:
        return "refused", ""

    def waiting_on(self, claim: Claim) -> str:
        try:
            return super().waiting_on(claim)
        except IndexError:  # a mutant without the row: the promise C1 will say so
            return "nobody fits"


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
    return (
        claim.stage,
        claim.reason.code,
        claim.verdict.impact,
        node.called and protect >= 0,
        _settled(node),
        _goods(node),
        _merits(claim) if claim.reason.counts else None,
        _bargain(claim, now) if claim.stage == N else claim.offer,
        _dates(claim, now, protect),
    )


def _settled(node: Node) -> tuple[object, ...]:
    claim, last = node.claim, node.claim.refund
    decided = claim.stage != M or claim.in_appeal  # in a first mediation every way out sets these anew
    return (
        claim.paid,
        (last.status, last.amount) if last else None,
        tuple(len(claim.refunds) - number for number in node.keys),
        (claim.award, claim.ruled) if decided else None,
        claim.code == "partial_refunded",
        claim.stage == X and claim.code in _NOTHING_OWED,
        claim.appealed,
        claim.in_appeal,
        claim.asked,
    )


def _goods(node: Node) -> tuple[object, ...]:
    status = node.claim.parcel.status if node.claim.parcel else None
    in_hand = "buyer's" if status in _BUYERS else "gone" if status in _GONE else status
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
    sooner = claim.due_at is not None and (claim.protect_until > claim.due_at) - (claim.protect_until < claim.due_at)
    return protect, left(claim.due_at, now), sooner


def in_time(claim: Claim, at: datetime | None) -> bool:
    return at is not None and at <= claim.protect_until


def rejected(claim: Claim) -> bool:
    return any(r.status == ReturnStatus.REJECTED for r in claim.returns)


def with_buyer(claim: Claim) -> bool:
    return claim.parcel is None or claim.parcel.status in _WITH_BUYER


_BUYERS = {None, ReturnStatus.CANCELLED, ReturnStatus.EXPIRED, ReturnStatus.ABANDONED}  # no return in hand
_LABEL_OUT = {ReturnStatus.LABEL_READY, ReturnStatus.LABEL_LAPSED}
_WITH_BUYER = {*_BUYERS, *_LABEL_OUT, ReturnStatus.WANTED}
_GONE = {ReturnStatus.ACCEPTED, ReturnStatus.REJECTED, ReturnStatus.LOST}
_NOTHING_OWED = {"no_coverage", *CLOSING_CODES}  # a mediator said so, or the buyer did


# --- what is tried: all that has rows in the stage, and what must be refused there


def commands(claim: Claim, world: World) -> list[Command]:
    return [*_STAGE_COMMANDS[claim.stage](claim, world)]


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
    for party in (BUYER, SELLER):
        yield ask(Action.REQUEST_EVIDENCE, MEDIATOR, party=party)
        yield ask(Action.GIVE_EVIDENCE, party)
    for award in world.awards:
        amount = claim.total if award == 100 else percent_of(claim.product_amount, award)
        yield ask(Action.RULE, MEDIATOR, amount=amount)
    yield ask(Action.RULE, MEDIATOR, return_first=True)


def _in_settling(claim: Claim, world: World) -> Iterator[Command]:
    for number in (len(claim.refunds), len(claim.refunds) + 1):
        yield ask(Action.REFUNDED, BANK, refund=number)
        yield ask(Action.REFUND_FAILED, BANK, refund=number)
    yield ask(Action.PAY_BY_HAND, MEDIATOR)


def _when_closed(claim: Claim, world: World) -> Iterator[Command]:
    if claim.refunds:
        yield from _in_settling(claim, world)
    yield from (ask(Action.APPEAL, BUYER), ask(Action.APPEAL, SELLER))


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
    ends = [end for end in (claim.due_at, node.handed if in_hand(node) else None) if end]
    return sorted(t for t in dates if now <= t <= min(ends, default=t))


def in_hand(node: Node) -> bool:
    """The carrier has the parcel, and nothing in the claim says so yet."""
    return node.handed is not None and node.claim.parcel.status in _LABEL_OUT


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
    if command.action not in (Action.SHIP, Action.DELIVER) or node.handed:
        return
    if command.action == Action.SHIP or node.claim.parcel.status != ReturnStatus.SHIPPED:
        raise Refused("carrier_has_no_parcel", "")


def _world_after(node: Node, claim: Claim, command: Command, at: datetime) -> Node:
    seen = command.action in (Action.SHIP, Action.DELIVER)
    handed = None if seen or claim.stage != R else node.handed
    called = node.called or (command.by == SELLER and command.action in (Action.ESCALATE, Action.REJECT_RETURN))
    return Node(claim, at, handed, _keys_after(node, claim, command), called)


def _keys_after(node: Node, claim: Claim, command: Command) -> frozenset[int]:
    """A refund is in flight from the asking until the bank says what became of it."""
    asked = {r.number for r in claim.refunds if r.status == RefundStatus.PENDING}
    if command.by == BANK:
        return node.keys - {command.input.refund} | asked
    return node.keys | asked if claim.refunds is not node.claim.refunds else node.keys


# --- what must hold in every claim: name -> broken here?


class View(NamedTuple):
    """A node and what may be done there."""

    node: Node
    moves: list[Move]
    waiting_on: str

    def may(self, *actions: Action, by: Actor) -> bool:
        """Whether this actor can take one of these steps (any, when none is named) at this very instant."""
        return any(
            m.command.by == by and m.at == self.node.now and (not actions or m.command.action in actions)
            for m in self.moves
        )


def _date_over_on_arrival(v: View, c: Claim) -> bool:
    withdrawn = c.stage == N and c.offer is None  # the offer had outlived the seller's own time
    return c.due_at is not None and c.due_at < v.node.now and not withdrawn


def _nothing_to_do(v: View, c: Claim) -> bool:
    if v.waiting_on not in (BUYER, SELLER, MEDIATOR) or c.due_at < v.node.now:
        return False
    return not any(m.command.by == v.waiting_on for m in v.moves)


def _unprotected(v: View, c: Claim) -> bool:
    if c.stage not in (N, R, M) or not _window_runs(v) or c.verdict.impact != Impact.PENDING:
        return False
    return not any(
        m.command.by == SELLER and m.at == v.node.now and m.after.claim.verdict.impact == Impact.NOT_AFFECTED
        for m in v.moves
    )


def _window_runs(v: View) -> bool:
    return v.node.now <= v.node.claim.protect_until


def _idle_talk(v: View, c: Claim) -> bool:
    waits = c.stage == N and not _window_runs(v) and c.offer is None and c.due_at >= v.node.now
    return waits and fair_offer(c) == 0


def _left_alone(v: View, c: Claim) -> bool:
    if c.stage != R or c.parcel.status not in _LABEL_OUT or _window_runs(v) or v.node.handed:
        return False
    return not v.may(Action.ESCALATE, by=BUYER) and v.node.now <= c.due_at


def _bounce_unheard(v: View, c: Claim) -> bool:
    paid = c.stage == X and c.refund is not None and c.refund.status == RefundStatus.SUCCEEDED
    return paid and not v.may(Action.REFUND_FAILED, by=BANK)


CLAIM_PROMISES: dict[str, Callable[[View, Claim], bool]] = {
    "C1 a date in the past on arrival": _date_over_on_arrival,
    "C2 an open claim without a date, or a closed one with one": lambda v, c: (c.stage == X) == bool(c.due_at),
    "C3 an offer pending outside negotiation": lambda v, c: c.offer is not None and c.stage != N,
    "C3 two offers pending": lambda v, c: sum(o.status == "pending" for o in c.offers) > bool(c.offer),
    "C3 more than three offers": lambda v, c: len(c.offers) > c.policy.offers,
    "C4 paid more than all, or less than nothing": lambda v, c: not 0 <= c.paid <= c.total,
    "C4 two refunds in flight: the buyer may be paid twice": lambda v, c: len(v.node.keys) > 1,
    "C4 closed, and the buyer lacks money that was awarded": lambda v, c: c.stage == X and c.paid < c.award,
    "C4 closed, and the buyer has more than was awarded":
        lambda v, c: c.stage == X and c.paid > c.award and not c.appealed,
    "C5 decided, but the verdict is pending":
        lambda v, c: c.stage in (S, X) and c.verdict.impact == Impact.PENDING,
    "C5 counts against the seller although his 72 h are not over":
        lambda v, c: c.verdict.impact == Impact.AFFECTED and _window_runs(v) and not v.node.called,
    "C5 a reason that never counts counts":
        lambda v, c: (c.verdict.impact != Impact.NOT_APPLIES) != c.reason.counts,
    "C12 waits for somebody who has no step to take": _nothing_to_do,
    "G4 inside the 72 h the seller has no step left that would protect him": _unprotected,
    "G7 closed with the goods gone and no money, without a ruling":
        lambda v, c: c.stage == X and not with_buyer(c) and c.paid == 0 and c.code not in _NOTHING_OWED,
    "G9 negotiation goes on after 72 h without an in-time offer behind it": _idle_talk,
    "G10 a label for goods that are no longer with the buyer":
        lambda v, c: c.stage == R and any(r.status in _GONE for r in c.returns),
    "G12 the bank takes a refund back and nothing in the table hears it": _bounce_unheard,
    "G14 a buyer who cannot send the goods has no way to a person": _left_alone,
}  # fmt: skip


# What people are promised that they can do: name -> here?, what, and who.
RIGHTS: dict[str, tuple[Callable[[Node, Claim], bool], Action, Actor]] = {
    "U1 the seller explains himself": (lambda n, c: c.stage == N and not c.guided, Action.GUIDE, SELLER),
    "U2 the seller takes back an offer": (lambda n, c: c.offer is not None, Action.WITHDRAW_OFFER, SELLER),
    "U2 the buyer takes an offer": (lambda n, c: c.offer is not None, Action.ACCEPT_OFFER, BUYER),
    "U2 the buyer refuses an offer": (lambda n, c: c.offer is not None, Action.DECLINE_OFFER, BUYER),
    "U3 the buyer ends his own claim":
        (lambda n, c: c.stage in (N, M) and not c.in_appeal, Action.CLOSE, BUYER),
    "U4 the seller pays everything back":
        (lambda n, c: c.stage in (N, R, M) and c.paid < c.total, Action.REFUND, SELLER),
    "U5 the seller takes the goods back": (
        lambda n, c: c.stage in (N, M) and not c.in_appeal and c.reason.returns and with_buyer(c),
        Action.GRANT_RETURN, SELLER),
    "U6 the buyer keeps the goods after all":
        (lambda n, c: c.stage == R and with_buyer(c), Action.CANCEL_RETURN, BUYER),
    "U7 the carrier says that the parcel is lost":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.SHIPPED, Action.LOSE, CARRIER),
    "U7 the carrier says that the parcel has arrived":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.SHIPPED, Action.DELIVER, CARRIER),
    "U8 the seller finds the goods in order":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.DELIVERED, Action.ACCEPT_RETURN, SELLER),
    "U8 the seller finds the goods not in order":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.DELIVERED, Action.REJECT_RETURN, SELLER),
    "U9 the seller asks for a mediator":
        (lambda n, c: c.stage == N and c.offer is None, Action.ESCALATE, SELLER),
    "U9 the buyer asks for a mediator after the 72 h": (
        lambda n, c: c.stage == N and c.offer is None and n.now > c.protect_until, Action.ESCALATE, BUYER),
    "U10 the mediator asks for evidence":
        (lambda n, c: c.stage == M and c.asked is None, Action.REQUEST_EVIDENCE, MEDIATOR),
    "U11 the mediator settles by hand what the bank has refused": (
        lambda n, c: c.stage == S and c.refund.status in (RefundStatus.FAILED, RefundStatus.BOUNCED),
        Action.PAY_BY_HAND, MEDIATOR),
    "U12 a buyer with less than was claimed appeals": (
        lambda n, c: may_appeal(n, c) and c.paid < c.total and c.code != "partial_refunded",
        Action.APPEAL, BUYER),
    "U12 a seller who was ruled against appeals":
        (lambda n, c: may_appeal(n, c) and c.ruled and c.award > 0, Action.APPEAL, SELLER),
}  # fmt: skip


def may_appeal(node: Node, claim: Claim) -> bool:
    open_until = claim.stage == X and claim.appealed is None and claim.appeal_until
    return bool(open_until) and claim.protect_until < node.now <= open_until


def rulings_missing(view: View, world: World) -> set[Input]:
    """The rulings that the mediator is promised and does not have."""
    claim = view.node.claim
    if claim.stage != M:
        return set()
    wanted = {m.input for m in _in_mediation(claim, world) if m.action == Action.RULE}
    if not (claim.reason.returns and with_buyer(claim) and claim.paid < claim.total):
        wanted.discard(Input(return_first=True))
    given = {m.command.input for m in view.moves if m.command.action == Action.RULE and m.at == view.node.now}
    return wanted - given


# --- what must hold of every step: name -> broken here? (m is the move, c the claim before it, d after it)


def _protection_lost(m: Move, c: Claim, d: Claim) -> bool:
    if (c.verdict.impact, d.verdict.impact) != (Impact.NOT_AFFECTED, Impact.AFFECTED):
        return False
    decisions = ("rule", "refund", "grant_return", "accept_return", "close")
    return not (m.command.action in decisions and (c.appealed or rejected(c)))


def _verdict_blanked(m: Move, c: Claim, d: Claim) -> bool:
    decided = c.verdict.impact in (Impact.AFFECTED, Impact.NOT_AFFECTED)
    return decided and d.verdict.impact == Impact.PENDING and m.command.action != Action.REJECT_RETURN


def _wrong_number(m: Move, c: Claim, d: Claim) -> bool:
    given = m.command.input
    other_refund = given.refund is not None and given.refund != len(c.refunds)
    other_return = given.parcel is not None and given.parcel != len(c.returns)
    return other_refund or other_return or given.tracking_number == "another"


def _overruled_unpunished(m: Move, c: Claim, d: Claim) -> bool:
    overruled = m.command.action == Action.RULE and rejected(c) and m.command.input.amount == c.total
    in_full = overruled and d.stage in (S, X)
    return in_full and c.refund_granted_at is None and d.verdict.impact == Impact.NOT_AFFECTED


def _closed_by_wrong_silence(m: Move, c: Claim, d: Claim) -> bool:
    closed = m.command.by == CLOCK and c.stage != X and d.stage == X and d.award == 0
    return closed and not ((c.stage == N and c.offer) or c.stage == R)


def _appeal_after_agreement(m: Move, c: Claim, d: Claim) -> bool:
    return m.command.action == Action.APPEAL and c.code == "partial_refunded"


def _answers_another(m: Move, c: Claim, d: Claim) -> bool:
    return m.command.input.offer is not None and (c.offer is None or m.command.input.offer != c.offer.number)


def _not_with_sender(m: Move, c: Claim, d: Claim) -> bool:
    status = c.parcel.status if c.parcel else None
    rejects = m.command.action == Action.REJECT_RETURN and status != ReturnStatus.DELIVERED
    return rejects or (m.command.action == Action.LOSE and status != ReturnStatus.SHIPPED)


def _refund_for_nothing(m: Move, c: Claim, d: Claim) -> bool:
    asked = d.stage == S and d.refund is not None and d.refund.amount <= 0
    return asked or (c.paid == c.total and d.stage == R)


def _not_allowed_by_reason(m: Move, c: Claim, d: Claim) -> bool:
    offered = len(d.offers) > len(c.offers) and not c.reason.offer
    return offered or (d.stage == R and not c.reason.returns)


def _runs_backwards(m: Move, c: Claim, d: Claim) -> bool:
    return any(later < earlier for earlier, later in pairwise([c.updated_at, *(e.at for e in m.events)]))


STEP_PROMISES: dict[str, Callable[[Move, Claim, Claim], bool]] = {
    "C5 the bank's answer moved the verdict": lambda m, c, d: (
        c.stage in (S, X) and m.command.by in (BANK, CLOCK) and c.verdict.impact != d.verdict.impact),
    "C5 a verdict was blanked": _verdict_blanked,
    "C5 a protection was lost": _protection_lost,
    "C8 a closed claim moved": lambda m, c, d: (
        c.stage == X and m.command.action not in (Action.APPEAL, Action.REFUND_FAILED)),
    "C8 appealed twice or late": lambda m, c, d: (
        m.command.action == Action.APPEAL
        and (c.appealed is not None or c.appeal_until is None or m.at > c.appeal_until)),
    "C8 an agreement on money is undone by one side": _appeal_after_agreement,
    "C8 an appeal by a buyer who has everything": lambda m, c, d: (
        m.command.action == Action.APPEAL and m.command.by == BUYER and c.paid == c.total),
    "C8 an appeal while the seller can still protect himself": lambda m, c, d: (
        m.command.action == Action.APPEAL and m.at <= c.protect_until),
    "C9 the timeline runs backwards": _runs_backwards,
    "C10 a step that is not the next of the timeline": lambda m, c, d: (
        [e.sequence for e in m.events] != list(range(c.version + 1, d.version + 1))),
    "C4 paid by hand while the provider may still pay: twice": lambda m, c, d: (
        m.command.action == Action.PAY_BY_HAND and bool(m.before.keys)),
    "G1 an offer taken back by the seller protects him": lambda m, c, d: (
        m.command.by == SELLER and fair_offer(d) > fair_offer(c)),
    "G2 the buyer's silence on an in-time offer counts against the seller": lambda m, c, d: (
        m.command.action == Action.EXPIRE_OFFER and c.offer is not None and c.offer.in_time
        and d.verdict.impact == Impact.AFFECTED),
    "G3 the seller closed the claim with nothing for the buyer": lambda m, c, d: (
        m.command.by == SELLER and d.stage == X),
    "G3 rejected his own return, overruled in full, and still protected": _overruled_unpunished,
    "G5 the buyer cuts the seller's 72 h short": lambda m, c, d: (
        m.command.action == Action.ESCALATE and m.command.by == BUYER and m.at <= c.protect_until),
    "G6 a percentage is offered again that was refused": lambda m, c, d: (
        m.command.input.percent is not None
        and m.command.input.percent <= max((o.percent for o in c.offers if o.status == "declined"), default=0)),
    "G6 a decline shortens the seller's time, or leaves less than 24 h": lambda m, c, d: (
        m.command.action == Action.DECLINE_OFFER
        and not c.respond_by <= d.respond_by >= m.at + c.policy.after_decline),
    "G6 withdrawing moves the clock": lambda m, c, d: (
        m.command.action == Action.WITHDRAW_OFFER and not d.respond_by == d.due_at == c.respond_by),
    "G7 the clock closed against the buyer while somebody else was waited for": _closed_by_wrong_silence,
    "G7 the clock closed as never shipped, with the parcel already handed over": lambda m, c, d: (
        m.command.by == CLOCK and c.stage == R and d.stage == X and m.before.handed is not None),
    "G8 the buyer ends the seller's appeal": lambda m, c, d: (
        m.command.by == BUYER and d.stage == X and c.in_appeal and c.appealed == SELLER and not c.ruled),
    "G11 an award leaves settling other than by being paid": lambda m, c, d: (
        c.stage == S and d.stage not in (S, X)),
    "G11 an award changes while it settles": lambda m, c, d: c.stage == S and c.award != d.award,
    "G15 answers another offer than the one that was seen": _answers_another,
    "G17 rejects or loses a parcel that is not there": _not_with_sender,
    "G18 two are asked at once, or a date is moved by asking again": lambda m, c, d: (
        c.asked is not None and m.command.action == Action.REQUEST_EVIDENCE),
    "G19 a party moves the mediator's date": lambda m, c, d: (
        c.stage == M == d.stage and m.command.by in (BUYER, SELLER) and c.asked != m.command.by),
    "G20 a refund, or a return, for nothing": _refund_for_nothing,
    "G21 the protection's end moved": lambda m, c, d: c.protect_until != d.protect_until,
    "G22 a solution that the reason does not allow": _not_allowed_by_reason,
    "G23 the buyer cuts the carrier's or the inspection's time short": lambda m, c, d: (
        c.stage == R and m.command.by == BUYER and not with_buyer(c)),
    "G25 a refund that the bank took back is booked again": lambda m, c, d: (
        m.command.action == Action.REFUNDED and c.refund.status == RefundStatus.BOUNCED),
    "G24 a message about another parcel, return or refund than the one in hand": _wrong_number,
}  # fmt: skip

# Broken by the rules as they are, and reported: a withdrawal later than respond_by leaves a date in the past,
# and the clock's step at it is dated before the withdrawal.
KNOWN = frozenset({"C9 the timeline runs backwards"})

# Who may act, and where: whatever the others do not do, there is a way to an end.
EXITS: dict[str, Callable[[Command], bool]] = {
    "L1 everybody may act": lambda m: True,
    "L2 the bank refuses for ever": lambda m: m.action != Action.REFUNDED,
    "L3 no label is ever made": lambda m: m.action != Action.LABEL_MADE,
    "L4 the carrier never says anything": lambda m: m.by != CARRIER,
    "L5 no mediator ever acts": lambda m: m.by != MEDIATOR,
    "L6 buyer and seller are silent": lambda m: m.by not in (BUYER, SELLER),
    "L7 the buyer is silent and the seller acts": lambda m: m.by != BUYER,
}


class Broken(Exception):
    """The first broken promise, for those who need no more than one."""


class Endless(Exception):
    """The table makes more claims than the world's limit."""


class Space:
    """All claims that can be reached, the steps between them, and the promises broken on the way."""

    def __init__(
        self, process: Process, world: World = REDUCED, stop: bool = False, known: frozenset[str] = frozenset()
    ) -> None:
        self.process, self.world, self.stop, self.known = process, world, stop, known
        self.broken: Counter[str] = Counter()
        self.samples: dict[str, tuple[Node, Command | None, datetime | None]] = {}
        self.nodes: list[Node] = []
        self.edges: list[list[tuple[Command, int]]] = []
        self.parents: list[tuple[int, Command] | None] = []
        self.fired: set[tuple[Stage, Action, Actor, Stage]] = set()
        self._numbers: dict[tuple[object, ...], int] = {}
        self._twins = _rows_that_could_both_fit(process)

    @property
    def steps(self) -> int:
        return sum(map(len, self.edges))

    def explore(self) -> "Space":
        for reason in self.world.reasons:
            self._number(Node(new_claim(reason, self.world.freight), START), None)
        for number, node in enumerate(self.nodes):  # grows while it is walked
            self._visit(number, node)
        self._judge_all()
        return self

    def _visit(self, number: int, node: Node) -> None:
        rows = self.process.clock_rows(node.claim) if node.claim.open else []
        if node.claim.open and len(rows) != 1:
            return self.blame(f"C1 {len(rows)} clock rows fit: nobody is waited for, or two are", node)
        moves = list(self._moves(node))
        self._look(View(node, moves, self.process.waiting_on(node.claim)))
        for move in moves:
            self._watch(move)
            self.edges[number].append((move.command, self._number(move.after, (number, move.command))))
        return None

    def _number(self, node: Node, parent: tuple[int, Command] | None) -> int:
        number = self._numbers.setdefault(key(node), len(self.nodes))
        if number == len(self.nodes):
            if number > self.world.limit:
                raise Endless
            self.nodes.append(node)
            self.edges.append([])
            self.parents.append(parent)
        return number

    def _moves(self, node: Node) -> Iterator[Move]:
        tried = commands(node.claim, self.world)
        for at in instants(node):
            for command in tried:
                try:
                    yield step(self.process, node, command, at)
                except Refused:
                    continue
                self._only_one_row(node, command, at)
        if node.claim.open:
            move = let_clock_act(self.process, node)
            if move:
                yield move

    def _only_one_row(self, node: Node, command: Command, at: datetime) -> None:
        rows = self._twins.get((node.claim.stage, command.action, command.by), ())
        guards = self.process.guards
        if sum(all(guards[g](node.claim, command, at) for g in row.needs) for row in rows) > 1:
            self.blame("C1 two rows fit the same command", node, command, at)

    def _look(self, view: View) -> None:
        for what, broken in CLAIM_PROMISES.items():
            if broken(view, view.node.claim):
                self.blame(what, view.node)
        if view.node.claim.due_at is None or view.node.claim.due_at >= view.node.now:
            self._rights(view)
        if view.node.claim.open and view.node.claim.due_at >= view.node.now:
            self._tie(view)

    def _rights(self, view: View) -> None:
        for what, (here, action, by) in RIGHTS.items():
            if here(view.node, view.node.claim) and not view.may(action, by=by):
                self.blame(f"{what}: not possible", view.node)
        if rulings_missing(view, self.world):
            self.blame("U13 the mediator rules: not possible", view.node)

    def _tie(self, view: View) -> None:
        """At the very instant due only people act; after it the clock goes first, whoever comes."""
        claim, due = view.node.claim, view.node.claim.due_at
        clock = Command(Action(self.process.clock_rows(claim)[0].step.action), CLOCK)
        if self.process.let_time_pass(claim, due).events or self.process.advance(claim, clock, due).events:
            self.blame("C6 at the very instant due, both the clock and people may act", view.node, clock, due)
        person = next((m.command for m in view.moves if m.events and m.command.by != CLOCK), None)
        if person and not self._clock_first(claim, person, due):
            self.blame("C6 a person acts after the due date, before the clock", view.node, person, due + TICK)

    def _clock_first(self, claim: Claim, command: Command, due: datetime) -> bool:
        try:
            first = self.process.advance(claim, command, due + TICK).events[0]
        except Refused:
            return True
        return (first.by, first.at) == (CLOCK, due)

    def _watch(self, move: Move) -> None:
        before, after = move.before.claim, move.after.claim
        for what, broken in STEP_PROMISES.items():
            if broken(move, before, after):
                self.blame(what, move.before, move.command, move.at)
        if move.command.by in (BANK, CARRIER) and self._takes(move.after, move.command, move.at):
            self.blame("G16 the same message twice counts twice", move.before, move.command, move.at)
        if move.command.by != CLOCK and len(move.events) > 1:
            self.blame("C6 the clock acts although the person came in time", move.before, move.command, move.at)
        stage = before.stage
        for event in move.events:
            self.fired.add((stage, event.action, event.by, event.stage))
            stage = event.stage

    def _takes(self, node: Node, command: Command, at: datetime) -> bool:
        try:
            self.process.advance(node.claim, command, at)
        except Refused:
            return False
        return True

    # --- what must hold of all of it together

    def _judge_all(self) -> None:
        self._every_row_fires()
        for name, allowed in EXITS.items():
            self._exits(name, allowed)
        self._no_circles()

    def _every_row_fires(self) -> None:
        for row in self.process.rows:
            for stage in row.stages:
                for actor in row.actors:
                    if (stage, row.step.action, actor, row.step.to) not in self.fired:
                        self.blame(f"C7 never happens: {stage} {row.step.action} {actor} -> {row.step.to}")

    def _exits(self, name: str, allowed: Callable[[Command], bool]) -> None:
        back = defaultdict(list)
        for number, out in enumerate(self.edges):
            for command, after in out:
                if allowed(command):
                    back[after].append(number)
        ends = {number for number, node in enumerate(self.nodes) if not node.claim.open}
        reached = _reachable(ends, back)
        for number, node in enumerate(self.nodes):
            if number not in reached and not (name.startswith("L5") and node.claim.in_appeal):
                self.blame(f"{name}: no way to an end from {node.claim.stage}", node)

    def _no_circles(self) -> None:
        """Negotiation must always move on: no way round in a circle, whoever plays."""
        inner = {
            number: {after for _, after in self.edges[number] if self.nodes[after].claim.stage == N}
            for number, node in enumerate(self.nodes)
            if node.claim.stage == N
        }
        while ends := {number for number, out in inner.items() if not out}:
            inner = {number: out - ends for number, out in inner.items() if number not in ends}
        for number in inner:
            self.blame("G13 negotiation can go round in a circle", self.nodes[number])

    # --- what is told of it

    def blame(
        self, what: str, node: Node | None = None, command: Command | None = None, at: datetime | None = None
    ) -> None:
        if what in self.known:
            return
        self.broken[what] += 1
        if node:
            self.samples.setdefault(what, (node, command, at))
        if self.stop:
            raise Broken(what)

    def report(self) -> str:
        lines = [f"{len(self.nodes)} claims, {self.steps} steps, {sum(self.broken.values())} broken promises"]
        for what, times in self.broken.most_common():
            lines += [f"{times:7}  {what}", f"         e.g. {self._story(what)}"]
        return "\n".join(lines)

    def _story(self, what: str) -> str:
        if what not in self.samples:
            return "-"
        node, command, at = self.samples[what]
        told = [_tell(e, t) for e, t in self._path(node)]
        return "; ".join([node.claim.reason.code, *told, _tell(command, at) if command else "here"])

    def _path(self, node: Node) -> list[tuple[Command, datetime]]:
        number, path = self._numbers[key(node)], []
        while parent := self.parents[number]:
            path.append((parent[1], self.nodes[number].now))
            number = parent[0]
        return path[::-1]


def new_claim(reason: str, freight: int = 0) -> Claim:
    """One piece for 10000 minor units; delivered, or (for not_received) promised, two days before."""
    then = START - timedelta(days=2)
    delivered = None if reason == "not_received" else then
    line = OrderLine(
        "MLB", "order-1", "line-1", "buyer-1", "seller-1", "A lamp", "home", 1, PRODUCT, freight, "BRL",
        purchased_at=START - timedelta(days=9), promised_at=then, delivered_at=delivered,
    )  # fmt: skip
    return open_claim("clm_1", line, (), Opening(reason, 1), DEFAULT, START)


def _rows_that_could_both_fit(process: Process) -> dict[tuple[Stage, Action, Actor], list]:
    rows = defaultdict(list)
    for row in process.rows:
        for stage in row.stages:
            for actor in row.actors:
                rows[stage, row.step.action, actor].append(row)
    return {place: fitting for place, fitting in rows.items() if len(fitting) > 1}


def _reachable(ends: set[int], back: dict[int, list[int]]) -> set[int]:
    reached, queue = set(ends), deque(ends)
    while queue:
        for before in back.get(queue.popleft(), ()):
            if before not in reached:
                reached.add(before)
                queue.append(before)
    return reached


def _tell(command: Command, at: datetime) -> str:
    given = {k: v for k, v in vars(command.input).items() if v is not None}
    return f"{(at - START) / timedelta(hours=1):g}h {command.by} {command.action} {given or ''}".strip()


if __name__ == "__main__":
    for size in (REDUCED, FULL):
        began = time.perf_counter()
        print(Space(Quiet(), size).explore().report())
        print(f"{time.perf_counter() - began:.0f} s")
