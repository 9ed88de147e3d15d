"""The cases that were worked out by hand: verdicts through the table of steps, standings from events."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from claims.model import Claim
from claims.standing.standing import standing
from claims.standing.terms import DEFAULT, Level, Maxima, in_force
from tests.reputation.cases import CASES, MAXIMA, VERDICTS, at_maximum, expected
from tests.reputation.claims_told import command, walk
from tests.reputation.sales_told import Story, seen, ways
from tests.reputation.tables import HERE, NOW, rows, span
from tests.world import START


def acted(claim: Claim) -> timedelta | None:
    return claim.verdict.acted_at and claim.verdict.acted_at - START


@pytest.mark.parametrize("case", VERDICTS, ids=lambda c: c["#"])
def test_the_verdict_is_the_one_worked_out_by_hand(case):
    claim = walk(case["What happens"])
    found = (claim.verdict.impact, claim.verdict.rule, acted(claim))
    assert found == (case["Verdict"], case["Rule"], None if case["Act"] == "-" else span(case["Act"])), case["Case"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["#"])
def test_the_standing_is_the_one_worked_out_by_hand(case):
    for found in ways(Story(case["Site"]).tell(case["Sales"])):
        assert seen(found) == expected(case), (case["Case"], case["By hand"])


@pytest.mark.parametrize("row", MAXIMA, ids=lambda r: r["#"])
def test_a_rate_equal_to_a_maximum_is_within_it_and_the_next_one_above_is_not(row):
    for story, level in at_maximum(row):
        assert {found.real for found in ways(story)} == {level}, row


# --- terms change


def test_terms_hold_from_their_very_instant_on_and_for_their_site_alone():
    old = in_force("MLB", NOW)
    new = replace(old, version="MLB/2", since=NOW)
    for versions in ((old, new), (new, old)):
        assert in_force("MLB", NOW, versions) == new
        assert in_force("MLB", NOW - span("1us"), versions) == old
        assert in_force("MLA", NOW, versions) == DEFAULT
    assert in_force("MLB", NOW - span("1us"), [new]) == DEFAULT


def test_other_terms_make_another_standing_of_the_same_events():
    told = Story("MLB").tell("57 sold 5d ago; 3 sold 5d ago, claimed").events()
    stricter = replace(in_force("MLB", NOW), maxima=(Maxima(Level.GREEN, 499, None, None),))
    looser = replace(in_force("MLB", NOW), maxima=(Maxima(Level.GREEN, 500, None, None),))
    assert standing(told, stricter, NOW).real == Level.RED  # 3 of 60 = 5 %
    assert standing(told, looser, NOW).real == Level.GREEN


def test_mediations_decide_where_terms_give_them_a_maximum():
    mediated = replace(in_force("MLA", NOW), maxima=(Maxima(Level.GREEN, None, None, None, mediations=500),))
    for few, level in ((2, Level.GREEN), (3, Level.GREEN), (4, Level.RED)):  # 3 of 60 = 5 %
        told = Story("MLA").tell(f"{60 - few} sold 5d ago, claimed; {few} sold 5d ago, mediated").events()
        assert standing(told, mediated, NOW).real == level
    told = Story("MLA").tell("20 sold 5d ago; 2 sold 5d ago, mediated").events()
    assert standing(told, mediated, NOW).real == Level.GREEN  # 2 of 22 = 9.1 %, but 2 < 3


# --- the files themselves


def test_there_are_cases_enough_and_each_has_its_own_number():
    every = [case["#"] for case in (*VERDICTS, *CASES, *MAXIMA)]
    assert len(every) == len(set(every))
    assert len(VERDICTS) >= 60
    assert len(CASES) >= 100
    assert len(MAXIMA) >= 90


def test_the_recount_shares_nothing_with_the_product():
    text = (HERE / "oracle.py").read_text()
    assert re.findall(r"^(?:from|import) ([a-z]+)", text, re.M) == ["calendar", "fractions", "typing"]


def test_the_arithmetic_written_beside_a_maximum_is_right():
    for row in MAXIMA:
        maximum = float(row["Maximum"].removesuffix(" %"))
        for column, holds in (("Held", True), ("One more", False), ("One sale fewer", False)):
            part, whole = map(int, re.findall(r"\d+", row[column])[:2])
            assert (part * 100 <= maximum * whole) == holds, row


@pytest.mark.parametrize("wrong", ["72", "5 d", "h", "", "1w", "60d - 1us"])
def test_a_span_that_cannot_be_read_is_an_error(wrong):
    with pytest.raises(ValueError, match="no span"):
        span(wrong)


@pytest.mark.parametrize("wrong", ["11 sold", "sold 5d ago", "1 sold 5d ago, clamed", "1 sold 5d"])
def test_a_case_that_cannot_be_read_is_an_error(wrong):
    with pytest.raises(ValueError, match=r"told|becomes"):
        Story("MLA").tell(wrong)
    with pytest.raises(ValueError, match="nobody"):
        command(wrong)


def test_every_level_site_and_metric_has_its_maximum():
    sites = {row["Site"] for row in rows("standings.md", "60 days are enough with")} - {"others"}
    metrics = {"claims", "cancellations", "delays"}
    assert {(r["Site"], r["Metric"]) for r in MAXIMA} == {(s, m) for s in sites for m in metrics}
