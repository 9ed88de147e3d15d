"""What a claim comes to: amounts, whom the verdict protects, and what the bank gives and takes back."""

import pytest

from claims.guards import offerable
from claims.model import Claim, Stage
from claims.money import digits, parse, percent_of, show
from claims.reputation import MISTAKE
from tests.world import START as T
from tests.world import TICK, act, hours, offered_and, opened, refusal, returned, wait

# --- money


def test_percentages_round_half_up_once():
    assert [percent_of(amount, 50) for amount in (1, 3, 10_001)] == [1, 2, 5_001]
    assert percent_of(1, 10) == 0


@pytest.mark.parametrize(
    ("currency", "shown", "text"),
    [("BRL", "BRL 1,234.50", "1234.50"), ("JPY", "JPY 123,450", "123450"), ("KWD", "KWD 123.450", "123.450")],
)
def test_currencies_have_their_own_decimals(currency, shown, text):
    assert show(123_450, currency) == shown
    assert parse(text, currency) == 123_450
    for wrong in ("-1", "x", "NaN", "Infinity", "1.23456"):
        with pytest.raises(ValueError, match=wrong):
            parse(wrong, currency)
    offer = act(opened(currency=currency), "offer_partial_refund", "seller", hours(1), percent=50).offer
    assert offer.amount == 5_000


@pytest.mark.parametrize("currency", ["BRL", "JPY", "KWD", "CLF"])
def test_an_amount_has_at_most_15_digits_before_the_point(currency):
    assert parse("9" * 15, currency) == int("9" * 15 + "0" * digits(currency))
    for huge in ("9" * 16, "9" * 60, "1e15", "1e999999"):
        with pytest.raises(ValueError, match="more money than there is"):
            parse(huge, currency)
    with pytest.raises(ValueError, match="too long for an amount"):
        parse("9" * 61, currency)


@pytest.mark.parametrize("text", ["9.990000000000000000000000000000000000000000000000000001", "0." + "0" * 57 + "1"])
def test_a_long_decimal_is_not_rounded_to_an_amount(text):
    with pytest.raises(ValueError, match="has more than the 2 decimals of BRL"):
        parse(text, "BRL")


def test_noughts_at_the_end_of_a_long_decimal_do_no_harm():
    assert parse("999999999999999.98" + "0" * 40, "BRL") == 99_999_999_999_999_998


def test_a_price_too_small_to_be_cut_takes_no_partial_offer():
    dust = opened(unit_price=1, freight=0)
    assert offerable(dust) == ()
    assert refusal(act, dust, "offer_partial_refund", "seller", hours(1), percent=50) == "no_offers_left"


def test_an_offer_is_worth_more_than_the_one_declined_and_less_than_all():
    claim = opened(unit_price=7, freight=0)
    assert {p: percent_of(7, p) for p in offerable(claim)} == dict(
        zip((10, 20, 30, 40, 50, 60, 70, 80, 90), (1, 1, 2, 3, 4, 4, 5, 6, 6), strict=True)
    )
    offered = act(claim, "offer_partial_refund", "seller", hours(1), percent=50)
    assert offerable(act(offered, "decline_offer", "buyer", hours(2), offer=1)) == (70, 80, 90)  # 60 % is no more
    assert offerable(opened(unit_price=2, freight=0)) == (30, 40, 50, 60, 70)  # 20 % is nothing, 80 % is all


# --- the verdict, by the rule that decided


def rule_of(claim: Claim) -> tuple[str, str]:
    return claim.verdict.impact, claim.verdict.rule


def test_remorse_never_counts():
    claim = opened("changed_mind")
    assert rule_of(claim) == ("not_applies", "reason_never_counts")
    assert rule_of(act(wait(claim, hours(80)), "rule", "mediator", hours(81), amount=10_000))[0] == "not_applies"


def test_a_refund_protects_up_to_the_last_instant():
    assert rule_of(act(opened(), "refund", "seller", hours(72))) == ("not_affected", "refunded_in_time")
    late = act(opened(), "refund", "seller", hours(72) + TICK)
    assert rule_of(late) == ("affected", "no_solution_in_time")
    assert late.verdict.limit == T + hours(72)


