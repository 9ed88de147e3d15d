"""The verdict as people read it: the rule, whether it is final, what would change it; and the policy that decides."""

import string
from dataclasses import replace
from datetime import timedelta

import pytest

from api.verdicts import clock_time, verdict_view
from claims.forecast import changes
from claims.model import PLATFORM, Action, Actor, Claim, Impact
from claims.policy import ANY_OFFER, CLOSING, DEFAULT, FAIR_OFFER, LATE_CLOSING, PROTECTIONS, REFUND, RETURN
from claims.reasons import LANGUAGES, REASONS
from claims.reputation import verdict
from claims.sentences import ACTS, CHANGES, VERDICTS
from claims.table import STEPS
from tests.world import START, TICK, act, hours, opened, wait

END = hours(72)


def protecting(*what: str, **given: object) -> Claim:
    """An open claim of a site whose policy lets these protect."""
    return replace(opened(**given), policy=replace(DEFAULT, protects=what))


def codes(claim: Claim, at: timedelta) -> list[str]:
    return [change.code for change in changes(claim, START + at)]


@pytest.mark.parametrize("sentences", [*VERDICTS.values(), *CHANGES.values(), *ACTS.values()])
def test_every_sentence_stands_in_every_language_with_the_same_blanks(sentences: dict[str, str]) -> None:
    assert set(sentences) == set(LANGUAGES)
    assert all(sentences.values())
    assert len({frozenset(n for _, n, _, _ in string.Formatter().parse(s) if n) for s in sentences.values()}) == 1


def test_what_would_change_it_is_said_with_the_hour_of_the_site() -> None:
    view = verdict_view(opened(), Actor.SELLER, START)
    change = view["would_change"][0]
    assert change["until"] == START + END
    assert change["texts"] == {
        "en": "Make a fair offer, refund, or grant a return by Thursday, March 5, 09:00 GMT-03:00 "
        "and it will not count.",
        "es": "Haz una oferta justa, reembolsa o concede la devolución hasta el jueves 5 de marzo, 09:00 GMT-03:00 y "
        "no afectará.",
        "pt": "Faça uma oferta justa, reembolse ou conceda a devolução até quinta-feira, 5 de março, 09:00 GMT-03:00 e "
        "ela não vai afetar.",
    }
    assert clock_time(START, "elsewhere", "en") == "Monday, March 2, 12:00 GMT+00:00"


def test_the_buyer_is_not_told_how_the_seller_could_protect_himself() -> None:
    assert verdict_view(opened(), Actor.BUYER, START)["would_change"] == []


def test_what_would_change_it_follows_the_claim() -> None:
    claim = opened()
    assert codes(claim, END) == ["act_in_time"]
    assert codes(claim, END + TICK) == ["outcome"]
    offered = act(claim, "offer_partial_refund", "seller", hours(1), percent=30)
    assert codes(offered, END) == ["act_in_time", "offer_stands"]
    assert codes(offered, END + TICK) == ["offer_stands"]
    declined = act(offered, "decline_offer", "buyer", hours(71), offer=1)
    assert codes(declined, hours(80)) == ["outcome", "no_more_than_offer"]
    granted = act(claim, "grant_return", "seller", hours(1))
    assert codes(granted, hours(80)) == ["overruled"]
    ruled = act(wait(claim, hours(73)), "rule", "mediator", hours(74), amount=5_000)
    settled = act(ruled, "refunded", "bank", hours(75), refund=1)
    appeals = ["appeal_of_the_seller", "appeal_of_the_buyer"]
    assert codes(settled, hours(76)) == ["exclusion_possible", *appeals]
    asked = act(settled, "ask_exclusion", "seller", hours(76), code="carrier_damage")
    assert codes(asked, hours(76)) == ["exclusion_asked", *appeals]
    denied = act(asked, "decide_exclusion", "mediator", hours(77), granted=False)
    assert codes(denied, hours(77)) == appeals
    assert codes(act(asked, "decide_exclusion", "mediator", hours(77), granted=True), hours(77)) == []
    appealed = act(settled, "appeal", "seller", hours(77))
    assert codes(appealed, hours(78)) == ["under_appeal"]
    assert codes(opened("changed_mind"), hours(1)) == []


