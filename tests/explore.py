"""Explores every claim that the real table can make, at, before and after every date, for broken promises.

A node is a claim at an instant, with what the world knows and the claim does not. Two nodes with the same
key() have the same future, so only the first of them is walked on from. The promises, and what they read,
stand in tests/promises.py. Run it: python -m tests.explore
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from claims.model import Action, Actor, Claim, Command, Input, OrderLine, RefundStatus, Refused, ReturnStatus, Stage
from claims.money import percent_of
from claims.opening import Opening, open_claim
from claims.policy import DEFAULT
from claims.process import Process
from claims.reputation import MISTAKE
from tests.promises import (
    CLAIM_PROMISES,
    EXITS,
    RIGHTS,
    STEP_PROMISES,
    UNPAID,
    Move,
    Node,
    View,
    in_hand,
    key,
    rulings_missing,
    spoken_of,
    taken_back,
)

N, R, M, S, X = Stage
BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
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
    limit: int = 200_000  # claims; a table that makes more of them does not end


REDUCED = World()
FULL = World(offers=(10, 50, 90), awards=(0, 10, 50, 100), bounces=2)
FREIGHT = World(reasons=("not_working",), freight=1_000)
SMALL = World(reasons=("not_working", "not_received"), limit=40_000)  # where mutants are explored


class Quiet(Process):
    """The real process, but for the wording of refusals: most of what the explorer tries is refused."""

    def _why_not(self, claim: Claim, command: Command, now: datetime) -> tuple[str, str]:
        return "refused", ""

    def waiting_on(self, claim: Claim) -> str:
        try:
            return super().waiting_on(claim)
        except IndexError:  # a mutant without the row: the promise C1 will say so
            return "nobody fits"


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


def _from_bank(claim: Claim) -> Iterator[Command]:
    """Both of its words of every refund that there ever was, and of one that there is not."""
    for number in range(1, len(claim.refunds) + 2) if claim.refunds else ():
        yield ask(Action.REFUNDED, BANK, refund=number)
        yield ask(Action.REFUND_FAILED, BANK, refund=number)


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
    if command.by == BANK:
        _bank_can_say(node, command)
    if command.action not in (Action.SHIP, Action.DELIVER) or node.handed:
        return
    if command.action == Action.SHIP or node.claim.parcel.status != ReturnStatus.SHIPPED:
        raise Refused("carrier_has_no_parcel", "")


def _bank_can_say(node: Node, command: Command) -> None:
    """It repeats itself and errs in the number, but does not speak of a refund before it was asked for it."""
    refund = spoken_of(node.claim, command)
    if refund and refund.status == RefundStatus.FAILED and refund.tries == 0:
        raise Refused("bank_was_not_asked", "")
    if taken_back(refund, command) and not node.bounces:
        raise Refused("bounces_used_up", "")


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
    if refund and command.action == Action.REFUNDED and refund.status in UNPAID:
        return node.held + refund.amount
    return node.held - refund.amount if taken_back(refund, command) else node.held


class Broken(Exception):
    """The first broken promise, for those who need no more than one."""


class Endless(Exception):
    """The table makes more claims than the world's limit."""


class Space:
    """All claims that can be reached, the steps between them, and the promises broken on the way."""

    def __init__(self, process: Process, world: World = REDUCED, stop: bool = False) -> None:
        self.process, self.world, self.stop = process, world, stop
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
            self._number(self._start(reason), None)
        for number, node in enumerate(self.nodes):  # grows while it is walked
            self._visit(number, node)
        self._judge_all()
        return self

    def _start(self, reason: str) -> Node:
        return Node(new_claim(reason, self.world.freight), START, bounces=self.world.bounces)

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
        if rulings_missing(view, {*rulings(view.node.claim, self.world)}):
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
