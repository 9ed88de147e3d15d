"""Whether a claim counts against the seller, and the rule that decided."""

from datetime import datetime

from claims.model import PLATFORM, Claim, Impact, OfferStatus, ReturnStatus, Stage, Verdict
from claims.policy import ANY_OFFER, CLOSING, FAIR_OFFER, LATE_CLOSING, REFUND, RETURN

_FAIR = {
    OfferStatus.ACCEPTED,
    OfferStatus.DECLINED,
    OfferStatus.EXPIRED,
}  # offers that the buyer could answer to their end
_NOTHING_CAME = {"return_canceled", "return_expired"}  # of a return: no decision stands behind these
MISTAKE = "opened_claim_by_mistake"


def verdict(claim: Claim) -> Verdict:
    """The verdict on the claim as it stands. What the bank does never changes it; the seller's act does."""
    if not claim.reason.counts:
        return Verdict(Impact.NOT_APPLIES, "reason_never_counts")
    if claim.line.fulfilled_by == PLATFORM and claim.reason.code not in claim.policy.platform_reasons:
        return Verdict(Impact.NOT_APPLIES, "sent_by_platform")
    if claim.exclusion and excluded(claim):  # whatever an appeal brings after it
        return Verdict(Impact.NOT_AFFECTED, "exclusion_granted", claim.exclusion.decided_at)
    if claim.appealed and (_undecided(claim) or claim.code in _NOTHING_CAME):
        return claim.verdict  # the old verdict stands until an appeal is decided, and when it comes to nothing
    if _undecided(claim):
        return _so_far(claim)
    return _protected(claim) or Verdict(Impact.AFFECTED, "no_solution_in_time", _late_act(claim), claim.protect_until)


def fair_offer(claim: Claim) -> int:
    """The best offer, in minor units, made inside the window and left to the buyer to answer; 0 for none."""
    return max((o.amount for o in claim.offers if o.in_time and o.status in _FAIR), default=0)


def _late_act(claim: Claim) -> datetime | None:
    """What the seller, or the buyer, did in the end, though too late to protect."""
    acts = (claim.refund_granted_at, claim.return_granted_at, claim.closing.at if claim.closing else None)
    return min((at for at in acts if at and at > claim.protect_until), default=None)


def _undecided(claim: Claim) -> bool:
    return claim.stage not in (Stage.SETTLING, Stage.CLOSED)


def _so_far(claim: Claim) -> Verdict:
    if _protects(claim, RETURN, claim.return_granted_at) and not _rejected(claim):
        return _not_affected("return_granted_in_time", claim, claim.return_granted_at)
    return Verdict(Impact.PENDING, "not_decided_yet", None, claim.protect_until)


def _protected(claim: Claim) -> Verdict | None:
    if _protects(claim, REFUND, claim.refund_granted_at):
        return _not_affected("refunded_in_time", claim, claim.refund_granted_at)
    if _protects(claim, RETURN, claim.return_granted_at) and not _overruled_in_full(claim):
        return _not_affected("return_granted_in_time", claim, claim.return_granted_at)
    return _protected_by_outcome(claim) or _protected_by_offer(claim)


def _protected_by_outcome(claim: Claim) -> Verdict | None:
    if claim.award != 0:
        return None
    if claim.ruled:
        return _not_affected("ruled_for_seller", claim, claim.closed_at)
    if claim.closing and claim.closing.code == MISTAKE:
        return _not_affected("opened_by_mistake", claim, claim.closing.at)
    if claim.closing and _protects(claim, CLOSING, claim.closing.at):
        return _not_affected("buyer_closed_in_time", claim, claim.closing.at)
    if claim.closing and LATE_CLOSING in claim.policy.protects:
        return _not_affected("buyer_closed", claim, claim.closing.at)
    return None


def _protected_by_offer(claim: Claim) -> Verdict | None:
    if FAIR_OFFER in claim.policy.protects and fair_offer(claim) >= max(claim.award, 1):
        best = (o for o in claim.offers if o.in_time and o.status in _FAIR and o.amount == fair_offer(claim))
        return _not_affected("fair_offer_in_time", claim, max(o.made_at for o in best))
    if ANY_OFFER in claim.policy.protects and (left := [o for o in claim.offers if o.in_time and o.status in _FAIR]):
        return _not_affected("offer_in_time", claim, left[0].made_at)
    return None


def _overruled_in_full(claim: Claim) -> bool:
    return _rejected(claim) and claim.ruled and claim.award == claim.total


def _rejected(claim: Claim) -> bool:
    return any(r.status == ReturnStatus.REJECTED for r in claim.returns)


def _protects(claim: Claim, what: str, acted_at: datetime | None) -> bool:
    """Whether this was done, inside the window, and the policy lets it protect."""
    return what in claim.policy.protects and _in_time(claim, acted_at)


def _in_time(claim: Claim, acted_at: datetime | None) -> bool:
    return acted_at is not None and acted_at <= claim.protect_until


def _not_affected(rule: str, claim: Claim, acted_at: datetime | None) -> Verdict:
    return Verdict(Impact.NOT_AFFECTED, rule, acted_at, claim.protect_until)


def decided(claim: Claim) -> bool:
    """Whether the seller's ledger is to hold the claim's verdict: it ended, or only the bank is waited for."""
    return not _undecided(claim)


def final(claim: Claim) -> bool:
    """Whether the verdict can change no more but by an appeal, or an exclusion, that corrects it."""
    return claim.verdict.impact == Impact.NOT_APPLIES or excluded(claim) or not _undecided(claim)


def excluded(claim: Claim) -> bool:
    """Whether a mediator has excluded the claim: then nothing turns its verdict any more."""
    return claim.exclusion is not None and claim.exclusion.granted is True
