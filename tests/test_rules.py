"""The rules with plain values: opening, the tie, the schedule, the sentences and the shape of the rules.

Money, the verdict and the bank stand in tests/test_bank_rules.py.
"""

import ast
import string
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claims import inputs
from claims.guards import GUARDS, WHY, facts, why
from claims.model import Action, Actor, Claim, Command, Impact, Input, Invalid, ReturnStatus, Stage, Stale
from claims.opening import Earlier, Opening, claimable, claimed_since, may_open, open_claim
from claims.policy import DEFAULT
from claims.process import PROCESS, Process
from claims.reasons import LANGUAGES, REASONS
from claims.schedule import next_reminder, reminders, schedule
from tests.world import SECOND, TICK, act, assert_readable, hours, line, opened, refusal, returned, wait
from tests.world import START as T

CLAIMS = Path(__file__).parent.parent / "claims"


def days(count: float) -> timedelta:
    return timedelta(days=count)


def pieces(quantity: int, of: int, earlier=(), **given) -> Claim:
    return open_claim("clm_1", line(quantity=of, **given), earlier, Opening("damaged", quantity), DEFAULT, T)


def late_parcel(at: datetime = T, **given) -> Claim:
    return opened("not_received", at, **given)


# --- opening


def test_a_claim_starts_in_negotiation_with_72_hours_for_the_seller():
    claim = opened()
    assert (claim.stage, claim.version, PROCESS.waiting_on(claim)) == (Stage.NEGOTIATION, 0, "seller")
    assert claim.due_at == claim.respond_by == claim.protect_until == T + hours(72)
    assert claim.verdict.impact == Impact.PENDING


def test_only_the_buyer_of_the_line_opens_a_claim():
    assert may_open(line(), "buyer-1")
    assert not may_open(line(), "buyer-2")


def test_the_reason_must_be_in_the_catalogue_and_allow_the_wish():
    assert refusal(opened, "x" * 500) == "unknown_reason"
    wish = Opening("not_received", 1, "partial_refund")
    assert refusal(open_claim, "c", line(delivered_at=None), (), wish, DEFAULT, T) == "solution_not_allowed"


EARLIER = Earlier("clm_0", open=False, code="timeout", ruled=False, paid=0, quantity=1)


@pytest.mark.parametrize(
    ("earlier", "code"),
    [
        (replace(EARLIER, open=True), "claim_already_open"),
        (replace(EARLIER, code="partial_refunded", paid=500), "partial_refund_accepted"),
        (replace(EARLIER, code="no_coverage", ruled=True), "already_ruled"),
        (replace(EARLIER, code="payment_refunded", paid=11_000), "nothing_left"),
    ],
)
def test_an_earlier_claim_on_the_line_stands_in_the_way(earlier, code):
    assert refusal(opened, earlier=(earlier,)) == code


@pytest.mark.parametrize("other", [EARLIER, replace(EARLIER, open=True), replace(EARLIER, paid=500)])
def test_only_a_claim_opened_later_on_the_line_bars_the_appeal(other):
    this = Earlier("clm_1", open=False, code="no_coverage", ruled=True, paid=0, quantity=1)
    assert not claimed_since(opened(), (this,))
    assert not claimed_since(opened(), (other, this))  # its pieces are others
    assert claimed_since(opened(), (this, other))  # also when that came to nothing: it can be appealed itself


def test_an_earlier_claim_that_came_to_nothing_does_not():
    assert opened(earlier=(EARLIER,)).total == 11_000


def test_no_more_pieces_can_be_claimed_than_are_left():
    refunded = replace(EARLIER, code="payment_refunded", paid=1, quantity=2)
    assert claimable(line(quantity=5), (refunded,)) == 3
    assert pieces(3, of=5, earlier=(refunded,)).product_amount == 30_000
    for quantity in (0, -1, 4, 10**30):
        assert refusal(pieces, quantity, of=5, earlier=(refunded,)) == "quantity_out_of_range"


def test_the_window_after_delivery_is_30_days_to_the_second():
    delivered = T - days(30)
    assert opened(delivered_at=delivered).open
    assert refusal(opened, delivered_at=delivered - SECOND) == "window_over"
    assert refusal(opened, delivered_at=delivered - days(1)) == "window_over"


