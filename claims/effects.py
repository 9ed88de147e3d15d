"""What a step does to a claim, by name. Nothing here decides whether the step may be taken."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from claims.model import (
    Action,
    Claim,
    Closing,
    Command,
    Exclusion,
    Input,
    Offer,
    OfferStatus,
    Refund,
    RefundStatus,
    Return,
    ReturnStatus,
)
from claims.money import percent_of

Effect = Callable[[Claim, Command, datetime], Claim]


def note_guidance(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, guided=True)


def add_offer(claim: Claim, command: Command, now: datetime) -> Claim:
    percent = command.input.percent or 0
    amount = percent_of(claim.product_amount, percent)
    offer = Offer(len(claim.offers) + 1, percent, amount, now, in_time=now <= claim.protect_until)
    return replace(claim, offers=(*claim.offers, offer), due_at=now + claim.policy.offer)


def withdraw_offer(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(_end_offer(claim, OfferStatus.WITHDRAWN), due_at=claim.respond_by)


def supersede_offer(claim: Claim, command: Command, now: datetime) -> Claim:
    return _end_offer(claim, OfferStatus.SUPERSEDED)


def accept_offer(claim: Claim, command: Command, now: datetime) -> Claim:
    claim = _end_offer(claim, OfferStatus.ACCEPTED)
    return replace(claim, award=claim.offers[-1].amount)


def decline_offer(claim: Claim, command: Command, now: datetime) -> Claim:
    return _end_offer(claim, OfferStatus.DECLINED)


def expire_offer(claim: Claim, command: Command, now: datetime) -> Claim:
    return _end_offer(claim, OfferStatus.EXPIRED)


def give_seller_time(claim: Claim, command: Command, now: datetime) -> Claim:
    by = max(claim.respond_by, now + claim.policy.after_decline)
    return replace(claim, respond_by=by, due_at=by)


def call_mediator(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(_leave_return(claim), asked=None, due_at=now + claim.policy.rule)


def ask_for_evidence(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, asked=command.input.party, due_at=now + claim.policy.evidence)


def raise_priority(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, priority=claim.priority + 1)


def note_closing(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, award=0, ruled=False, closing=Closing(_closing_code(claim, command), now))


def award_all(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, award=claim.total, ruled=False)


def award_no_more(claim: Claim, command: Command, now: datetime) -> Claim:
    """Nothing came of it: the buyer is to have what an earlier decision brought, and keeps."""
    return replace(claim, award=claim.paid, ruled=False)


def award_ruling(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, award=awarded(claim.total, command.input), ruled=True)


def awarded(total: int, given: Input) -> int:
    """What a ruling gives the buyer in all."""
    return total if given.return_first else given.amount or 0


def note_refund(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, refund_granted_at=claim.refund_granted_at or now)


def note_grant(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, return_granted_at=claim.return_granted_at or now)


def note_appeal(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, appealed=command.by, in_appeal=True, ruled=False, appeal_until=None, closed_at=None)


def note_exclusion(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(claim, exclusion=Exclusion(command.input.code or "", now, now + claim.policy.exclusion))


def settle_exclusion(claim: Claim, command: Command, now: datetime) -> Claim:
    """An exclusion once decided is never taken back."""
    if claim.exclusion is None:
        return claim
    return replace(claim, exclusion=replace(claim.exclusion, granted=command.input.granted, decided_at=now))


def want_label(claim: Claim, command: Command, now: datetime) -> Claim:
    wanted = Return(len(claim.returns) + 1, now)
    return replace(claim, returns=(*claim.returns, wanted), due_at=now + claim.policy.label)


def send_label(claim: Claim, command: Command, now: datetime) -> Claim:
    ready = replace(claim.returns[-1], tracking_number=command.input.tracking_number or "")
    claim = replace(claim, returns=(*claim.returns[:-1], ready))
    return _parcel(claim, ReturnStatus.LABEL_READY, now, claim.policy.ship)


def await_scan(claim: Claim, command: Command, now: datetime) -> Claim:
    return _parcel(claim, ReturnStatus.LABEL_LAPSED, now, claim.policy.scan)


def track(claim: Claim, command: Command, now: datetime) -> Claim:
    return _parcel(claim, ReturnStatus.SHIPPED, now, claim.policy.transit)


def start_inspection(claim: Claim, command: Command, now: datetime) -> Claim:
    return _parcel(claim, ReturnStatus.DELIVERED, now, claim.policy.inspect)


def accept_goods(claim: Claim, command: Command, now: datetime) -> Claim:
    return _parcel(claim, ReturnStatus.ACCEPTED)


def reject_goods(claim: Claim, command: Command, now: datetime) -> Claim:
    return _parcel(claim, ReturnStatus.REJECTED)


def cancel_return(claim: Claim, command: Command, now: datetime) -> Claim:
    return _parcel(claim, ReturnStatus.CANCELLED)


def expire_return(claim: Claim, command: Command, now: datetime) -> Claim:
    return _parcel(claim, ReturnStatus.EXPIRED)


def request_refund(claim: Claim, command: Command, now: datetime) -> Claim:
    refund = Refund(len(claim.refunds) + 1, claim.award - claim.paid, now)
    return replace(
        claim,
        refunds=(*claim.refunds, refund),
        due_at=now + claim.policy.bank,
        code=_refund_code(claim, command),
        closed_by=command.by,
    )


def book_refund(claim: Claim, command: Command, now: datetime) -> Claim:
    return _refund(claim, RefundStatus.SUCCEEDED)


def book_by_hand(claim: Claim, command: Command, now: datetime) -> Claim:
    owed = claim.award - claim.paid  # more than the refund in hand when an older one bounced meanwhile
    paid = replace(claim.refunds[-1], amount=owed, status=RefundStatus.SUCCEEDED, by_hand=True)
    return replace(claim, refunds=(*claim.refunds[:-1], paid))


def fail_refund(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(_refund(claim, RefundStatus.FAILED), due_at=now + claim.policy.bank)


def unbook_refund(claim: Claim, command: Command, now: datetime) -> Claim:
    bounced = (
        replace(r, status=RefundStatus.BOUNCED) if r.number == command.input.refund else r for r in claim.refunds
    )
    return replace(claim, refunds=tuple(bounced))


def want_refund(claim: Claim, command: Command, now: datetime) -> Claim:
    """What was taken back is owed again, as a new refund: the old one's key belongs to money that moved."""
    owed = Refund(len(claim.refunds) + 1, claim.award - claim.paid, now, RefundStatus.FAILED, tries=0)
    claim = replace(claim, refunds=(*claim.refunds, owed), due_at=now + claim.policy.bank)
    return replace(claim, appeal_until=None, closed_at=None)


