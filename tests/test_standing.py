"""The standing over HTTP: what a seller is told, what the platform sets, and terms from a file."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError

from activities.reputation_terms import load
from claims.standing.explained import holding, per_cent, rate
from claims.standing.standing import WHOLE, Counts, Windows, judge
from claims.standing.terms import DEFAULT, PUBLISHED, Level, Metric, coming, in_force
from ops.engine import Engine
from settings import explain
from tests.house import House, house_on, iso, settings_for, soon
from tests.places import FIGURES
from tests.shop import DAY, NOW, Shop

SOON = datetime(2090, 1, 1, tzinfo=UTC)
OWN = FIGURES | {"site": "XX", "version": "XX/1", "since": "2026-01-01T00:00:00Z", "long_window_days": 200}


async def read(house: House, path: str, role: str = "platform", person: str = "market", **params: Any) -> Any:
    async with house.as_(role, person) as caller:
        answer = await caller.get(path, params=params or None)  # none: those of the path
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(house: House, method: str, path: str, body: Any = None, **params: Any) -> tuple[int, str]:
    async with house.as_("platform", "market") as caller:
        answer = await caller.request(method, path, json=body, params=params)
    return answer.status_code, answer.json()["code"]


def of(shop: Shop, *rest: str) -> str:
    return "/".join((f"/v1/sellers/{shop.seller}/reputation", *rest))


# --- the standing


async def test_a_standing_says_how_it_is_counted(checked: House) -> None:
    """14 sales, of which 1 late, 1 cancelled and 3 with a claim that counts: 21.42... per cent."""
    shop = Shop(checked.database)
    sold = await shop.sell(12)
    await shop.sell(1, cancelled_at=NOW - DAY, cancelled_by="seller")
    await shop.sell(1, dispatch_by=NOW - 10 * DAY, dispatched_at=NOW - 9 * DAY)
    await shop.sell(5, NOW - 400 * DAY)
    for order in sold[:3]:
        await shop.claim(order)
    told = await read(checked, of(shop), "seller", shop.seller)
    (seen,) = told["sites"]
    assert (seen["site"], seen["level"], seen["real"], seen["protected_until"]) == ("MLM", "1_red", "1_red", None)
    assert seen["counts"] == {"sales": 14, "claims": 3, "mediations": 0, "cancellations": 1, "delays": 1}
    assert (seen["window"]["days"], seen["window"]["kind"]) == (365, "long")
    since, until = (datetime.fromisoformat(seen["window"][edge]) for edge in ("since", "until"))
    assert until - since == timedelta(days=365)
    rates = {r["metric"]: r for r in seen["rates"]}
    facts = {m: (r["numerator"], r["denominator"], r["per_cent"], r["allows"]) for m, r in rates.items()}
    assert facts == {
        "claims": (3, 14, "21.43", "1_red"),
        "mediations": (0, 14, "0.00", "5_green"),
        "cancellations": (1, 14, "7.15", "1_red"),
        "delays": (1, 14, "7.15", "5_green"),
    }
    assert rates["claims"]["maxima"] == {
        "5_green": "1.00", "4_light_green": "1.50", "3_yellow": "3.00", "2_orange": "6.00",
    }  # fmt: skip
    assert (rates["claims"]["least"], seen["terms"], seen["missing_sales"]) == (3, "MLM/1", 0)
    assert seen["held_by"] == ["claims", "cancellations"]
    assert set(seen["links"]) == {"forecast", "history", "verdicts", "protections", "terms"}
    for name in set(seen["links"]) - {"forecast"}:
        await read(checked, seen["links"][name])


async def test_a_seller_stands_apart_on_each_site_and_nowhere_without_sales(checked: House) -> None:
    shop, twin = Shop(checked.database), Shop(checked.database, "MLB")
    twin.seller = shop.seller
    await shop.sell(3)
    twin.orders = dict(shop.orders)
    await twin.sell(11)
    seen = {s["site"]: (s["level"], s["missing_sales"]) for s in (await read(checked, of(shop)))["sites"]}
    assert seen == {"MLB": ("5_green", 0), "MLM": ("none", 8)}
    (other,) = (await read(checked, of(shop), site="MLA"))["sites"]
    assert (other["level"], other["counts"]["sales"], other["missing_sales"]) == ("none", 0, 11)
    assert (await read(checked, "/v1/sellers/nobody-at-all/reputation"))["sites"] == []


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (0, 7), (1, 3), (2, 3), (1, 100), (3, 300), (60, 1000), (7, 7)])
def test_a_rate_compared_with_a_maximum_says_what_the_fraction_says(part: int, whole: int) -> None:
    for maximum in (0, 1, 33, 99, 100, 101, 150, 600, 3333, 3334, 6666, 6667, WHOLE):
        assert (rate(part, whole) <= maximum) == (part * WHOLE <= maximum * whole)
    assert per_cent(rate(1, 3)) == "33.34"


def test_the_level_is_the_worst_that_a_metric_allows_and_those_hold_it() -> None:
    terms = in_force("MLB", NOW)
    for claims in range(0, 12):
        for delays in (0, 6, 7, 19, 23):
            counts = Counts(100, claims, 0, 0, delays)
            stands = judge(Windows(counts, counts), terms, NOW)
            held = holding(stands)
            assert (held == ()) == (stands.real == Level.GREEN), counts
            assert set(held) <= {Metric.CLAIMS, Metric.DELAYS}


async def test_the_ledger_is_paged_newest_first(checked: House) -> None:
    shop = Shop(checked.database)
    for order in await shop.sell(3):
        await shop.claim(order)
    first = await read(checked, of(shop, "verdicts"), "seller", shop.seller, limit=2)
    rest = await read(checked, of(shop, "verdicts"), limit=2, cursor=first["next"])
    entries = first["entries"] + rest["entries"]
    assert [e["order_id"] for e in entries] == list(reversed(shop.orders))
    assert (rest["next"], entries[0]["rule"], entries[0]["mediated"]) == (None, "no_solution_in_time", False)
    assert "counts against the seller" in entries[0]["sentence"]
    assert set(entries[0]["sentences"]) == {"en", "es", "pt"}
    assert (await read(checked, of(shop, "verdicts"), site="MLB"))["entries"] == []
    assert (await refused(checked, "GET", of(shop, "verdicts"), cursor="nonsense")) == (422, "bad_cursor")


# --- protection


async def test_the_platform_protects_a_level_and_ends_it(checked: House) -> None:
    shop = Shop(checked.database)
    for order in await shop.sell(12):
        await shop.claim(order)
    body = {"site": "MLM", "level": "4_light_green", "until": iso(NOW + DAY), "cause": "flood"}
    async with checked.as_("platform", "market") as platform:
        for _ in range(2):
            answer = await platform.put(of(shop, "protection"), json=body)
            assert answer.status_code == 200, answer.text
        assert [p["holds"] for p in answer.json()["protections"]] == [True]
        (seen,) = (await read(checked, of(shop), "seller", shop.seller))["sites"]
        assert (seen["level"], seen["real"], seen["protection"]["cause"]) == ("4_light_green", "1_red", "flood")
        assert datetime.fromisoformat(seen["protected_until"]) == NOW + DAY
        ended = await platform.put(of(shop, "protection"), json=body | {"until": iso(NOW - DAY)})
    assert [p["holds"] for p in ended.json()["protections"]] == [False, False]
    (seen,) = (await read(checked, of(shop)))["sites"]
    assert (seen["level"], seen["protected_until"]) == ("1_red", None)
    (day,) = (await read(checked, of(shop, "history"), site="MLM"))["days"]
    assert (day["level"], day["counts"]["claims"]) == ("1_red", 12)


@pytest.mark.parametrize(
    "wrong",
    [{"level": "none"}, {"level": "gold"}, {"cause": ""}, {"cause": "A flood!"}, {"until": "soon"}, {"site": ""},
     {"until": 1700000000}, {"until": "2026-01-01T00:00:00"}, {"more": 1}],
)  # fmt: skip
async def test_a_protection_that_is_none_is_refused(checked: House, wrong: dict[str, Any]) -> None:
    body = {"site": "MLM", "level": "5_green", "until": iso(NOW), "cause": "flood"} | wrong
    assert await refused(checked, "PUT", "/v1/sellers/s/reputation/protection", body) == (422, "invalid_request")


# --- history


async def test_a_verdict_is_in_the_history_of_its_day(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "refund")

    async def days() -> Any:
        path = f"/v1/sellers/{claim.sale.seller}/reputation/history"
        return (await read(house, path, site="MLM", **{"from": str(NOW.date())}))["days"]

    (day,) = await soon(days)
    assert (day["level"], day["counts"]["sales"], day["terms"], day["window_days"]) == ("none", 1, "MLM/1", 365)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"from": "2026-02-02", "to": "2026-02-01"}, "empty_period"), ({"from": "1990-01-01", "to": "2026-02-01"},
     "period_too_long"), ({"from": "1700000000"}, "invalid_request"), ({"to": "2026-02-30"}, "invalid_request"),
     ({"to": "9999-01-01"}, "invalid_request"),
     ({"site": ""}, "invalid_request"), ({"to": "2026-02-01T00:00:00Z"}, "invalid_request"),
     ({"limit": 0}, "invalid_request")],
)  # fmt: skip
async def test_a_period_that_is_none_is_refused(checked: House, wrong: dict[str, Any], code: str) -> None:
    asked = {"site": "MLM"} | wrong
    assert await refused(checked, "GET", "/v1/sellers/s/reputation/history", **asked) == (422, code)
    for edge in ({"to": "1970-01-01"}, {"from": "2100-12-31"}, {}):
        assert (await read(checked, "/v1/sellers/s/reputation/history", site="MLM", **edge))["days"] == []


# --- terms


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own(engine: Engine, sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house with terms of its own: of a site, of one to come, and of every other site."""
    file = tmp_path_factory.mktemp("terms") / "terms.json"
    later = {"version": "XX/2", "since": iso(SOON), "busy": 7}
    other = {"site": "", "version": "ours/1"}
    file.write_text(json.dumps([OWN, OWN | later, OWN | other]))
    async with house_on(engine, settings_for(sqlite_url, reputation_terms=str(file))) as made:
        yield made


