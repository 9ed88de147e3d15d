"""What happens by itself: the forward schedule when nobody acts, and the reminders before a date."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from claims.model import Action, Actor, Claim, Impact, Stage
from claims.process import PROCESS, Process

_LONGEST = 12  # entries; the default policy needs at most four


@dataclass(frozen=True)
class Coming:
    """One entry of the schedule: at this instant the clock takes this step, unless somebody acts before."""

    at: datetime
    action: Action
    waiting_on: str  # whose silence brings it about
    stage: Stage  # after it
    impact: Impact  # after it


@dataclass(frozen=True)
class Reminder:
    """A notice to whoever is waited for, so long before the date."""

    at: datetime
    before: timedelta
    due_at: datetime
    to: Actor


def schedule(claim: Claim, process: Process = PROCESS) -> tuple[Coming, ...]:
    """What the clock will do if nobody ever acts, until the claim closes or a step repeats itself."""
    return tuple(coming for coming, _ in course(claim, process))


def course(claim: Claim, process: Process = PROCESS) -> tuple[tuple[Coming, Claim], ...]:
    """The schedule, each entry with the claim after it."""
    coming: list[tuple[Coming, Claim]] = []
    while claim.due_at is not None and len(coming) < _LONGEST:
        waiting_on = process.waiting_on(claim)
        claim, event = process.take_due_step(claim)
        if any(c.action == event.action and c.waiting_on == waiting_on for c, _ in coming):
            break
        coming.append((Coming(event.at, event.action, waiting_on, claim.stage, claim.verdict.impact), claim))
    return tuple(coming)


def reminders(claim: Claim, process: Process = PROCESS) -> tuple[Reminder, ...]:
    """The reminders that the claim's date calls for, earliest first; none late when the date was set."""
    waiting_on = process.waiting_on(claim)
    if claim.due_at is None or waiting_on not in (Actor.BUYER, Actor.SELLER, Actor.MEDIATOR):
        return ()
    due = claim.due_at
    planned = (Reminder(due - before, before, due, Actor(waiting_on)) for before in claim.policy.reminders)
    return tuple(sorted((r for r in planned if r.at > claim.due_since), key=lambda r: r.at))


def next_reminder(claim: Claim, after: datetime | None) -> Reminder | None:
    """The first reminder after the one that was dealt with last."""
    return next((r for r in reminders(claim) if after is None or r.at > after), None)