def test_no_solution_in_time_names_no_act_that_was_in_time():
    overruled = act(returned(), "reject_return", "seller", hours(20))
    overruled = act(overruled, "rule", "mediator", hours(21), amount=11_000)
    assert (*rule_of(overruled), overruled.verdict.acted_at) == ("affected", "no_solution_in_time", None)


@pytest.mark.parametrize(
    ("late", "acted_at"),
    [
        (lambda: act(opened(), "refund", "seller", hours(80)), hours(80)),
        (lambda: returned(at=80), None),  # still undecided: nothing was granted in time
        (lambda: act(returned(at=80), "accept_return", "seller", hours(90)), hours(80)),
        (lambda: act(returned(at=80), "refund", "seller", hours(90)), hours(80)),
        (lambda: act(opened(), "close", "buyer", hours(80)), hours(80)),
        (lambda: act(wait(opened(), hours(80)), "rule", "mediator", hours(81), amount=11_000), None),
        (lambda: offered_and("accept_offer", "buyer", at=10), hours(10)),  # protected, by the offer
    ],
)
def test_the_verdict_tells_when_the_seller_or_the_buyer_acted(late, acted_at):
    assert late().verdict.acted_at == (None if acted_at is None else T + acted_at)


def test_no_solution_in_time_names_the_late_act_or_none():
    ruled = act(wait(opened(), hours(80)), "rule", "mediator", hours(81), amount=11_000)
    assert (*rule_of(ruled), ruled.verdict.acted_at) == ("affected", "no_solution_in_time", None)
    late = act(opened(), "close", "buyer", hours(73))
    assert (*rule_of(late), late.verdict.acted_at) == ("affected", "no_solution_in_time", T + hours(73))


def test_a_return_granted_in_time_protects_from_that_instant():
    granted = act(opened(), "grant_return", "seller", hours(10))
    assert rule_of(granted) == ("not_affected", "return_granted_in_time")
    assert granted.verdict.acted_at == T + hours(10)


def test_who_rejects_the_return_and_is_overruled_in_full_is_no_longer_protected():
    disputed = act(returned(), "reject_return", "seller", hours(20))
    assert rule_of(disputed) == ("pending", "not_decided_yet")
    assert rule_of(act(disputed, "rule", "mediator", hours(21), amount=11_000))[0] == "affected"
    part = act(disputed, "rule", "mediator", hours(21), amount=5_000)
    assert rule_of(part) == ("not_affected", "return_granted_in_time")


def test_a_fair_offer_protects_when_the_buyer_ends_with_no_more():
    assert rule_of(offered_and("accept_offer", "buyer")) == ("not_affected", "fair_offer_in_time")
    declined = wait(offered_and("decline_offer", "buyer"), hours(80))
    assert rule_of(act(declined, "rule", "mediator", hours(81), amount=5_000)) == ("not_affected", "fair_offer_in_time")
    assert rule_of(act(declined, "rule", "mediator", hours(81), amount=5_001))[0] == "affected"


def test_the_buyers_silence_on_a_fair_offer_closes_and_protects():
    offered = act(opened(), "offer_partial_refund", "seller", hours(72), percent=10)
    ended = wait(offered, hours(72 + 121))
    assert (ended.code, *rule_of(ended)) == ("timeout", "not_affected", "fair_offer_in_time")


def test_an_offer_that_the_seller_took_back_protects_nobody():
    withdrawn = wait(offered_and("withdraw_offer", "seller"), hours(80))
    assert rule_of(act(withdrawn, "rule", "mediator", hours(81), amount=100))[0] == "affected"


def test_the_buyers_closing_protects_in_time_and_a_mistake_always():
    assert rule_of(act(opened(), "close", "buyer", hours(72))) == ("not_affected", "buyer_closed_in_time")
    assert rule_of(act(opened(), "close", "buyer", hours(73)))[0] == "affected"
    assert rule_of(act(opened(), "close", "buyer", hours(73), code=MISTAKE)) == ("not_affected", "opened_by_mistake")


