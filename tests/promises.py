"""What must hold in every claim and of every step, by name. tests/explore.py looks for claims that break it.

C: the claim is sound; G: nobody gains by a trick; U: what people are promised; L: there is always a way to an end.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from claims.model import Action, Actor, Claim, Command, Impact, Input, RefundStatus, ReturnStatus, Stage
from claims.reputation import fair_offer
from tests.world import (
    GONE,
    LABEL_OUT,
    NOTHING_OWED,
    Move,
    Node,
    asked_for,
    could_bounce,
    excluded,
    rejected,
    spoken_of,
    taken_back,
    with_buyer,
)

N, R, M, S, X = Stage
BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor


# --- what must hold in every claim: name -> broken here?


class View(NamedTuple):
    """A node and what may be done there."""

    node: Node
    moves: list[Move]
    waiting_on: str

    def may(self, *actions: Action, by: Actor) -> bool:
        """Whether this actor can take one of these steps (any, when none is named) at this very instant."""
        return any(
            m.command.by == by and m.at == self.node.now and (not actions or m.command.action in actions)
            for m in self.moves
        )


def _date_over_on_arrival(v: View, c: Claim) -> bool:
    withdrawn = c.stage == N and c.offer is None  # the offer had outlived the seller's own time
    return c.due_at is not None and c.due_at < v.node.now and not withdrawn


def _nothing_to_do(v: View, c: Claim) -> bool:
    if v.waiting_on not in (BUYER, SELLER, MEDIATOR) or c.due_at < v.node.now:
        return False
    return not any(m.command.by == v.waiting_on for m in v.moves)


def _unprotected(v: View, c: Claim) -> bool:
    if c.stage not in (N, R, M) or not _window_runs(v) or c.verdict.impact != Impact.PENDING:
        return False
    return not any(
        m.command.by == SELLER and m.at == v.node.now and m.after.claim.verdict.impact == Impact.NOT_AFFECTED
        for m in v.moves
    )


def _window_runs(v: View) -> bool:
    return v.node.now <= v.node.claim.protect_until


def _idle_talk(v: View, c: Claim) -> bool:
    waits = c.stage == N and not _window_runs(v) and c.offer is None and c.due_at >= v.node.now
    return waits and fair_offer(c) == 0


def _left_alone(v: View, c: Claim) -> bool:
    if c.stage != R or c.parcel.status not in LABEL_OUT or _window_runs(v) or v.node.handed:
        return False
    return not v.may(Action.ESCALATE, by=BUYER) and v.node.now <= c.due_at


def _bounce_unheard(v: View, c: Claim) -> bool:
    """At once, in whatever stage; that the same bounce is not heard again is G25's."""
    heard = {m.command.input.refund for m in v.moves if taken_back(c, m.command) and m.at == v.node.now}
    return v.node.bounces > 0 and any(could_bounce(r) and r.number not in heard for r in c.refunds)


