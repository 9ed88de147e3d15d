"""The mediators' desk: what brought a claim there, and which heap it lies on."""

from enum import StrEnum

from claims.model import Action, Actor, Claim, Event, ReturnStatus

BROUGHT = (Action.ESCALATE, Action.REJECT_RETURN, Action.LOSE, Action.APPEAL)  # the steps that call a mediator


class Heap(StrEnum):
    DECIDE = "decide"  # waits for a mediator
    EVIDENCE = "evidence"  # waits for a party that was asked for evidence
    EXCLUSIONS = "exclusions"  # the seller asks that it not count
    PAYMENTS = "payments"  # the bank declined the refund
    UNDER_WAY = "under_way"  # it was decided; a return or a refund follows
    CLOSED = "closed"


class Cause(StrEnum):
    SELLER_SILENT = "seller_silent"
    BUYER_CALLED = "buyer_called"
    SELLER_CALLED = "seller_called"
    RETURN_REJECTED = "return_rejected"
    PARCEL_LOST = "parcel_lost"
    NO_LABEL = "no_label"
    BUYER_APPEALED = "buyer_appealed"
    SELLER_APPEALED = "seller_appealed"


_BY_STEP = {
    (Action.ESCALATE, Actor.BUYER): Cause.BUYER_CALLED,
    (Action.ESCALATE, Actor.SELLER): Cause.SELLER_CALLED,
    (Action.APPEAL, Actor.BUYER): Cause.BUYER_APPEALED,
    (Action.APPEAL, Actor.SELLER): Cause.SELLER_APPEALED,
    (Action.REJECT_RETURN, Actor.SELLER): Cause.RETURN_REJECTED,
    (Action.LOSE, Actor.CARRIER): Cause.PARCEL_LOST,
}


def cause(claim: Claim, brought: Event) -> Cause:
    """Why the claim came before a mediator, by the step that brought it there."""
    return _BY_STEP.get((brought.action, brought.by)) or _of_silence(claim, brought)


def _of_silence(claim: Claim, brought: Event) -> Cause:
    """The clock called: for the carrier, where a return had been granted by then, else for the seller."""
    returns = [r for r in claim.returns if r.granted_at < brought.at]
    if not returns:
        return Cause.SELLER_SILENT
    return Cause.PARCEL_LOST if returns[-1].status == ReturnStatus.LOST else Cause.NO_LABEL
