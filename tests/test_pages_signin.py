"""Signing in by the provider on the pages themselves: with one role, with several, and nobody in somebody's place."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from oidc_provider_mock import run_server_in_thread
from starlette.datastructures import Headers

from api.app import create_app
from api.pages.session import Sessions
from tests.forms import fields
from tests.house import House
from tests.test_oidc import PEOPLE, browser, comes_back, set_for
from tests.visiting import visit

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config", "ignore:JWS algorithm")  # the provider's, not ours


@pytest.fixture(scope="module")
def app() -> Iterator[FastAPI]:
    with run_server_in_thread(user_claims=PEOPLE) as server:
        yield create_app(set_for(f"http://localhost:{server.server_port}"))


async def back(person: httpx.AsyncClient, sub: str, next: str = "/claims") -> httpx.Response:
    """Back from the provider, signed in there."""
    begun = await person.get("/sign-in/provider", params={"next": next})
    return await person.get(await comes_back(begun.headers["location"], sub=sub))


def signed_in(app: FastAPI, person: httpx.AsyncClient) -> tuple[str, str] | None:
    sessions: Sessions = app.state.sessions
    header = "; ".join(f"{c.name}={c.value}" for c in person.cookies.jar)
    found = sessions.read(Headers({"cookie": header}))
    return (found.id, found.role) if found else None


async def test_who_has_one_role_goes_on_to_where_they_wanted(app: FastAPI) -> None:
    async with browser(app) as ana:
        answer = await back(ana, "ana", "/claims/clm_1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/claims/clm_1")
        assert signed_in(app, ana) == ("ana", "seller")


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"])
async def test_nobody_is_led_elsewhere_on_the_way(app: FastAPI, elsewhere: str) -> None:
    async with browser(app) as ana:
        assert (await back(ana, "ana", elsewhere)).headers["location"] == "/"


async def test_each_window_goes_on_to_where_it_wanted(
    app: FastAPI, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state, "desk", house.desk, raising=False)  # it knows whose session has ended
    async with browser(app) as ana:
        begun = [await ana.get("/sign-in/provider", params={"next": path}) for path in ("/orders", "/settings")]
        for answer, path in zip(begun, ("/orders", "/settings"), strict=True):
            came = await ana.get(await comes_back(answer.headers["location"], sub="ana"))
            assert came.headers["location"] == path


async def test_where_they_wanted_to_go_may_be_called_anything(app: FastAPI) -> None:
    async with browser(app) as ana:
        assert (await back(ana, "ana", "/orders/日本;é")).headers["location"] == "/orders/%E6%97%A5%E6%9C%AC;%C3%A9"


async def test_who_has_several_chooses_one_of_them_in_their_own_browser(app: FastAPI) -> None:
    async with browser(app) as bia, browser(app) as thief:
        held = fields((await back(bia, "bia")), "/sign-in/as")
        assert signed_in(app, bia) is None
        assert (await thief.post("/sign-in/as", data=held | {"role": "buyer"})).status_code == 401
        assert (await bia.post("/sign-in/as", data=held | {"role": "seller"})).status_code == 403
        assert (await bia.post("/sign-in/as", data=held | {"role": "mediator"})).status_code == 303
        assert signed_in(app, bia) == ("bia", "mediator")
        assert set(bia.cookies) == {app.state.sessions.cookie}  # what was kept on the way is gone


async def test_who_is_signed_in_goes_on_in_another_role(
    app: FastAPI, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state, "desk", house.desk, raising=False)
    async with browser(app) as bia:
        for role in ("buyer", "mediator"):
            held = fields((await back(bia, "bia")), "/sign-in/as")
            assert (await bia.post("/sign-in/as", data=held | {"role": role})).status_code == 303
            assert signed_in(app, bia) == ("bia", role)


async def test_nobody_says_who_they_are_where_it_is_no_demo(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with visit(house) as nobody:
        held = fields((await nobody.get("/sign-in")), "/sign-in")
        monkeypatch.setattr(house.desk, "embedded", False)
        answer = await nobody.post("/sign-in", data=held | {"person": "ana", "role": "seller"})
        assert answer.status_code == 404
        assert not nobody.cookies
        assert "person" not in (await nobody.get("/sign-in")).text
