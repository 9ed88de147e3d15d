"""The verdict rules and the resolutions in words."""

from claims.model import Actor

VERDICTS = {
    "reason_never_counts": "A claim for this reason never counts against the seller.",
    "not_decided_yet": "Nothing is decided yet.",
    "refunded_in_time": "The seller refunded in time, so the claim does not count.",
    "return_granted_in_time": "The seller granted the return in time, so the claim does not count.",
    "fair_offer_in_time": "A fair offer was made in time, and the buyer has no more than it; the claim does not count.",
    "buyer_closed_in_time": "The buyer closed the claim in time, so it does not count.",
    "opened_by_mistake": "The claim was opened by mistake, so it does not count.",
    "ruled_for_seller": "The mediator ruled for the seller, so the claim does not count.",
    "exclusion_granted": "A mediator excluded the claim from the seller's reputation, so it does not count.",
    "no_solution_in_time": "No solution came in time, so the claim counts against the seller.",
}
BENEFITS: dict[str, tuple[Actor, ...]] = {
    "payment_refunded": (Actor.BUYER,),
    "item_returned": (Actor.BUYER,),
    "coverage_decision": (Actor.BUYER,),
    "no_coverage": (Actor.SELLER,),
    "return_canceled": (Actor.SELLER,),
    "return_expired": (Actor.SELLER,),
    "timeout": (Actor.SELLER,),
    "partial_refunded": (Actor.BUYER, Actor.SELLER),
}


def benefits(code: str) -> tuple[Actor, ...]:
    """Whom a resolution benefits; what was settled between the two benefits both."""
    return BENEFITS.get(code, (Actor.BUYER, Actor.SELLER))
