"""Rules broken where only real amounts, quantities and dates show it. The table itself is broken in tests/mutants.py.

Each break gets pytest's monkeypatch and answers the process to be fired at; None is the real one.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from claims import effects, guards, inputs, opening, process, reputation
from claims.effects import EFFECTS
from claims.model import Claim, OfferStatus, RefundStatus
from claims.money import percent_of, share
from claims.process import Turn
from storage import codec
from tests.fuzz.world import Watched

Break = Callable[..., Watched | None]


def doing(**new) -> Break:
    return lambda patch: Watched(effects={**EFFECTS, **new})


def patched(target, name: str, value) -> Break:
    return lambda patch: patch.setattr(target, name, value)


def percentages(rounded: Callable[[int, int], int]) -> Break:
    def broken(patch) -> None:
        patch.setattr(effects, "percent_of", rounded)
        patch.setattr(guards, "percent_of", rounded)

    return broken


def _offered_of_the_total(c, m, t):
    c = EFFECTS["add_offer"](c, m, t)
    return replace(c, offers=(*c.offers[:-1], replace(c.offers[-1], amount=percent_of(c.total, m.input.percent))))


def _offered_by_piece(c, m, t):
    c = EFFECTS["add_offer"](c, m, t)
    amount = percent_of(c.line.unit_price, m.input.percent) * c.quantity
    return replace(c, offers=(*c.offers[:-1], replace(c.offers[-1], amount=amount)))


def _offered_in_the_sellers_time(c, m, t):
    c, by = EFFECTS["add_offer"](c, m, t), c.respond_by
    return replace(c, offers=(*c.offers[:-1], replace(c.offers[-1], in_time=t <= by)))


def _offerable_up_to_all(claim: Claim) -> tuple[int, ...]:
    floor = guards.best_declined(claim)
    least = (floor.percent, floor.amount) if floor else (0, 0)
    return tuple(
        p
        for p in claim.policy.percents
        if p > least[0] and least[1] <= percent_of(claim.product_amount, p) <= claim.product_amount
    )


def _all_offerable(patch) -> None:
    patch.setattr(guards, "offerable", _offerable_up_to_all)
    patch.setattr(inputs, "offerable", _offerable_up_to_all)


def _by_hand_all_again(c, m, t):
    paid = replace(c.refunds[-1], amount=c.award, status=RefundStatus.SUCCEEDED, by_hand=True)
    return replace(c, refunds=(*c.refunds[:-1], paid))


def _paid_and_bounced(claim: Claim) -> int:
    return sum(r.amount for r in claim.refunds if r.status in (RefundStatus.SUCCEEDED, RefundStatus.BOUNCED))


def _inspected_as_long_as_sent(c, m, t):
    return replace(EFFECTS["start_inspection"](c, m, t), due_at=t + c.policy.transit)


def _mediator_from_the_date_before(c, m, t):
    return replace(EFFECTS["call_mediator"](c, m, t), due_at=(c.due_at or t) + c.policy.rule)


def _appeal_from_the_opening(c, m, t):
    c = EFFECTS["close"](c, m, t)
    return replace(c, appeal_until=c.appeal_until and c.opened_at + c.policy.appeal)


def _due_like_a_ruling(c, m, t):
    c = EFFECTS["note_exclusion"](c, m, t)
    return replace(c, exclusion=replace(c.exclusion, due_at=t + c.policy.rule))


def _decided_when_asked(c, m, t):
    c = EFFECTS["settle_exclusion"](c, m, t)
    return replace(c, exclusion=replace(c.exclusion, decided_at=c.exclusion.asked_at))


def _fair_if_more(claim: Claim):
    if reputation.fair_offer(claim) <= claim.award:
        return None
    return reputation.Verdict(reputation.Impact.NOT_AFFECTED, "fair_offer_in_time", claim.offers[0].made_at)


class LateClock(Watched):
    """Its steps are dated when they are seen, not when they were due."""

    def let_time_pass(self, claim: Claim, now: datetime) -> Turn:
        turn = super().let_time_pass(claim, now)
        return Turn(turn.claim, tuple(replace(e, at=now) for e in turn.events))


class EagerClock(Watched):
    """It acts at the very instant due."""

    def let_time_pass(self, claim: Claim, now: datetime) -> Turn:
        return super().let_time_pass(claim, now + timedelta(microseconds=1))


def _without_microseconds(patch) -> None:
    real = codec.claim_from_json
    patch.setattr(codec, "claim_from_json", lambda d: replace(real(d), due_at=_whole(real(d).due_at)))


def _whole(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None


def _excluded_until_an_appeal(claim: Claim):
    return _VERDICT(replace(claim, exclusion=None) if claim.appealed else claim)


_VERDICT = reputation.verdict
BREAKS: dict[str, Break] = {
    "a percentage is cut, not rounded": percentages(lambda amount, percent: amount * percent // 100),
    "a percentage rounds half to even": percentages(lambda amount, percent: round(Fraction(amount * percent, 100))),
    "a percentage is rounded for each piece": doing(add_offer=_offered_by_piece),
    "an offer is a part of the freight too": doing(add_offer=_offered_of_the_total),
    "an offer may round to all, or to what was declined": _all_offerable,
    "each share of the freight is rounded alone": patched(
        opening, "_freight", lambda line, earlier, quantity: share(line.freight, quantity, line.quantity)),
    "the freight is not cut by the quantity": patched(
        opening, "_freight", lambda line, earlier, quantity: line.freight),
    "a total refund leaves out the freight": doing(
        award_all=lambda c, m, t: replace(c, award=c.product_amount, ruled=False)),
    "refunded pieces are counted by claims": patched(
        opening, "_refunded", lambda earlier: sum(1 for e in earlier if e.paid)),
    "a line claimed again is no bar to an appeal": patched(opening, "claimed_since", lambda claim, on_line: False),
    "a claim before this one is a bar to its appeal": patched(opening, "claimed_since", lambda claim, on_line: any(
        o.claim_id != claim.id and (o.open or o.paid) for o in on_line)),
    "a return that came to nothing takes what was paid": doing(
        award_no_more=lambda c, m, t: replace(c, award=0, ruled=False)),
    "what bounced counts as paid": patched(Claim, "paid", property(_paid_and_bounced)),
    "by hand all is paid again": doing(book_by_hand=_by_hand_all_again),
    "at the last instant it is too late": patched(
        reputation, "_in_time", lambda claim, at: at is not None and at < claim.protect_until),
    "an offer in the seller's own time protects": doing(add_offer=_offered_in_the_sellers_time),
    "a fair offer must be more than the award": patched(reputation, "_protected_by_offer", _fair_if_more),
    "an offer that was taken back is fair": patched(
        reputation, "_FAIR", {*reputation._FAIR, OfferStatus.WITHDRAWN}),
    "an appeal that comes to nothing is judged anew": patched(reputation, "_NOTHING_CAME", set()),
    "the inspection takes as long as the way": doing(start_inspection=_inspected_as_long_as_sent),
    "the mediator's time counts from the date before": doing(call_mediator=_mediator_from_the_date_before),
    "an appeal counts from the opening": doing(close=_appeal_from_the_opening),
    "an exclusion is due like a ruling": doing(note_exclusion=_due_like_a_ruling),
    "an exclusion is decided when it was asked": doing(settle_exclusion=_decided_when_asked),
    "an exclusion is undone by an appeal": patched(process, "verdict", _excluded_until_an_appeal),
    "the clock's steps are dated when they are seen": lambda patch: LateClock(),
    "the clock acts at the very instant due": lambda patch: EagerClock(),
    "a date loses its microseconds on disk": _without_microseconds,
}  # fmt: skip
