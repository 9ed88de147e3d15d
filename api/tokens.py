"""Who is calling: signed tokens (JWT, HS256) with sub, role, aud and exp. Nothing in a body says who somebody is."""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry

from claims import sight
from claims.model import Actor

_ALGORITHM = "HS256"
_FAR = 2**40  # seconds since 1970; some tokens are good for ever


class Role(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    MEDIATOR = "mediator"
    PLATFORM = "platform"  # the marketplace: pushes orders, reads all
    CARRIER = "carrier"  # posts tracking
    OPS = "ops"  # reads all; steers through the Temporal Web UI
    AUDITOR = "auditor"  # reads all, without personal data


_ACTORS = {Role.BUYER: Actor.BUYER, Role.SELLER: Actor.SELLER, Role.MEDIATOR: Actor.MEDIATOR}
READS_ALL = {Role(name) for name in sight.READS_ALL}


@dataclass(frozen=True)
class Caller:
    id: str
    role: Role

    @property
    def actor(self) -> Actor | None:
        """The actor of the process that this role is, if it is one."""
        return _ACTORS.get(self.role)


class BadToken(Exception):
    """The token is missing, malformed, forged, for somebody else, or has expired."""


class Tokens:
    """Signs and verifies. `secret` is text of 32 characters or more."""

    def __init__(self, secret: str, audience: str) -> None:
        self._key = OctKey.import_key(secret)
        self._audience = audience
        self._registry = JWTClaimsRegistry(
            leeway=0,
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            role={"essential": True, "values": [str(r) for r in Role]},
        )

    def sign(self, caller: Caller, seconds: int = 12 * 3600, **more: str) -> str:
        """A token for this caller, valid for so many seconds. `more`: other claims, which nobody reads."""
        claims = {
            "sub": caller.id,
            "role": str(caller.role),
            "aud": self._audience,
            "exp": int(time.time()) + seconds,
            **more,
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key)

    def verify(self, token: str) -> Caller:
        """Who the token says is calling. Raises BadToken."""
        said = self._read(token)
        caller = Caller(said["sub"], said["role"])
        if not isinstance(caller.id, str) or not 0 < len(caller.id) <= 100 or not caller.id.isprintable():
            raise BadToken("sub")
        return caller

    def seconds_left(self, token: str) -> float:
        """For how long the token is good yet. Raises BadToken."""
        return float(min(_FAR, self._read(token)["exp"]) - time.time())

    def _read(self, token: str) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            self._registry.validate(decoded.claims)
            return decoded.claims | {"role": Role(decoded.claims["role"])}
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise BadToken(type(error).__name__) from None
