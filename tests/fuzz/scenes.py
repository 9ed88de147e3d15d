"""Situations that random steps start from, each reached through the real rules; what is not possible is left out."""

from claims.model import Action, Actor, Claim, Input

BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor
Given = dict[str, object]


def _offer(claim: Claim) -> Given:
    return {"percent": claim.policy.percents[len(claim.policy.percents) // 2]}


def _pending(claim: Claim) -> Given:
    return {"offer": len(claim.offers)}


def _half(claim: Claim) -> Given:
    return {"amount": claim.total // 2}


def _all(claim: Claim) -> Given:
    return {"amount": claim.total}


def _label(claim: Claim) -> Given:
    return {"parcel": len(claim.returns), "tracking_number": tracking(claim)}


def _parcel(claim: Claim) -> Given:
    return {"tracking_number": claim.returns[-1].tracking_number if claim.returns else "none"}


def _refund(claim: Claim) -> Given:
    return {"refund": len(claim.refunds)}


def _nothing(claim: Claim) -> Given:
    return {}


def _cause(claim: Claim) -> Given:
    return {"code": "carrier_damage"}


def _return_first(claim: Claim) -> Given:
    return {"return_first": True}


def tracking(claim: Claim) -> str:
    return f"{claim.id}/T{len(claim.returns)}"


_OFFERED = ((Action.OFFER_PARTIAL_REFUND, SELLER, _offer),)
_DECLINED = (*_OFFERED, (Action.DECLINE_OFFER, BUYER, _pending))
_GRANTED = ((Action.GRANT_RETURN, SELLER, _nothing),)
_LABELLED = (*_GRANTED, (Action.LABEL_MADE, CARRIER, _label))
_ARRIVED = (*_LABELLED, (Action.DELIVER, CARRIER, _parcel))
_MEDIATED = ((Action.ESCALATE, SELLER, _nothing),)
_PAID = (Action.REFUNDED, BANK, _refund)
_LATE = (Action.OPEN, CLOCK, _nothing)  # the seller's window goes by
_LAPSED = (Action.EXPIRE_OFFER, CLOCK, _nothing)  # the date in hand goes by
_AGAIN = (Action.OPEN, BUYER, _nothing)  # one more claim, of one piece
_PART = (_LATE, *_MEDIATED, (Action.RULE, MEDIATOR, _half), _PAID)
_NOTHING_RULED = (_LATE, *_MEDIATED, (Action.RULE, MEDIATOR, lambda c: {"amount": 0}))
_APPEALED = (*_PART, (Action.APPEAL, BUYER, _nothing))
_ASKED = (*_PART, (Action.ASK_EXCLUSION, SELLER, _cause))
_EXCLUDED = (*_ASKED, (Action.DECIDE_EXCLUSION, MEDIATOR, lambda c: {"granted": True}))
_IN_APPEAL = (*_APPEALED, (Action.RULE, MEDIATOR, _return_first), (Action.LABEL_MADE, CARRIER, _label))

SCENES: dict[str, tuple] = {
    "opened": (),
    "offered": _OFFERED,
    "declined": _DECLINED,
    "declined late": (*_OFFERED, _LATE, (Action.DECLINE_OFFER, BUYER, _pending)),
    "accepted": (*_OFFERED, (Action.ACCEPT_OFFER, BUYER, _pending)),
    "granted": _GRANTED,
    "labelled": _LABELLED,
    "shipped": (*_LABELLED, (Action.SHIP, CARRIER, _parcel)),
    "arrived": _ARRIVED,
    "rejected": (*_ARRIVED, (Action.REJECT_RETURN, SELLER, _nothing)),
    "mediated": _MEDIATED,
    "withdrawn and mediated": (*_OFFERED, (Action.WITHDRAW_OFFER, SELLER, _pending), _LATE, *_MEDIATED),
    "settling": ((Action.REFUND, SELLER, _nothing),),
    "refunded": ((Action.REFUND, SELLER, _nothing), _PAID),
    "ruled": _PART,
    "ruled for the seller": _NOTHING_RULED,
    "returning after a ruling for the seller": (
        *_NOTHING_RULED,
        (Action.APPEAL, BUYER, _nothing),
        (Action.RULE, MEDIATOR, _return_first),
        (Action.LABEL_MADE, CARRIER, _label),
    ),
    "appealed": _APPEALED,
    "appealed by the seller": (*_PART, (Action.APPEAL, SELLER, _nothing)),
    "settling in an appeal": (*_APPEALED, (Action.RULE, MEDIATOR, _all)),
    "returning in an appeal": _IN_APPEAL,
    "claimed again after a refund": ((Action.REFUND, SELLER, _nothing), _PAID, _AGAIN, *_PART),
    "claimed again and refunded": (*_OFFERED, _LAPSED, _AGAIN, (Action.REFUND, SELLER, _nothing), _PAID),
    "exclusion asked": _ASKED,
    "excluded": _EXCLUDED,
    "appealed after an exclusion": (*_EXCLUDED, (Action.APPEAL, BUYER, _nothing)),
    "arrived in an appeal": (*_IN_APPEAL, (Action.DELIVER, CARRIER, _parcel)),
}


def given(make, claim: Claim) -> Input:
    return Input(**make(claim))
