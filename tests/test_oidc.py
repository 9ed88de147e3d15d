"""Signing in by OpenID Connect: against a real provider, and against one on loopback that lies."""

import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from fastapi_problem.handler import add_exception_handler
from joserfc.jwk import OctKey
from oidc_provider_mock import User, run_server_in_thread
from pydantic import ValidationError

import settings as configuration
from api import problems
from api.pages import attempts
from api.pages.oidc import CALLBACK, Provider
from settings import Settings
from tests.house import SECRET, settings_for
from tests.openid_provider import CLIENT, FOREIGN, SECOND, OpenIdProvider, moved
from tests.openid_provider import SECRET as CLIENT_SECRET

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config", "ignore:JWS algorithm")  # the providers', not ours
PUBLIC = "http://127.0.0.1:8080"
PEOPLE = (
    User(sub="ana", claims={"roles": ["seller"]}),
    User(sub="bia", claims={"roles": ["mediator", "buyer", "admin"], "realm_access": {"roles": ["comprador"]}}),
    User(sub="caio", claims={"roles": "buyer", "marketplace": {"id": 4711}}),
    User(sub="dora", claims={}),
    User(sub="edu/..", claims={"roles": ["buyer"]}),
)


def set_for(issuer: str, **more: Any) -> Settings:
    values = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": CLIENT_SECRET}
    return settings_for("sqlite://", public_url=PUBLIC, **values | more)


def site(settings: Settings) -> FastAPI:
    """The smallest site that people can sign in to."""
    app, provider = FastAPI(), Provider(settings)
    add_exception_handler(app, problems.handler())

    @app.get("/sign-in", response_model=None)
    async def sign_in(request: Request) -> RedirectResponse:
        return await provider.begin(request, "/")

    @app.get(CALLBACK)
    async def signed_in(request: Request, answer: Response) -> dict[str, Any]:
        who, _ = await provider.complete(request)
        provider.forget(request, answer)
        return {"person": who.person, "roles": who.roles}

    @app.get("/sign-out")
    async def sign_out(request: Request) -> str | None:
        return await provider.leave(request)

    return app


def browser(app: FastAPI, address: str = PUBLIC) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=address)


async def sent_to(person: httpx.AsyncClient) -> str:
    """Where the site sends somebody who wants to sign in."""
    answer = await person.get("/sign-in")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- A real provider ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    with run_server_in_thread(user_claims=PEOPLE) as server:
        yield f"http://localhost:{server.server_port}"


async def comes_back(address: str, **form: str) -> str:
    """To the provider's own page, which is filled in; the address that it sends the person back to."""
    async with httpx.AsyncClient() as outside:
        answer = await outside.post(address, data=form)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


async def signs_in(person: httpx.AsyncClient, sub: str) -> httpx.Response:
    return await person.get(await comes_back(await sent_to(person), sub=sub))


@pytest.mark.parametrize(
    ("sub", "more", "who"),
    [
        ("ana", {}, {"person": "ana", "roles": ["seller"]}),
        ("bia", {}, {"person": "bia", "roles": ["buyer", "mediator"]}),
        ("caio", {}, {"person": "caio", "roles": ["buyer"]}),
        ("caio", {"oidc_person_claim": "marketplace.id"}, {"person": "4711", "roles": ["buyer"]}),
        (
            "bia",
            {"oidc_role_claim": "realm_access.roles", "oidc_roles": "vendedor:seller,comprador:buyer"},
            {"person": "bia", "roles": ["buyer"]},
        ),
        ("bia", {"oidc_roles": "admin:mediator, admin:seller"}, {"person": "bia", "roles": ["seller", "mediator"]}),
    ],
)
async def test_people_sign_in_as_who_they_are(real: str, sub: str, more: dict[str, str], who: dict[str, Any]) -> None:
    async with browser(site(set_for(real, **more))) as person:
        answer = await signs_in(person, sub)
        assert (answer.status_code, answer.json()) == (200, who)
        assert not person.cookies  # what was kept for the way is gone


@pytest.mark.parametrize(
    ("sub", "more", "code"),
    [
        ("dora", {}, "no_role"),
        ("bia", {"oidc_roles": "chefe:seller"}, "no_role"),
        ("ana", {"oidc_role_claim": "realm_access.roles"}, "no_role"),
        ("edu/..", {}, "no_person"),
        ("ana", {"oidc_person_claim": "marketplace.id"}, "no_person"),
    ],
)
async def test_people_whom_the_marketplace_does_not_know_are_told(
    real: str, sub: str, more: dict[str, str], code: str
) -> None:
    async with browser(site(set_for(real, **more))) as person:
        assert told(await signs_in(person, sub)) == (403, code)