def ask_bank_again(claim: Claim, command: Command, now: datetime) -> Claim:
    """The same refund, under the same key."""
    last = claim.refunds[-1]
    again = replace(last, status=RefundStatus.PENDING, tries=last.tries + 1)
    return replace(claim, refunds=(*claim.refunds[:-1], again), due_at=now + claim.policy.bank)


def close(claim: Claim, command: Command, now: datetime) -> Claim:
    return replace(
        claim,
        code=_outcome_code(claim, command),
        closed_by=claim.closed_by if command.action in _PAID else command.by,
        closed_at=now,
        in_appeal=False,
        due_at=None,
        appeal_until=None if claim.appealed else now + claim.policy.appeal,
    )


_PAID = {Action.REFUNDED, Action.PAY_BY_HAND}  # these end what somebody else decided
_WITH_BUYER = {ReturnStatus.WANTED, ReturnStatus.LABEL_READY, ReturnStatus.LABEL_LAPSED}


def _end_offer(claim: Claim, status: OfferStatus) -> Claim:
    if claim.offer is None:
        return claim
    return replace(claim, offers=(*claim.offers[:-1], replace(claim.offers[-1], status=status)))


def _parcel(claim: Claim, status: ReturnStatus, now: datetime | None = None, until: timedelta | None = None) -> Claim:
    returns = (*claim.returns[:-1], replace(claim.returns[-1], status=status))
    due = now + until if now and until else claim.due_at
    return replace(claim, returns=returns, due_at=due)


def _leave_return(claim: Claim) -> Claim:
    """What becomes of a return in hand when the mediator is called."""
    status = claim.returns[-1].status if claim.returns else None
    if status in _WITH_BUYER:
        return _parcel(claim, ReturnStatus.ABANDONED)
    return _parcel(claim, ReturnStatus.LOST) if status == ReturnStatus.SHIPPED else claim


def _refund(claim: Claim, status: RefundStatus) -> Claim:
    return replace(claim, refunds=(*claim.refunds[:-1], replace(claim.refunds[-1], status=status)))


def _refund_code(claim: Claim, command: Command) -> str:
    if command.action == Action.ACCEPT_OFFER:
        return "partial_refunded"
    if command.action == Action.REFUND:
        return "payment_refunded"
    return "item_returned" if command.action == Action.ACCEPT_RETURN and not claim.ruled else "coverage_decision"


def _outcome_code(claim: Claim, command: Command) -> str:
    ruled = "coverage_decision" if claim.award else "no_coverage"
    by_step = {
        Action.EXPIRE_OFFER: "timeout",
        Action.EXPIRE_RETURN: "return_expired",
        Action.CANCEL_RETURN: "return_canceled",
        Action.RULE: ruled,
    }
    if command.action == Action.CLOSE:
        return _closing_code(claim, command)
    return by_step.get(command.action, claim.code)


def _closing_code(claim: Claim, command: Command) -> str:
    return command.input.code or ("seller_explained_functions" if claim.guided else "worked_out_with_seller")


_NAMED = (
    note_guidance, add_offer, withdraw_offer, supersede_offer, accept_offer, decline_offer, expire_offer,
    give_seller_time, fail_refund, want_refund,
    call_mediator, ask_for_evidence, raise_priority, note_closing, award_all, award_no_more,
    award_ruling, note_refund, note_grant, note_appeal, want_label, send_label, await_scan, track,
    start_inspection, accept_goods, reject_goods, cancel_return, expire_return, request_refund,
    book_refund, book_by_hand, unbook_refund, ask_bank_again, close, note_exclusion, settle_exclusion,
)  # fmt: skip
EFFECTS: dict[str, Effect] = {effect.__name__: effect for effect in _NAMED}
