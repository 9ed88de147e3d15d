"""Who is told of a step, and of a date that comes near."""

from dataclasses import dataclass
from datetime import datetime

from claims.model import Action, Actor, Claim, Event, Stage
from claims.schedule import Reminder
from claims.thread import ASIDE

_QUIET = {Action.RETRY_REFUND}  # nothing that a person could do anything about
_MEDIATORS = (Action.REFUND_FAILED, Action.REFUND_BOUNCED, Action.ASK_EXCLUSION)


@dataclass(frozen=True)
class Notice:
    """One entry of an inbox. The key makes it the only one of its kind."""

    key: str
    role: Actor
    person: str  # empty for the mediators, who share one inbox
    kind: str  # step | reminder | message
    facts: dict[str, str]


def of_event(claim: Claim, event: Event) -> tuple[Notice, ...]:
    """The notices of one step: to the parties who did not take it, and to the mediators when it is theirs."""
    if event.action in _QUIET:
        return ()
    told = [a for a in _audience(claim, event) if a != event.by]
    return tuple(_notice(claim, event, actor) for actor in told)


def of_reminder(claim: Claim, reminder: Reminder) -> Notice:
    hours = int(reminder.before.total_seconds() // 3600)
    key = f"{claim.id}/due/{reminder.due_at.isoformat()}/{hours}h/{reminder.to}"
    facts = {"action": "reminder", "hours": str(hours), "due_at": reminder.due_at.isoformat()}
    return Notice(key, reminder.to, person_of(claim, reminder.to), "reminder", facts)


def of_message(claim: Claim, message: str, sender: Actor, receiver: Actor, at: datetime) -> Notice:
    """That somebody wrote; never what."""
    facts = {"action": "message", "by": str(sender), "message": message, "at": at.isoformat()}
    return Notice(f"{claim.id}/{message}/{receiver}", receiver, person_of(claim, receiver), "message", facts)


def of_no_help(claim: Claim, message: str, at: datetime) -> Notice:
    """That an explanation did not help: for the seller, who may try another way."""
    facts = {"action": "not_helped", "by": str(Actor.BUYER), "message": message, "at": at.isoformat()}
    return Notice(f"{claim.id}/{message}/no", Actor.SELLER, claim.line.seller_id, "message", facts)


def for_mediators(event: Event) -> bool:
    """Whether a step brings the claim before the mediators: to rule, to exclude, or because a refund did not work."""
    return event.stage == Stage.MEDIATION or event.action in _MEDIATORS


def person_of(claim: Claim, actor: Actor) -> str:
    """The id of the person behind an actor of this claim; empty for those who are no single person."""
    return {Actor.BUYER: claim.line.buyer_id, Actor.SELLER: claim.line.seller_id}.get(actor, "")


def _audience(claim: Claim, event: Event) -> tuple[Actor, ...]:
    parties = (Actor.BUYER, Actor.SELLER)
    if event.action in ASIDE:
        return (ASIDE[event.action],)
    return (*parties, Actor.MEDIATOR) if for_mediators(event) else parties


def _notice(claim: Claim, event: Event, actor: Actor) -> Notice:
    facts = {
        "action": str(event.action),
        "by": str(event.by),
        "stage": str(event.stage),
        "waiting_on": event.waiting_on,
        "due_at": event.due_at.isoformat() if event.due_at else "",
        "sequence": str(event.sequence),
    }
    key = f"{claim.id}/{event.sequence}/{actor}"
    return Notice(key, actor, person_of(claim, actor), "step", facts | _more(claim, event))


def _more(claim: Claim, event: Event) -> dict[str, str]:
    """What a mediator who is to decide, and a seller who waits for it, want to know beside."""
    if event.action == Action.ASK_EXCLUSION and claim.exclusion:
        return {"cause": claim.exclusion.cause, "due_at": claim.exclusion.due_at.isoformat()}
    if event.action == Action.DECIDE_EXCLUSION and claim.exclusion:
        return {"exclusion": claim.exclusion.state}
    return {}
