"""Exclusions with plain values: who asks when, who decides when, and what it does to the verdict, for good."""

from datetime import timedelta

import pytest

from claims.exclusions import CAUSES
from claims.forecast import changes
from claims.inputs import NOTES, check_note
from claims.model import Action, Actor, Claim, Event, Impact, Invalid, Stage
from claims.notices import for_mediators, of_event
from claims.policy import DEFAULT
from claims.process import PROCESS
from claims.reasons import LANGUAGES
from claims.reputation import decided, final
from claims.sentences import VERDICTS
from claims.thread import is_told, receiver_of_note
from tests.world import START, TICK, act, hours, offered_and, opened, refusal, wait

WEEK = timedelta(days=7)


def counted(at: float = 73) -> Claim:
    """Refunded too late: closed and counted at that hour."""
    late = act(wait(opened(), hours(at)), "refund", "seller", hours(at))
    claim = act(late, "refunded", "bank", hours(at), refund=1)
    assert (claim.stage, claim.verdict.impact) == (Stage.CLOSED, Impact.AFFECTED)
    return claim


def ruled(amount: int = 5_000) -> Claim:
    """The seller was silent; a mediator awarded so much; paid at hour 80."""
    claim = act(wait(opened(), hours(74)), "rule", "mediator", hours(79), amount=amount)
    return act(claim, "refunded", "bank", hours(80), refund=1) if amount else claim


def asked(claim: Claim | None = None, at: float = 100) -> Claim:
    return act(claim or counted(), "ask_exclusion", "seller", hours(at), code="carrier_damage")


def settled(granted: bool, claim: Claim | None = None, at: float = 120) -> Claim:
    return act(claim or asked(), "decide_exclusion", "mediator", hours(at), granted=granted)


# --- asking


def test_asking_moves_nothing_but_sets_a_date_for_the_decision():
    before, after = counted(), asked()
    assert (after.exclusion.cause, after.exclusion.state) == ("carrier_damage", "asked")
    assert after.exclusion.asked_at == START + hours(100)
    assert after.exclusion.due_at == START + hours(100) + WEEK
    assert DEFAULT.exclusion == WEEK
    assert (after.stage, after.due_at, after.closed_at) == (Stage.CLOSED, None, before.closed_at)
    assert (after.verdict, after.code, after.appeal_until) == (before.verdict, before.code, before.appeal_until)
    assert after.version == before.version + 1
    assert PROCESS.waiting_on(after) == "nobody"


def test_the_date_does_not_decide_by_itself_and_a_late_decision_counts():
    for at in (START + hours(100) + WEEK, START + hours(100) + WEEK + TICK, START + timedelta(days=400)):
        assert PROCESS.let_time_pass(asked(), at).claim == asked()
    late = settled(True, at=24 * 400)
    assert late.verdict.impact == Impact.NOT_AFFECTED


@pytest.mark.parametrize(
    "claim",
    [
        offered_and("accept_offer", "buyer"),  # settled in time
        act(opened(), "close", "buyer", hours(1)),
        act(opened("changed_mind"), "close", "buyer", hours(90)),  # a reason that never counts
        ruled(0),  # for the seller
    ],
)
def test_only_what_counts_can_be_excluded(claim):
    if claim.open:
        claim = act(claim, "refunded", "bank", hours(20), refund=1)
    assert refusal(act, claim, "ask_exclusion", "seller", hours(200), code="other") == "does_not_count"


@pytest.mark.parametrize("claim", [opened(), wait(opened(), hours(80)), act(opened(), "refund", "seller", hours(80))])
def test_only_a_closed_claim_can_be_excluded(claim):
    assert refusal(act, claim, "ask_exclusion", "seller", hours(90), code="other") == "wrong_stage"


@pytest.mark.parametrize("then", [asked, lambda: settled(False)])
def test_it_is_asked_for_once(then):
    assert refusal(act, then(), "ask_exclusion", "seller", hours(500), code="other") == "exclusion_asked_before"


def test_what_was_excluded_cannot_be_excluded_again():
    assert refusal(act, settled(True), "ask_exclusion", "seller", hours(500), code="other") == "does_not_count"


