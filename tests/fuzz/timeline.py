"""What a timeline alone says of its claim: offers, award, refunds, dates and the verdict.

Written from docs/decisions/0002 and 0005 and from nothing else: it reads entries, never a claim. Where the rules
and this reading differ, one of them is wrong. Amounts are minor units, computed with fractions.
"""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import floor

from claims.model import Event, OrderLine
from claims.policy import Policy

WITH_BUYER, ON_ITS_WAY, GONE = "with the buyer", "on its way", "gone"


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def part(amount: int, percent: int) -> int:
    return half_up(Fraction(amount * percent, 100))


def freight_of(line: OrderLine, before: int, quantity: int) -> int:
    """The share of pieces before+1 to before+quantity, so cut that all shares add up to the whole."""
    first, last = (half_up(Fraction(line.freight * pieces, line.quantity)) for pieces in (before, before + quantity))
    return last - first


@dataclass
class Told:
    """An offer or a refund as the timeline tells of it."""

    amount: int
    status: str
    at: datetime
    by_hand: bool = False


@dataclass
class Reading:
    """All that follows from the entries heard so far. `counts`: whether the reason can count against the seller."""

    policy: Policy
    counts: bool
    product: int
    freight: int
    limit: datetime = field(init=False)  # of the seller's window
    answer_by: datetime = field(init=False)
    due: datetime | None = None
    stage: str = ""
    impact: str = "pending"
    offers: list[Told] = field(default_factory=list)
    refunds: list[Told] = field(default_factory=list)
    parcels: list[str] = field(default_factory=list)  # tracking numbers by return; empty until printed
    goods: str = WITH_BUYER
    award: int = 0
    ruled: bool = False
    refunded_at: datetime | None = None
    granted_at: datetime | None = None
    closing: tuple[str, datetime] | None = None
    rejected: bool = False
    appealed_by: str = ""
    came_to_nothing: bool = False  # the appeal
    appeal_until: datetime | None = None
    exclusion: list[object] = field(default_factory=list)  # cause, asked at, due at; and granted, decided at

    @property
    def total(self) -> int:
        return self.product + self.freight

    @property
    def held(self) -> int:
        """What the buyer has."""
        return sum(r.amount for r in self.refunds if r.status == "succeeded")

    @property
    def pending(self) -> list[Told]:
        return [o for o in self.offers if o.status == "pending"]

    def hear(self, entry: Event) -> None:
        before, self.stage = self.stage, str(entry.stage)
        getattr(self, f"_{entry.action}")(entry)
        if self.stage == "mediation" and (before != "mediation" or entry.action == "recall_mediator"):
            self._mediator_called(entry.at)
        if self.stage == "settling" and before not in ("settling", "closed"):
            self._asked_for(entry.at)
        if self.stage == "closed":
            self.due = None
        if self.stage != before:
            ends = self.stage == "closed" and not self.appealed_by
            self.appeal_until = entry.at + self.policy.appeal if ends else None
        self.impact = self._judged()

    # --- negotiation

    def _open(self, entry: Event) -> None:
        self.limit = self.answer_by = self.due = entry.at + self.policy.protect

    def _guide(self, entry: Event) -> None:
        pass

    def _offer_partial_refund(self, entry: Event) -> None:
        self.offers.append(Told(part(self.product, entry.input.percent or 0), "pending", entry.at))
        self.due = entry.at + self.policy.offer

    def _withdraw_offer(self, entry: Event) -> None:
        self._offer_ends("withdrawn")
        self.due = self.answer_by

    def _accept_offer(self, entry: Event) -> None:
        self._offer_ends("accepted")
        self.award = self.offers[-1].amount

    def _decline_offer(self, entry: Event) -> None:
        self._offer_ends("declined")
        self.answer_by = self.due = max(self.answer_by, entry.at + self.policy.after_decline)

    def _expire_offer(self, entry: Event) -> None:
        self._offer_ends("expired")

    def _offer_ends(self, how: str) -> None:
        for offer in self.pending:
            offer.status = how

    # --- the ways out

    def _escalate(self, entry: Event) -> None:
        pass

    def _close(self, entry: Event) -> None:
        self._offer_ends("expired")
        self.award, self.ruled, self.closing = 0, False, (entry.input.code or "", entry.at)

    def _refund(self, entry: Event) -> None:
        self._offer_ends("superseded")
        self.award, self.ruled = self.total, False
        self.refunded_at = self.refunded_at or entry.at

    # --- the goods

    def _grant_return(self, entry: Event) -> None:
        self._offer_ends("superseded")
        self.ruled = False
        self.granted_at = self.granted_at or entry.at
        self._label_wanted(entry.at)

    def _label_wanted(self, at: datetime) -> None:
        assert self.goods == WITH_BUYER, f"a label for goods that are {self.goods}"
        self.parcels.append("")
        self.due = at + self.policy.label

    def _label_made(self, entry: Event) -> None:
        self.parcels[-1] = entry.input.tracking_number or ""
        self.due = entry.at + self.policy.ship

    def _lapse_label(self, entry: Event) -> None:
        self.due = entry.at + self.policy.scan

    def _ship(self, entry: Event) -> None:
        self.goods, self.due = ON_ITS_WAY, entry.at + self.policy.transit

    def _deliver(self, entry: Event) -> None:
        self.goods, self.due = GONE, entry.at + self.policy.inspect

    def _lose(self, entry: Event) -> None:
        self.goods = GONE

    def _accept_return(self, entry: Event) -> None:
        self.goods, self.award = GONE, self.total

    def _reject_return(self, entry: Event) -> None:
        self.rejected = True

    def _cancel_return(self, entry: Event) -> None:
        self._nothing_came_of_the_return()

    def _expire_return(self, entry: Event) -> None:
        self._nothing_came_of_the_return()

    def _nothing_came_of_the_return(self) -> None:
        """What the buyer has by an earlier decision stays the buyer's."""
        self.award, self.ruled = self.held, False
        self.came_to_nothing = bool(self.appealed_by)

    # --- the mediator

    def _mediator_called(self, at: datetime) -> None:
        self.due = at + self.policy.rule
        if self.goods == ON_ITS_WAY:
            self.goods = GONE

    def _request_evidence(self, entry: Event) -> None:
        self.due = entry.at + self.policy.evidence

    def _give_evidence(self, entry: Event) -> None:
        self.due = entry.at + self.policy.rule

    def _recall_mediator(self, entry: Event) -> None:
        pass

    def _rule(self, entry: Event) -> None:
        self.ruled = True
        if entry.input.return_first:
            return self._label_wanted(entry.at)
        self.award = entry.input.amount or 0
        return None

    def _appeal(self, entry: Event) -> None:
        assert not self.appealed_by, "a second appeal"
        self.appealed_by, self.ruled = str(entry.by), False

    # --- the exclusion

    def _ask_exclusion(self, entry: Event) -> None:
        assert not self.exclusion, "a second exclusion"
        assert self.impact == "affected", "an exclusion of what does not count"
        self.exclusion = [entry.input.code, entry.at, entry.at + self.policy.exclusion]

    def _decide_exclusion(self, entry: Event) -> None:
        assert len(self.exclusion) == 3, "a decision on nothing that waits for one"
        self.exclusion += [entry.input.granted, entry.at]

    # --- the bank

    def _asked_for(self, at: datetime) -> None:
        self.refunds.append(Told(self.award - self.held, "pending", at))
        self.due = at + self.policy.bank

    def _refunded(self, entry: Event) -> None:
        self._of(entry).status = "succeeded"
        self._ask_for_the_rest(entry.at)

    def _refund_failed(self, entry: Event) -> None:
        self._of(entry).status = "failed"
        self.due = entry.at + self.policy.bank

    def _retry_refund(self, entry: Event) -> None:
        self.refunds[-1].status = "pending"
        self.due = entry.at + self.policy.bank

    def _pay_by_hand(self, entry: Event) -> None:
        last, owed = self.refunds[-1], self.award - self.held
        last.status, last.amount, last.by_hand = "succeeded", owed, True

    def _refund_bounced(self, entry: Event) -> None:
        waiting = self.refunds[-1].status in ("pending", "failed")
        self._of(entry).status = "bounced"
        if not waiting and self.stage in ("closed", "settling"):
            self._ask_for_the_rest(entry.at)

    def _ask_for_the_rest(self, at: datetime) -> None:
        """What was taken back and is still awarded is owed under a new number; the bank is asked at the next date."""
        if self.held < self.award:
            assert self.stage == "settling", "closed, and the buyer lacks money that was awarded"
            self.refunds.append(Told(self.award - self.held, "failed", at))
            self.due = at + self.policy.bank

    def _of(self, entry: Event) -> Told:
        return self.refunds[(entry.input.refund or 0) - 1]

    # --- whether it counts

    def _judged(self) -> str:
        decided = self.stage in ("settling", "closed")
        if not self.counts:
            return "not_applies"
        if self.exclusion[3:4] == [True]:
            return "not_affected"
        if self.appealed_by and (not decided or self.came_to_nothing):
            return self.impact  # the old verdict stands until it is decided, and when it comes to nothing
        if not decided:
            return "not_affected" if self._in_time(self.granted_at) and not self.rejected else "pending"
        return "not_affected" if self._protected() else "affected"

    def _protected(self) -> bool:
        overruled = self.rejected and self.ruled and self.award == self.total
        closed_well = self.closing is not None and (
            self.closing[0] == "opened_claim_by_mistake" or self._in_time(self.closing[1])
        )
        return (
            self._in_time(self.refunded_at)
            or (self._in_time(self.granted_at) and not overruled)
            or (self.award == 0 and (self.ruled or closed_well))
            or self._fair_offer() >= max(self.award, 1)
        )

    def _fair_offer(self) -> int:
        answered = ("accepted", "declined", "expired")
        return max((o.amount for o in self.offers if self._in_time(o.at) and o.status in answered), default=0)

    def _in_time(self, at: datetime | None) -> bool:
        return at is not None and at <= self.limit


def most(line: OrderLine) -> int:
    """All that was paid for the line."""
    return line.unit_price * line.quantity + line.freight
