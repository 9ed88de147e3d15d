"""Both sides of a claim in mediation as two stories: what each said, asked for, offered and showed, in time order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from claims.model import Action
from claims.thread import PARTIES

View = dict[str, Any]


@dataclass
class Moment:
    """A step, a message, or files by themselves. `heard`: it is what a mediator wrote to this side."""

    at: datetime
    step: View | None = None
    message: View | None = None
    offer: View | None = None
    files: list[View] = field(default_factory=list)
    heard: bool = False

    @property
    def aside(self) -> bool:
        """Nobody but the mediators reads it."""
        return self.message is not None and self.message["to"] == "mediator"


@dataclass(frozen=True)
class Side:
    """`wanted` by the buyer, `offers` of the seller; `said` and `shown`: how many messages and files there are."""

    role: str
    moments: list[Moment]
    wanted: str
    offers: list[View]

    @property
    def said(self) -> int:
        return sum(m.message is not None and not m.heard for m in self.moments)

    @property
    def shown(self) -> int:
        return sum(len(m.files) for m in self.moments if not m.heard)


def sides(claim: View, thread: list[View], events: list[View], files: list[View]) -> list[Side]:
    """The buyer's and the seller's, of the views of the claim, its thread, its timeline and its files."""
    known = {f["id"]: f for f in files}
    return [_side(role, claim, thread, events, known) for role in PARTIES]


def _side(role: str, claim: View, thread: list[View], events: list[View], known: dict[str, View]) -> Side:
    said = [m for m in thread if m["from"]["role"] == role]
    moments = [*_steps(role, claim, said, events), *_messages(said), *_heard(role, thread)]
    for moment in moments:
        moment.files = [known.get(f["id"], f) for f in (moment.message or {}).get("attachments", [])]
    shown = {f["id"] for m in moments for f in m.files}
    moments += [Moment(f["used_at"] or f["created_at"], files=[f]) for f in _alone(role, known, shown)]
    offers = claim["offers"] if role == "seller" else []
    return Side(role, sorted(moments, key=lambda m: m.at), claim["wanted"] if role == "buyer" else "", offers)


def _steps(role: str, claim: View, said: list[View], events: list[View]) -> Iterator[Moment]:
    """Steps with what was written with them, and offers with what became of them."""
    notes, offers = [m for m in said if m["action"]], {o["made_at"]: o for o in claim["offers"]}
    for event in (e for e in events if e["by"] == role):
        offer = offers.get(event["at"]) if event["action"] == Action.OFFER_PARTIAL_REFUND else None
        yield Moment(event["at"], step=event, message=_taken(notes, event), offer=offer)
    yield from (Moment(m["created_at"], message=m) for m in notes)  # whose step is not among these


def _taken(notes: list[View], event: View) -> View | None:
    """What was written with this step, taken from the notes: they know each other by the words and the action."""
    if event["note_digest"] is None:
        return None
    found = next((m for m in notes if m["action"] == event["action"] and _same_words(m, event)), None)
    if found:
        notes.remove(found)
    return found


def _same_words(note: View, event: View) -> bool:
    written = note["original"]["text"] if note["original"] else None
    return bool(written == event["note"])


def _messages(said: list[View]) -> Iterator[Moment]:
    return (Moment(m["created_at"], message=m) for m in said if not m["action"])


def _heard(role: str, thread: list[View]) -> Iterator[Moment]:
    to_them = (m for m in thread if (m["from"]["role"], m["to"]) == ("mediator", role))
    return (Moment(m["created_at"], message=m, heard=True) for m in to_them)


def _alone(role: str, known: dict[str, View], shown: set[str]) -> list[View]:
    """Files that came without a word."""
    return [f for f in known.values() if f["by"] == role and f["id"] not in shown]