def test_a_ruling_for_the_seller_protects():
    ruled = act(wait(opened(), hours(80)), "rule", "mediator", hours(81), amount=0)
    assert (ruled.code, *rule_of(ruled)) == ("no_coverage", "not_affected", "ruled_for_seller")


def test_the_old_verdict_stands_while_an_appeal_runs():
    closed = act(wait(opened(), hours(80)), "rule", "mediator", hours(81), amount=0)
    appealed = act(closed, "appeal", "buyer", hours(100))
    assert appealed.verdict == closed.verdict
    assert rule_of(act(appealed, "rule", "mediator", hours(101), amount=11_000))[0] == "affected"


def test_only_the_difference_to_what_was_paid_is_refunded():
    ruled = act(wait(opened(), hours(80)), "rule", "mediator", hours(81), amount=4_000)
    first = act(ruled, "refunded", "bank", hours(82), refund=1)
    more = act(act(first, "appeal", "buyer", hours(90)), "rule", "mediator", hours(91), amount=11_000)
    assert more.refund.amount == 7_000


# --- what the bank takes back


def bank(claim: Claim, at: float, **said: int) -> Claim:
    """The bank says `made`, `failed` or `bounced` of the refund of that number."""
    ((word, number),) = said.items()
    return act(claim, _WORDS[word], "bank", hours(at), refund=number)


_WORDS = {"made": "refunded", "failed": "refund_failed", "bounced": "refund_bounced"}


def ruled(amount: int, at: float = 81) -> Claim:
    """A mediator gave so much of the 11000, and the bank has paid it; nothing is paid for 0."""
    claim = act(wait(opened(), hours(80)), "rule", "mediator", hours(at), amount=amount)
    return bank(claim, at + 1, made=1) if amount else claim


def appealed(amount: int, by: str) -> Claim:
    return act(ruled(amount), "appeal", by, hours(90))


def settling() -> Claim:
    """4000 were paid; on the buyer's appeal the other 7000 are under way."""
    return act(appealed(4_000, "buyer"), "rule", "mediator", hours(91), amount=11_000)


def test_a_refund_that_was_taken_back_is_asked_for_under_a_new_number():
    closed = bank(act(opened(), "refund", "seller", hours(1)), 2, made=1)
    bounced = bank(closed, 50, bounced=1)
    assert (bounced.stage, bounced.paid, bounced.closed_at, bounced.appeal_until) == (Stage.SETTLING, 0, None, None)
    assert [(r.status, r.tries) for r in bounced.refunds] == [("bounced", 1), ("failed", 0)]
    assert refusal(bank, bounced, 51, made=1) == "not_this_refund"
    again = wait(bounced, hours(75))
    assert (again.refund.number, again.refund.amount, again.refund.status, again.refund.tries) == (
        2,
        11_000,
        "pending",
        1,
    )
    paid = bank(again, 76, made=2)
    assert (paid.stage, paid.paid, paid.code, paid.closed_by) == ("closed", 11_000, "payment_refunded", "seller")


def test_a_refund_that_was_taken_back_can_be_settled_by_hand_at_once():
    bounced = bank(ruled(4_000), 90, bounced=1)
    settled = act(bounced, "pay_by_hand", "mediator", hours(91))
    assert (settled.stage, settled.paid, settled.refund.by_hand) == (Stage.CLOSED, 4_000, True)


def test_after_an_appeal_either_of_two_refunds_can_be_taken_back():
    twice = bank(settling(), 92, made=2)
    assert [r.amount for r in twice.refunds] == [4_000, 7_000]
    for number, owed in ((1, 4_000), (2, 7_000)):
        bounced = bank(twice, 100, bounced=number)
        assert (bounced.stage, bounced.paid, bounced.refund.amount) == (Stage.SETTLING, 11_000 - owed, owed)
        assert refusal(bank, bounced, 101, bounced=number) == "not_this_refund"


def test_what_is_owed_after_a_bounce_is_the_award_and_not_the_amount_taken_back():
    less = act(appealed(8_000, "seller"), "rule", "mediator", hours(91), amount=3_000)
    assert (less.stage, less.paid, less.award) == (Stage.CLOSED, 8_000, 3_000)
    assert bank(less, 100, bounced=1).refund.amount == 3_000


