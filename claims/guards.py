"""What must hold before a step, by name; and the sentence for a person when it does not."""

from collections.abc import Callable
from datetime import datetime

from claims.model import Actor, Claim, Command, Impact, Offer, OfferStatus, RefundStatus, ReturnStatus
from claims.money import percent_of, show

Guard = Callable[[Claim, Command, datetime], bool]

_WITH_BUYER = {None, ReturnStatus.WANTED, ReturnStatus.LABEL_READY, ReturnStatus.LABEL_LAPSED,
               ReturnStatus.CANCELLED, ReturnStatus.EXPIRED, ReturnStatus.ABANDONED}  # fmt: skip
_LABEL_OUT = {ReturnStatus.LABEL_READY, ReturnStatus.LABEL_LAPSED}
_CARRIER_OWES = {ReturnStatus.WANTED, ReturnStatus.SHIPPED}
_UNPAID = {RefundStatus.PENDING, RefundStatus.FAILED}


def parcel_status(claim: Claim) -> ReturnStatus | None:
    return claim.parcel.status if claim.parcel else None


def refund_status(claim: Claim) -> RefundStatus | None:
    return claim.refund.status if claim.refund else None


def best_declined(claim: Claim) -> Offer | None:
    """The highest offer that the buyer refused."""
    refused = [o for o in claim.offers if o.status == OfferStatus.DECLINED]
    return max(refused, key=lambda o: o.percent, default=None)


def offerable(claim: Claim) -> tuple[int, ...]:
    """The percentages that may still be offered: above the best one declined, worth something but not all."""
    floor = best_declined(claim)
    least = (floor.percent, floor.amount) if floor else (0, 0)
    amounts = ((p, percent_of(claim.product_amount, p)) for p in claim.policy.percents)
    return tuple(p for p, amount in amounts if p > least[0] and least[1] < amount < claim.product_amount)


def has_less_than_asked(claim: Claim, command: Command, now: datetime) -> bool:
    """A buyer with less than was claimed who did not agree to it; a seller against a ruling for the buyer."""
    if command.by == Actor.BUYER:
        return claim.paid < claim.total and claim.closed_by != Actor.BUYER
    return claim.ruled and claim.award > 0


def this_refund(claim: Claim, command: Command, now: datetime) -> bool:
    """Whether the bank speaks of the refund in hand, and it was asked for."""
    last = claim.refund
    return last is not None and last.status in _UNPAID and last.tries > 0 and last.number == command.input.refund


def refund_made(claim: Claim, command: Command, now: datetime) -> bool:
    """Whether the bank speaks of a refund that had succeeded; not only of the last one."""
    made = [r.number for r in claim.refunds if r.status == RefundStatus.SUCCEEDED and not r.by_hand]
    return command.input.refund in made


def money_owed(claim: Claim, command: Command, now: datetime) -> bool:
    """Whether the buyer would have less than awarded without the refund that the bank speaks of."""
    taken_back = sum(r.amount for r in claim.refunds if r.number == command.input.refund)
    return claim.paid - taken_back < claim.award


def _is_last(ledger: tuple[object, ...], number: int | None) -> bool:
    return bool(ledger) and number == len(ledger)