@pytest.mark.parametrize("actor", [Actor.BUYER, Actor.MEDIATOR, Actor.BANK, Actor.CARRIER])
def test_only_the_seller_asks(actor):
    assert refusal(act, counted(), "ask_exclusion", actor, hours(100), code="other") == "not_for_role"


# --- deciding


@pytest.mark.parametrize("actor", [Actor.BUYER, Actor.SELLER])
def test_only_a_mediator_decides(actor):
    assert refusal(act, asked(), "decide_exclusion", actor, hours(100), granted=True) == "not_for_role"


@pytest.mark.parametrize("claim", [counted(), settled(True), settled(False)])
def test_only_what_was_asked_and_not_decided_is_decided(claim):
    assert refusal(act, claim, "decide_exclusion", "mediator", hours(200), granted=False) == "no_exclusion_asked"


def test_granted_it_does_not_count_and_says_by_which_rule_and_when():
    claim = settled(True)
    assert (claim.verdict.impact, claim.verdict.rule) == (Impact.NOT_AFFECTED, "exclusion_granted")
    assert claim.verdict.acted_at == claim.exclusion.decided_at == START + hours(120)
    assert decided(claim)
    assert "exclusion_granted" in VERDICTS
    assert (claim.stage, claim.code, claim.exclusion.state) == (Stage.CLOSED, "payment_refunded", "granted")


def test_denied_it_counts_as_before():
    claim = settled(False)
    assert claim.verdict == counted().verdict
    assert (claim.exclusion.state, claim.exclusion.decided_at) == ("denied", START + hours(120))


def test_what_would_change_it_follows_the_exclusion():
    def told(claim: Claim, at: float) -> list[tuple[str, object]]:
        return [(c.code, c.until) for c in changes(claim, START + hours(at)) if "appeal_of" not in c.code]

    assert told(counted(), 90) == [("exclusion_possible", None)]
    assert told(asked(), 110) == [("exclusion_asked", asked().exclusion.due_at)]
    assert told(settled(False), 130) == []
    assert changes(settled(True, asked(ruled())), START + hours(130)) == ()  # not even the appeal
    appealed = act(settled(True, asked(ruled())), "appeal", "buyer", hours(130))
    assert (changes(appealed, START + hours(131)), final(appealed)) == ((), True)


# --- with an appeal, before and after


def test_granted_it_stays_so_whatever_an_appeal_brings():
    claim = act(settled(True, asked(ruled())), "appeal", "buyer", hours(130))
    assert claim.verdict.rule == "exclusion_granted"
    for amount, end in ((claim.total, 2), (5_000, 1)):
        after = act(claim, "rule", "mediator", hours(140), amount=amount)
        assert after.verdict.rule == "exclusion_granted"
        if after.open:
            after = act(after, "refunded", "bank", hours(141), refund=end)
        assert (after.stage, after.verdict.rule) == (Stage.CLOSED, "exclusion_granted")


def test_asked_before_an_appeal_it_is_decided_after_it():
    claim = act(asked(ruled()), "appeal", "buyer", hours(130))
    assert refusal(act, claim, "decide_exclusion", "mediator", hours(131), granted=True) == "wrong_stage"
    again = act(claim, "rule", "mediator", hours(140), amount=5_000)
    assert settled(True, again, 150).verdict.rule == "exclusion_granted"
    assert settled(False, again, 150).verdict.impact == Impact.AFFECTED


def test_after_an_appeal_in_the_sellers_favour_there_is_nothing_to_exclude():
    claim = act(act(ruled(), "appeal", "seller", hours(100)), "rule", "mediator", hours(110), amount=0)
    assert refusal(act, claim, "ask_exclusion", "seller", hours(120), code="other") == "does_not_count"


def test_after_a_lost_appeal_the_seller_may_ask():
    claim = act(act(ruled(), "appeal", "seller", hours(100)), "rule", "mediator", hours(110), amount=5_000)
    assert claim.closed_at
    assert settled(True, asked(claim, 120), 130).verdict.rule == "exclusion_granted"