def test_a_bounce_with_nothing_owed_is_noted_and_the_claim_stays_closed():
    nothing = act(appealed(8_000, "seller"), "rule", "mediator", hours(91), amount=0)
    noted = bank(nothing, 100, bounced=1)
    assert (noted.stage, noted.paid, noted.due_at, noted.closed_at) == (Stage.CLOSED, 0, None, nothing.closed_at)
    assert [r.status for r in noted.refunds] == ["bounced"]
    assert refusal(bank, noted, 101, bounced=1) == "not_this_refund"


@pytest.mark.parametrize(("award", "asked"), [(11_000, 11_000), (4_000, 4_000), (1_000, 1_000)])
def test_a_bounce_in_mediation_is_only_noted_and_the_ruling_asks_for_all_of_its_award(award, asked):
    before = appealed(4_000, "buyer")
    noted = bank(before, 95, bounced=1)
    assert (noted.stage, noted.due_at, noted.due_since, noted.paid) == ("mediation", before.due_at, before.due_since, 0)
    assert act(noted, "rule", "mediator", hours(96), amount=award).refund.amount == asked
    assert act(noted, "refund", "seller", hours(96)).refund.amount == 11_000


def test_a_bounce_in_a_return_is_only_noted_and_the_goods_are_paid_in_full():
    granted = act(appealed(4_000, "buyer"), "rule", "mediator", hours(91), return_first=True)
    label = act(granted, "label_made", "carrier", hours(92), parcel=1, tracking_number="T1")
    arrived = act(label, "deliver", "carrier", hours(93), tracking_number="T1")
    assert act(arrived, "accept_return", "seller", hours(95)).refund.amount == 7_000
    noted = bank(arrived, 94, bounced=1)
    assert (noted.stage, noted.due_at) == (Stage.RETURN, arrived.due_at)
    assert act(noted, "accept_return", "seller", hours(95)).refund.amount == 11_000


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_a_return_in_an_appeal_that_comes_to_nothing_leaves_the_buyer_what_was_awarded_before(end):
    granted = act(appealed(4_000, "buyer"), "rule", "mediator", hours(91), return_first=True)
    label = act(granted, "label_made", "carrier", hours(92), parcel=1, tracking_number="T1")
    ended = act(label, "cancel_return", "buyer", hours(93)) if end == "cancelled" else wait(label, hours(600))
    assert (ended.stage, ended.award, ended.paid) == (Stage.CLOSED, 4_000, 4_000)
    assert ended.verdict == granted.verdict
    bounced = bank(ended, 700, bounced=1)
    assert (bounced.stage, bounced.refund.amount, bounced.verdict) == (Stage.SETTLING, 4_000, granted.verdict)


def test_a_return_that_comes_to_nothing_awards_nothing():
    label = act(act(opened(), "grant_return", "seller", hours(1)), "cancel_return", "buyer", hours(2))
    assert (label.stage, label.award, label.paid) == (Stage.CLOSED, 0, 0)


def test_an_older_refund_taken_back_while_a_newer_one_is_under_way_is_noted_and_asked_for_after_it():
    before = settling()
    noted = bank(before, 92, bounced=1)
    assert (noted.stage, noted.due_at, noted.due_since, noted.paid) == ("settling", before.due_at, before.due_since, 0)
    assert [(r.status, r.amount) for r in noted.refunds] == [("bounced", 4_000), ("pending", 7_000)]
    assert refusal(bank, noted, 93, bounced=1) == "not_this_refund"
    part = bank(noted, 93, made=2)
    assert (part.stage, part.paid, part.due_at) == (Stage.SETTLING, 7_000, T + hours(93 + 24))
    assert (part.refund.number, part.refund.amount, part.refund.tries) == (3, 4_000, 0)
    whole = bank(wait(part, hours(120)), 121, made=3)
    assert (whole.stage, whole.paid, whole.code) == (Stage.CLOSED, 11_000, "coverage_decision")


