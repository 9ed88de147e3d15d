"""What an action would bring: the claim after it, and what would still protect the seller's reputation."""

from dataclasses import dataclass
from datetime import datetime

from claims.model import Action, Actor, Claim, Command, Impact
from claims.process import PROCESS, Choice, Process


@dataclass(frozen=True)
class Prospect:
    """A choice and the claim as it would be after its example was sent."""

    choice: Choice
    after: Claim


def prospects(claim: Claim, actor: Actor, now: datetime, process: Process = PROCESS) -> tuple[Prospect, ...]:
    """What this actor may do now, each with the claim that it leads to."""
    possible = [c for c in process.available(claim, actor, now) if c.example]
    return tuple(Prospect(c, _after(claim, c.example, now, process)) for c in possible if c.example)


def _after(claim: Claim, command: Command, now: datetime, process: Process) -> Claim:
    """The claim after the command and what the clock does at once because of it."""
    now = max(now, claim.updated_at)
    return process.let_time_pass(process.advance(claim, command, now).claim, now).claim


def would_protect(claim: Claim, now: datetime, process: Process = PROCESS) -> tuple[Action, ...]:
    """The seller's actions that would make the claim not count, while the window runs and the verdict is open."""
    claim = process.let_time_pass(claim, now).claim
    if claim.verdict.impact != Impact.PENDING or now > claim.protect_until:
        return ()
    ahead = prospects(claim, Actor.SELLER, now, process)
    return tuple(p.choice.action for p in ahead if _protects(p))


def _protects(prospect: Prospect) -> bool:
    """An offer protects only if the buyer takes it or lets it lapse; it is named all the same."""
    offered = prospect.choice.action == Action.OFFER_PARTIAL_REFUND
    return offered or prospect.after.verdict.impact == Impact.NOT_AFFECTED
