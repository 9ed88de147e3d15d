"""The standing of random histories: agreed with a recount by brute force, and what it may never depend on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from claims.model import Impact
from claims.standing.events import By, Cancelled, Dispatched, Event, Judged, Sold, fold
from claims.standing.standing import Standing, judge, tally
from claims.standing.terms import Level, in_force
from tests.reputation.cases import CASES, MAXIMA, at_maximum
from tests.reputation.histories import another_order, around_the_switch, histories
from tests.reputation.oracle import recount
from tests.reputation.sales_told import OTHER, SELLER, Story, seen, ways
from tests.reputation.tables import NOW, span

pytestmark = pytest.mark.long

TICK = timedelta(microseconds=1)
many = settings(max_examples=200, deadline=None)
some_of = settings(max_examples=80, deadline=None)


def stands(events: list[Event], site: str) -> Standing:
    """The standing of the one seller, from everybody's events."""
    sales = fold(e for e in events if e.at <= NOW)
    terms = in_force(site, NOW)
    return judge(tally((s for s in sales if (s.seller_id, s.site) == (SELLER, site)), terms, NOW), terms, NOW)


def agree(story: Story) -> None:
    by_hand = recount(story.events(), SELLER, story.site, NOW, story.shown)
    for standing in ways(story):
        counts, window, _ = seen(standing)
        assert counts == " / ".join(map(str, by_hand["counts"]))
        assert window == f"{by_hand['days']}d"
        assert (standing.real, standing.level) == (by_hand["real"], by_hand["shown"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["#"])
def test_the_recount_comes_to_the_same_on_every_case(case):
    agree(Story(case["Site"]).tell(case["Sales"]))


def test_the_recount_comes_to_the_same_at_every_maximum():
    for row in MAXIMA:
        for story, _ in at_maximum(row):
            agree(story)


@many
@given(histories)
def test_the_recount_comes_to_the_same_on_random_histories(story):
    agree(story)


@some_of
@given(histories, some.sampled_from(list(Level)), some.sampled_from([-TICK, timedelta(), TICK]))
def test_the_recount_comes_to_the_same_when_another_level_is_shown(story, level, more):
    story.shown = (level, NOW + more)
    agree(story)


@many
@given(around_the_switch(), some.integers(0, 2**32))
def test_any_order_that_keeps_each_claims_own_and_delivery_twice_make_the_same_standing(story, seed):
    told = story.events()
    assert stands(another_order(told, seed), story.site) == stands(told, story.site)
    assert fold(another_order(told, seed)) == fold(told)


ORDER = ("order-1", "line-1")
DUE = [None, NOW - span("2d"), NOW - span("5d")]
sold_anyhow = some.builds(
    Sold, some.just("order-1"), some.just("line-1"), some.sampled_from([SELLER, OTHER]),
    some.sampled_from(["MLA", "MLB"]),
    some.sampled_from([NOW - span("5d"), NOW - span("4d")]), some.sampled_from(DUE), some.booleans(),
)  # fmt: skip
ended_anyhow = some.builds(
    Cancelled, *map(some.just, ORDER), some.sampled_from([NOW, NOW - TICK]), some.sampled_from(By)
)
sent_anyhow = some.builds(Dispatched, *map(some.just, ORDER), some.sampled_from([NOW - span("2d"), NOW - span("1d")]))


BOUGHT = Sold(*ORDER, SELLER, "MLA", NOW - span("5d"))


@many
@example([BOUGHT, replace(BOUGHT, dispatch_by=BOUGHT.at)], 0)
@example([BOUGHT, replace(BOUGHT, dispatch_by=BOUGHT.at)], 1)
@example([BOUGHT, replace(BOUGHT, dispatch_by=BOUGHT.at)], 3)
@given(some.lists(some.one_of(sold_anyhow, ended_anyhow, sent_anyhow), max_size=6), some.integers(0, 2**32))
def test_tellings_that_contradict_each_other_fold_to_the_same_in_any_order(told, seed):
    assert fold(another_order(told, seed)) == fold(told)


def sales_of(story: Story) -> list[Sold]:
    return [e for e in story.events() if isinstance(e, Sold)]


def claim_on(sold: Sold, impact: Impact, mediated: bool = False) -> Judged:
    return Judged("claim-new", 1, sold.order_id, sold.seller_id, sold.site, impact, mediated, NOW)


@some_of
@given(histories, some.sampled_from(sorted(set(Impact) - {Impact.AFFECTED})), some.booleans(), some.data())
def test_a_claim_that_does_not_count_changes_nothing(story, impact, mediated, data):
    if sold := sales_of(story):
        more = claim_on(data.draw(some.sampled_from(sold)), impact, mediated)
        assert stands([*story.events(), more], story.site) == stands(story.events(), story.site)


@many
@given(histories, some.booleans(), some.data())
def test_a_counted_claim_never_improves_a_level(story, mediated, data):
    if sold := sales_of(story):
        more = claim_on(data.draw(some.sampled_from(sold)), Impact.AFFECTED, mediated)
        before, after = stands(story.events(), story.site), stands([*story.events(), more], story.site)
        assert after.real.rank <= before.real.rank
        assert 0 <= after.counts.claims - before.counts.claims <= 1


@some_of
@given(histories, some.sampled_from([timedelta(), TICK, span("1d"), span("900d")]))
def test_what_was_bought_before_the_window_changes_nothing(story, older):
    long_ago = NOW - in_force(story.site, NOW).long_window - older
    bad = replace(Story(story.site).tell("20 sold now, mediated, cancelled by seller, due 1d ago"))
    moved = [replace(e, at=long_ago) if isinstance(e, Sold) else e for e in bad.events()]
    moved = [replace(e, order_id=f"old-{e.order_id}") for e in moved]
    assert stands([*story.events(), *moved], story.site) == stands(story.events(), story.site)


@some_of
@given(histories, around_the_switch())
def test_what_comes_later_changes_nothing_of_now(story, later):
    coming = [
        replace(e, at=NOW + TICK + abs(NOW - e.at)) for e in later.events()
    ]  # the same ids: of sales that there are
    for standing in (stands([*story.events(), *coming], story.site), stands([*coming, *story.events()], story.site)):
        assert standing == stands(story.events(), story.site)