def test_a_verdict_is_final_once_only_a_correction_can_turn_it() -> None:
    def final(claim: Claim) -> bool:
        return bool(verdict_view(claim, Actor.SELLER, claim.updated_at)["final"])

    assert not final(opened())
    assert final(opened("changed_mind"))
    assert not final(act(opened(), "grant_return", "seller", hours(1)))
    assert final(act(opened(), "refund", "seller", hours(1)))
    ruled = act(wait(opened(), hours(73)), "rule", "mediator", hours(74), amount=0)
    assert final(ruled)
    assert not final(act(ruled, "appeal", "buyer", hours(77)))


@pytest.mark.parametrize("action", ["refund", "grant_return"])
@pytest.mark.parametrize(("at", "named"), [(END, True), (END + TICK, False)])
def test_what_is_named_would_protect_and_what_would_not_is_not_named(action: str, at: timedelta, named: bool) -> None:
    claim = act(opened(), "escalate", "seller", hours(1))
    told = {a for change in changes(claim, START + at) for a in change.acts}
    assert (Action(action) in told) == named
    assert (act(claim, action, "seller", at).verdict.impact == Impact.NOT_AFFECTED) == named


# --- the policy's data


@pytest.mark.parametrize(("protects", "impact"), [((REFUND,), "not_affected"), ((RETURN, CLOSING), "affected")])
def test_a_refund_in_time_protects_where_the_policy_says_so(protects: tuple[str, ...], impact: str) -> None:
    assert act(protecting(*protects), "refund", "seller", END).verdict.impact == impact


def test_a_granted_return_protects_where_the_policy_says_so() -> None:
    assert act(protecting(RETURN), "grant_return", "seller", END).verdict.impact == "not_affected"
    assert act(protecting(REFUND), "grant_return", "seller", END).verdict.impact == "pending"


@pytest.mark.parametrize(
    ("protects", "at", "rule"),
    [
        ((CLOSING,), END, "buyer_closed_in_time"),
        ((CLOSING,), END + TICK, "no_solution_in_time"),
        ((LATE_CLOSING,), END + TICK, "buyer_closed"),
        ((REFUND,), END, "no_solution_in_time"),
    ],
)
def test_the_buyers_closing_protects_as_the_policy_says(protects: tuple[str, ...], at: timedelta, rule: str) -> None:
    closed = act(protecting(*protects), "close", "buyer", at, code="worked_out_with_seller")
    assert closed.verdict.rule == rule


@pytest.mark.parametrize(
    ("protects", "rule"),
    [((FAIR_OFFER,), "no_solution_in_time"), ((ANY_OFFER,), "offer_in_time"), ((REFUND,), "no_solution_in_time")],
)
def test_a_token_offer_protects_only_where_any_offer_does(protects: tuple[str, ...], rule: str) -> None:
    offered = act(protecting(*protects), "offer_partial_refund", "seller", hours(1), percent=10)
    declined = act(offered, "decline_offer", "buyer", hours(2), offer=1)
    ruled = act(wait(declined, hours(73)), "rule", "mediator", hours(74), amount=5_000)
    assert ruled.verdict.rule == rule


def test_an_offer_is_named_only_where_offers_protect() -> None:
    acts = {a for change in changes(protecting(REFUND), START) for a in change.acts}
    assert acts == {Action.REFUND}
    assert set(DEFAULT.protects) < set(PROTECTIONS)


@pytest.mark.parametrize("reason", sorted(r for r in REASONS if REASONS[r].terms.counts))
def test_of_what_the_platform_sent_only_the_named_reasons_count(reason: str) -> None:
    claim = opened(reason, fulfilled_by=PLATFORM)
    counts = reason in DEFAULT.platform_reasons
    assert (verdict(claim).impact == Impact.PENDING) == counts
    assert counts or (claim.verdict.rule, claim.verdict.impact) == ("sent_by_platform", Impact.NOT_APPLIES)
    assert opened(reason).verdict.impact == Impact.PENDING


def test_an_act_that_is_named_is_the_sellers() -> None:
    assert {step.action for step in STEPS if Actor.SELLER in step.by} >= set(ACTS)
