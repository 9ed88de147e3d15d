"""`python -m ops.codec_server`: decrypts payloads for the Temporal Web UI and the command line; a process of its own.

They POST protobuf's JSON, {"payloads": [{"metadata": {...}, "data": "..."}]}, to /decode, /encode or /download (a
namespace may stand before it) and get the same shape back.
"""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi_problem.error import Problem
from fastapi_problem.handler import add_exception_handler
from google.protobuf import json_format
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload, Payloads

import settings as configuration
from api.problems import handler, problem
from api.tokens import BadToken, Role, Tokens
from settings import Settings
from workflows.codec import VARIABLE, Cipher, KeyRing, PayloadUnreadable

PORT = 8234
LARGEST = 16 * 2**20  # bytes of a body; Temporal's own limit of one message is 4 MiB
_HEADERS = ["Content-Type", "X-Namespace", "Authorization", "Authorization-Extras"]  # what the Web UI sends


class NoKeys(Exception):
    """Encryption is off, so there is nothing to decrypt."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The codec server by its settings; without any, those of the environment. Raises NoKeys."""
    settings = settings or configuration.load()
    configuration.start_logging(settings)
    ring = KeyRing.of(settings.payload_keys.get_secret_value())
    if not ring.keys:
        raise NoKeys(f"{VARIABLE} is not set: there is nothing to decrypt")
    app = FastAPI(title="Amends: payloads for the Web UI", docs_url=None, redoc_url=None, openapi_url=None)
    _routes(app, Cipher(ring), Door(settings))
    add_exception_handler(app, handler())
    app.add_middleware(
        CORSMiddleware,
        allow_origins=_origins(settings),
        allow_methods=["POST"],
        allow_headers=_HEADERS,
        allow_credentials=True,
        allow_private_network=True,  # a Web UI on the network may ask a codec server on the reader's own machine
    )
    return app


class Door:
    """Who is let in."""

    def __init__(self, settings: Settings) -> None:
        self.callers, self.origins = settings.codec_callers, _origins(settings)
        self.tokens = Tokens(settings.token_secret.get_secret_value(), settings.token_audience)

    def check(self, request: Request) -> None:
        """Raise a problem unless this caller may have payloads decrypted."""
        origin = request.headers.get("origin")
        if origin and origin not in self.origins:  # CORS alone would not stop a page whose name turns into 127.0.0.1
            raise problem(403, "foreign_origin", "Pages from this origin are not in AMENDS_CODEC_ORIGINS.")
        if self.callers == "loopback" and not _is_loopback(request):
            raise problem(403, "not_on_loopback", "Payloads are decrypted for this machine alone.")
        if self.callers == "ops":
            self._check_token(request.headers.get("authorization", ""))

    def _check_token(self, header: str) -> None:
        kind, _, token = header.partition(" ")
        try:
            caller = self.tokens.verify(token if kind.lower() == "bearer" else "")
        except BadToken:
            challenge = {"WWW-Authenticate": "Bearer"}
            raise problem(401, "bad_token", "A valid token is needed: Authorization: Bearer …", challenge) from None
        if caller.role != Role.OPS:
            raise problem(403, "not_for_role", f"This is for {Role.OPS}; your token says {caller.role}.")


def _routes(app: FastAPI, cipher: Cipher, door: Door) -> None:
    async def decode(payloads: list[Payload]) -> list[Payload]:
        try:
            return await cipher.decode(payloads)
        except PayloadUnreadable as error:
            raise problem(400, "payload_unreadable", str(error)) from error

    async def download(payloads: list[Payload]) -> list[Payload]:
        """What a payload stands for when it is kept elsewhere; ours are all in Temporal itself."""
        if any(p.external_payloads for p in payloads):
            raise problem(404, "not_kept_here", "Amends keeps no payloads outside Temporal; there is nothing to fetch.")
        return await decode(payloads)

    for name, work in (("decode", decode), ("encode", cipher.encode), ("download", download)):
        route = _route(door, work)
        app.add_api_route(f"/{name}", route, methods=["POST"])
        app.add_api_route(f"/{{namespace}}/{name}", route, methods=["POST"])
    app.add_api_route("/healthz", _healthz, methods=["GET"])


def _route(
    door: Door, work: Callable[[list[Payload]], Awaitable[list[Payload]]]
) -> Callable[[Request], Awaitable[Response]]:
    async def route(request: Request) -> Response:
        door.check(request)
        done = await work(list(_payloads(await _body(request)).payloads))
        return Response(json_format.MessageToJson(Payloads(payloads=done)), media_type="application/json")

    return route


async def _healthz() -> dict[str, str]:
    return {"status": "ok"}


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise problem(413, "body_too_large", f"A body has at most {LARGEST} bytes.")
    return body


def _payloads(body: bytes) -> Payloads:
    try:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise ValueError
        return json_format.ParseDict(document, Payloads(), ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, RecursionError):
        raise _not_payloads() from None


def _not_payloads() -> Problem:
    return problem(400, "not_payloads", 'The body is to be JSON like {"payloads": [{"metadata": {…}, "data": "…"}]}.')


def _origins(settings: Settings) -> list[str]:
    return [origin.strip().rstrip("/") for origin in settings.codec_origins.split(",") if origin.strip()]


def _is_loopback(request: Request) -> bool:
    try:
        return ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Decrypts payloads for the Temporal Web UI and command line.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=PORT, help=f"(default: {PORT})")
    given = parser.parse_args()
    try:
        app = create_app()
    except (ValidationError, NoKeys) as error:
        sys.stderr.write(configuration.explain(error) if isinstance(error, ValidationError) else f"{error}\n")
        return 2
    uvicorn.run(app, host=given.host, port=given.port, access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