def test_what_was_not_delivered_can_only_be_claimed_as_not_received():
    assert refusal(opened, delivered_at=None) == "not_delivered_yet"
    assert refusal(opened, delivered_at=T + SECOND) == "not_delivered_yet"
    assert opened(delivered_at=T).open


def test_what_was_delivered_cannot_be_claimed_as_not_received():
    assert refusal(late_parcel, delivered_at=T) == "delivered"
    assert late_parcel(delivered_at=T + SECOND).open


@pytest.mark.parametrize(("abroad", "span"), [(False, 21), (True, 60)])
def test_the_window_after_the_promised_date_to_the_second(abroad, span):
    far = {"cross_border": abroad, "purchased_at": T - days(90)}
    assert refusal(late_parcel, promised_at=T, **far) == "not_late_yet"
    assert late_parcel(promised_at=T - SECOND, **far).open
    assert late_parcel(promised_at=T - days(span), **far).open
    assert refusal(late_parcel, promised_at=T - days(span) - SECOND, **far) == "window_over"


def test_without_a_promised_date_30_days_after_the_purchase_count():
    assert refusal(late_parcel, promised_at=None, purchased_at=T - days(30)) == "not_late_yet"
    assert late_parcel(promised_at=None, purchased_at=T - days(30) - SECOND).open


def test_nothing_can_be_claimed_before_it_was_bought():
    assert refusal(opened, purchased_at=T + SECOND) == "not_bought_yet"


def test_a_gift_has_nothing_to_claim():
    assert refusal(opened, unit_price=0, freight=0) == "nothing_paid"
    assert refusal(opened, "changed_mind", unit_price=0) == "nothing_paid"
    assert opened(unit_price=0).total == 1_000


def test_the_shares_of_the_freight_add_up_however_the_line_is_cut():
    for parts in ((1, 1, 1), (2, 1), (1, 2), (3,)):
        earlier, shares = (), []
        for quantity in parts:
            claim = pieces(quantity, of=3, earlier=earlier, freight=100)
            shares.append(claim.freight_amount)
            earlier += (replace(EARLIER, code="payment_refunded", paid=claim.total, quantity=quantity),)
        assert sum(shares) == 100


def test_remorse_does_not_get_the_freight_back():
    assert opened("changed_mind").total == 10_000
    assert opened("damaged").total == 11_000


# --- the tie: what was accepted at the date or before beats the clock


def test_a_person_at_the_very_instant_due_beats_the_clock():
    turn = PROCESS.advance(opened(), Command(Action.REFUND, Actor.SELLER), T + hours(72))
    assert [e.action for e in turn.events] == ["refund"]
    assert turn.claim.verdict.rule == "refunded_in_time"


def test_a_microsecond_later_the_clock_goes_first():
    turn = PROCESS.advance(opened(), Command(Action.REFUND, Actor.SELLER), T + hours(72) + TICK)
    assert [(e.action, e.by, e.at) for e in turn.events] == [
        ("escalate", "clock", T + hours(72)),
        ("refund", "seller", T + hours(72) + TICK),
    ]
    assert turn.claim.verdict.impact == Impact.AFFECTED


def test_the_clock_does_nothing_at_the_very_instant_due():
    assert not PROCESS.let_time_pass(opened(), T + hours(72)).events
    assert len(PROCESS.let_time_pass(opened(), T + hours(72) + TICK).events) == 1


def test_a_command_accepted_in_time_but_read_after_the_clock_still_counts_as_in_time():
    mediated = wait(opened(), hours(80))
    late = PROCESS.advance(mediated, Command(Action.REFUND, Actor.SELLER), T + hours(71))
    assert late.events[-1].at == T + hours(72)
    assert late.claim.verdict.rule == "refunded_in_time"


def test_after_a_long_absence_each_date_is_served_in_its_order_and_at_its_instant():
    granted = act(opened(), "grant_return", "seller", hours(1))
    label = act(granted, "label_made", "carrier", hours(2), parcel=1, tracking_number="T1")
    turn = PROCESS.let_time_pass(label, T + days(100))
    assert [(e.action, e.at) for e in turn.events] == [
        ("lapse_label", T + hours(2) + days(10)),
        ("expire_return", T + hours(2) + days(13)),
    ]
    assert [e.sequence for e in turn.events] == [3, 4]