async def test_the_marketplaces_own_terms_are_in_force_everywhere(own: House) -> None:
    seen = (await read(own, "/v1/reputation/terms", "seller", "s", site="XX"))["terms"]
    assert [(t["version"], t["in_force"], t["busy"]) for t in seen] == [("XX/1", True, 40), ("XX/2", False, 7)]
    assert seen[0]["maxima"]["3_yellow"] == {
        "claims": "4.50", "mediations": None, "cancellations": "9.00", "delays": "22.00",
    }  # fmt: skip
    every = (await read(own, "/v1/reputation/terms"))["terms"]
    assert {t["site"] for t in every} == {"", "XX", *(t.site for t in PUBLISHED)}
    sale = await own.order(site="XX")
    claim = await own.open(sale)
    await claim.did("seller", "refund")
    path = f"/v1/sellers/{sale.seller}/reputation"

    async def days() -> Any:
        return (await read(own, f"{path}/history", site="XX"))["days"]

    (seen_by_desk,) = (await read(own, path))["sites"]
    (kept_by_worker,) = await soon(days)
    assert (seen_by_desk["terms"], kept_by_worker["terms"]) == ("XX/1", "XX/1")
    (advised,) = (await read(own, f"/v1/sellers/{sale.seller}/advice"))["rates"]
    assert advised["window_days"] == seen_by_desk["window"]["days"] == OWN["long_window_days"]


