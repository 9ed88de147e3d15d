"""Walking the table of steps: advance() takes a command, available() says which ones would be taken."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from claims import inputs
from claims.effects import EFFECTS, Effect
from claims.guards import GUARDS, Guard, why
from claims.inputs import Field
from claims.model import Action, Actor, Claim, Command, Event, Refused, Stage, Stale, Verdict
from claims.reputation import verdict
from claims.table import STEPS, Step


class Row(NamedTuple):
    step: Step
    stages: tuple[str, ...]
    actors: tuple[str, ...]
    needs: tuple[str, ...]
    does: tuple[str, ...]


@dataclass(frozen=True)
class Turn:
    """What one command brought about: the claim after it, and the steps taken, due clock rows first."""

    claim: Claim
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Choice:
    """An action of this actor: what it takes and does when it is possible now, and why not when it is not."""

    action: Action
    due_at: datetime | None = None
    fields: tuple[Field, ...] = ()
    effects: tuple[str, ...] = ()
    example: Command | None = None
    code: str = ""
    sentence: str = ""

    @property
    def possible(self) -> bool:
        return not self.code


class Process:
    """A table with its guards and effects. There is one, PROCESS; tests make mutants of it."""

    def __init__(
        self,
        steps: tuple[Step, ...] = STEPS,
        guards: dict[str, Guard] = GUARDS,
        effects: dict[str, Effect] = EFFECTS,
        judge: "type[Judge] | None" = None,
    ) -> None:
        self.rows = [Row(s, *(tuple(p.split()) for p in (s.stages, s.by, s.needs, s.does))) for s in steps]
        self.guards, self.effects, self.judge = guards, effects, (judge or Judge)()
        self._index: dict[tuple[str, str, str], list[Row]] = {}
        for row in self.rows:
            for stage in row.stages:
                for actor in row.actors:
                    self._index.setdefault((stage, row.step.action, actor), []).append(row)
        self._clock = {
            stage: [r for r in self.rows if stage in r.stages and Actor.CLOCK in r.actors] for stage in Stage
        }

    def advance(self, claim: Claim, command: Command, now: datetime) -> Turn:
        """The claim after the command, accepted at `now` (aware UTC), or Refused.

        Clock rows that fell due before `now` are taken first, each at the instant it was due: a command
        accepted at or before the due date beats the clock, one accepted after it does not.
        """
        inputs.check(claim, command)
        now = max(now, claim.updated_at)
        turn = self.let_time_pass(claim, now)
        if command.expects is not None and command.expects != turn.claim.version:
            raise Stale(
                "stale",
                f"You saw version {command.expects} of this claim; it is now at {turn.claim.version}.",
            )
        if command.by == Actor.CLOCK:
            return turn
        row = self._fitting(turn.claim, command, now)
        after, event = self._take(turn.claim, row, command, now)
        return Turn(after, (*turn.events, event))

    def let_time_pass(self, claim: Claim, now: datetime) -> Turn:
        """The claim after every clock row that fell due before `now`; the instant itself is the person's."""
        events: list[Event] = []
        while claim.due_at is not None and now > claim.due_at:
            claim, event = self.take_due_step(claim)
            events.append(event)
        return Turn(claim, tuple(events))

    def take_due_step(self, claim: Claim) -> tuple[Claim, Event]:
        """The clock's own step on an open claim, taken at the instant it is due."""
        due = max(claim.due_at or claim.updated_at, claim.updated_at)  # never before the step that set it
        row = self.clock_rows(claim)[0]
        name = f"clock/{due.isoformat()}/{claim.version + 1}"
        return self._take(claim, row, Command(Action(row.step.action), Actor.CLOCK, id=name, via="clock"), due)

    def clock_rows(self, claim: Claim) -> list[Row]:
        """What silence does now; the table is right when this is one row for every open claim."""
        command = Command(Action.OPEN, Actor.CLOCK)
        after = claim.due_at or claim.updated_at
        return [r for r in self._clock[claim.stage] if all(self.guards[g](claim, command, after) for g in r.needs)]

    def waiting_on(self, claim: Claim) -> str:
        """Whose silence the clock counts: buyer, seller, mediator, carrier, bank, or nobody when closed."""
        if not claim.open:
            return "nobody"
        waits = self.clock_rows(claim)[0].step.waits
        return (claim.asked or Actor.MEDIATOR) if waits == "asked or mediator" else waits

    def available(self, claim: Claim, actor: Actor, now: datetime) -> list[Choice]:
        """Every action this actor ever has, in the table's order: what it takes, or why it cannot be."""
        now = max(now, claim.updated_at)
        claim = self.let_time_pass(claim, now).claim
        actions = dict.fromkeys(r.step.action for r in self.rows if actor in r.actors)
        return [self._choice(claim, Action(action), actor, now) for action in actions]

    def _choice(self, claim: Claim, action: Action, actor: Actor, now: datetime) -> Choice:
        tried = [Command(action, actor, given) for given in inputs.candidates(claim, action)]
        fits = [(m, rows[0]) for m in tried if (rows := self._rows(claim, m, now))]
        if not fits:
            code, sentence = self._why_not(claim, tried[0], now)
            return Choice(action, code=code, sentence=sentence)
        fields = inputs.fields(claim, action, [m.input for m, _ in fits])
        example, row = fits[0]
        return Choice(action, claim.due_at, fields, row.does, example)

    def _fitting(self, claim: Claim, command: Command, now: datetime) -> Row:
        rows = self._rows(claim, command, now)
        if not rows:
            raise Refused(*self._why_not(claim, command, now))
        return rows[0]

    def _rows(self, claim: Claim, command: Command, now: datetime) -> list[Row]:
        rows = self._index.get((claim.stage, command.action, command.by), ())
        return [r for r in rows if all(self.guards[g](claim, command, now) for g in r.needs)]

    def _take(self, claim: Claim, row: Row, command: Command, now: datetime) -> tuple[Claim, Event]:
        """The one place where a claim gets a new stage."""
        due = claim.due_at
        for name in row.does:
            claim = self.effects[name](claim, command, now)
        since = claim.due_since if claim.due_at == due else now
        claim = replace(claim, stage=row.step.to, version=claim.version + 1, due_since=since, updated_at=now)
        claim = replace(claim, verdict=self.judge(claim))
        return claim, self.event(claim, command, now, row.does)

    def event(self, claim: Claim, command: Command, now: datetime, effects: tuple[str, ...] = ()) -> Event:
        """The timeline's entry for the step that made this version of the claim."""
        return Event(
            sequence=claim.version,
            at=now,
            action=command.action,
            by=command.by,
            stage=claim.stage,
            waiting_on=self.waiting_on(claim),
            due_at=claim.due_at,
            impact=claim.verdict.impact,
            id=command.id,
            person=command.person,
            via=command.via,
            input=command.input,
            note=command.note,
            effects=effects,
        )

    def _why_not(self, claim: Claim, command: Command, now: datetime) -> tuple[str, str]:
        """The code and sentence of a refusal: the role, else the stage, else the guard that came nearest."""
        mine = [r for r in self.rows if r.step.action == command.action and command.by in r.actors]
        if not mine:
            return "not_for_role", f"'{command.action}' is not for the {command.by}."
        here = [r for r in mine if claim.stage in r.stages]
        if not here:
            stages = " or ".join(dict.fromkeys(s for r in mine for s in r.stages))
            return "wrong_stage", f"'{command.action}' belongs to {stages}; this claim is in {claim.stage}."
        failing = [([g for g in r.needs if not self.guards[g](claim, command, now)], len(r.needs)) for r in here]
        nearest, _ = min(failing, key=lambda f: (len(f[0]), len(f[0]) - f[1]))  # fewest failed, then most held
        return why(nearest[0], claim, command)


class Judge:
    """The verdict rule as a value, so that tests can give a table another one."""

    def __call__(self, claim: Claim) -> Verdict:
        return verdict(claim)


PROCESS = Process()
advance, available, let_time_pass, waiting_on = (
    PROCESS.advance,
    PROCESS.available,
    PROCESS.let_time_pass,
    PROCESS.waiting_on,
)