async def test_who_declines_at_the_provider_is_not_signed_in(real: str) -> None:
    async with browser(site(set_for(real))) as person:
        there = await sent_to(person)
        back = await comes_back(there, action="deny")
        assert "error=access_denied" in back
        [state] = parse_qs(urlsplit(there).query)["state"]
        answer = await person.get(f"{back}&state={state}")  # which this provider leaves out
        assert told(answer) == (401, "sign_in_failed")
        assert "did not let you in" in answer.json()["detail"]


async def test_a_code_is_good_once(real: str) -> None:
    async with browser(site(set_for(real))) as person:
        back = await comes_back(await sent_to(person), sub="ana")
        kept = dict(person.cookies)
        assert (await person.get(back)).status_code == 200
        person.cookies.update(kept)
        assert told(await person.get(back)) == (401, "sign_in_failed")


async def test_who_signs_out_is_sent_to_the_provider_as_well(real: str) -> None:
    async with browser(site(set_for(real))) as person, httpx.AsyncClient() as outside:
        address = (await person.get("/sign-out")).json()
        assert parse_qs(urlsplit(address).query) == {"client_id": [CLIENT], "post_logout_redirect_uri": [PUBLIC + "/"]}
        assert (await outside.get(address)).status_code == 200


# --- A provider that lies -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def liar() -> AsyncIterator[OpenIdProvider]:
    made = OpenIdProvider()
    async with made.running():
        yield made


@pytest.fixture
def provider(liar: OpenIdProvider) -> OpenIdProvider:
    liar.come_clean()
    return liar


@asynccontextmanager
async def visitor(provider: OpenIdProvider, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(site(set_for(provider.issuer, **more))) as person:
        yield person


async def test_a_provider_that_tells_the_truth_is_believed(provider: OpenIdProvider) -> None:
    """And it checks the verifier, the client's secret and the address: PKCE is what it should be."""
    async with visitor(provider) as person:
        answer = await person.get(provider.let_in(await sent_to(person)))
    assert answer.json() == {"person": "ana", "roles": ["seller"]}


NOW = int(time.time())  # when the file was read: what is to come must be far, however long others take before
LIES: dict[str, dict[str, Any]] = {
    "signed by somebody else": {"signer": FOREIGN},
    "signed by an unknown key": {"signer": FOREIGN, "header": {"alg": "RS256", "kid": "somebody's"}},
    "signed by nobody": {"header": {"alg": "none"}},
    "signed by the client's secret": {"header": {"alg": "HS256"}, "signer": OctKey.import_key(CLIENT_SECRET)},
    "another nonce": {"claims": {"nonce": "of-yesterday"}},
    "no nonce": {"claims": {"nonce": None}},
    "for somebody else": {"claims": {"aud": "another-shop"}},
    "for many, asked for by another": {"claims": {"aud": [CLIENT, "another-shop"], "azp": "another-shop"}},
    "for somebody else, asked for by us": {"claims": {"aud": "another-shop", "azp": CLIENT}},
    "for nobody": {"claims": {"aud": None}},
    "from another issuer": {"claims": {"iss": "https://accounts.example"}},
    "from nobody": {"claims": {"iss": None}},
    "expired": {"claims": {"iat": NOW - 7200, "exp": NOW - 3600}},
    "never expires": {"claims": {"exp": None}},
    "from the future": {"claims": {"nbf": NOW + 10**6}},
    "of another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "no token": {"tokens": {"id_token": None}},
    "no token at all": {"tokens": {"id_token": "not.a.token"}},
    "an error": {"answers": {"token": JSONResponse({"error": "invalid_grant"}, 400)}},
}


@pytest.mark.long
@pytest.mark.parametrize("lie", LIES)
async def test_lies_are_not_believed(provider: OpenIdProvider, lie: str) -> None:
    described = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    for name, value in ({"description": described} | LIES[lie]).items():
        setattr(provider, name, value)
    async with visitor(provider) as person:
        answer = await person.get(provider.let_in(await sent_to(person)))
    assert told(answer) == (401, "sign_in_failed")


FAULTS: dict[str, dict[str, Any]] = {
    "token: a failure": {"token": PlainTextResponse("oops", 500)},
    "token: a page": {"token": PlainTextResponse("<h1>Welcome</h1>")},
    "token: a list": {"token": JSONResponse([1])},
    "token: a number": {"token": JSONResponse(7)},
    "keys: a failure": {"keys": PlainTextResponse("oops", 502)},
    "keys: a list": {"keys": JSONResponse([])},
    "keys: none": {"keys": JSONResponse({})},
}


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_provider_that_fails_half_way_is_said_to_be_away(provider: OpenIdProvider, fault: str) -> None:
    async with visitor(provider) as person:
        address = await sent_to(person)
        provider.answers = FAULTS[fault]
        answer = await person.get(provider.let_in(address))
        assert told(answer) == (503, "provider_unavailable")
        provider.answers = {}
        assert (await person.get(provider.let_in(await sent_to(person)))).status_code == 200


DESCRIPTIONS: dict[str, Any] = {
    "none": PlainTextResponse("", 404),
    "a failure": PlainTextResponse("", 500),
    "moved": moved(),
    "a page": PlainTextResponse("<h1>Welcome</h1>"),
    "a list": JSONResponse([]),
    "empty": JSONResponse({}),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
async def test_a_provider_that_does_not_describe_itself_is_said_to_be_away(provider: OpenIdProvider, name: str) -> None:
    provider.answers = {".well-known/openid-configuration": DESCRIPTIONS[name]}
    async with visitor(provider) as person:
        assert told(await person.get("/sign-in")) == (503, "provider_unavailable")
        assert (await person.get("/sign-out")).json() is None


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://accounts.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": 7},
        {"jwks_uri": ""},
    ],
)
async def test_a_description_that_does_not_fit_is_not_used(provider: OpenIdProvider, described: dict[str, Any]) -> None:
    provider.description = described
    async with visitor(provider) as person:
        assert told(await person.get("/sign-in")) == (503, "provider_unavailable")


