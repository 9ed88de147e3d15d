"""The page of a seller's standing: its numbers are those of the JSON, in words that the seller reads."""

import re
from typing import Any

import pytest

from api.pages.standing_shown import bar, steps
from api.pages.texts import Formats
from claims.remedies import REMEDIES
from claims.sentences import VERDICTS
from claims.standing.terms import Level
from storage.profiles import Profile, save
from tests.forms import part, words
from tests.house import House
from tests.shop import DAY, NOW, Shop, trading
from tests.visiting import visit

LEVELS = {
    "en": ("Red", "Orange", "Yellow", "Light green", "Green"),
    "es": ("Rojo", "Naranja", "Amarillo", "Verde claro", "Verde"),
    "pt": ("Vermelho", "Laranja", "Amarelo", "Verde-claro", "Verde"),
}


async def asked(house: House, shop: Shop, what: str = "", **query: Any) -> dict[str, Any]:
    async with house.as_("seller", shop.seller) as seller:
        answer = await seller.get(f"/v1/sellers/{shop.seller}/{what or 'reputation'}", params=query)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def speaks(house: House, shop: Shop, language: str) -> Formats:
    async with house.database.writing() as session:
        await save(session, "seller", shop.seller, Profile(language))
    return Formats(language, "UTC")


# --- the numbers


async def test_every_rate_is_that_of_the_json(house: House) -> None:
    shop = await trading(house.database)
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    stands = (await asked(house, shop))["sites"][0]
    formats = Formats("en", "UTC")
    assert [rate["numerator"] for rate in stands["rates"]] == [6, 1, 2, 4]
    for rate in stands["rates"]:
        said = words(part(page, f"rate-{rate['metric']}"))
        assert f"{formats.percent(rate['per_cent'])} {rate['numerator']} of 57 sales" in said
        assert ("Holds your level down" in said) == (rate["metric"] in stands["held_by"])


async def test_the_level_is_told_by_place_and_word(house: House) -> None:
    shop = await trading(house.database)
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    level = Level((await asked(house, shop))["sites"][0]["level"])
    assert level == Level.RED
    steps = re.findall(r'<li class="l(\d)[^>]*aria-current="true">(.*?)</li>', part(page, "level"), re.S)
    assert [(rank, words(">" + text)) for rank, text in steps] == [(str(level.rank), "You are here Red")]


async def test_headroom_is_told_in_sentences(house: House) -> None:
    shop = Shop(house.database)
    await shop.sell(100)
    for order in list(shop.orders.values())[:2]:
        await shop.claim(order)
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    now = (await asked(house, shop, "reputation/forecast", site="MLM"))["now"]
    claims = now["headroom"][0]
    assert claims["worse"] == {"4_light_green": 1, "3_yellow": 1, "2_orange": 2, "1_red": 5}
    assert "1 more claim that counts makes it Yellow." in words(part(page, "rate-claims"))
    assert "Yellow 3% 1 more Orange 6% 2 more Red – 5 more" in words(part(page, "rate-claims"))


async def test_every_day_ahead_is_there_with_its_level(house: House) -> None:
    shop = await trading(house.database)
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    days = (await asked(house, shop, "reputation/forecast", site="MLM"))["days"]
    rows = re.findall(r'<tr>\s*<th scope="row"><time datetime="([^"]*)">.*?</tr>', part(page, "ahead"), re.S)
    assert [at.replace("+00:00", "Z") for at in rows] == [day["at"] for day in days]
    assert days


async def test_the_days_behind_are_those_of_the_history(house: House) -> None:
    shop = await trading(house.database)
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    days = (await asked(house, shop, "reputation/history", site="MLM"))["days"]
    told = re.findall(r'<tr data-day="([^"]*)">(.*?)</tr>', part(page, "history"), re.S)
    assert [day for day, _ in told] == [day["day"] for day in days]
    assert re.findall(r'data-value="([^"]*)"', told[0][1]) == ["10.53", "3.51", "7.02"]  # 6, 2 and 4 of 57


async def test_the_latest_verdicts_lead_to_their_claims(house: House) -> None:
    shop = await trading(house.database)
    page = part(await visit(house, "seller", shop.seller).sees("/reputation"), "verdicts")
    entries = (await asked(house, shop, "reputation/verdicts"))["entries"]
    assert re.findall(r'href="/claims/([^"]*)"', page) == [entry["claim_id"] for entry in entries]
    assert [s for s in re.findall(r"<p>(.*?)</p>", page)] == [entry["sentences"]["en"] for entry in entries]


async def test_a_protected_level_is_told_with_the_real_one(house: House) -> None:
    shop = await trading(house.database)
    until = NOW + 30 * DAY
    body = {"site": "MLM", "level": "5_green", "until": until.isoformat(), "cause": "disaster"}
    async with house.as_("platform", "market") as platform:
        (await platform.put(f"/v1/sellers/{shop.seller}/reputation/protection", json=body)).raise_for_status()
    said = words(part(await visit(house, "seller", shop.seller).sees("/reputation"), "level"))
    assert "By your rates it is Red. The marketplace protects your level until" in said
    assert "You are here Green" in said
    assert "You are at Green" in said