CLAIM_PROMISES: dict[str, Callable[[View, Claim], bool]] = {
    "C1 a date in the past on arrival": _date_over_on_arrival,
    "C2 an open claim without a date, or a closed one with one": lambda v, c: (c.stage == X) == bool(c.due_at),
    "C2 closed without saying since when, or open and saying so": lambda v, c: (c.stage == X) != bool(c.closed_at),
    "C3 an offer pending outside negotiation": lambda v, c: c.offer is not None and c.stage != N,
    "C3 two offers pending": lambda v, c: sum(o.status == "pending" for o in c.offers) > bool(c.offer),
    "C3 more than three offers": lambda v, c: len(c.offers) > c.policy.offers,
    "C4 paid more than all, or less than nothing": lambda v, c: not 0 <= c.paid <= c.total,
    "C4 paid is not what the bank gave and has not taken back": lambda v, c: c.paid != v.node.held,
    "C4 a refund of nothing, or less": lambda v, c: any(r.amount <= 0 for r in c.refunds),
    "C4 a refund in flight, and the claim does not wait for it": lambda v, c: c.stage != S and bool(v.node.keys),
    "C4 with the refund in hand the buyer will have more than was awarded":
        lambda v, c: c.stage == S and c.paid + c.refund.amount > c.award,
    "C4 two refunds in flight: the buyer may be paid twice": lambda v, c: len(v.node.keys) > 1,
    "C4 closed, and the buyer lacks money that was awarded": lambda v, c: c.stage == X and v.node.held < c.award,
    "C4 closed, and the buyer has more than was awarded":
        lambda v, c: c.stage == X and c.paid > c.award and not c.appealed,
    "C5 decided, but the verdict is pending":
        lambda v, c: c.stage in (S, X) and c.verdict.impact == Impact.PENDING,
    "C5 counts against the seller although his 72 h are not over":
        lambda v, c: c.verdict.impact == Impact.AFFECTED and _window_runs(v) and not v.node.called,
    "C5 a reason that never counts counts":
        lambda v, c: (c.verdict.impact != Impact.NOT_APPLIES) != c.reason.counts,
    "C5 excluded, and not left out": lambda v, c: excluded(c) and c.verdict.rule != "exclusion_granted",
    "C12 waits for somebody who has no step to take": _nothing_to_do,
    "G4 inside the 72 h the seller has no step left that would protect him": _unprotected,
    "G7 closed with the goods gone and no money, without a ruling":
        lambda v, c: c.stage == X and not with_buyer(c) and c.paid == 0 and c.code not in NOTHING_OWED,
    "G9 negotiation goes on after 72 h without an in-time offer behind it": _idle_talk,
    "G10 a label for goods that are no longer with the buyer":
        lambda v, c: c.stage == R and any(r.status in GONE for r in c.returns),
    "G12 the bank takes a refund back and nothing in the table hears it": _bounce_unheard,
    "G14 a buyer who cannot send the goods has no way to a person": _left_alone,
}  # fmt: skip


# What people are promised that they can do: name -> here?, what, and who.
RIGHTS: dict[str, tuple[Callable[[Node, Claim], bool], Action, Actor]] = {
    "U1 the seller explains himself": (lambda n, c: c.stage == N and not c.guided, Action.GUIDE, SELLER),
    "U2 the seller takes back an offer": (lambda n, c: c.offer is not None, Action.WITHDRAW_OFFER, SELLER),
    "U2 the buyer takes an offer": (lambda n, c: c.offer is not None, Action.ACCEPT_OFFER, BUYER),
    "U2 the buyer refuses an offer": (lambda n, c: c.offer is not None, Action.DECLINE_OFFER, BUYER),
    "U3 the buyer ends his own claim":
        (lambda n, c: c.stage in (N, M) and not c.in_appeal, Action.CLOSE, BUYER),
    "U4 the seller pays everything back":
        (lambda n, c: c.stage in (N, R, M) and c.paid < c.total, Action.REFUND, SELLER),
    "U5 the seller takes the goods back": (
        lambda n, c: c.stage in (N, M) and not c.in_appeal and c.reason.returns and with_buyer(c),
        Action.GRANT_RETURN, SELLER),
    "U6 the buyer keeps the goods after all":
        (lambda n, c: c.stage == R and with_buyer(c), Action.CANCEL_RETURN, BUYER),
    "U7 the carrier says that the parcel is lost":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.SHIPPED, Action.LOSE, CARRIER),
    "U7 the carrier says that the parcel has arrived":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.SHIPPED, Action.DELIVER, CARRIER),
    "U8 the seller finds the goods in order":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.DELIVERED, Action.ACCEPT_RETURN, SELLER),
    "U8 the seller finds the goods not in order":
        (lambda n, c: c.stage == R and c.parcel.status == ReturnStatus.DELIVERED, Action.REJECT_RETURN, SELLER),
    "U9 the seller asks for a mediator":
        (lambda n, c: c.stage == N and c.offer is None, Action.ESCALATE, SELLER),
    "U9 the buyer asks for a mediator after the 72 h": (
        lambda n, c: c.stage == N and c.offer is None and n.now > c.protect_until, Action.ESCALATE, BUYER),
    "U10 the mediator asks for evidence":
        (lambda n, c: c.stage == M and c.asked is None, Action.REQUEST_EVIDENCE, MEDIATOR),
    "U11 the mediator settles by hand what the bank has refused": (
        lambda n, c: c.stage == S and c.refund.status == RefundStatus.FAILED, Action.PAY_BY_HAND, MEDIATOR),
    "U11 the bank says that the refund was made":
        (lambda n, c: c.stage == S and asked_for(c.refund), Action.REFUNDED, BANK),
    "U11 the bank says that it could not make the refund": (
        lambda n, c: c.stage == S and c.refund.status == RefundStatus.PENDING, Action.REFUND_FAILED, BANK),
    "U12 a buyer with less than was claimed, who did not end it, appeals": (
        lambda n, c: may_appeal(n, c) and c.paid < c.total and c.closed_by != BUYER,
        Action.APPEAL, BUYER),
    "U12 a seller who was ruled against appeals":
        (lambda n, c: may_appeal(n, c) and c.ruled and c.award > 0, Action.APPEAL, SELLER),
}  # fmt: skip