async def test_without_a_file_the_published_terms_hold(house: House) -> None:
    assert [t["version"] for t in (await read(house, "/v1/reputation/terms", site="MLB"))["terms"]] == ["MLB/1"]
    assert [t["version"] for t in (await read(house, "/v1/reputation/terms", site="XX"))["terms"]] == ["default/1"]


def test_terms_hold_from_their_instant_on() -> None:
    one, two = (DEFAULT.__class__("XX", v, DEFAULT.maxima, 1, since=s) for v, s in (("a", NOW), ("b", SOON)))
    second = timedelta(seconds=1)
    assert in_force("XX", NOW - second, (one, two)) == DEFAULT
    assert in_force("XX", NOW, (one, two)).version == "a"
    assert [t.version for t in coming("XX", NOW, (one, two))] == ["b"]
    assert in_force("XX", SOON, (two, one)).version == "b"


MAXIMA = FIGURES["maxima"]
WRONG: dict[str, tuple[Any, str]] = {
    "no list": ({}, "must hold a list"),
    "a text": (["x"], "terms 1"),
    "another field": ([OWN | {"colour": "red"}], "colour"),
    "no version": ([{k: v for k, v in OWN.items() if k != "version"}], "version"),
    "a day without its zone": ([OWN | {"since": "2026-01-01T00:00:00"}], "since"),
    "a rate that is a number": ([OWN | {"maxima": [MAXIMA[0] | {"claims": 1.5}, *MAXIMA[1:]]}], "maxima.0.claims"),
    "three decimals": ([OWN | {"maxima": [MAXIMA[0] | {"claims": "0.125"}, *MAXIMA[1:]]}], "maxima.0.claims"),
    "over 100": ([OWN | {"maxima": [*MAXIMA[:3], MAXIMA[3] | {"claims": "100.5"}]}], "maxima.3.claims"),
    "levels the other way round": ([OWN | {"maxima": MAXIMA[::-1]}], "in this sequence"),
    "a level too few": ([OWN | {"maxima": MAXIMA[:3]}], "maxima"),
    "better allows more": ([OWN | {"maxima": [MAXIMA[0] | {"claims": "3"}, *MAXIMA[1:]]}], "allows more claims"),
    "better does not decide": ([OWN | {"maxima": [MAXIMA[0] | {"claims": None}, *MAXIMA[1:]]}], "allows more claims"),
    "the long window is the shorter": ([OWN | {"long_window_days": 30}], "long_window_days"),
    "no window": ([OWN | {"window_days": 0}], "window_days"),
    "bites never": ([OWN | {"bites": {"claims": 0}}], "bites.claims"),
    "a site with a slash": ([OWN | {"site": "a/b"}], "slash"),
    "a version twice": ([OWN, OWN | {"since": "2027-01-01T00:00:00Z"}], "twice"),
    "a published version": ([OWN | {"version": "MLB/1"}], "twice"),
    "two at once": ([OWN, OWN | {"version": "XX/2"}], "which one holds"),
}


