"""A request at the desk: who asks, under which key; the ids that follow from it; how it can come to nothing."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from api.tokens import Caller
from claims.model import Claim, OrderLine
from claims.sight import sees


class NotFound(Exception):
    """There is no such thing for this caller."""


class KeyReused(Exception):
    """The idempotency key came before, with another body."""


@dataclass(frozen=True)
class Request:
    """What every act carries: who, under which idempotency key, a digest of the body, and If-Match."""

    caller: Caller
    key: str
    body: str
    expects: int | None = None


def digest(*parts: Any) -> str:
    """A short digest of the parts, in their order, none of which can run into the next."""
    joined = "".join(f"{len(str(p))}:{p}" for p in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:40]


def command_id(request: Request, operation: str, resource: str) -> str:
    """A key belongs to (caller, operation, resource); so does the command that it names."""
    return digest(request.caller.role, request.caller.id, operation, resource, request.key)


def claim_id(line: OrderLine, ordinal: int) -> str:
    """The same for everybody who would open the next claim on this line, so that the engine sees one claim."""
    return "clm_" + digest(line.order_id, line.line_id, ordinal)[:20]


def text_id() -> str:
    """Another one for each try: two tries under one key may bring other words, and those of the taken one count."""
    return f"txt_{secrets.token_hex(12)}"


def may_see(caller: Caller, claim: Claim, mediated: bool) -> bool:
    bought, sold = caller.id == claim.line.buyer_id, caller.id == claim.line.seller_id
    return bool(sees(caller.role, bought=bought, sold=sold, mediated=mediated))