def test_the_mediator_is_recalled_again_and_again():
    turn = PROCESS.let_time_pass(opened(), T + hours(72) + days(7 * 3) + TICK)
    assert [e.action for e in turn.events] == ["escalate", *["recall_mediator"] * 3]
    assert turn.claim.priority == 3


def test_a_person_who_saw_an_older_version_is_told_so():
    moved = act(opened(), "guide", "seller", hours(1))
    command = Command(Action.CLOSE, Actor.BUYER, expects=0)
    with pytest.raises(Stale):
        PROCESS.advance(moved, command, T + hours(2))
    assert PROCESS.advance(moved, replace(command, expects=1), T + hours(2)).claim.stage == Stage.CLOSED


def test_seeing_the_claim_before_the_clock_moved_it_is_stale_too():
    with pytest.raises(Stale):
        PROCESS.advance(opened(), Command(Action.CLOSE, Actor.BUYER, expects=0), T + hours(73))


def withdrawn_late() -> Claim:
    """Taken back when the seller's own time had long been over: the clock's date is in the past."""
    offered = act(opened(), "offer_partial_refund", "seller", hours(71), percent=50)
    return act(offered, "withdraw_offer", "seller", hours(190), offer=1)


def test_a_late_withdrawal_is_followed_by_the_clock_and_not_preceded_by_it():
    turn = PROCESS.let_time_pass(withdrawn_late(), T + hours(190) + TICK)
    assert [(e.action, e.at) for e in turn.events] == [("escalate", T + hours(190))]
    assert turn.claim.due_at == T + hours(190) + DEFAULT.rule


def test_the_schedule_dates_nothing_before_the_step_that_set_it():
    assert told(withdrawn_late()) == [
        (190, "escalate", "seller", "mediation"),
        (190 + 7 * 24, "recall_mediator", "mediator", "mediation"),
    ]


def test_who_looks_with_a_clock_that_is_behind_sees_what_he_would_see_now():
    mediated = act(wait(opened(), hours(80)), "request_evidence", "mediator", hours(100), party=Actor.BUYER)
    for actor in (Actor.BUYER, Actor.SELLER, Actor.MEDIATOR):
        assert PROCESS.available(mediated, actor, T) == PROCESS.available(mediated, actor, T + hours(100))


# --- the schedule and the reminders


def told(claim: Claim) -> list[tuple[float, str, str, str]]:
    return [((c.at - T) / hours(1), c.action, c.waiting_on, c.stage) for c in schedule(claim)]


def test_the_schedule_of_a_new_claim_ends_where_it_would_repeat_itself():
    assert told(opened()) == [
        (72, "escalate", "seller", "mediation"),
        (72 + 7 * 24, "recall_mediator", "mediator", "mediation"),
    ]


def test_the_schedule_of_an_offer_ends_with_the_claim():
    offered = act(opened(), "offer_partial_refund", "seller", hours(50), percent=50)
    (coming,) = schedule(offered)
    assert (coming.at, coming.action, coming.stage) == (T + hours(170), "expire_offer", "closed")
    assert coming.impact == Impact.NOT_AFFECTED


def test_the_schedule_of_a_return_tells_the_label_the_scan_and_the_end():
    granted = act(opened(), "grant_return", "seller", hours(1))
    label = act(granted, "label_made", "carrier", hours(2), parcel=1, tracking_number="T1")
    coming = [(c.action, c.waiting_on) for c in schedule(label)]
    assert coming == [("lapse_label", "buyer"), ("expire_return", "carrier")]


def test_a_closed_claim_has_nothing_coming():
    closed = act(opened(), "close", "buyer", hours(1))
    assert schedule(closed) == ()
    assert reminders(closed) == ()


def test_the_schedule_is_what_then_happens():
    claim = act(opened(), "guide", "seller", hours(5))
    turn = PROCESS.let_time_pass(claim, T + hours(72) + days(7) + TICK)
    assert [(e.at, e.action, e.stage) for e in turn.events] == [(c.at, c.action, c.stage) for c in schedule(claim)]


def reminded(claim: Claim) -> list[tuple[float, str]]:
    return [((r.at - T) / hours(1), r.to) for r in reminders(claim)]


def test_the_seller_is_reminded_24_and_6_hours_before_the_end():
    assert reminded(opened()) == [(48, "seller"), (66, "seller")]