GUARDS: dict[str, Guard] = {
    "reason_allows_offer": lambda c, m, t: c.reason.offer,
    "reason_allows_return": lambda c, m, t: c.reason.returns,
    "no_offer": lambda c, m, t: c.offer is None,
    "offer_stands": lambda c, m, t: c.offer is not None,
    "this_offer": lambda c, m, t: c.offer is not None and m.input.offer == c.offer.number,
    "offers_left": lambda c, m, t: len(c.offers) < c.policy.offers and bool(offerable(c)),
    "above_declined": lambda c, m, t: m.input.percent in offerable(c),
    "no_appeal_runs": lambda c, m, t: not c.in_appeal,
    "not_all_paid": lambda c, m, t: c.paid < c.total,
    "nothing_sent_back": lambda c, m, t: parcel_status(c) in _WITH_BUYER,
    "this_return": lambda c, m, t: _is_last(c.returns, m.input.parcel),
    "this_parcel": lambda c, m, t: c.parcel is not None and m.input.tracking_number == c.parcel.tracking_number,
    "label_wanted": lambda c, m, t: parcel_status(c) == ReturnStatus.WANTED,
    "label_valid": lambda c, m, t: parcel_status(c) == ReturnStatus.LABEL_READY,
    "label_lapsed": lambda c, m, t: parcel_status(c) == ReturnStatus.LABEL_LAPSED,
    "label_out": lambda c, m, t: parcel_status(c) in _LABEL_OUT,
    "label_out_or_moving": lambda c, m, t: parcel_status(c) in {*_LABEL_OUT, ReturnStatus.SHIPPED},
    "moving": lambda c, m, t: parcel_status(c) == ReturnStatus.SHIPPED,
    "carrier_owes": lambda c, m, t: parcel_status(c) in _CARRIER_OWES,
    "arrived": lambda c, m, t: parcel_status(c) == ReturnStatus.DELIVERED,
    "nobody_asked": lambda c, m, t: c.asked is None,
    "asked_me": lambda c, m, t: c.asked == m.by,
    "window_over": lambda c, m, t: t > c.protect_until,
    "no_more_money": lambda c, m, t: m.input.amount is not None and m.input.amount <= c.paid,
    "more_money": lambda c, m, t: m.input.amount is not None and m.input.amount > c.paid,
    "return_first": lambda c, m, t: bool(m.input.return_first) and c.paid < c.total,
    "this_refund": this_refund,
    "pays_all": lambda c, m, t: c.paid + c.refunds[-1].amount >= c.award,
    "pays_part": lambda c, m, t: c.paid + c.refunds[-1].amount < c.award,
    "refund_pending": lambda c, m, t: refund_status(c) == RefundStatus.PENDING,
    "refund_made": refund_made,
    "money_owed": money_owed,
    "nothing_owed": lambda c, m, t: not money_owed(c, m, t),
    "refund_has_failed": lambda c, m, t: refund_status(c) == RefundStatus.FAILED,
    "appeal_open": lambda c, m, t: _appeal_open(c, t),
    "has_less_than_asked": has_less_than_asked,
    "counts_against_seller": lambda c, m, t: c.verdict.impact == Impact.AFFECTED,
    "no_exclusion_yet": lambda c, m, t: c.exclusion is None,
    "exclusion_asked": lambda c, m, t: c.exclusion is not None and c.exclusion.granted is None,
}