# ... and in a world with exclusions.
EXCLUSION_RIGHTS: dict[str, tuple[Callable[[Node, Claim], bool], Action, Actor]] = {
    "U14 the seller asks that a closed claim which counts be left out": (
        lambda n, c: c.stage == X and c.verdict.impact == Impact.AFFECTED and c.exclusion is None,
        Action.ASK_EXCLUSION, SELLER),
    "U14 the mediator decides what the seller asked for": (
        lambda n, c: c.stage == X and c.exclusion is not None and c.exclusion.state == "asked",
        Action.DECIDE_EXCLUSION, MEDIATOR),
}  # fmt: skip


def may_appeal(node: Node, claim: Claim) -> bool:
    open_until = claim.stage == X and claim.appealed is None and claim.appeal_until
    return bool(open_until) and claim.protect_until < node.now <= open_until


def rulings_missing(view: View, rulings: set[Input]) -> set[Input]:
    """The rulings that the mediator is promised and does not have."""
    claim = view.node.claim
    if claim.stage != M:
        return set()
    whole = claim.reason.returns and with_buyer(claim) and claim.paid < claim.total
    wanted = {given for given in rulings if whole or not given.return_first}
    return wanted - {m.command.input for m in view.moves if m.command.action == Action.RULE and m.at == view.node.now}


# --- what must hold of every step: name -> broken here? (m is the move, c the claim before it, d after it)


def _protection_lost(m: Move, c: Claim, d: Claim) -> bool:
    if (c.verdict.impact, d.verdict.impact) != (Impact.NOT_AFFECTED, Impact.AFFECTED):
        return False
    decisions = ("rule", "refund", "grant_return", "accept_return", "close")
    return not (m.command.action in decisions and (c.appealed or rejected(c)))


def _verdict_blanked(m: Move, c: Claim, d: Claim) -> bool:
    decided = c.verdict.impact in (Impact.AFFECTED, Impact.NOT_AFFECTED)
    return decided and d.verdict.impact == Impact.PENDING and m.command.action != Action.REJECT_RETURN


def _wrong_number(m: Move, c: Claim, d: Claim) -> bool:
    given = m.command.input
    other = given.refund is not None and given.refund != len(c.refunds)
    other_refund = other and not taken_back(c, m.command)
    other_return = given.parcel is not None and given.parcel != len(c.returns)
    return other_refund or other_return or given.tracking_number == "another"


def _told_in_vain(m: Move, c: Claim, d: Claim) -> bool:
    """A word of the bank counts once: of a refund that it was asked for, or made and now takes back."""
    bounced = m.command.action == Action.REFUND_BOUNCED
    return m.command.by == BANK and not (taken_back(c, m.command) if bounced else asked_for(spoken_of(c, m.command)))


