"""The thread of a claim: who writes to whom, and who may see what was written."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from claims.inputs import NOTE_LIMIT
from claims.model import Action, Actor, Claim, Event, Invalid, Refused, Stage
from claims.sight import READS_ALL

TEXT_LIMIT = NOTE_LIMIT  # characters of a message, for everybody
MOST_FILES = 10  # that one message takes along
ALL = "all"  # the receiver of what both parties are told
PARTIES = (Actor.BUYER, Actor.SELLER)
ASIDE: dict[Action, Actor] = {  # between the seller and the mediators: whom they tell; the buyer hears nothing of it
    Action.ASK_EXCLUSION: Actor.MEDIATOR,
    Action.DECIDE_EXCLUSION: Actor.SELLER,
}


class Kind(StrEnum):
    TEXT = "text"
    GUIDANCE = "guidance"  # how to use it; asks the buyer whether that helped
    NOTE = "note"  # came with a step


@dataclass(frozen=True)
class Writing:
    """Whom an actor may write to now; nobody: why not."""

    to: tuple[Actor, ...]
    code: str = ""
    sentence: str = ""


def may_write(claim: Claim, by: Actor | None) -> Writing:
    """While they negotiate the parties write to each other; in mediation each to the mediator only."""
    if by is None or by not in (*PARTIES, Actor.MEDIATOR):
        return Writing((), "not_for_role", "Only the buyer, the seller and a mediator write in a claim's thread.")
    if claim.stage == Stage.CLOSED:
        return Writing((), "claim_closed", "The claim is closed; nothing more can be written in it.")
    mediation = claim.stage == Stage.MEDIATION
    if by == Actor.MEDIATOR:
        why = "A mediator writes to the parties while the claim is in mediation."
        return Writing(PARTIES) if mediation else Writing((), "not_in_mediation", why)
    return Writing((Actor.MEDIATOR,) if mediation else (other_party(by),))


def receiver(claim: Claim, by: Actor | None, to: Actor | None) -> Actor:
    """Whom a message goes to. Raises Refused, or Invalid when a mediator does not say."""
    writing = may_write(claim, by)
    if not writing.to:
        raise Refused(writing.code, writing.sentence)
    if to is None and len(writing.to) > 1:
        raise Invalid("receiver_missing", "Say whom it is for: 'to' is buyer or seller.")
    if to is not None and to not in writing.to:
        names = " or ".join(writing.to)
        raise Refused("receiver_not_possible", f"Now a message from the {by} goes to the {names}, not to the {to}.")
    return to or writing.to[0]


def receiver_of_note(event: Event) -> str:
    """Who is told what was written with a step: the other party; both when a mediator is there."""
    if event.action in ASIDE:
        return ASIDE[event.action]
    if event.by in PARTIES and event.stage != Stage.MEDIATION:
        return other_party(event.by)
    return ALL


def is_told(role: str, action: Action) -> bool:
    """Whether who sees the claim is told what came with a step: its input, its words and its files."""
    return role != Actor.BUYER or action not in ASIDE


def kind_of_note(event: Event) -> Kind:
    return Kind.GUIDANCE if event.action == Action.GUIDE else Kind.NOTE


def other_party(actor: Actor) -> Actor:
    return Actor.SELLER if actor == Actor.BUYER else Actor.BUYER


def hears(role: str, *, mine: Any, clean: Any, to_me: Any) -> Any:
    """Whether a caller who sees the claim sees a message: a bool, or a condition of a query, as the facts are.

    `mine`: the caller wrote it. `clean`: moderation let it pass. `to_me`: it is for the caller's role, or for all.
    """
    if role in (*READS_ALL, Actor.MEDIATOR):
        return mine | clean
    return mine | (clean & to_me)