def test_an_older_refund_taken_back_after_the_newer_one_failed_is_paid_with_it_by_hand():
    failed = bank(bank(settling(), 92, failed=2), 93, bounced=1)
    settled = act(failed, "pay_by_hand", "mediator", hours(94))
    assert (settled.stage, settled.paid) == (Stage.CLOSED, 11_000)
    assert [(r.status, r.amount, r.by_hand) for r in settled.refunds] == [
        ("bounced", 4_000, False),
        ("succeeded", 11_000, True),
    ]


def test_both_refunds_taken_back_while_a_third_settles_are_all_owed():
    third = bank(wait(bank(bank(settling(), 92, made=2), 93, bounced=1), hours(120)), 121, bounced=2)
    part = bank(third, 122, made=3)
    assert (part.stage, part.paid, part.refund.amount) == (Stage.SETTLING, 4_000, 7_000)


def test_the_bank_is_not_believed_of_a_refund_that_it_was_not_asked_for():
    wanted = bank(ruled(4_000), 90, bounced=1)
    assert (wanted.refund.number, wanted.refund.tries) == (2, 0)
    for word in ("made", "failed", "bounced"):
        assert refusal(bank, wanted, 91, **{word: 2}) == "not_this_refund"


def test_a_refund_under_way_can_fail_but_not_bounce_and_one_that_was_made_the_other_way_round():
    asked = act(opened(), "refund", "seller", hours(1))
    assert refusal(bank, asked, 2, bounced=1) == "not_this_refund"
    assert refusal(bank, bank(asked, 2, failed=1), 3, failed=1) == "refund_not_pending"
    assert refusal(bank, bank(asked, 2, made=1), 3, failed=1) == "wrong_stage"
    assert refusal(bank, settling(), 92, failed=1) == "not_this_refund"


def test_the_bank_never_changes_the_verdict():
    asked = act(opened(), "refund", "seller", hours(72))
    retried = wait(bank(asked, 73, failed=1), hours(100))
    paid = bank(retried, 101, made=1)
    bounced = bank(paid, 120, bounced=1)
    assert asked.verdict == retried.verdict == paid.verdict == bounced.verdict == wait(bounced, hours(150)).verdict
    assert (paid.paid, paid.stage, paid.code) == (11_000, Stage.CLOSED, "payment_refunded")


@pytest.mark.parametrize(
    "closed",
    [
        lambda: ruled(4_000),
        lambda: bank(act(opened(), "refund", "seller", hours(80)), 81, made=1),
        lambda: bank(offered_and("accept_offer", "buyer"), 81, made=1),
        lambda: act(appealed(8_000, "seller"), "rule", "mediator", hours(91), amount=3_000),
        lambda: appealed(4_000, "buyer"),
        lambda: act(appealed(4_000, "buyer"), "rule", "mediator", hours(91), return_first=True),
        settling,
    ],
)
def test_a_bounce_does_not_change_the_verdict(closed):
    before = closed()
    bounced = bank(before, 100, bounced=1)
    assert bounced.verdict == before.verdict
    if bounced.stage == Stage.SETTLING:
        assert (
            wait(bounced, hours(200)).verdict == bank(wait(bounced, hours(130)), 131, made=2).verdict == before.verdict
        )


def test_a_bounce_does_not_change_when_the_mediator_ruled_for_the_seller():
    nothing = act(appealed(8_000, "seller"), "rule", "mediator", hours(91), amount=0)
    assert bank(nothing, 100, bounced=1).verdict == nothing.verdict


def test_a_claim_in_appeal_is_not_closed_and_is_closed_anew_by_the_ruling():
    assert appealed(4_000, "buyer").closed_at is None
    nothing = act(appealed(8_000, "seller"), "rule", "mediator", hours(91), amount=0)
    assert nothing.closed_at == nothing.verdict.acted_at == T + hours(91)


@pytest.mark.parametrize("word", ["made", "failed", "bounced"])
def test_a_late_word_of_the_bank_does_not_take_back_what_was_paid_by_hand(word):
    failed = bank(act(opened(), "refund", "seller", hours(1)), 2, failed=1)
    settled = act(failed, "pay_by_hand", "mediator", hours(3))
    assert refusal(bank, settled, 4, **{word: 1}) == ("not_this_refund" if word == "bounced" else "wrong_stage")