def _ledger_rewritten(m: Move, c: Claim, d: Claim) -> bool:
    """Refunds are only added, one at a time; the amount belongs to the number, by which the bank knows it."""
    before, after = ([(r.number, r.amount) for r in x.refunds if not r.by_hand] for x in (c, d))
    numbers = [r.number for r in d.refunds] == [*range(1, len(d.refunds) + 1)]
    return not numbers or len(d.refunds) - len(c.refunds) not in (0, 1) or not {*after} <= {*before, *after[-1:]}


def _asked_again_for_paid(m: Move, c: Claim, d: Claim) -> bool:
    moved = (RefundStatus.SUCCEEDED, RefundStatus.BOUNCED)
    return any(r.status in moved and s.status not in moved for r, s in zip(c.refunds, d.refunds, strict=False))


def _another_refund_moved(m: Move, c: Claim, d: Claim) -> bool:
    pairs = zip(c.refunds, d.refunds, strict=False)
    return m.command.by == BANK and any(r != s and r.number != m.command.input.refund for r, s in pairs)


def _other_amount_asked(m: Move, c: Claim, d: Claim) -> bool:
    return len(d.refunds) > len(c.refunds) and d.refund.amount != d.award - m.after.held


def _reopens(m: Move, c: Claim) -> bool:
    return c.stage == X and m.after.held < c.award


def _bounce_not_repaid(m: Move, c: Claim, d: Claim) -> bool:
    owed = taken_back(c, m.command) and _reopens(m, c)
    return bool(owed) and (d.stage != S or d.refund.number != len(c.refunds) + 1)


def _bounce_did_more(m: Move, c: Claim, d: Claim) -> bool:
    """Unless it reopens a closed claim it is only noted: nobody's date moves, and nothing is asked for yet."""
    if not taken_back(c, m.command) or _reopens(m, c):
        return False
    noted = replace(c, refunds=d.refunds, version=d.version, updated_at=d.updated_at)
    return noted != d or len(d.refunds) != len(c.refunds)


def _rest_not_asked_for(m: Move, c: Claim, d: Claim) -> bool:
    """The refund in hand was paid, and an older one had bounced meanwhile."""
    part = m.command.action == Action.REFUNDED and m.after.held < c.award
    return part and (d.stage != S or d.refund.number != len(c.refunds) + 1)


def _verdict_moved(m: Move, c: Claim, d: Claim) -> bool:
    """By the bank, or by the clock that asks it again."""
    silent = m.command.by == BANK or (m.command.by == CLOCK and c.stage in (S, X))
    return silent and c.verdict != d.verdict


def _names_an_act_in_time(m: Move, c: Claim, d: Claim) -> bool:
    told = d.verdict
    return told.rule == "no_solution_in_time" and told.acted_at is not None and told.acted_at <= told.limit


def _overruled_unpunished(m: Move, c: Claim, d: Claim) -> bool:
    overruled = m.command.action == Action.RULE and rejected(c) and m.command.input.amount == c.total
    in_full = overruled and d.stage in (S, X)
    protected = d.verdict.impact == Impact.NOT_AFFECTED and not excluded(d)
    return in_full and c.refund_granted_at is None and protected


def _exclusion_did_more(m: Move, c: Claim, d: Claim) -> bool:
    """It is between the seller and the mediator: no stage, money or date moves, and only a grant the verdict."""
    if m.command.action not in (Action.ASK_EXCLUSION, Action.DECIDE_EXCLUSION):
        return c.exclusion != d.exclusion
    noted = replace(c, exclusion=d.exclusion, version=d.version, updated_at=d.updated_at)
    return replace(noted, verdict=d.verdict) != d or (not m.command.input.granted and c.verdict != d.verdict)


def _asked_in_vain(m: Move, c: Claim, d: Claim) -> bool:
    vain = c.verdict.impact != Impact.AFFECTED or c.exclusion is not None or m.command.by != SELLER
    return m.command.action == Action.ASK_EXCLUSION and (vain or d.exclusion is None or d.exclusion.state != "asked")


def _decided_in_vain(m: Move, c: Claim, d: Claim) -> bool:
    """By a mediator, once, what was asked; and as the mediator says."""
    vain = c.exclusion is None or c.exclusion.state != "asked" or m.command.by != MEDIATOR
    said = d.exclusion is not None and d.exclusion.granted == m.command.input.granted
    return m.command.action == Action.DECIDE_EXCLUSION and (vain or not said)


