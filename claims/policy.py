"""The policy: every number and yes-or-no that a marketplace may choose, as data pinned to each claim."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

# What may protect a seller's reputation, when it comes inside the window.
REFUND = "refund"  # the seller refunds all
RETURN = "return"  # the seller grants a return
FAIR_OFFER = "fair_offer"  # an offer that the buyer took, let lapse, or got no more than
ANY_OFFER = "any_offer"  # any offer that was left to the buyer to answer
CLOSING = "closing"  # the buyer closes the claim
LATE_CLOSING = "late_closing"  # ... and so it does after the window
PROTECTIONS = (REFUND, RETURN, FAIR_OFFER, ANY_OFFER, CLOSING, LATE_CLOSING)
PRODUCT = ("not_working", "incomplete", "different", "not_as_described", "not_original")  # what the seller put in


@dataclass(frozen=True)
class ReasonTerms:
    """What one reason for a claim allows. Texts stand in claims/reasons.py."""

    code: str
    group: str  # not_received | product | remorse
    counts: bool  # whether it can count against the seller
    offer: bool  # a partial refund is a solution
    returns: bool  # a return is a solution
    freight: bool  # a total refund adds the share of the freight


@dataclass(frozen=True)
class Policy:
    """The default is the one explored exhaustively; see docs/decisions/0002-policy.md for the reasons."""

    version: str = "default/1"
    protect: timedelta = timedelta(hours=72)  # the seller's window, elapsed hours
    after_decline: timedelta = timedelta(hours=24)
    offer: timedelta = timedelta(days=5)
    offers: int = 3
    percents: tuple[int, ...] = tuple(range(10, 100, 10))
    label: timedelta = timedelta(days=1)  # to make a label
    ship: timedelta = timedelta(days=10)  # the label is valid
    scan: timedelta = timedelta(days=3)  # news of a parcel handed over in time may still come
    transit: timedelta = timedelta(days=15)
    inspect: timedelta = timedelta(days=3)
    rule: timedelta = timedelta(days=7)
    evidence: timedelta = timedelta(days=3)
    bank: timedelta = timedelta(days=1)  # then the same refund is asked for again
    appeal: timedelta = timedelta(days=30)
    exclusion: timedelta = timedelta(days=7)  # for the mediator to decide on one
    reminders: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=6))  # before a date
    protects: tuple[str, ...] = (REFUND, RETURN, FAIR_OFFER, CLOSING)  # ... the reputation, inside the window
    platform_reasons: tuple[str, ...] = PRODUCT  # the only ones that count when the platform itself sends the goods
    claim_after_delivery: timedelta = timedelta(days=30)
    claim_after_promise: timedelta = timedelta(days=21)
    claim_after_promise_abroad: timedelta = timedelta(days=60)
    promise_assumed: timedelta = timedelta(days=30)  # after the purchase, when no date was promised

    def at_pace(self, pace: int) -> "Policy":
        """The same policy with every duration divided by `pace`, for trials; its version says so."""
        if pace == 1:
            return self
        faster: dict[str, Any] = {f.name: _divided(getattr(self, f.name), pace) for f in fields(self)}
        return replace(self, **faster | {"version": f"{self.version} x{pace}"})


def _divided(value: Any, pace: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_divided(v, pace) for v in value)
    return value / pace if isinstance(value, timedelta) else value


DEFAULT = Policy()
