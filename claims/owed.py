"""What the world still owes a claim: a refund to be made, a label to be printed."""

from dataclasses import dataclass
from enum import StrEnum

from claims.model import Claim, RefundStatus, ReturnStatus, Stage


class Errand(StrEnum):
    REFUND = "refund"
    LABEL = "label"


@dataclass(frozen=True)
class Owed:
    """One errand; another try of the same refund is another errand under the same key."""

    errand: Errand
    number: int
    tries: int = 1


def owed(claim: Claim) -> Owed | None:
    """The errand in hand, or None when the claim waits for a person."""
    if claim.refund and claim.refund.status == RefundStatus.PENDING:
        return Owed(Errand.REFUND, claim.refund.number, claim.refund.tries)
    if claim.stage == Stage.RETURN and claim.parcel and claim.parcel.status == ReturnStatus.WANTED:
        return Owed(Errand.LABEL, claim.parcel.number)
    return None