# A guard that fails is refused with its code and sentence. Names of the facts stand in facts() below.
WHY: dict[str, tuple[str, str]] = {
    "reason_allows_offer": (
        "reason_allows_no_offer",
        "A claim for '{reason}' cannot be settled by a partial refund.",
    ),
    "reason_allows_return": (
        "reason_allows_no_return",
        "A claim for '{reason}' cannot be settled by a return.",
    ),
    "no_offer": (
        "offer_pending",
        "Offer {offer} of {offer_amount} is waiting for the buyer's answer until {due}.",
    ),
    "offer_stands": ("no_offer_pending", "No offer is waiting for an answer."),
    "this_offer": (
        "not_the_pending_offer",
        "That offer is not waiting for an answer (waiting: {offer}).",
    ),
    "offers_left": (
        "no_offers_left",
        "No further offer is possible: {made} of {most} were made; percentages left: {offerable}.",
    ),
    "above_declined": ("not_above_declined", "{percent} % cannot be offered; still possible: {offerable}."),
    "no_appeal_runs": (
        "appeal_runs",
        "An appeal is being decided; only the mediator or a total refund ends it.",
    ),
    "not_all_paid": ("all_paid", "The buyer already has {paid}, all that this claim is about."),
    "nothing_sent_back": (
        "goods_not_with_buyer",
        "The goods are no longer with the buyer (the return is {parcel}).",
    ),
    "this_return": ("not_this_return", "This is not the return in hand."),
    "this_parcel": ("not_this_parcel", "The parcel of this return is '{tracking}', not '{given_tracking}'."),
    "label_wanted": ("no_label_wanted", "No return label is being waited for (the return is {parcel})."),
    "label_valid": ("label_not_valid", "No label is waiting to be used (the return is {parcel})."),
    "label_lapsed": ("label_not_lapsed", "The label has not lapsed (the return is {parcel})."),
    "label_out": ("no_parcel_expected", "No parcel is waiting to be shipped (the return is {parcel})."),
    "label_out_or_moving": ("no_parcel_expected", "No parcel is expected (the return is {parcel})."),
    "moving": ("not_on_its_way", "No parcel is on its way (the return is {parcel})."),
    "carrier_owes": ("carrier_owes_nothing", "The carrier owes nothing (the return is {parcel})."),
    "arrived": ("nothing_arrived", "No returned parcel has arrived (the return is {parcel})."),
    "nobody_asked": ("evidence_pending", "The {asked} was asked for evidence and has until {due}."),
    "asked_me": ("not_asked", "The mediator has not asked you for evidence."),
    "window_over": ("window_running", "The seller has until {protect_until}; this is possible after it."),
    "no_more_money": ("ruling_unclear", "A ruling names an amount, or a return first."),
    "more_money": ("ruling_unclear", "A ruling names an amount, or a return first."),
    "return_first": ("all_paid", "The buyer already has {paid}, all that this claim is about."),
    "this_refund": ("not_this_refund", "This is not the refund in hand."),
    "pays_all": ("part_paid", "With this refund the buyer has a part of what was awarded."),
    "pays_part": ("all_paid", "With this refund the buyer has all that was awarded."),
    "refund_pending": ("refund_not_pending", "This refund is not being waited for."),
    "refund_made": ("not_this_refund", "No refund of this number had succeeded."),
    "money_owed": ("nothing_owed", "The buyer has all that was awarded."),
    "nothing_owed": ("money_owed", "The buyer would have less than was awarded."),
    "refund_has_failed": (
        "refund_not_failed",
        "Only a refund known to have failed is paid by hand, lest it be paid twice.",
    ),
    "appeal_open": ("appeal_closed", "An appeal is possible once, {appeal_until}."),
    "has_less_than_asked": (
        "nothing_to_appeal",
        "There is nothing to appeal: the outcome was agreed to, or is all you asked.",
    ),
    "counts_against_seller": (
        "does_not_count",
        "Only a claim that counts against the seller can be excluded; this one does not.",
    ),
    "no_exclusion_yet": ("exclusion_asked_before", "An exclusion is asked for once; it was, on {exclusion_asked}."),
    "exclusion_asked": ("no_exclusion_asked", "No exclusion of this claim is waiting for a decision."),
}


def why(name: str, claim: Claim, command: Command) -> tuple[str, str]:
    """The code and the sentence for a guard that failed."""
    code, sentence = WHY[name]
    return code, sentence.format(**facts(claim, command))


def facts(claim: Claim, command: Command) -> dict[str, object]:
    """What the sentences name."""
    currency = claim.line.currency
    return {
        "reason": claim.reason.code,
        "offer": claim.offer.number if claim.offer else "none",
        "offer_amount": show(claim.offer.amount, currency) if claim.offer else "none",
        "made": len(claim.offers),
        "most": claim.policy.offers,
        "percent": command.input.percent,
        "offerable": ", ".join(f"{p} %" for p in offerable(claim)) or "none",
        "paid": show(claim.paid, currency),
        "parcel": (parcel_status(claim) or "not granted").replace("_", " "),
        "tracking": claim.parcel.tracking_number if claim.parcel else "",
        "given_tracking": (command.input.tracking_number or "")[:35],
        "asked": claim.asked,
        "due": clock_time(claim.due_at),
        "protect_until": clock_time(claim.protect_until),
        "appeal_until": _appeal_until(claim),
        "exclusion_asked": clock_time(claim.exclusion.asked_at if claim.exclusion else None),
    }


def _appeal_open(claim: Claim, now: datetime) -> bool:
    if claim.appealed or claim.claimed_again or claim.appeal_until is None:
        return False
    return now <= claim.appeal_until


def _appeal_until(claim: Claim) -> str:
    if claim.claimed_again:
        return "and not once the order line was claimed again"
    if claim.appealed:
        return f"and the {claim.appealed} has made it"
    return f"until {clock_time(claim.appeal_until)}" if claim.appeal_until else "after a claim has closed"


def clock_time(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "no date"