async def test_a_seller_of_few_sales_is_told_how_many_are_missing(house: House) -> None:
    shop = Shop(house.database)
    await shop.sell(7)
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    assert "You have no level yet: 4 more sales, and you have one." in words(part(page, "level"))
    assert 'aria-current="true"' not in part(page, "level")


async def test_a_seller_without_sales_is_told_when_it_begins(house: House) -> None:
    page = await visit(house, "seller", "nobody-bought-here").sees("/reputation")
    assert "There is no reputation yet" in page


async def test_each_site_has_a_page(house: House) -> None:
    shop = await trading(house.database)
    there = Shop(house.database, "MLB")
    there.seller = shop.seller
    await there.sell(3, NOW - 5 * DAY)
    looker = visit(house, "seller", shop.seller)
    first, second = await looker.sees("/reputation"), await looker.sees("/reputation", site="MLB")
    assert "Your level on MLM" in first
    assert "Your level on MLB" in second
    assert re.findall(r'href="/reputation\?site=(\w+)"( aria-current="page")?', second) == [
        ("MLB", ' aria-current="page"'),
        ("MLM", ""),
    ]
    await looker.sees("/reputation", 404, site="MLA")


# --- what to do


@pytest.mark.parametrize("language", sorted(LEVELS))
async def test_it_is_told_in_the_sellers_language(house: House, language: str) -> None:
    shop = await trading(house.database)
    await speaks(house, shop, language)
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    advice = (await asked(house, shop, "advice", site="MLM"))["all"]
    assert advice["main_issue"]["reason"] == "not_working"
    assert REMEDIES["not_working"][language] in page
    assert advice["main_issue"]["texts"][language] in page
    assert VERDICTS["no_solution_in_time"][language] in page
    for word in LEVELS[language]:
        assert f'<span class="word">{word}</span>' in page


async def test_too_few_claims_of_a_product_say_so(house: House) -> None:
    shop = Shop(house.database)
    await shop.claim((await shop.sell(20))[0])
    page = await visit(house, "seller", shop.seller).sees("/reputation")
    product = (await asked(house, shop, "advice", site="MLM"))["products"][0]
    said = words(part(page, "advice"))
    assert said.count(product["too_few"]["en"]) == 2  # of all, and of the one product
    assert "Lamp 1 claim · 20 sales · 5 per 100 sales" in said


# --- what if


async def test_what_is_supposed_is_worked_out_by_the_api(house: House) -> None:
    shop = await trading(house.database)
    looker = visit(house, "seller", shop.seller)
    page = part(await looker.sees("/reputation", site="MLM", sales=200, claims=1, delays=""), "what-if")
    async with house.as_("seller", shop.seller) as seller:
        body = {"site": "MLM", "sales": 200, "claims": 1}
        answer = await seller.post(f"/v1/sellers/{shop.seller}/reputation/what-if", json=body)
    then, formats = answer.json()["then"], Formats("en", "UTC")
    said = words(page)
    assert f"Claims that count {formats.percent('10.53')} {formats.percent(then['per_cent']['claims'])}" in said
    assert f"Then you are at {LEVELS['en'][Level(then['level']).rank - 1]}" in said


@pytest.mark.parametrize(
    ("typed", "code"),
    [({"claims": "9000"}, "There are not enough sales for that."), ({"sales": "many"}, ""), ({"sales": "9" * 40}, ""),
     ({"claims": "-1"}, ""), ({"sales": "²"}, "")],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_kept(house: House, typed: dict[str, str], code: str) -> None:
    shop = await trading(house.database)
    page = part(await visit(house, "seller", shop.seller).sees("/reputation", **typed), "what-if")
    assert 'role="alert"' in page
    assert code in page
    assert all(f'value="{text}"' in page for text in typed.values())
    assert "Then you are at" not in page


# --- who may see


@pytest.mark.parametrize("role", ["buyer", "mediator"])
async def test_only_sellers_have_a_reputation(house: House, role: str) -> None:
    await visit(house, role, "somebody").sees("/reputation", 403)


async def test_who_is_not_signed_in_is_led_there(house: House) -> None:
    looker = visit(house, "seller", "somebody")
    looker.cookies.clear()
    answer = await looker.get("/reputation")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/reputation")


# --- how it is laid out


def test_of_levels_that_are_reached_at_once_the_last_is_named() -> None:
    assert steps({"light green": 1, "yellow": 1, "orange": 4, "red": None}) == [(1, "yellow"), (4, "orange")]


def test_a_bar_has_a_zone_for_each_level_that_can_be() -> None:
    maxima = {Level.GREEN: "4.00", Level.LIGHT_GREEN: "4.00", Level.YELLOW: "6.00", Level.ORANGE: "8.00"}
    drawn = bar({"maxima": maxima, "per_cent": "8.00"})
    assert drawn is not None
    assert [zone[0] for zone in drawn["zones"]] == ["5_green", "3_yellow", "2_orange", "1_red"]
    assert drawn["zones"][2][1] + drawn["zones"][2][2] == pytest.approx(drawn["here"])
    assert bar({"maxima": dict.fromkeys(maxima), "per_cent": "8.00"}) is None
