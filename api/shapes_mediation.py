"""The shapes of the mediators' desk: claims that wait for them, and earlier rulings on the same reason."""

from datetime import datetime

from pydantic import Field

from api.shapes import ClaimListed, ExclusionSeen, Money, Shape
from claims.mediation import Cause
from claims.model import Actor


class DeskClaim(ClaimListed):
    """A claim of the mediators', in a list."""

    quantity: int
    cause: Cause | None = Field(description="why it came before a mediator, the last time; null: it never did")
    asked: Actor | None = Field(description="whose evidence is waited for")
    exclusion: ExclusionSeen | None
    unread: int


class Counted(Shape):
    """How many claims lie on each heap, whatever was asked for; what is closed is not counted."""

    decide: int
    evidence: int
    exclusions: int
    payments: int
    under_way: int


class MediationDesk(Shape):
    claims: list[DeskClaim]
    counts: Counted
    next: str | None


class RulingReason(Shape):
    """What the mediator wrote, in the reader's language where there is a translation."""

    text: str | None = Field(description="null: erased, or the reader is an auditor")
    language: str | None
    original: str | None
    original_language: str | None
    erased: bool


class RulingSeen(Shape):
    claim_id: str
    claim: str = Field(description="where the claim is")
    ruled_at: datetime
    site: str
    product: str
    quantity: int
    claimed: Money = Field(description="all that the claim is about")
    awarded: Money
    share: int = Field(description="awarded of claimed, in hundredths of a per cent")
    return_first: bool
    note: RulingReason | None


class Practice(Shape):
    """The newest rulings added up, 200 at most."""

    rulings: int
    median_share: int | None = Field(description="in hundredths of a per cent; null without rulings")
    returned_first: int
    everything: int = Field(description="how often all was awarded, without a return")
    nothing: int


class SimilarRulings(Shape):
    reason: str
    site: str | None = Field(description="that they are from; null: from all, for this claim's own has too few")
    practice: Practice
    rulings: list[RulingSeen] = Field(description="the newest first")