async def test_a_provider_that_was_away_is_asked_again() -> None:
    provider = OpenIdProvider()
    async with visitor(provider) as person:
        answer = await person.get("/sign-in")
        assert told(answer) == (503, "provider_unavailable")
        assert answer.headers["Retry-After"]
        async with provider.running():
            back = provider.let_in(await sent_to(person))
        assert told(await person.get(back)) == (503, "provider_unavailable")


async def test_new_keys_are_fetched_and_the_rest_is_remembered(provider: OpenIdProvider) -> None:
    async with visitor(provider) as person:
        await person.get(provider.let_in(await sent_to(person)))
        await person.get(provider.let_in(await sent_to(person)))
        assert sorted(provider.paths) == [".well-known/openid-configuration", "keys", "token", "token"]
        provider.signer, provider.shown, provider.header = SECOND, [SECOND], {"alg": "RS256", "kid": "second"}
        assert (await person.get(provider.let_in(await sent_to(person)))).status_code == 200


async def test_keys_that_do_no_more_are_forgotten(provider: OpenIdProvider) -> None:
    """Without a name of the key, nothing but the failure says that it is another one."""
    async with visitor(provider) as person:
        provider.header = {"alg": "RS256"}
        assert (await person.get(provider.let_in(await sent_to(person)))).status_code == 200
        provider.signer, provider.shown = SECOND, [SECOND]
        assert (await person.get(provider.let_in(await sent_to(person)))).status_code == 401
        assert (await person.get(provider.let_in(await sent_to(person)))).status_code == 200


