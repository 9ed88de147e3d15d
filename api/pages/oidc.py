"""Signing in by OpenID Connect: to the provider and back with PKCE, state and nonce, and out again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import structlog
from authlib.common.urls import add_params_to_uri
from authlib.integrations.starlette_client import OAuth, OAuthError
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi_problem.error import Problem
from httpx2 import create_ssl_context
from joserfc.errors import JoseError

from api.pages.attempts import Attempt, Attempts
from api.pages.identity import Identity, identity_of
from api.problems import problem
from settings import Settings

log = structlog.get_logger()
CALLBACK = "/signed-in"
_SECONDS = 5.0  # for each question to the provider
_FRESH = 600.0  # seconds for which its addresses and keys are believed
_LEEWAY = 60  # seconds by which its clock may differ from ours
_ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split()  # by public key alone
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_FAILED = "You could not be signed in: {}. Please sign in again."
_AWAY = "Signing in is not possible right now: the sign-in provider does not answer as it should. Try again soon."


class Provider:
    """The provider of the settings; `oidc_issuer` must be set. Asked only when somebody signs in or out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = settings.public_url.rstrip("/")
        secret = settings.token_secret.get_secret_value()
        self._attempts = Attempts(secret, secure=self._home.startswith("https://"))
        self._trust = create_ssl_context()  # once: every question to the provider has a connection of its own
        self._known: Any = None  # the client, once the provider has described itself
        self._since = 0.0

    async def begin(self, request: Request, then: str) -> RedirectResponse:
        """To the provider; it sends the person back to CALLBACK. `then`: where they want to go after. Raises 503."""
        with _answering():
            asked = await (await self._client()).create_authorization_url(self._home + CALLBACK)
        answer = RedirectResponse(asked["url"], 303, {"Cache-Control": "no-store"})
        attempt = Attempt(nonce=asked["nonce"], verifier=asked["code_verifier"], then=then)
        self._attempts.keep(request, answer, asked["state"], attempt)
        return answer

    async def complete(self, request: Request) -> tuple[Identity, str]:
        """Back from the provider: who it is, and where they wanted to go.

        Raises 401 sign_in_failed, 403 no_role or no_person, 503.
        """
        attempt = self._attempts.find(request, request.query_params.get("state", ""))
        if attempt is None:
            raise _failed("state", "it took too long, or was begun in another browser")
        if (code := request.query_params.get("code")) is None:
            raise _failed(request.query_params.get("error", "no code"), "the sign-in provider did not let you in")
        return identity_of(await self._claims(code, attempt), self._settings), attempt["then"]

    def forget(self, request: Request, answer: Response) -> None:
        """With the answer to a sign-in that is complete, what was kept for it goes."""
        self._attempts.drop(request, answer, request.query_params.get("state", ""))

    async def leave(self, request: Request) -> str | None:
        """Where to send a person who signs out, to be signed out of the provider as well; None: nowhere."""
        try:
            with _answering():
                end = (await self._client()).server_metadata.get("end_session_endpoint")
        except Problem:
            return None  # who wants to leave is let go, whatever the provider does
        who = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": self._home + "/"}
        return add_params_to_uri(end, who.items()) if _is_address(end) else None

    async def _claims(self, code: str, attempt: Attempt) -> dict[str, Any]:
        """What the ID token says that the provider gives for this code, once everything about it is verified."""
        try:
            with _answering():
                said = await self._exchanged(await self._client(), code, attempt)
        except Problem:
            self._known = None  # its keys may have changed without a word; the next one asks anew
            raise
        if not said:
            raise _failed("no ID token", "the sign-in provider did not say who you are")
        return dict(said)

    async def _exchanged(self, client: Any, code: str, attempt: Attempt) -> Any:
        back = {"redirect_uri": self._home + CALLBACK, "code": code, "code_verifier": attempt["verifier"]}
        token = await client.fetch_access_token(**back)
        wanted = {"iss": client.server_metadata["issuer"], "aud": client.client_id}
        options = {name: {"essential": True, "value": value} for name, value in wanted.items()}
        return await client.parse_id_token(token, attempt["nonce"], options, leeway=_LEEWAY)

    async def _client(self) -> Any:
        """The client, once the provider has described itself; after a while it is asked again, for keys change."""
        if self._known is None or time.monotonic() - self._since > _FRESH:
            client = self._registered()
            self._adopt(client, await client.load_server_metadata())
            self._known, self._since = client, time.monotonic()
        return self._known

    def _registered(self) -> Any:
        issuer, secret = self._settings.oidc_issuer, self._settings.oidc_client_secret
        asking = {"timeout": _SECONDS, "verify": self._trust}
        return OAuth().register(
            "provider",
            client_id=self._settings.oidc_client_id,
            client_secret=secret.get_secret_value(),
            server_metadata_url=issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"scope": self._settings.oidc_scopes, "code_challenge_method": "S256"} | asking,
        )

    def _adopt(self, client: Any, said: dict[str, Any]) -> None:
        """Check what the provider says of itself, and choose from it. Raises ValueError."""
        if str(said.get("issuer")).rstrip("/") != self._settings.oidc_issuer.rstrip("/"):
            raise ValueError("the provider names another issuer")
        if missing := [name for name in _ADDRESSES if not _is_address(said.get(name))]:
            raise ValueError(f"the provider names no {missing[0]}")
        signed_by = said.get("id_token_signing_alg_values_supported") or ["RS256"]
        said["id_token_signing_alg_values_supported"] = [name for name in _ALGORITHMS if name in signed_by]
        known_by = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in known_by
        client.client_kwargs["token_endpoint_auth_method"] = "client_secret_basic" if basic else "client_secret_post"


def _is_address(said: Any) -> bool:
    return isinstance(said, str) and urlsplit(said).scheme in ("https", "http")


@contextmanager
def _answering() -> Iterator[None]:
    """A provider may answer anything: a no and a token that is not good are 401, all else that fails is 503."""
    try:
        yield
    except (OAuthError, JoseError) as error:
        raise _failed(_kind(error), "the sign-in provider's answer was not good") from None
    except Exception as error:
        log.warning("provider_unavailable", error=type(error).__name__, reason=str(error)[:200])
        raise problem(503, "provider_unavailable", _AWAY, {"Retry-After": "5"}) from None


def _kind(error: Exception) -> str:
    """Such as invalid_grant or expired_token; never the description, which may name people."""
    return f"{type(error).__name__}: {getattr(error, 'error', '')}"


def _failed(reason: str, why: str) -> Problem:
    log.warning("sign_in_failed", reason=ascii(reason[:80]))  # others wrote it: no line breaks, no end
    return problem(401, "sign_in_failed", _FAILED.format(why))
