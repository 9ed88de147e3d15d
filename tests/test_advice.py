"""The advice for a seller, by hand: shares, what costs most, when there is too little to say; and its texts."""

import string
from dataclasses import replace

import pytest

from claims.advice import MINIMUM, Cost, Facts, Mixed, Sum, by_cost, hundredths, in_order
from claims.model import Claim, Impact
from claims.reasons import LANGUAGES, REASONS
from claims.remedies import ANSWER_SOONER, REMEDIES, TOO_FEW, too_few
from claims.reputation import verdict
from tests.explore import Quiet, Space
from tests.world import World

TINY = World(reasons=("not_working",), offers=(10,), awards=(0, 50, 100), bounces=0)
MXN = [Sum("MXN", amount, amount, 0) for amount in range(0, 10_000, 100)]


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (0, 7, 0),
        (1, 3, 3333),
        (2, 3, 6667),
        (1, 1, 10_000),
        (1, 20_000, 1),
        (1, 20_001, 0),
        (3, 2, 15_000),
        (5, 0, None),
    ],
)
def test_shares_are_rounded_half_up(part: int, whole: int, share: int | None) -> None:
    assert hundredths(part, whole) == share


def test_kept_is_what_is_neither_refunded_nor_undecided() -> None:
    assert Sum("MXN", 10_000, 2_500, 3_000).kept == 4_500


def test_a_reason_costs_the_sales_that_only_it_blames() -> None:
    assert Cost("MLM", 400, 3).rate == 75  # 0.75 %
    assert Cost("MLM", 0, 0).rate == 0


@pytest.mark.parametrize(
    ("dear", "cheap", "why"),
    [
        (Mixed("damaged", 3, 2), Mixed("different", 9, 1, money=(MXN[9],)), "counted claims come first"),
        (Mixed("damaged", 3, 2, money=(MXN[2],)), Mixed("different", 9, 2, money=(MXN[1],)), "then money"),
        (Mixed("damaged", 4, 2, money=(MXN[2],)), Mixed("different", 3, 2, money=(MXN[2],)), "then claims"),
        (Mixed("not_working", 3, 2), Mixed("damaged", 3, 2), "then the catalogue"),
        (Mixed("damaged", 4, 2, money=(MXN[1],)), Mixed("different", 3, 2, money=(Sum("UYU", 9, 9, 0),)),
         "money of several currencies is not compared"),
    ],
)  # fmt: skip
def test_what_costs_most(dear: Mixed, cheap: Mixed, why: str) -> None:
    assert by_cost([cheap, dear]) == by_cost([dear, cheap]) == [dear, cheap], why


def test_the_mix_is_read_with_most_claims_first() -> None:
    few, many, same = Mixed("not_received", 2), Mixed("damaged", 5), Mixed("not_working", 2)
    assert in_order([same, few, many]) == [many, few, same]


def test_answering_in_time_would_have_protected_those_answered_late_or_never() -> None:
    facts = Facts(200, (Mixed("damaged", 8, counted=4, late=1, never=2), Mixed("changed_mind", 4)))
    assert (facts.claims, facts.counted, facts.late, facts.never) == (12, 4, 1, 2)
    assert facts.by_answering == 7500
    assert facts.per_hundred == 600
    assert Facts(3, (Mixed("damaged", 1),)).by_answering is None
    assert Facts(0, (Mixed("damaged", 1),)).per_hundred is None


@pytest.mark.parametrize(("unanswered", "sooner"), [(1, False), (2, False), (3, True)])
def test_answer_sooner_is_for_more_than_half(unanswered: int, sooner: bool) -> None:
    assert Facts(50, (Mixed("damaged", 9, counted=4, never=unanswered),)).answer_sooner is sooner


def test_with_few_claims_nothing_is_said_of_a_main_issue() -> None:
    mix = (Mixed("damaged", MINIMUM - 1, counted=4, never=4),)
    few, enough = Facts(99, mix), Facts(99, (*mix, Mixed("changed_mind", 1)))
    assert (few.enough, few.main_issue, few.answer_sooner) == (False, None, False)
    assert (enough.enough, enough.main_issue, enough.answer_sooner) == (True, "damaged", True)
    assert Facts().main_issue is None


def test_a_reason_that_only_costs_and_was_not_claimed_in_the_period_is_no_main_issue() -> None:
    mix = (Mixed("damaged", costs=(Cost("MLM", 100, 9),)), Mixed("changed_mind", MINIMUM))
    assert Facts(99, mix).main_issue == "changed_mind"


# --- what "would have been protected" means, by the rules themselves


def test_every_claim_that_counts_would_not_had_it_been_refunded_in_its_window() -> None:
    """Over all claims that can be: so to count those that count and were not answered is to ask the rules."""
    counting = [c for c in _claims() if c.verdict.impact == Impact.AFFECTED and not c.appealed]
    assert len(counting) > 100
    for claim in counting:
        in_time = replace(claim, refund_granted_at=claim.protect_until)
        assert verdict(in_time).impact == Impact.NOT_AFFECTED, claim
        assert verdict(replace(claim, refund_granted_at=None, return_granted_at=None)).impact == Impact.AFFECTED


def _claims() -> list[Claim]:
    return [node.claim for node in Space(Quiet(), TINY).explore().nodes]


# --- texts


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_a_remedy_in_every_language(reason: str) -> None:
    _whole(dict(REMEDIES[reason]))


@pytest.mark.parametrize("texts", [ANSWER_SOONER, TOO_FEW], ids=["answer_sooner", "too_few"])
def test_the_other_texts_are_whole_as_well(texts: dict[str, str]) -> None:
    _whole(dict(texts))


def _whole(texts: dict[str, str]) -> None:
    assert tuple(texts) == LANGUAGES
    assert len(set(texts.values())) == len(LANGUAGES)
    for text in texts.values():
        assert 60 <= len(text) <= 600
        assert "  " not in text
        assert text[0].isupper()
        assert text.endswith((".", ")"))
    assert len({_places(text) for text in texts.values()}) == 1


def _places(text: str) -> tuple[str, ...]:
    return tuple(sorted(name for _, name, _, _ in string.Formatter().parse(text) if name))


def test_no_two_remedies_are_the_same_and_there_are_no_others() -> None:
    assert set(REMEDIES) == set(REASONS)
    assert len({text for texts in REMEDIES.values() for text in texts.values()}) == 3 * len(REASONS)


def test_too_few_names_both_numbers() -> None:
    assert set(too_few(3, 5)) == set(LANGUAGES)
    assert all("3" in text and "5" in text and "{" not in text for text in too_few(3, 5).values())