def _exclusion_lost(m: Move, c: Claim, d: Claim) -> bool:
    return excluded(c) and d.verdict != c.verdict


def _closed_by_wrong_silence(m: Move, c: Claim, d: Claim) -> bool:
    closed = m.command.by == CLOCK and c.stage != X and d.stage == X and d.award == 0
    return closed and not ((c.stage == N and c.offer) or c.stage == R)


def _appeal_after_agreement(m: Move, c: Claim, d: Claim) -> bool:
    return m.command.action == Action.APPEAL and c.closed_by == BUYER and m.command.by == BUYER


def _answers_another(m: Move, c: Claim, d: Claim) -> bool:
    return m.command.input.offer is not None and (c.offer is None or m.command.input.offer != c.offer.number)


def _not_with_sender(m: Move, c: Claim, d: Claim) -> bool:
    status = c.parcel.status if c.parcel else None
    rejects = m.command.action == Action.REJECT_RETURN and status != ReturnStatus.DELIVERED
    return rejects or (m.command.action == Action.LOSE and status != ReturnStatus.SHIPPED)


def _return_for_nothing(m: Move, c: Claim, d: Claim) -> bool:
    return c.paid == c.total and c.stage != R and d.stage == R


def _not_allowed_by_reason(m: Move, c: Claim, d: Claim) -> bool:
    offered = len(d.offers) > len(c.offers) and not c.reason.offer
    return offered or (d.stage == R and not c.reason.returns)


def _runs_backwards(m: Move, c: Claim, d: Claim) -> bool:
    return any(later < earlier for earlier, later in pairwise([c.updated_at, *(e.at for e in m.events)]))


