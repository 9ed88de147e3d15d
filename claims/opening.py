"""When a claim may be opened, by whom and for how much; and what it starts as."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from claims.guards import clock_time
from claims.model import Action, Claim, Command, Impact, Invalid, OrderLine, Refused, Verdict
from claims.money import share
from claims.policy import Policy, ReasonTerms
from claims.process import PROCESS, Turn
from claims.reasons import REASONS, Reason
from claims.reputation import verdict

SOLUTIONS = ("guidance", "partial_refund", "total_refund", "return")


@dataclass(frozen=True)
class Earlier:
    """A claim that was opened on the same order line before."""

    claim_id: str
    open: bool
    code: str
    ruled: bool
    paid: int
    quantity: int


@dataclass(frozen=True)
class Opening:
    """What a buyer asks for when filing a claim."""

    reason: str
    quantity: int
    wanted: str = ""  # one of SOLUTIONS, or nothing: a wish that binds nobody


def open_claim(
    claim_id: str,
    line: OrderLine,
    earlier: tuple[Earlier, ...],
    asked: Opening,
    policy: Policy,
    now: datetime,
) -> Claim:
    """The claim as it starts (version 0, not recorded yet), or Refused."""
    reason = _reason(asked)
    _check_earlier(earlier)
    _check_quantity(line, earlier, asked.quantity)
    _check_window(line, reason.terms, policy, now)
    return _start(claim_id, line, earlier, asked, reason.terms, policy, now)


def opened(claim: Claim, command: Command) -> Turn:
    """The first turn of every claim: its opening as entry 1 of the timeline."""
    first = replace(claim, version=1)
    return Turn(first, (PROCESS.event(first, command, claim.opened_at, ("start_clock",)),))


def may_open(line: OrderLine, person: str) -> bool:
    """Only the buyer of the line opens a claim on it."""
    return person == line.buyer_id


def claimed_since(claim: Claim, on_line: tuple[Earlier, ...]) -> bool:
    """Whether the order line was claimed again: then no appeal may award the same money twice.

    `on_line`: the claims on the order line, oldest first. Those before this one are no bar: its pieces are others.
    """
    ids = [other.claim_id for other in on_line]
    return claim.id in ids[:-1]


def in_the_way(claim: Claim, action: Action, on_line: tuple[Earlier, ...]) -> str:
    """The claim on the line that bars this opening or appeal, or an empty text; for the store, which knows last."""
    others = tuple(e for e in on_line if e.claim_id != claim.id)
    if not others or action not in (Action.OPEN, Action.APPEAL):
        return ""
    if action == Action.APPEAL:
        return others[-1].claim_id if claimed_since(claim, on_line) else ""
    bars = [e.claim_id for e in others if e.open or e.ruled or e.code == "partial_refunded"]
    too_many = claimable(claim.line, others) < claim.quantity
    return bars[-1] if bars else others[-1].claim_id if too_many else ""


def claimable(line: OrderLine, earlier: tuple[Earlier, ...]) -> int:
    """How many of the line's pieces no money was paid back for yet."""
    return line.quantity - _refunded(earlier)


def _refunded(earlier: tuple[Earlier, ...]) -> int:
    return sum(e.quantity for e in earlier if e.paid)


def _reason(asked: Opening) -> Reason:
    reason = REASONS.get(asked.reason)
    if reason is None:
        raise Invalid("unknown_reason", f"'{asked.reason[:40]}' is not in the catalogue of reasons.")
    if asked.wanted and asked.wanted not in reason.solutions:
        allowed = ", ".join(reason.solutions)
        raise Invalid(
            "solution_not_allowed",
            f"'{asked.reason}' cannot end in '{asked.wanted[:40]}', only in {allowed}.",
        )
    return reason


def _check_earlier(earlier: tuple[Earlier, ...]) -> None:
    for other in earlier:
        if other.open:
            raise Refused("claim_already_open", f"Claim {other.claim_id} is already open on this order line.")
        if other.code == "partial_refunded":
            raise Refused("partial_refund_accepted", f"Claim {other.claim_id} on this line ended in a partial refund.")
        if other.ruled:
            raise Refused("already_ruled", f"A mediator has ruled on claim {other.claim_id}; it can only be appealed.")


def _check_quantity(line: OrderLine, earlier: tuple[Earlier, ...], quantity: int) -> None:
    left = claimable(line, earlier)
    if left < 1:
        raise Refused("nothing_left", "The whole quantity of this order line has been refunded.")
    if not 1 <= quantity <= left:
        given = str(quantity) if abs(quantity) < 10**9 else "so many"
        raise Invalid("quantity_out_of_range", f"You can claim 1 to {left} of this line, not {given}.")


def _check_window(line: OrderLine, terms: ReasonTerms, policy: Policy, now: datetime) -> None:
    if now < line.purchased_at:
        raise Refused("not_bought_yet", f"The purchase is dated {clock_time(line.purchased_at)}, in the future.")
    if terms.group == "not_received":
        _check_not_received(line, policy, now)
    else:
        _check_delivered(line, policy, now)


def _check_delivered(line: OrderLine, policy: Policy, now: datetime) -> None:
    if line.delivered_at is None or now < line.delivered_at:
        raise Refused(
            "not_delivered_yet",
            "The product has not been delivered yet; until then only 'not_received' fits.",
        )
    _check_end(line.delivered_at, policy.claim_after_delivery, "delivery", now)


def _check_not_received(line: OrderLine, policy: Policy, now: datetime) -> None:
    if line.delivered_at is not None and line.delivered_at <= now:
        raise Refused("delivered", f"The product was delivered on {clock_time(line.delivered_at)}.")
    promised = line.promised_at or line.purchased_at + policy.promise_assumed
    if now <= promised:
        raise Refused(
            "not_late_yet",
            f"Delivery is promised until {clock_time(promised)}; a claim is possible after it.",
        )
    span = policy.claim_after_promise_abroad if line.cross_border else policy.claim_after_promise
    _check_end(promised, span, "the promised date", now)


def _check_end(since: datetime, span: timedelta, what: str, now: datetime) -> None:
    if now > since + span:
        end = clock_time(since + span)
        raise Refused("window_over", f"A claim is possible for {span.days} days after {what}; that ended {end}.")


def _start(
    claim_id: str,
    line: OrderLine,
    earlier: tuple[Earlier, ...],
    asked: Opening,
    terms: ReasonTerms,
    policy: Policy,
    now: datetime,
) -> Claim:
    freight = _freight(line, earlier, asked.quantity) if terms.freight else 0
    product = line.unit_price * asked.quantity
    if product + freight == 0:
        raise Refused("nothing_paid", "Nothing was paid for this, so there is nothing to claim.")
    until = now + policy.protect
    claim = Claim(
        id=claim_id, line=line, reason=terms, policy=policy, quantity=asked.quantity,
        product_amount=product, freight_amount=freight, wanted=asked.wanted,
        opened_at=now, protect_until=until, respond_by=until, due_at=until, due_since=now, updated_at=now,
        verdict=Verdict(Impact.PENDING, "not_decided_yet", None, until),
    )  # fmt: skip
    return replace(claim, verdict=verdict(claim))


def _freight(line: OrderLine, earlier: tuple[Earlier, ...], quantity: int) -> int:
    """The share of the freight, so cut that the parts of a line always add up to the whole."""
    before = _refunded(earlier)
    return share(line.freight, before + quantity, line.quantity) - share(line.freight, before, line.quantity)
