"""Explores every claim that the real table can make, at, before and after every date, for broken promises.

Of the nodes with the same key only the first is walked on from. The nodes and the steps between them stand in
tests/world.py, the promises in tests/promises.py. Run it: python -m tests.explore
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from claims.model import Action, Actor, Claim, Command, Refused, Stage
from claims.process import Process
from tests.promises import CLAIM_PROMISES, EXCLUSION_RIGHTS, EXITS, RIGHTS, STEP_PROMISES, View, rulings_missing
from tests.world import (
    START,
    TICK,
    Move,
    Node,
    World,
    commands,
    instants,
    key,
    let_clock_act,
    opened,
    rulings,
    step,
)

N, R, M, S, X = Stage
BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor
REDUCED = World()
FULL = World(offers=(10, 50, 90), awards=(0, 10, 50, 100), bounces=2)
FREIGHT = World(reasons=("not_working",), freight=1_000)
# Exclusions in worlds of their own, for they make four of each closed claim; the other rows fire in the others.
EXCLUDED = World(reasons=("not_received",), exclusions=True)  # nothing is sent back
EXCLUDED_MORE = World(reasons=("not_working",), offers=(50,), awards=(0, 50), exclusions=True)
SMALL = World(reasons=("not_working", "not_received"), limit=40_000)  # where mutants are explored


OF_EXCLUSIONS = (Action.ASK_EXCLUSION, Action.DECIDE_EXCLUSION)


class Quiet(Process):
    """The real process, but for the wording of refusals: most of what the explorer tries is refused."""

    def _why_not(self, claim: Claim, command: Command, now: datetime) -> tuple[str, str]:
        return "refused", ""

    def waiting_on(self, claim: Claim) -> str:
        try:
            return super().waiting_on(claim)
        except IndexError:  # a mutant without the row: the promise C1 will say so
            return "nobody fits"


class Broken(Exception):
    """The first broken promise, for those who need no more than one."""


class Endless(Exception):
    """The table makes more claims than the world's limit."""


class Space:
    """All claims that can be reached, the steps between them, and the promises broken on the way."""

    def __init__(self, process: Process, world: World = REDUCED, stop: bool = False) -> None:
        self.process, self.world, self.stop = process, world, stop
        self.rights = RIGHTS | EXCLUSION_RIGHTS if world.exclusions else RIGHTS
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
        return Node(opened(reason, freight=self.world.freight), START, bounces=self.world.bounces)

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
        for what, (here, action, by) in self.rights.items():
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
        """Whether advance() would take it; asked of so many that the claim after it is not made."""
        claim = self.process.let_time_pass(node.claim, at).claim
        return bool(self.process._rows(claim, command, at))

    # --- what must hold of all of it together

    def _judge_all(self) -> None:
        self._every_row_fires()
        for name, allowed in EXITS.items():
            self._exits(name, allowed)
        self._no_circles()

    def _every_row_fires(self) -> None:
        for row in self.process.rows:
            if (row.step.action in OF_EXCLUSIONS) != self.world.exclusions:
                continue
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
    for size in (REDUCED, EXCLUDED, EXCLUDED_MORE, FULL):
        began = time.perf_counter()
        print(Space(Quiet(), size).explore().report())
        print(f"{time.perf_counter() - began:.0f} s")
