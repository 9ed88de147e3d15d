"""An OpenID provider on loopback that checks what it is asked, and lies as it is told."""

import base64
import hashlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey

from tests import browsing

CLIENT, SECRET = "amends", "what-the-provider-knows"
_KEYS = [RSAKey.generate_key(2048, {"kid": name}) for name in ("first", "second", "somebody's")]
FIRST, SECOND, FOREIGN = _KEYS


@dataclass
class OpenIdProvider:
    """`claims`, `description` and `tokens` are laid over what is true; `answers` stand for a whole answer, by path."""

    place: tuple[socket.socket, str] = field(default_factory=browsing.listening)  # nobody is at home until it runs
    signer: Key = field(default_factory=lambda: FIRST)
    shown: list[Key] = field(default_factory=lambda: [FIRST])
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "first"})
    claims: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Response] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # by code
    paths: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return self.place[1]

    def come_clean(self) -> None:
        """Everything is true again, and nothing was asked."""
        vars(self).update(vars(OpenIdProvider(place=self.place)))

    def let_in(self, address: str) -> str:
        """Where the provider sends somebody back to who came to this address and gave a good password."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert (asked["client_id"], asked["code_challenge_method"]) == (CLIENT, "S256")
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def describe(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer} | {k: f"{self.issuer}/{v}" for k, v in names.items()} | self.description

    def give(self, said: dict[str, str], authorization: str) -> Response:
        """The token endpoint: the client's secret, the code, its verifier and its address must all be right."""
        asked = self.asked.pop(said.get("code", ""), None)
        if not self._knows(said, authorization):
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or asked["redirect_uri"] != said["redirect_uri"] or asked["code_challenge"] != _hash(said):
            return JSONResponse({"error": "invalid_grant"}, 400)
        answer = {"access_token": "at", "token_type": "Bearer", "id_token": self.sign(asked["nonce"])} | self.tokens
        return JSONResponse({name: value for name, value in answer.items() if value is not None})

    def _knows(self, said: dict[str, str], authorization: str) -> bool:
        if "token_endpoint_auth_methods_supported" in self.description:  # then it is the form
            return (said.get("client_id"), said.get("client_secret")) == (CLIENT, SECRET)
        return authorization == "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()

    def sign(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "ana", "nonce": nonce, "iat": now, "exp": now + 300}
        claims |= {"roles": ["seller"]} | self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(self.header, said, self.signer, algorithms=[self.header["alg"]])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with browsing.served(self._app(), self.place[0]):
            yield

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def answer(path: str, request: Request) -> Response:
            self.paths.append(path)
            if path in self.answers:
                return self.answers[path]
            if path == "keys":
                return JSONResponse(KeySet(self.shown).as_dict(private=False))
            if path == "token":
                said = dict(parse_qsl((await request.body()).decode()))
                return self.give(said, request.headers.get("Authorization", ""))
            assert path == ".well-known/openid-configuration"
            return JSONResponse(self.describe())

        return app


def moved() -> Response:
    return RedirectResponse("http://127.0.0.1:9/elsewhere")


def _hash(said: dict[str, str]) -> str:
    digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
