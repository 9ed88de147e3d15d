"""The sign-ins that a browser has begun: what only this browser may know until it is back from the provider."""

import hashlib
from typing import TypedDict

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from api.pages.session import host_bound

SECONDS = 600  # from going to the provider to coming back; people look for their second factor
_AT_ONCE = 3  # of one browser, in windows side by side; a cookie holds 4 KB


class Attempt(TypedDict):
    """`then`: the path of ours where to go once the person is back."""

    nonce: str
    verifier: str
    then: str


class Attempts:
    """Kept in a signed cookie, by state. So any process can go on with what another began, and nothing is stored."""

    def __init__(self, secret: str, *, secure: bool) -> None:
        how = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._signer = URLSafeTimedSerializer(secret, salt="signing-in", signer_kwargs=how)
        self._secure = secure
        self._name = host_bound("signing-in", secure)

    def keep(self, request: Request, answer: Response, state: str, attempt: Attempt) -> None:
        begun = [*self._begun(request).items(), (state, attempt)]
        self._write(answer, dict(begun[-_AT_ONCE:]))

    def find(self, request: Request, state: str) -> Attempt | None:
        return self._begun(request).get(state)

    def drop(self, request: Request, answer: Response, state: str) -> None:
        """This one is over; those in other windows go on."""
        self._write(answer, {key: attempt for key, attempt in self._begun(request).items() if key != state})

    def _begun(self, request: Request) -> dict[str, Attempt]:
        try:
            begun: dict[str, Attempt] = self._signer.loads(request.cookies.get(self._name, ""), max_age=SECONDS)
            return begun
        except BadData:  # none, too old, or not from us
            return {}

    def _write(self, answer: Response, begun: dict[str, Attempt]) -> None:
        value, seconds = (str(self._signer.dumps(begun)), SECONDS) if begun else ("", 0)
        answer.set_cookie(self._name, value, seconds, secure=self._secure, httponly=True, samesite="lax")