@pytest.mark.parametrize("claim", [asked(ruled()), settled(True, asked(ruled()))])
def test_asking_and_deciding_leave_the_appeal_as_it_was(claim):
    assert claim.appeal_until == ruled().appeal_until
    assert act(claim, "appeal", "buyer", hours(130)).stage == Stage.MEDIATION


# --- with a bank that takes the refund back


@pytest.mark.parametrize("then", [asked, lambda: settled(True), lambda: settled(False)])
def test_a_bounce_changes_nothing_of_it(then):
    before = then()
    bounced = act(before, "refund_bounced", "bank", hours(130), refund=1)
    assert (bounced.stage, bounced.verdict, bounced.exclusion) == (Stage.SETTLING, before.verdict, before.exclusion)
    assert refusal(act, bounced, "decide_exclusion", "mediator", hours(131), granted=True) == "wrong_stage"
    paid = act(bounced, "pay_by_hand", "mediator", hours(132))
    assert (paid.stage, paid.verdict, paid.exclusion) == (Stage.CLOSED, before.verdict, before.exclusion)


# --- words: a note is needed, and who hears of it


@pytest.mark.parametrize("action", [Action.GUIDE, Action.ASK_EXCLUSION, Action.DECIDE_EXCLUSION])
@pytest.mark.parametrize("text", [None, ""])
def test_what_needs_a_text_is_invalid_without(action, text):
    with pytest.raises(Invalid) as caught:
        check_note(action, text)
    assert caught.value.code == "field_missing"
    check_note(action, "Because.")
    check_note(Action.REFUND, text)


def entry(claim: Claim, action: str, by: Actor) -> Event:
    return Event(claim.version, START, Action(action), by, claim.stage, "nobody", None, claim.verdict.impact)


def test_the_mediators_are_told_when_it_is_asked_and_the_seller_when_it_is_decided():
    request = entry(asked(), "ask_exclusion", Actor.SELLER)
    (told,) = of_event(asked(), request)
    assert (told.role, told.person) == (Actor.MEDIATOR, "")
    assert told.facts["cause"] == "carrier_damage"
    assert told.facts["due_at"] == asked().exclusion.due_at.isoformat()
    assert for_mediators(request)
    decision = entry(settled(True), "decide_exclusion", Actor.MEDIATOR)
    (told,) = of_event(settled(True), decision)
    assert (told.role, told.person, told.facts["exclusion"]) == (Actor.SELLER, "seller-1", "granted")
    assert [receiver_of_note(e) for e in (request, decision)] == ["mediator", "seller"]


def test_the_buyer_is_told_nothing_that_came_with_it():
    for action in Action:
        aside = action in (Action.ASK_EXCLUSION, Action.DECIDE_EXCLUSION)
        assert is_told("buyer", action) == (not aside)
        assert all(is_told(role, action) for role in ("seller", "mediator", "platform", "ops", "auditor"))


# --- the catalogue


def test_every_cause_has_its_texts_in_three_languages():
    for code, cause in CAUSES.items():
        assert code == cause.code
        assert len(code) <= 60
        assert set(cause.texts) == set(cause.evidence) == set(LANGUAGES)
        assert len({*cause.texts.values()}) == len(LANGUAGES)
        assert all(cause.texts.values())
        assert all(cause.evidence.values())
    assert {Action.ASK_EXCLUSION, Action.DECIDE_EXCLUSION} < set(NOTES)


def test_the_seller_is_offered_every_cause_and_the_mediator_both_answers():
    choices = {c.action: c for c in PROCESS.available(counted(), Actor.SELLER, START + hours(100))}
    (field,) = choices["ask_exclusion"].fields
    assert (field.name, field.kind, field.required, field.choices) == ("code", "string", True, tuple(CAUSES))
    choices = {c.action: c for c in PROCESS.available(asked(), Actor.MEDIATOR, START + hours(100))}
    (field,) = choices["decide_exclusion"].fields
    assert (field.name, field.kind, field.required, field.choices) == ("granted", "boolean", True, (True, False))