STEP_PROMISES: dict[str, Callable[[Move, Claim, Claim], bool]] = {
    "C4 the amount of a refund changes, or a number is left out": _ledger_rewritten,
    "C4 the bank is asked again for a refund that it made": _asked_again_for_paid,
    "C4 word of one refund moves another": _another_refund_moved,
    "C4 asks for something else than what the buyer still lacks": _other_amount_asked,
    "C5 the bank's answer moved the verdict": _verdict_moved,
    "C5 a verdict was blanked": _verdict_blanked,
    "C5 a verdict of no solution in time names an act that was in time": _names_an_act_in_time,
    "C5 a protection was lost": _protection_lost,
    "C8 a closed claim moved": lambda m, c, d: (
        c.stage == X and m.command.action not in (Action.APPEAL, Action.REFUND_BOUNCED) and d.exclusion == c.exclusion),
    "C8 appealed twice or late": lambda m, c, d: (
        m.command.action == Action.APPEAL
        and (c.appealed is not None or c.appeal_until is None or m.at > c.appeal_until)),
    "C8 an agreement on money is undone by one side": _appeal_after_agreement,
    "C8 an appeal by a buyer who has everything": lambda m, c, d: (
        m.command.action == Action.APPEAL and m.command.by == BUYER and c.paid == c.total),
    "C8 an appeal while the seller can still protect himself": lambda m, c, d: (
        m.command.action == Action.APPEAL and m.at <= c.protect_until),
    "C9 the timeline runs backwards": _runs_backwards,
    "C10 a step that is not the next of the timeline": lambda m, c, d: (
        [e.sequence for e in m.events] != list(range(c.version + 1, d.version + 1))),
    "C4 paid by hand while the provider may still pay: twice": lambda m, c, d: (
        m.command.action == Action.PAY_BY_HAND and bool(m.before.keys)),
    "G1 an offer taken back by the seller protects him": lambda m, c, d: (
        m.command.by == SELLER and fair_offer(d) > fair_offer(c)),
    "G2 the buyer's silence on an in-time offer counts against the seller": lambda m, c, d: (
        m.command.action == Action.EXPIRE_OFFER and c.offer is not None and c.offer.in_time
        and d.verdict.impact == Impact.AFFECTED),
    "G3 the seller closed the claim with nothing for the buyer": lambda m, c, d: (
        m.command.by == SELLER and c.stage != X and d.stage == X),
    "G3 rejected his own return, overruled in full, and still protected": _overruled_unpunished,
    "G5 the buyer cuts the seller's 72 h short": lambda m, c, d: (
        m.command.action == Action.ESCALATE and m.command.by == BUYER and m.at <= c.protect_until),
    "G6 a percentage is offered again that was refused": lambda m, c, d: (
        m.command.input.percent is not None
        and m.command.input.percent <= max((o.percent for o in c.offers if o.status == "declined"), default=0)),
    "G6 a decline shortens the seller's time, or leaves less than 24 h": lambda m, c, d: (
        m.command.action == Action.DECLINE_OFFER
        and not c.respond_by <= d.respond_by >= m.at + c.policy.after_decline),
    "G6 withdrawing moves the clock": lambda m, c, d: (
        m.command.action == Action.WITHDRAW_OFFER and not d.respond_by == d.due_at == c.respond_by),
    "G7 the clock closed against the buyer while somebody else was waited for": _closed_by_wrong_silence,
    "G7 the clock closed as never shipped, with the parcel already handed over": lambda m, c, d: (
        m.command.by == CLOCK and c.stage == R and d.stage == X and m.before.handed is not None),
    "G8 the buyer ends the seller's appeal": lambda m, c, d: (
        m.command.by == BUYER and d.stage == X and c.in_appeal and c.appealed == SELLER and not c.ruled),
    "G11 an award leaves settling other than by being paid": lambda m, c, d: (
        c.stage == S and d.stage not in (S, X)),
    "G11 an award changes while it settles": lambda m, c, d: c.stage == S and c.award != d.award,
    "G15 answers another offer than the one that was seen": _answers_another,
    "G17 rejects or loses a parcel that is not there": _not_with_sender,
    "G18 two are asked at once, or a date is moved by asking again": lambda m, c, d: (
        c.asked is not None and m.command.action == Action.REQUEST_EVIDENCE),
    "G19 a party moves the mediator's date": lambda m, c, d: (
        c.stage == M == d.stage and m.command.by in (BUYER, SELLER) and c.asked != m.command.by),
    "G20 a return, with everything paid": _return_for_nothing,
    "G21 the protection's end moved": lambda m, c, d: c.protect_until != d.protect_until,
    "G22 a solution that the reason does not allow": _not_allowed_by_reason,
    "G23 the buyer cuts the carrier's or the inspection's time short": lambda m, c, d: (
        c.stage == R and m.command.by == BUYER and not with_buyer(c)),
    "G25 a word of the bank counts twice, or of a refund that it was not asked for": _told_in_vain,
    "G26 a refund taken back is owed, and not asked for anew": _bounce_not_repaid,
    "G26 a refund taken back does more than it should": _bounce_did_more,
    "G26 what bounced while another refund was under way is not asked for after it": _rest_not_asked_for,
    "G27 an exclusion asked of what does not count, or twice, or by another": _asked_in_vain,
    "G27 an exclusion decided that was not asked for, or twice, or by another": _decided_in_vain,
    "G27 an exclusion moved more than itself": _exclusion_did_more,
    "G27 what was excluded is judged anew": _exclusion_lost,
    "G24 a message about another parcel, return or refund than the one in hand": _wrong_number,
}  # fmt: skip

# Who may act, and where: whatever the others do not do, there is a way to an end.
EXITS: dict[str, Callable[[Command], bool]] = {
    "L1 everybody may act": lambda m: True,
    "L2 the bank refuses for ever": lambda m: m.action != Action.REFUNDED,
    "L3 no label is ever made": lambda m: m.action != Action.LABEL_MADE,
    "L4 the carrier never says anything": lambda m: m.by != CARRIER,
    "L5 no mediator ever acts": lambda m: m.by != MEDIATOR,
    "L6 buyer and seller are silent": lambda m: m.by not in (BUYER, SELLER),
    "L7 the buyer is silent and the seller acts": lambda m: m.by != BUYER,
}
