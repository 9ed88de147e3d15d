"""Foresight by the rules alone: headroom, the days on which claims drop out, another verdict, and what-if."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.model import Impact, Invalid
from claims.standing.ahead import Turn, turns
from claims.standing.days import day_of, midnight
from claims.standing.events import By, Event, Sale, fold
from claims.standing.foresight import Effect, Ground, with_verdict, without
from claims.standing.headroom import ROOMS, headroom
from claims.standing.standing import Counts, Protection, Windows, judge, level, standing, tally
from claims.standing.terms import Level, Maxima, Metric, Terms, in_force
from tests import selling
from tests.selling import DAY, NOW, TICK, by_day, in_time, many, sold

BRAZIL = in_force("MLB", NOW)  # claims 1, 2, 4.5, 8 %; cancellations 0.5, 1.5, 3.5, 4 %; delays 6, 10, 18, 22 %
GREEN, LIGHT, YELLOW, ORANGE, RED = reversed(list(Level)[1:])
SECOND = timedelta(seconds=1)


# --- headroom: sales, what counts, the metric -> more until worse, fewer until better

MORE = [
    (Counts(100), "claims", {LIGHT: 3, YELLOW: 3, ORANGE: 5, RED: 9}),  # 1 % would be passed by 2: the third bites
    (Counts(100, 1), "claims", {LIGHT: 2, YELLOW: 2, ORANGE: 4, RED: 8}),
    (Counts(100, 2), "claims", {LIGHT: 1, YELLOW: 1, ORANGE: 3, RED: 7}),  # two never cost a level
    (Counts(300, 2), "claims", {LIGHT: 2, YELLOW: 5, ORANGE: 12, RED: 23}),
    (Counts(300, 3), "claims", {LIGHT: 1, YELLOW: 4, ORANGE: 11, RED: 22}),  # 1 % exactly is within it
    (Counts(299, 2), "claims", {LIGHT: 1, YELLOW: 4, ORANGE: 12, RED: 22}),  # 2.99: three is too many, five fits 2 %
    (Counts(100, 3), "claims", {ORANGE: 2, RED: 6}),  # yellow: 3 % is above 2 %
    (Counts(100, 5), "claims", {RED: 4}),
    (Counts(100, 9), "claims", {}),  # worse than red there is not
    (Counts(11), "claims", {LIGHT: 3, YELLOW: 3, ORANGE: 3, RED: 3}),
    (Counts(11, 2), "claims", {LIGHT: 1, YELLOW: 1, ORANGE: 1, RED: 1}),
    (Counts(10), "claims", {}),  # no level, none to lose
    (Counts(100), "cancellations", {LIGHT: 1, YELLOW: 2, ORANGE: 4, RED: 5}),  # the first one bites
    (Counts(200, 0, 0, 1), "cancellations", {LIGHT: 1, YELLOW: 3, ORANGE: 7, RED: 8}),  # 0.5 % exactly
    (Counts(50), "delays", {LIGHT: 4, YELLOW: 6, ORANGE: 10, RED: 12}),  # 3 of 50 are 6 %
    (Counts(100, 3), "delays", {ORANGE: 19, RED: 23}),  # held by claims at yellow: 18 % may be late
]


def effect(ground: Ground, sale: Sale | None, claim_id: str, impact: Impact, mediated: bool) -> Effect:
    """What it does to the standing when this becomes the verdict of a claim on the sale; others on it stay."""
    after = with_verdict(sale, claim_id, impact, mediated, ground.at) if sale else None
    return Effect(ground.standing(), ground.revised(sale, after).standing())


@pytest.mark.parametrize(("counts", "metric", "worse"), MORE)
def test_how_many_more_until_the_level_falls(counts: Counts, metric: str, worse: dict[Level, int | None]) -> None:
    assert headroom(counts, BRAZIL, Metric(metric)).worse == worse


FEWER = [
    (Counts(100), "claims", {}),
    (Counts(100, 3), "claims", {LIGHT: 1, GREEN: 1}),  # two do not count, whatever their rate
    (Counts(100, 9), "claims", {ORANGE: 1, YELLOW: 5, LIGHT: 7, GREEN: 7}),
    (Counts(300, 7), "claims", {LIGHT: 1, GREEN: 4}),  # to 2 % and 1 % exactly
    (Counts(11, 11), "claims", {ORANGE: 9, YELLOW: 9, LIGHT: 9, GREEN: 9}),
    (Counts(10, 10), "claims", dict.fromkeys((RED, ORANGE, YELLOW, LIGHT, GREEN))),  # too few sales
    (Counts(100, 9, 0, 3), "claims", {ORANGE: 1, YELLOW: 5, LIGHT: None, GREEN: None}),  # held by cancellations
    (Counts(100, 0, 0, 0, 23), "claims", dict.fromkeys((ORANGE, YELLOW, LIGHT, GREEN))),  # held by delays
    (Counts(100, 0, 0, 0, 23), "delays", {ORANGE: 1, YELLOW: 5, LIGHT: 13, GREEN: 17}),
    (Counts(100, 0, 0, 1), "cancellations", {GREEN: 1}),
]


@pytest.mark.parametrize(("counts", "metric", "better"), FEWER)
def test_how_many_fewer_until_the_level_is_better(counts: Counts, metric: str, better: dict[Level, int | None]) -> None:
    assert headroom(counts, BRAZIL, Metric(metric)).better == better


def test_where_two_levels_have_the_same_maxima_both_are_lost_at_once() -> None:
    peru = in_force("MPE", NOW)  # 2 % for green and for light green
    assert headroom(Counts(200, 4), peru, Metric.CLAIMS).worse == {LIGHT: 1, YELLOW: 1, ORANGE: 6, RED: 13}
    assert headroom(Counts(200, 5), peru, Metric.CLAIMS).better == {LIGHT: 1, GREEN: 1}


def test_a_level_that_no_number_of_claims_can_cost() -> None:
    lenient = replace(BRAZIL, maxima=(Maxima(GREEN, 100, 50, 600), Maxima(ORANGE, None, 400, 2200)))
    assert headroom(Counts(100), lenient, Metric.CLAIMS).worse == {LIGHT: 3, YELLOW: 3, ORANGE: 3, RED: None}


@given(counts=selling.counts(), terms=selling.terms(), metric=st.sampled_from(ROOMS))
@settings(max_examples=200)
def test_the_formula_says_what_counting_one_by_one_says(counts: Counts, terms: Terms, metric: Metric) -> None:
    room, start = headroom(counts, terms, metric), level(counts, terms)
    assert room.worse == {
        to: _first(counts, terms, metric, range(counts.sales - counts.of(metric) + 1), 1, lambda x, to=to: x <= to.rank)
        for to in reversed(Level)
        if 0 < to.rank < start.rank
    }
    assert room.better == {
        to: _first(counts, terms, metric, range(counts.of(metric) + 1), -1, lambda x, to=to: x >= to.rank)
        for to in Level
        if to.rank > start.rank
    }


def _first(counts: Counts, terms: Terms, metric: Metric, steps, sign: int, wanted) -> int | None:
    """The first number of steps after which the level is as wanted, by adding or taking one after the other."""
    for number in steps:
        there = replace(counts, **{metric: counts.of(metric) + sign * number})
        if wanted(level(there, terms).rank):
            return number
    return None


# --- the days ahead


def ahead(events: list[Event], terms: Terms = BRAZIL, protection: Protection | None = None) -> list[Turn]:
    return turns(by_day(fold(events), NOW), standing(events, terms, NOW, protection), lambda at: terms, protection)


def told(turn: Turn) -> tuple[str, int, Level, int]:
    """When, how many claims leave, the level then and the days of its window."""
    at = turn.standing.at
    assert (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    return f"{at:%m-%d}", turn.leaving.claims, turn.standing.real, turn.standing.window.days


def test_claims_drop_out_at_the_midnight_after_their_sixtieth_day() -> None:
    """60 days before 2026-03-02 12:34:56 is 2026-01-01 12:34:56; what was bought then is out already."""
    new = many(100, 1 * DAY)
    inside = [*new, *many(3, 60 * DAY - SECOND, claims=1)]
    outside = [*new, *many(3, 60 * DAY, claims=1)]
    assert standing(inside, BRAZIL, NOW).real == YELLOW
    assert told(ahead(inside)[0]) == ("03-03", 3, GREEN, 60)
    assert standing(outside, BRAZIL, NOW).real == GREEN
    assert ahead(outside)[0].standing.at > NOW + 50 * DAY


@pytest.mark.parametrize(("bought", "leaves"), [("00:00:00", "03-02"), ("00:00:00.000001", "03-03")])
def test_a_sale_at_midnight_leaves_at_midnight(bought: str, leaves: str) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    at = datetime.fromisoformat(f"2026-01-01T{bought}+00:00")
    events = [*many(100, DAY, now=now), *many(3, now - at, claims=1, now=now)]
    found = turns(by_day(fold(events), now), standing(events, BRAZIL, now), lambda _: BRAZIL)
    assert told(found[0]) == (leaves, 3, GREEN, 60)


def test_when_sales_get_few_the_long_window_brings_the_old_claims_back() -> None:
    """61 sales, one of which leaves, then another: 59 are fewer than 60, and the long window has more claims."""
    events = [
        *many(59, 10 * DAY),
        *sold(59 * DAY, claims=1),
        *sold(58 * DAY, claims=1),
        *many(20, 200 * DAY, claims=1),
    ]
    assert standing(events, BRAZIL, NOW).counts == Counts(61, 2)
    found = ahead(events)
    assert [told(t) for t in found[:2]] == [("03-04", 1, GREEN, 60), ("03-05", 1, RED, 365)]
    assert found[1].standing.counts == Counts(81, 22)  # those two, which are not older than the long window
    assert told(found[2])[1:] == (20, GREEN, 365)  # 165 days on
    assert [told(t)[2] for t in found[-1:]] == [Level.NONE]


def test_nothing_is_listed_for_a_day_on_which_only_plain_sales_leave() -> None:
    events = [*many(100, 10 * DAY), *many(5, 40 * DAY)]
    assert [told(t) for t in ahead(events)] == [("04-22", 0, GREEN, 365), ("02-21", 0, Level.NONE, 365)]


def test_what_is_due_later_is_taken_to_go_out_in_time_and_what_is_late_stays_late() -> None:
    waiting = many(100, DAY, due=3 * DAY)
    assert all(t.standing.counts.delays == 0 for t in ahead(waiting))
    late = [*many(100, DAY), *many(100, 50 * DAY, due=DAY)]
    found = ahead(late)
    assert standing(late, BRAZIL, NOW).counts == Counts(200, delays=100)
    assert (found[0].leaving, told(found[0])[2:]) == (Counts(100, delays=100), (GREEN, 60))


def test_a_protection_that_ends_shows_the_real_level() -> None:
    events = many(100, DAY, claims=1)
    until = datetime(2026, 3, 20, 15, tzinfo=UTC)
    found = ahead(events, protection=Protection(GREEN, until))
    first = found[0].standing
    assert (first.at, first.level, first.real, first.protected_until) == (midnight(day_of(until)), RED, RED, None)
    at_midnight = midnight(day_of(until))
    assert ahead(events, protection=Protection(GREEN, at_midnight))[0].standing.at == at_midnight
    much_later = ahead(events, protection=Protection(GREEN, NOW + 2000 * DAY))[-1].standing
    assert (much_later.at, much_later.level) == (midnight(day_of(NOW + 2000 * DAY)), Level.NONE)


def test_terms_that_come_into_force_are_foreseen() -> None:
    events = many(100, DAY) + many(5, 2 * DAY, claims=1)
    strict = replace(BRAZIL, version="MLB/2", maxima=BRAZIL.maxima[:1], since=NOW + 5 * DAY)
    found = turns(
        by_day(fold(events), NOW),
        standing(events, BRAZIL, NOW),
        lambda at: in_force("MLB", at, (BRAZIL, strict)),
    )
    assert told(found[0])[2:] == (RED, 60)
    assert found[0].standing.at == midnight(day_of(strict.since))


def test_of_a_seller_without_sales_there_is_nothing_to_foresee() -> None:
    assert ahead([]) == []


@given(events=selling.histories(), terms=selling.terms(), shown=st.sampled_from([None, (GREEN, 3), (ORANGE, 40)]))
@settings(max_examples=100)
def test_each_midnight_is_what_the_events_make_of_it(
    events: list[Event], terms: Terms, shown: tuple[Level, int] | None
) -> None:
    protection = Protection(shown[0], NOW + shown[1] * DAY) if shown else None
    foreseen = {t.standing.at: t for t in turns(by_day(fold(events), NOW), standing(events, terms, NOW, protection),
                                                lambda at: terms, protection)}  # fmt: skip
    going_on = in_time(events, NOW)
    before = standing(events, terms, NOW, protection)
    for day in range(day_of(NOW), day_of(NOW) + 45):
        at = midnight(day)
        there = standing(going_on, terms, at, protection)
        left = before.counts - judged_window(going_on, terms, before.window, at)
        if turn := foreseen.pop(at, None):
            assert turn.standing == there
            assert turn.leaving == left
        else:
            assert (there.level, there.real, there.window) == (before.level, before.real, before.window)
            assert replace(left, sales=0) == Counts()
        before = there
    assert not foreseen


def judged_window(events: list[Event], terms: Terms, window: timedelta, at: datetime) -> Counts:
    """What such a window holds at an instant."""
    return tally(fold(events), replace(terms, window=window), at).short


# --- another verdict on one sale


def ground_of(events: list[Event], terms: Terms = BRAZIL) -> Ground:
    return Ground(tally(fold(events), terms, NOW), terms, NOW)


def test_the_third_counted_claim_costs_the_level() -> None:
    events = [*many(98, DAY), *many(2, DAY, claims=1), *(free := sold(DAY))]
    (sale,) = fold(free)
    found = effect(ground_of(events), sale, "clm_1", Impact.AFFECTED, mediated=False)
    assert (found.before.real, found.before.counts) == (GREEN, Counts(101, 2))
    assert (found.after.real, found.after.counts) == (YELLOW, Counts(101, 3))
    spared = effect(ground_of(events), sale, "clm_1", Impact.NOT_AFFECTED, mediated=True)
    assert spared.after == spared.before


def test_a_second_claim_on_a_sale_counts_no_more() -> None:
    events = [*many(100, DAY), *(claimed := sold(DAY, claims=1))]
    (sale,) = fold(claimed)
    found = effect(ground_of(events), sale, "clm_1", Impact.AFFECTED, mediated=False)
    assert found.after.counts == found.before.counts == Counts(101, 1)
    mediated = effect(ground_of(events), sale, "clm_1", Impact.AFFECTED, mediated=True)
    assert mediated.after.counts == Counts(101, 1, 1)
    (first,) = sale.verdicts
    turned = effect(ground_of(events), sale, first, Impact.NOT_AFFECTED, mediated=True)
    assert turned.after.counts == Counts(101, 0)
    twice = fold(two := sold(DAY, claims=2))[0]
    one_left = effect(
        ground_of([*many(100, DAY), *two]), twice, min(twice.verdicts), Impact.NOT_AFFECTED, mediated=False
    )
    assert one_left.after.counts == Counts(101, 1)


@pytest.mark.parametrize(("ago", "counts"), [(60 * DAY, Counts(100)), (60 * DAY - TICK, Counts(101, 1))])
def test_a_sale_outside_the_window_changes_nothing(ago: timedelta, counts: Counts) -> None:
    events = [*many(100, DAY), *(old := sold(ago))]
    (sale,) = fold(old)
    assert effect(ground_of(events), sale, "clm_1", Impact.AFFECTED, mediated=False).after.counts == counts


def test_a_sale_that_is_none_changes_nothing() -> None:
    events = [*many(100, DAY), *(gone := sold(DAY, cancelled=By.BUYER))]
    for sale in (fold(gone)[0], None):
        found = effect(ground_of(events), sale, "clm_1", Impact.AFFECTED, mediated=False)
        assert found.after.counts == Counts(100)


@given(events=selling.histories(most=15), terms=selling.terms(), data=st.data())
@settings(max_examples=200)
def test_an_effect_is_what_the_event_makes(events: list[Event], terms: Terms, data: st.DataObject) -> None:
    sales = fold([*events, *sold(timedelta())])
    sale = data.draw(st.sampled_from(sales))
    impact, mediated = data.draw(st.sampled_from([Impact.AFFECTED, Impact.NOT_AFFECTED])), data.draw(st.booleans())
    claim_id = data.draw(st.sampled_from([*sale.verdicts, "clm_1"]))
    found = effect(Ground(tally(sales, terms, NOW), terms, NOW), sale, claim_id, impact, mediated)
    after = [with_verdict(s, claim_id, impact, mediated, NOW) if s is sale else s for s in sales]
    assert found.before == judge(tally(sales, terms, NOW), terms, NOW)
    assert found.after == judge(tally(after, terms, NOW), terms, NOW)


# --- what if


def test_more_sales_dilute_and_bring_a_level() -> None:
    ten = Ground(Windows(Counts(10, 3), Counts(10, 3)), BRAZIL, NOW)
    assert ten.standing().real == Level.NONE
    assert ten.supposing(Counts(1)).standing().real == RED  # 3 of 11
    assert ten.supposing(Counts(289)).standing().real == LIGHT  # 3 of 299
    assert ten.supposing(Counts(290)).standing().real == GREEN  # 1 % exactly


def test_more_sales_may_leave_the_long_window_unused() -> None:
    quiet = Ground(Windows(Counts(59), Counts(100, 30)), BRAZIL, NOW)
    assert (quiet.standing().real, quiet.standing().window.days) == (RED, 365)
    assert (quiet.supposing(Counts(1)).standing().real, quiet.supposing(Counts(1)).standing().counts) == (
        GREEN,
        Counts(60),
    )


def test_more_than_the_sales_that_do_not_count_yet_is_an_error() -> None:
    ground = Ground(Windows(Counts(59, 9), Counts(70, 9, 0, 70)), BRAZIL, NOW)
    assert ground.supposing(Counts(0, 61)).standing().counts.claims == 70
    with pytest.raises(Invalid, match="only 61 do not count yet") as caught:
        ground.supposing(Counts(0, 62))
    assert caught.value.code == "more_than_sales"
    assert len(caught.value.sentence) <= 200
    with pytest.raises(Invalid):
        ground.supposing(Counts(0, 0, 0, 1))
    assert ground.supposing(Counts(2, 63 - 11)).standing().counts == Counts(61, 61)  # 61 in the short window now
    with pytest.raises(Invalid):
        ground.supposing(Counts(2, 53))


def test_what_is_excluded_counts_no_more() -> None:
    (sale,) = fold(sold(DAY, claims=2))
    one, other = sale.verdicts
    assert without(sale, [one]).claimed
    assert not without(sale, [one, other]).claimed
    assert not without(sale, []).verdicts.keys() ^ sale.verdicts.keys()