def test_in_73_hours_of_silence_exactly_two_reminders_fall_due():
    claim, sent = opened(), []
    while reminder := next_reminder(claim, sent[-1] if sent else None):
        sent.append(reminder.at)
    assert sent == [T + hours(48), T + hours(66)]
    assert [r.to for r in reminders(wait(claim, hours(73)))] == [Actor.MEDIATOR] * 2


def test_an_offer_at_hour_50_leaves_the_seller_one_reminder_and_gives_the_buyer_two():
    claim = opened()
    assert next_reminder(claim, None).at == T + hours(48)
    offered = act(claim, "offer_partial_refund", "seller", hours(50), percent=50)
    assert reminded(offered) == [(50 + 120 - 24, "buyer"), (50 + 120 - 6, "buyer")]
    assert not [r for r in reminders(offered) if r.to == Actor.SELLER]


def test_a_reminder_whose_instant_had_passed_when_the_date_was_set_is_not_sent_late():
    offered = act(opened(), "offer_partial_refund", "seller", hours(47), percent=50)
    withdrawn = act(offered, "withdraw_offer", "seller", hours(60), offer=1)
    assert reminded(withdrawn) == [(66, "seller")]
    declined = act(offered, "decline_offer", "buyer", hours(70), offer=1)  # due at 94 h: 24 h before is now
    assert reminded(declined) == [(88, "seller")]


def test_guidance_moves_no_reminder():
    assert reminded(act(opened(), "guide", "seller", hours(50))) == reminded(opened())


def test_nobody_reminds_the_bank_or_the_carrier():
    assert reminders(act(opened(), "refund", "seller", hours(1))) == ()
    assert reminders(act(opened(), "grant_return", "seller", hours(1))) == ()


# --- refusals and their sentences

LONG = Input(tracking_number="x" * 500, percent=10**30, offer=10**14)


def situations() -> list[Claim]:
    """Claims in every stage, with as much in them as a sentence can name; the amounts are as long as they get."""
    dear = opened(unit_price=10**12)
    offered = act(dear, "offer_partial_refund", "seller", hours(1), percent=50)
    mediated = wait(dear, hours(80))
    asked = act(mediated, "request_evidence", "mediator", hours(81), party=Actor.BUYER)
    closed = act(mediated, "rule", "mediator", hours(81), amount=0)
    label = act(dear, "grant_return", "seller", hours(1))
    return [dear, offered, mediated, asked, closed, label, returned(), act(dear, "refund", "seller", hours(1))]


@pytest.mark.parametrize("name", WHY)
def test_every_refusal_is_a_sentence_of_at_most_200_characters(name):
    for claim in situations():
        for given in (LONG, Input(percent=50, offer=2, tracking_number="")):
            code, sentence = why(name, claim, Command(Action.RULE, Actor.BUYER, given))
            assert code
            assert set("{}").isdisjoint(sentence)
            assert 0 < len(sentence) <= 200, sentence


def test_every_guard_says_why_and_every_sentence_belongs_to_a_guard():
    assert set(WHY) == set(GUARDS)
    known = facts(opened(), Command(Action.GUIDE, Actor.SELLER))
    for _, sentence in WHY.values():
        assert {name for _, name, _, _ in string.Formatter().parse(sentence) if name} <= set(known)


