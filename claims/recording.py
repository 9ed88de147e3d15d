"""What is written down of a turn, and what the store answers."""

from dataclasses import dataclass
from enum import StrEnum

from claims.model import Claim, Command, Event
from claims.process import Turn


@dataclass(frozen=True)
class Recording:
    """A turn to be stored: on which claim it was made, the claim after it, its steps, and the command behind it."""

    before: Claim
    claim: Claim
    events: tuple[Event, ...]
    command: Command

    @classmethod
    def of(cls, before: Claim, turn: Turn, command: Command) -> "Recording":
        return cls(before, turn.claim, turn.events, command)


class Outcome(StrEnum):
    STORED = "stored"
    REPEATED = "repeated"  # this command was stored before; nothing was written
    MOVED = "moved"  # the claim in the store is not the one the turn was made on; nothing was written
    BEHIND = "behind"  # the store has lost steps that the turn was made on; nothing was written
    TAKEN = "taken"  # another claim is open on the order line; nothing was written


# The code and sentence of whoever wants a step of a claim whose store is BEHIND: nothing is wrong with what they ask.
PUT_BACK = (
    "database_behind",
    "The database was put back to before this claim's last steps; an operator has to decide.",
)


@dataclass(frozen=True)
class Recorded:
    """What became of a recording. `claim` is the store's own, unless it is the one just stored."""

    outcome: Outcome
    claim: Claim | None = None
    other: str = ""  # the claim that is in the way, when TAKEN
    mail: tuple[str, ...] = ()  # the keys of the notices to be mailed
