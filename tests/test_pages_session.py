"""Signing in and out of the pages: whose session it is, and that it ends."""

import pytest
from starlette.datastructures import Headers

from api.pages.session import SECONDS, Sessions
from api.tokens import Caller, Role, Tokens
from tests.house import SECRET, House, key
from tests.visiting import visit


async def test_whoever_is_not_signed_in_is_led_to_it_and_back(house: House) -> None:
    claim = await house.claim()
    async with visit(house) as nobody:
        led = await nobody.get(f"/claims/{claim.id}")
        assert (led.status_code, led.headers["location"]) == (303, f"/sign-in?next=/claims/{claim.id}")
        page = await nobody.get(led.headers["location"])
        answer = await nobody.send_form(page, "/sign-in", person=claim.sale.seller, role="seller")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/claims/{claim.id}")
        assert (await nobody.get(f"/claims/{claim.id}")).status_code == 200


async def test_the_cookie_is_for_the_browser_alone(house: House) -> None:
    async with visit(house) as nobody:
        answer = await nobody.send_form(await nobody.get("/sign-in"), "/sign-in", person="ana", role="buyer")
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("amends=")]
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={SECONDS}"} <= set(cookie.split("; "))


async def test_signing_out_ends_the_session_wherever_its_cookie_is(house: House) -> None:
    async with visit(house, "buyer", "ana") as here, visit(house, "buyer", "ana") as elsewhere:
        stolen = dict(here.cookies)
        page = await here.get("/settings")
        assert (await here.send_form(page, "/sign-out")).headers["location"] == "/signed-out"
        assert (await here.get("/settings")).status_code == 303
        assert (await elsewhere.get("/settings")).status_code == 200  # another window's session goes on
    async with visit(house) as thief:
        thief.cookies.update(stolen)
        assert (await thief.get("/settings")).status_code == 303


async def test_who_signs_out_late_is_signed_out(house: House) -> None:
    """In another tab they did so before, or twelve hours went by."""
    async with visit(house, "buyer", "ana") as ana:
        page = await ana.get("/settings")
        ana.cookies.clear()
        assert (await ana.send_form(page, "/sign-out")).headers["location"] == "/signed-out"


async def test_who_is_signed_in_continues_as_somebody_else(house: House) -> None:
    claim = await house.claim()
    async with visit(house, "buyer", claim.sale.buyer) as person:
        page = await person.get("/sign-in")
        answer = await person.send_form(page, "/sign-in", person=claim.sale.seller, role="seller")
        assert answer.status_code == 303
        assert (await person.get("/reputation")).status_code == 200


@pytest.mark.parametrize("given", [{"person": "", "role": "buyer"}, {"person": "a/b", "role": "buyer"},
                                   {"person": "ana", "role": "platform"}, {"person": "ana", "role": ""}])  # fmt: skip
async def test_only_people_with_pages_sign_in(house: House, given: dict[str, str]) -> None:
    async with visit(house) as nobody:
        answer = await nobody.send_form(await nobody.get("/sign-in"), "/sign-in", **given)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
async def test_nobody_is_led_elsewhere(house: House, next: str) -> None:
    async with visit(house) as nobody:
        page = await nobody.get("/sign-in", params={"next": next})
        answer = await nobody.send_form(page, "/sign-in", person="ana", role="buyer", next=next)
    assert answer.headers["location"] == "/"


def test_a_session_is_no_token_and_a_token_no_session() -> None:
    ana = Caller("ana", Role.BUYER)
    sessions, tokens = Sessions(SECRET, "amends", secure=False), Tokens(SECRET, "amends")
    assert sessions.read(_with(sessions.cookie, sessions.sign(ana))) == ana
    assert sessions.read(_with(sessions.cookie, tokens.sign(ana))) is None
    assert sessions.read(_with(sessions.cookie, Sessions("x" * 32, "amends", secure=False).sign(ana))) is None
    with pytest.raises(Exception, match="InvalidClaimError"):
        tokens.verify(sessions.sign(ana))


async def test_cookies_of_other_applications_end_no_session(house: House) -> None:
    sessions = house.app.state.sessions
    ours = f"{sessions.cookie}={sessions.sign(Caller('ana', Role.BUYER))}"
    async with visit(house) as ana:
        for other in ('seen={"a": [1]}', "a b=c", "x=\u00e9", "alone"):
            answer = await ana.get("/settings", headers={"Cookie": f"{other}; {ours}".encode("latin-1")})
            assert answer.status_code == 200, other


def test_over_https_the_cookie_is_bound_to_the_host() -> None:
    assert Sessions(SECRET, "amends", secure=True).cookie.startswith("__Host-")


async def test_a_cookie_says_nothing_to_the_api(house: House) -> None:
    async with visit(house, "buyer", "ana") as ana:
        assert (await ana.get("/v1/claims")).status_code == 401
        body = {"order_id": "o", "line_id": "1", "reason": "damaged", "message": "m"}
        assert (await ana.post("/v1/claims", json=body, headers=key())).status_code == 401


async def test_no_token_opens_a_page(house: House) -> None:
    async with house.as_("buyer", "ana") as ana:
        assert (await ana.get("/settings")).status_code == 303


def _with(cookie: str, value: str) -> Headers:
    return Headers({"cookie": f"{cookie}={value}"})


@pytest.mark.parametrize("role", ["buyer", "seller"])
async def test_until_the_browser_says_its_zone_the_hours_are_those_of_the_site(house: House, role: str) -> None:
    claim = await house.claim()  # on a site of Mexico
    async with visit(house, role, claim.who(role)) as somebody:
        assert "GMT-06:00" in (await somebody.get(f"/claims/{claim.id}")).text
        somebody.cookies.set("zone", "America/Sao_Paulo")
        assert "GMT-03:00" in (await somebody.get(f"/claims/{claim.id}")).text
