"""How often a caller may ask: counted for each person, for strangers by address, in bounded memory, at little cost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager

from api import limits
from api.app import create_app
from api.tokens import Caller, Role, Tokens
from ops.engine import Engine
from tests.house import SECRET, settings_for
from tests.processes import Street, street

MINUTE = 60  # requests a minute: one more each second
TOKENS = Tokens(SECRET, "amends")


@pytest_asyncio.fixture
async def app(sqlite_url: str, engine: Engine) -> AsyncIterator[Any]:
    """An API of its own, which has counted nothing yet."""
    made = create_app(settings_for(sqlite_url, requests_per_minute=MINUTE))
    async with LifespanManager(made):
        yield made


def calling(app: Any, role: str = "buyer", person: str = "ana", address: str = "192.0.2.1") -> httpx.AsyncClient:
    token = TOKENS.sign(Caller(person, Role(role)))
    return stranger(app, address, Authorization=f"Bearer {token}")


def stranger(app: Any, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://amends", headers=headers)


async def ask(caller: httpx.AsyncClient, times: int = 1, path: str = "/v1/reasons") -> list[int]:
    async with caller:
        return [(await caller.get(path)).status_code for _ in range(times)]


async def test_a_minutes_worth_at_once_and_then_429_with_the_time_to_wait(app: Any) -> None:
    async with calling(app) as ana:
        first = [await ana.get("/v1/reasons") for _ in range(MINUTE)]
        assert {a.status_code for a in first} == {200}
        assert first[0].headers["RateLimit-Policy"] == f'"caller";q={MINUTE};w=60'
        assert first[0].headers["RateLimit"].startswith(f'"caller";r={MINUTE - 1};t=')
        refused = await until_refused(ana)
        problem = refused.json()
        assert problem["code"] == "too_many_requests"
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["Retry-After"] in problem["detail"]
        await asyncio.sleep(int(refused.headers["Retry-After"]))
        assert (await ana.get("/v1/reasons")).status_code == 200


async def until_refused(caller: httpx.AsyncClient, path: str = "/v1/reasons") -> httpx.Response:
    """The first 429; on a slow machine a few more are let through meanwhile."""
    for _ in range(2 * MINUTE):
        answer = await caller.get(path)
        if answer.status_code == 429:
            return answer
    raise AssertionError("never refused")


async def test_one_in_a_hurry_does_not_hold_up_another(app: Any) -> None:
    async with calling(app) as ana:
        await ask_all(ana)
        assert await ask(calling(app, person="bea")) == [200]
        assert await ask(calling(app, role="seller", person="ana")) == [200]
        assert await ask(stranger(app)) == [401]
        assert (await ana.get("/v1/reasons")).status_code == 429


async def ask_all(caller: httpx.AsyncClient) -> None:
    await asyncio.gather(*(caller.get("/v1/reasons") for _ in range(MINUTE)))
    await until_refused(caller)


async def test_a_company_may_ask_ten_times_as_often(app: Any) -> None:
    for role in ("platform", "carrier"):
        assert set(await ask(calling(app, role), 2 * MINUTE)) == {200}


async def test_guessing_tokens_counts_for_the_address_and_not_for_who_is_known_there(app: Any) -> None:
    guesses = [stranger(app, Authorization=f"Bearer {TOKENS.sign(Caller('x', Role.OPS))}{n}") for n in range(MINUTE)]
    assert [await ask(guess) for guess in guesses] == [[401]] * MINUTE
    async with stranger(app, Authorization="Bearer another") as guess:
        await until_refused(guess)
    assert await ask(stranger(app, "192.0.2.2")) == [401]
    assert await ask(calling(app)) == [200]


async def test_pages_are_counted_for_who_is_signed_in_and_not_for_the_house_they_live_in(app: Any) -> None:
    async with visiting(app, "ana") as ana:
        assert (await ana.get("/v1/reasons")).status_code == 401  # a session is no token
        await until_refused(ana, "/static/icon.svg")  # quick, so that few are forgiven meanwhile
        assert await ask(calling(app), path="/v1/reasons") == [429]  # it is one person, here and there
    assert await ask(visiting(app, "bea"), path="/sign-in") == [200]
    assert await ask(stranger(app), path="/sign-in") == [200]


async def test_what_is_to_be_tried_again_is_on_this_host(app: Any) -> None:
    async with visiting(app, "ana") as ana:
        await until_refused(ana, "/static/icon.svg")
        assert 'href="/orders"' in (await until_refused(ana, "/orders")).text
        assert 'href="//evil' not in (await until_refused(ana, f"{ana.base_url}//evil.example/orders")).text


def visiting(app: Any, person: str) -> httpx.AsyncClient:
    sessions = app.state.sessions
    return stranger(app, Cookie=f"{sessions.cookie}={sessions.sign(Caller(person, Role.BUYER))}")


async def test_forms_with_files_may_be_larger_than_others(app: Any) -> None:
    form = ("/claims/clm_1/messages", "/claims/clm_1/actions/guide", "/orders/o/1/claim")
    async with visiting(app, "ana") as ana:
        sent = [await ana.post(path, content=bytes(2**21)) for path in (*form, "/orders", "/claims/clm_1/actions")]
        assert [a.status_code == 413 for a in sent] == [False, False, False, True, True]
        assert (await ana.post(form[0], content=bytes(27 * 2**20))).status_code == 413


async def test_an_ipv6_household_is_one_address_and_an_ipv4_one_in_it_is_itself(app: Any) -> None:
    for n in range(MINUTE):
        await ask(stranger(app, f"2001:db8::{n + 1:x}"))
    async with stranger(app, "2001:db8::ffff") as neighbour:
        await until_refused(neighbour)
    assert await ask(stranger(app, "2001:db8:0:1::1")) == [401]
    assert limits.address({"client": ("::ffff:192.0.2.7", 1)}) == "192.0.2.7"
    assert limits.address({"client": None}) == limits.address({"client": ("", 0)}) == "nowhere"


async def test_whether_it_lives_may_always_be_asked(app: Any) -> None:
    assert set(await ask(stranger(app), 3 * MINUTE, "/healthz")) == {200}


async def test_a_refusal_does_not_look_at_the_body(app: Any) -> None:
    async with calling(app) as ana:
        await ask_all(ana)

        async def body() -> AsyncIterator[bytes]:
            raise AssertionError("the body was read")
            yield b""

        answer = await ana.put("/v1/orders/x", content=body(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 429


async def test_however_many_come_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 50)
    pace = limits.Pace(MINUTE, TOKENS)
    headers = limits.Headers({})
    for n in range(1000):
        pace.take({"client": (f"198.51.{n // 250}.{n % 250}", 1)}, headers)
    store = pace._strangers._store._backend  # type: ignore[attr-defined]
    assert (len(store.get_client()), len(store.expire_info)) == (50, 50)
    for _ in range(MINUTE):
        pace.take({"client": ("192.0.2.1", 1)}, headers)
    assert pace.take({"client": ("192.0.2.1", 1)}, headers).limited  # who asks all the time is not forgotten


async def test_no_limit_when_none_is_set(sqlite_url: str, engine: Engine) -> None:
    made = create_app(settings_for(sqlite_url, requests_per_minute=0))
    async with LifespanManager(made), stranger(made) as somebody:
        answers = [await somebody.get("/v1/reasons") for _ in range(3)]
        assert "RateLimit" not in answers[0].headers


@pytest.mark.parametrize(("trusted", "status"), [("", 429), ("127.0.0.1", 401)])
@pytest.mark.long
def test_a_forwarded_address_counts_only_when_the_server_is_told_whom_to_believe(
    engine: Engine, sqlite_url: str, tmp_path: Path, trusted: str, status: int
) -> None:
    with street(engine, sqlite_url, tmp_path) as houses:
        slow(houses, trusted)
        with httpx.Client(base_url=houses.api()) as anybody:
            statuses = [forwarded(anybody, f"192.0.2.{n}") for n in range(2 * MINUTE)]
    assert statuses[0] == 401
    assert statuses[-1] == status


def slow(houses: Street, trusted: str) -> None:
    houses.environment |= {"AMENDS_REQUESTS_PER_MINUTE": str(MINUTE), "FORWARDED_ALLOW_IPS": trusted}


def forwarded(anybody: httpx.Client, address: str) -> int:
    return anybody.get("/v1/reasons", headers={"X-Forwarded-For": address}).status_code