@pytest.mark.parametrize("case", WRONG)
def test_terms_that_are_none_are_explained_at_the_start(tmp_path: Path, sqlite_url: str, case: str) -> None:
    rows, why = WRONG[case]
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(rows))
    with pytest.raises(ValidationError) as caught:
        settings_for(sqlite_url, reputation_terms=str(file))
    assert why in explain(caught.value)
    assert "AMENDS_REPUTATION_TERMS" in explain(caught.value)


def test_a_file_that_is_none_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        load(str(tmp_path / "nothing.json"))
    (tmp_path / "broken.json").write_bytes(b"\xff[")
    with pytest.raises(ValueError, match="not JSON"):
        load(str(tmp_path / "broken.json"))
    assert load("") == PUBLISHED


# --- trials


async def test_terms_are_tried_on_the_past(checked: House) -> None:
    shop = Shop(checked.database)
    for order in (await shop.sell(20, NOW - 30 * DAY))[:3]:
        await shop.claim(order)
    body = {"site": "MLM", "terms": FIGURES | {"bites": {"claims": 4}}, "sellers": [shop.seller],
            "at": [iso(NOW - 10 * DAY), iso(NOW - 25 * DAY)]}  # fmt: skip
    async with checked.as_("auditor", "ada") as auditor:
        answer = await auditor.post("/v1/reputation/trials", json=body)
    assert answer.status_code == 200, answer.text
    early, late = answer.json()["results"]
    assert (early["before"]["5_green"], early["after"]["5_green"], early["changed"]) == (1, 1, 0)
    assert (late["before"]["1_red"], late["after"]["5_green"], late["changed"]) == (1, 1, 1)
    assert late["changes"] == [{"seller_id": shop.seller, "before": "1_red", "after": "5_green"}]
    assert (late["terms"], sum(late["after"].values())) == ("MLM/1", 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"at": []}, "invalid_request"), ({"at": [iso(SOON)]}, "not_past"), ({"at": [iso(NOW)] * 2}, "invalid_request"),
     ({"at": [iso(NOW - n * DAY) for n in range(13)]}, "invalid_request"), ({"terms": {}}, "invalid_request"),
     ({"sellers": ["a/b"]}, "invalid_request"), ({"terms": FIGURES | {"maxima": MAXIMA[::-1]}}, "invalid_request"),
     ({"terms": OWN}, "invalid_request")],
)  # fmt: skip
async def test_a_trial_that_is_none_is_refused(checked: House, wrong: dict[str, Any], code: str) -> None:
    body = {"site": "MLM", "terms": FIGURES, "at": [iso(NOW)], "sellers": ["s"]} | wrong
    assert await refused(checked, "POST", "/v1/reputation/trials", body) == (422, code)
