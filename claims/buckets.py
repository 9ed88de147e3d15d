"""Which heap of somebody's work a claim lies in: by whose turn it is, and how far the claim has come."""

from collections.abc import Iterator
from enum import StrEnum

from claims.model import Actor, Stage
from claims.thread import PARTIES


class Bucket(StrEnum):
    """In order of urgency. Every claim that somebody sees lies in one of theirs."""

    ANSWER = "answer"  # it is their turn
    PARCEL = "parcel"  # it is their turn with a return: to send it, or to look at what came back
    PARTY = "party"  # the other party's turn
    MEDIATION = "mediation"
    OUTSIDE = "outside"  # the carrier, the bank, or a mediator who mends a payment
    CLOSED = "closed"


def bucket(role: str, stage: str, waiting_on: str) -> Bucket:
    if stage == Stage.CLOSED:
        return Bucket.CLOSED
    if waiting_on == role:
        return Bucket.PARCEL if stage == Stage.RETURN else Bucket.ANSWER
    if stage == Stage.MEDIATION:
        return Bucket.MEDIATION
    return Bucket.PARTY if waiting_on in PARTIES else Bucket.OUTSIDE


def inside(wanted: Bucket, role: str) -> Iterator[tuple[str, str]]:
    """(stage, who is waited for) of all claims in a bucket, for finding them."""
    for stage in Stage:
        for waiting_on in (*Actor, "nobody"):
            if bucket(role, stage, waiting_on) == wanted:
                yield str(stage), str(waiting_on)
