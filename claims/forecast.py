"""What an action would bring: the claim after it, and what would still protect the seller's reputation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from claims.model import Action, Actor, Claim, Command, Impact
from claims.policy import ANY_OFFER, FAIR_OFFER
from claims.process import PROCESS, Choice, Process
from claims.reputation import excluded, fair_offer, final


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
    offers = {FAIR_OFFER, ANY_OFFER} & set(prospect.after.policy.protects)
    offered = bool(offers) and prospect.choice.action == Action.OFFER_PARTIAL_REFUND
    return offered or prospect.after.verdict.impact == Impact.NOT_AFFECTED


@dataclass(frozen=True)
class Change:
    """One thing that would change the verdict: the code of a sentence, what it speaks of, and until when."""

    code: str
    acts: tuple[Action, ...] = ()
    until: datetime | None = None
    amount: int = 0  # minor units


def changes(claim: Claim, now: datetime, process: Process = PROCESS) -> tuple[Change, ...]:
    """What would change the verdict from here on, soonest first; nothing when it never can."""
    claim = process.let_time_pass(claim, now).claim
    if claim.verdict.impact == Impact.NOT_APPLIES or excluded(claim):
        return ()
    if not final(claim):
        return _while_undecided(claim, now, process)
    if claim.exclusion and claim.exclusion.granted:
        return ()  # for good, whatever an appeal brings
    return (*_exclusion(claim, now, process), *_appeals(claim, now, process))


def _while_undecided(claim: Claim, now: datetime, process: Process) -> tuple[Change, ...]:
    if claim.appealed:
        return (Change("under_appeal"),)
    if claim.verdict.impact == Impact.NOT_AFFECTED:
        return (Change("overruled"),)
    found: list[Change] = []
    if acts := would_protect(claim, now, process):
        found.append(Change("act_in_time", acts, claim.protect_until))
    if claim.offer and claim.offer.in_time and FAIR_OFFER in claim.policy.protects:
        found.append(Change("offer_stands", (), claim.due_at))
    if not found:
        found.append(Change("outcome"))
        if FAIR_OFFER in claim.policy.protects and fair_offer(claim):
            found.append(Change("no_more_than_offer", amount=fair_offer(claim)))
    return tuple(found)


def _exclusion(claim: Claim, now: datetime, process: Process) -> Iterator[Change]:
    asked = claim.exclusion
    if asked and asked.granted is None:
        yield Change("exclusion_asked", (), asked.due_at)
    if any(c.possible and c.action == Action.ASK_EXCLUSION for c in process.available(claim, Actor.SELLER, now)):
        yield Change("exclusion_possible", (Action.ASK_EXCLUSION,))


def _appeals(claim: Claim, now: datetime, process: Process) -> Iterator[Change]:
    for actor in (Actor.SELLER, Actor.BUYER):
        choices = process.available(claim, actor, now)
        if any(c.possible and c.action == Action.APPEAL for c in choices):
            yield Change(f"appeal_of_the_{actor}", (), claim.appeal_until)
