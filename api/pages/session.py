"""Who is signed in: a signed cookie that scripts cannot read. Its contents are an id and a role, nothing else."""

import hashlib
import secrets

from fastapi import Response
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from api.tokens import BadToken, Caller, Role, Tokens

SECONDS = 12 * 3600
PEOPLE = (Role.BUYER, Role.SELLER, Role.MEDIATOR)  # who has pages


def host_bound(name: str, secure: bool) -> str:
    """The name of a cookie that, over HTTPS, no other host can have set."""
    return f"__Host-{name}" if secure else name


class Sessions:
    """Signs and reads session cookies. `secure`: people come by HTTPS, and the cookie goes by nothing else."""

    def __init__(self, secret: str, audience: str, secure: bool) -> None:
        self._tokens = Tokens(secret, f"{audience} pages")  # no session is a token of the API, and no token a session
        self.cookie, self.secure = host_bound("amends", secure), secure

    def begin(self, response: Response, caller: Caller) -> None:
        response.set_cookie(
            self.cookie, self.sign(caller), SECONDS, secure=self.secure, httponly=True, samesite="lax", path="/"
        )

    def end(self, response: Response) -> None:
        response.delete_cookie(self.cookie, secure=self.secure, httponly=True, samesite="lax", path="/")

    def sign(self, caller: Caller) -> str:
        """Each one is another, so that the end of one leaves those of other windows and machines alone."""
        return self._tokens.sign(caller, SECONDS, jti=secrets.token_urlsafe(12))

    def read(self, headers: Headers) -> Caller | None:
        """Who is signed in; None when nobody is, or not any more."""
        try:
            caller = self._tokens.verify(self._value(headers))
        except BadToken:
            return None
        return caller if caller.role in PEOPLE else None

    def seconds_left(self, headers: Headers) -> float:
        """For how long the session is good yet."""
        try:
            return self._tokens.seconds_left(self._value(headers))
        except BadToken:
            return 0.0

    def digest(self, headers: Headers) -> str:
        """What an ended session is remembered by."""
        return hashlib.sha256(self._value(headers).encode()).hexdigest()

    def _value(self, headers: Headers) -> str:
        """As browsers send it, beside whatever else stands there: cookies of other applications may hold anything."""
        return cookie_parser("; ".join(headers.getlist("cookie"))).get(self.cookie, "")