@pytest.mark.parametrize(
    ("action", "by", "given", "code"),
    [
        ("guide", "seller", {"percent": 10}, "unknown_field"),
        ("rule", "mediator", {"percent": 10}, "unknown_field"),
        ("offer_partial_refund", "seller", {}, "field_missing"),
        ("label_made", "carrier", {"parcel": 1}, "field_missing"),
        ("label_made", "carrier", {"parcel": 1, "tracking_number": ""}, "tracking_number_missing"),
        ("ship", "carrier", {"tracking_number": ""}, "tracking_number_missing"),
        ("deliver", "carrier", {"tracking_number": ""}, "tracking_number_missing"),
        ("lose", "carrier", {"tracking_number": ""}, "tracking_number_missing"),
        ("offer_partial_refund", "seller", {"percent": 100}, "percent_not_allowed"),
        ("offer_partial_refund", "seller", {"percent": 10**30}, "percent_not_allowed"),
        ("close", "buyer", {"code": "x" * 500}, "unknown_code"),
        ("close", "buyer", {"code": "carrier_damage"}, "unknown_code"),
        ("ask_exclusion", "seller", {}, "field_missing"),
        ("ask_exclusion", "seller", {"code": "x" * 500}, "unknown_cause"),
        ("ask_exclusion", "seller", {"code": "worked_out_with_seller"}, "unknown_cause"),
        ("ask_exclusion", "seller", {"code": "other", "granted": True}, "unknown_field"),
        ("decide_exclusion", "mediator", {}, "field_missing"),
        ("decide_exclusion", "mediator", {"code": "other", "granted": True}, "unknown_field"),
        ("request_evidence", "mediator", {"party": Actor.BANK}, "unknown_party"),
        ("rule", "mediator", {}, "ruling_unclear"),
        ("rule", "mediator", {"amount": 1, "return_first": True}, "ruling_unclear"),
        ("rule", "mediator", {"return_first": False}, "ruling_unclear"),
        ("rule", "mediator", {"amount": -1}, "amount_out_of_range"),
        ("rule", "mediator", {"amount": 10**30}, "amount_out_of_range"),
    ],
)
def test_what_an_action_does_not_take_is_invalid(action, by, given, code):
    for claim in (opened(), opened(unit_price=10**12), wait(opened(), hours(80))):
        with pytest.raises(Invalid) as caught:
            inputs.check(claim, Command(Action(action), Actor(by), Input(**given)))
        assert caught.value.code == code
        assert_readable(caught.value.sentence)


def test_a_stranger_to_the_action_and_a_wrong_stage_are_told_so():
    assert refusal(act, opened(), "refund", "buyer", hours(1)) == "not_for_role"
    assert refusal(act, opened(), "appeal", "buyer", hours(1)) == "wrong_stage"
    assert refusal(act, wait(opened(), hours(80)), "guide", "seller", hours(81)) == "wrong_stage"


def test_a_refusal_names_the_guard_that_came_nearest():
    claim = late_parcel()
    assert refusal(act, claim, "offer_partial_refund", "seller", hours(1), percent=50) == "reason_allows_no_offer"
    assert refusal(act, claim, "grant_return", "seller", hours(1)) == "reason_allows_no_return"
    assert refusal(act, claim, "escalate", "buyer", hours(1)) == "window_running"


# --- the shape of the rules


def test_the_table_has_at_most_72_lines_and_none_is_over_110_columns():
    lines = (CLAIMS / "table.py").read_text().splitlines()
    assert len(lines) <= 72
    assert [line for line in lines if len(line) > 110] == []


@pytest.mark.parametrize("path", sorted(CLAIMS.glob("*.py")), ids=lambda path: path.name)
def test_no_function_of_the_rules_is_over_40_lines(path):
    functions = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
    assert not [f.name for f in functions if f.end_lineno - f.lineno + 1 > 40]


def test_the_table_names_only_what_there_is():
    for row in Process().rows:
        assert set(row.needs) <= set(GUARDS)
        assert set(row.does) <= set(PROCESS.effects)
        Action(row.step.action)
        assert all(Actor(a) and Stage(s) for a in row.actors for s in row.stages)


def test_no_guard_and_no_effect_is_idle():
    assert {g for row in PROCESS.rows for g in row.needs} == set(GUARDS)
    assert {e for row in PROCESS.rows for e in row.does} == set(PROCESS.effects)


def test_every_reason_has_its_text_in_three_languages():
    assert all(set(reason.texts) == set(LANGUAGES) and all(reason.texts.values()) for reason in REASONS.values())


def test_a_parcel_of_an_abandoned_return_is_not_that_of_the_next():
    first = act(opened(), "grant_return", "seller", hours(60))
    label = act(first, "label_made", "carrier", hours(61), parcel=1, tracking_number="T1")
    again = act(act(label, "escalate", "buyer", hours(73)), "grant_return", "seller", hours(74))
    second = act(again, "label_made", "carrier", hours(75), parcel=2, tracking_number="T2")
    assert refusal(act, second, "deliver", "carrier", hours(76), tracking_number="T1") == "not_this_parcel"
    assert [r.status for r in second.returns] == [ReturnStatus.ABANDONED, ReturnStatus.LABEL_READY]