async def test_after_a_while_the_provider_is_asked_anew(
    provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visitor(provider) as person:
        await sent_to(person)
        provider.description = {"authorization_endpoint": f"{provider.issuer}/new"}
        assert "/authorize?" in await sent_to(person)
        monkeypatch.setattr("api.pages.oidc._FRESH", -1.0)
        assert "/new?" in await sent_to(person)


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(provider: OpenIdProvider) -> None:
    provider.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    async with visitor(provider) as person:
        assert (await person.get(provider.let_in(await sent_to(person)))).status_code == 200


@pytest.mark.parametrize("tail", ["", "/"])
async def test_an_issuer_is_the_same_with_and_without_its_last_slash(provider: OpenIdProvider, tail: str) -> None:
    provider.description = {"issuer": provider.issuer + "/"}
    provider.claims = {"iss": provider.issuer + "/", "https://amends.example/roles": {"buyer": {}, "7": 7}}
    settings = set_for(provider.issuer + tail, oidc_role_claim="https://amends.example/roles")
    async with browser(site(settings)) as person:
        answer = await person.get(provider.let_in(await sent_to(person)))
    assert answer.json() == {"person": "ana", "roles": ["buyer"]}


# --- The way there and back -----------------------------------------------------------------------------------------


async def test_nobody_is_signed_in_by_a_link_that_somebody_else_sent(provider: OpenIdProvider) -> None:
    app = site(set_for(provider.issuer))
    async with browser(app) as mallory, browser(app) as person:
        lure = provider.let_in(await sent_to(mallory))
        assert told(await person.get(lure)) == (401, "sign_in_failed")
        await sent_to(person)  # a sign-in of one's own does not help it
        assert told(await person.get(lure)) == (401, "sign_in_failed")
        assert told(await person.get(CALLBACK)) == (401, "sign_in_failed")
    assert "token" not in provider.paths


async def test_an_attempt_of_another_site_or_of_long_ago_is_none(
    provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visitor(provider, token_secret=SECRET[::-1]) as there, visitor(provider) as person:
        back = provider.let_in(await sent_to(there))
        person.cookies.update(there.cookies)
        assert told(await person.get(back)) == (401, "sign_in_failed")
        back = provider.let_in(await sent_to(person))
        monkeypatch.setattr(attempts, "SECONDS", -1)
        assert told(await person.get(back)) == (401, "sign_in_failed")


async def test_three_windows_sign_in_side_by_side(provider: OpenIdProvider) -> None:
    async with visitor(provider) as person:
        backs = [provider.let_in(await sent_to(person)) for _ in range(4)]
        assert [(await person.get(back)).status_code for back in backs] == [401, 200, 200, 200]


async def test_another_process_of_ours_goes_on(provider: OpenIdProvider) -> None:
    async with visitor(provider) as here, visitor(provider) as there:
        back = provider.let_in(await sent_to(here))
        there.cookies.update(here.cookies)
        assert (await there.get(back)).status_code == 200


@pytest.mark.parametrize(
    ("address", "name", "flags"),
    [
        (PUBLIC, "signing-in", {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"}),
        (
            "https://shop.example",
            "__Host-signing-in",
            {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600", "Secure"},
        ),
    ],
)
async def test_the_cookie_is_nobody_elses(provider: OpenIdProvider, address: str, name: str, flags: set[str]) -> None:
    settings = set_for(provider.issuer).model_copy(update={"public_url": address})
    async with browser(site(settings), address) as person:
        answer = await person.get("/sign-in")
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
        cookie, *said = answer.headers["Set-Cookie"].split("; ")
        assert (cookie.split("=")[0], set(said)) == (name, flags)
        assert asked["redirect_uri"] == [address + CALLBACK]
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await person.get(provider.let_in(answer.headers["Location"]))).status_code == 200


# --- The settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"oidc_issuer": "http://accounts.example"}, "AMENDS_OIDC_ISSUER must be an https address"),
        ({"oidc_issuer": "accounts.example"}, "AMENDS_OIDC_ISSUER must be an https address"),
        ({"oidc_issuer": "https://"}, "AMENDS_OIDC_ISSUER must be an https address"),
        ({"oidc_client_id": ""}, "AMENDS_OIDC_CLIENT_ID and AMENDS_OIDC_CLIENT_SECRET must be set"),
        ({"oidc_client_secret": ""}, "AMENDS_OIDC_CLIENT_ID and AMENDS_OIDC_CLIENT_SECRET must be set"),
        ({"oidc_scopes": "profile"}, "AMENDS_OIDC_SCOPES must have openid"),
        ({"oidc_role_claim": " "}, "AMENDS_OIDC_ROLE_CLAIM must name a claim"),
        ({"oidc_person_claim": ""}, "AMENDS_OIDC_PERSON_CLAIM must name a claim"),
        ({"oidc_roles": "vendedor"}, "AMENDS_OIDC_ROLES is name:role"),
        ({"oidc_roles": ":seller"}, "AMENDS_OIDC_ROLES is name:role"),
        ({"oidc_roles": "chefe:ops"}, "our roles are buyer, seller, mediator"),
    ],
)
def test_settings_that_do_not_fit_are_named(more: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        set_for("https://accounts.example", **more)
    assert complaint in configuration.explain(refused.value)
    assert CLIENT_SECRET not in configuration.explain(refused.value)


def test_names_of_roles_may_have_colons_of_their_own() -> None:
    settings = set_for("https://accounts.example", oidc_roles="urn:shop:sells:seller, comprador:buyer,")
    assert settings.oidc_role_names == (("urn:shop:sells", "seller"), ("comprador", "buyer"))


def test_the_log_never_says_the_secret_of_a_sign_in() -> None:
    before = logging.getLogger("authlib").level
    configuration.start_logging(settings_for("sqlite://", log_level="DEBUG"))
    try:
        assert not logging.getLogger("authlib.integrations.base_client.sync_app").isEnabledFor(logging.DEBUG)
    finally:
        logging.getLogger("authlib").setLevel(before)
