"""What is refused at the gate, before a body is read: too many requests, too large a body, a header said twice."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from fastapi import Request, Response
from fastapi.security.utils import get_authorization_scheme_param
from fastapi_problem.error import Problem
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from throttled import RateLimiterType, Throttled
from throttled.rate_limiter import RateLimitResult, per_min
from throttled.store import MemoryStore

from api.problems import problem
from api.tokens import BadToken, Caller, Role, Tokens

REMEMBERED = 20_000  # callers of each kind, the latest; whoever was silent for longest is forgotten first
MACHINES = (Role.PLATFORM, Role.CARRIER)  # one token stands for a whole company
MACHINES_TIMES = 10
_HEALTH = ("/healthz", "/readyz")  # whoever watches over the process is not to be turned away
_ONCE = (
    "authorization",
    "idempotency-key",
    "if-match",
    "content-type",
    "content-length",
    "content-encoding",
    "last-event-id",
)
_MOST_HEADERS = 32 * 1024  # bytes of names and values together
_TOO_LARGE = "A body has at most {limit} bytes; this one has more."
_SOONER = "You may send {limit} requests a minute; ask again in {seconds} s."


SignedIn = Callable[[Headers], Caller | None]


@dataclass(frozen=True)
class Larger:
    """Operations whose bodies may be larger than others: POST to the paths that the pattern matches as a whole."""

    path: re.Pattern[str]
    bytes: int

    def fits(self, scope: Scope) -> bool:
        return scope["method"] == "POST" and self.path.fullmatch(scope["path"]) is not None


class Pace:
    """How often each caller may ask: a minute's worth at once, then one more each time that its share of the minute
    has passed (GCRA). Kept in this process alone."""

    def __init__(self, per_minute: int, tokens: Tokens, signed_in: SignedIn = lambda _: None) -> None:
        self._tokens, self._signed_in = tokens, signed_in
        self._machines = _meter(per_minute * MACHINES_TIMES)
        self._people, self._strangers = _meter(per_minute), _meter(per_minute)

    def take(self, scope: Scope, headers: Headers) -> RateLimitResult:
        """Count this request for the person of its token or session; without either, for the address it came from."""
        caller = self._of_token(headers) or self._signed_in(headers)
        if caller is None:
            return self._strangers.limit(address(scope))
        meter = self._machines if caller.role in MACHINES else self._people
        return meter.limit(f"{caller.role}/{caller.id}")

    def _of_token(self, headers: Headers) -> Caller | None:
        scheme, token = get_authorization_scheme_param(headers.get("authorization"))
        try:
            return self._tokens.verify(token if scheme.lower() == "bearer" else "")
        except BadToken:
            return None


class Gate:
    """Pure ASGI, around everything else. `refuse` makes the answer to a problem; `pace` None is no limit; `more`: the
    operations whose bodies may be larger."""

    def __init__(
        self,
        app: ASGIApp,
        refuse: Callable[[Request, Problem], Response],
        pace: Pace | None,
        body_bytes: int,
        more: Sequence[Larger],
    ) -> None:
        self._app, self._refuse, self._pace, self._body_bytes, self._more = app, refuse, pace, body_bytes, more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _HEALTH:
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if self._pace:
            turn = self._pace.take(scope, headers)
            send = _telling(turn, send)
            if turn.limited:
                return await self._refuse(Request(scope), too_soon(turn))(scope, receive, send)
        most = self._most(scope)
        if fault := self._fault(headers, most):
            return await self._refuse(Request(scope), fault)(scope, receive, send)
        await self._app(scope, self._counted(receive, most), send)

    def _most(self, scope: Scope) -> int:
        return next((more.bytes for more in self._more if more.fits(scope)), self._body_bytes)

    def _counted(self, receive: Receive, most: int) -> Receive:
        """A body of no or of a wrong length is stopped as soon as it is too long."""
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, _TOO_LARGE.format(limit=most))
            return message

        return counted

    def _fault(self, headers: Headers, most: int) -> Problem | None:
        if sum(len(name) + len(value) for name, value in headers.raw) > _MOST_HEADERS:
            return problem(431, "headers_too_large", f"Headers have at most {_MOST_HEADERS} bytes together.")
        if twice := next((name for name in _ONCE if len(headers.getlist(name)) > 1), None):
            return problem(400, "header_twice", f"The header {twice} stands there more than once.")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > most:
            return problem(413, "body_too_large", _TOO_LARGE.format(limit=most))
        return None


def _meter(per_minute: int) -> Throttled:
    quota = per_min(per_minute, burst=per_minute)
    store = MemoryStore(options={"MAX_SIZE": REMEMBERED})
    return Throttled(using=RateLimiterType.GCRA.value, quota=quota, store=store)


def address(scope: Scope) -> str:
    """Where it comes from, as the server says. Of an IPv6 address the network: a household has all of its /64."""
    host = str((scope.get("client") or ("nowhere", 0))[0])[:64]
    try:
        found = ip_address(host)
    except ValueError:
        return host or "nowhere"
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or f"{int(found) >> 64:x}/64")
    return host


def too_soon(turn: RateLimitResult) -> Problem:
    seconds = max(1, math.ceil(turn.state.retry_after))
    sentence = _SOONER.format(limit=turn.state.limit, seconds=seconds)
    return problem(429, "too_many_requests", sentence, {"Retry-After": str(seconds)})


def _telling(turn: RateLimitResult, send: Send) -> Send:
    """Say in each answer what is left, as the IETF's draft on RateLimit fields writes it."""
    state = turn.state

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["RateLimit-Policy"] = f'"caller";q={state.limit};w=60'
            headers["RateLimit"] = f'"caller";r={state.remaining};t={math.ceil(state.reset_after)}'
        await send(message)

    return told
