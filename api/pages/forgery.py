"""Whether a form comes from a page of ours: by what the browser says of its origin, and by a token in the form."""

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request

from api.tokens import Caller

FIELD = "form_token"
_SECONDS = 24 * 3600  # longer than a session: what was written when it ended can still be sent


class Forgery:
    """`origin`: where people reach the pages, such as https://claims.example."""

    def __init__(self, secret: str, origin: str) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt="a form of ours")
        self._origin = origin

    def token(self, caller: Caller | None) -> str:
        """For a form; it is another one each second, so that its length tells nothing when the page is compressed."""
        return self._signer.dumps(_name(caller))

    def is_ours(self, request: Request, token: str, caller: Caller | None) -> bool:
        """Whether the token was made for this person, and the browser names no other site as where it comes from.

        Where nobody is signed in any more, it may be anybody's: whoever signs out late is not sent away.
        """
        try:
            made_for = self._signer.loads(token, _SECONDS)
        except BadSignature:
            return False
        return self.same_site(request) and (caller is None or made_for == _name(caller))

    def same_site(self, request: Request) -> bool:
        fetched = request.headers.get("sec-fetch-site")
        if fetched is not None:
            return fetched == "same-origin"
        origin = request.headers.get("origin")
        return origin is None or origin in (self._origin, f"{request.url.scheme}://{request.url.netloc}")


def _name(caller: Caller | None) -> list[str]:
    return [caller.role, caller.id] if caller else []
