"""Claims and events as JSON documents, and the seal that chains a timeline."""

import hashlib
import json
from typing import Any

from pydantic import TypeAdapter

from claims.model import Claim, Event

_CLAIM = TypeAdapter(Claim)
_EVENT = TypeAdapter(Event)


def claim_to_json(claim: Claim) -> dict[str, Any]:
    document: dict[str, Any] = _CLAIM.dump_python(claim, mode="json")
    return document


def claim_from_json(document: dict[str, Any]) -> Claim:
    return _CLAIM.validate_python(document, strict=False)


def event_to_json(event: Event) -> dict[str, Any]:
    document: dict[str, Any] = _EVENT.dump_python(event, mode="json")
    return document


def event_from_json(document: dict[str, Any]) -> Event:
    return _EVENT.validate_python(document, strict=False)


def seal(before: str, claim_id: str, document: dict[str, Any]) -> str:
    """The digest of a timeline entry: SHA-256 over the digest before it, the claim and the entry's own JSON.

    Texts are in it only as ids and salted digests, so a text can be erased and the chain still holds.
    """
    body = json.dumps([before, claim_id, document], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()
