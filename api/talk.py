"""How a message looks to its reader."""

from typing import Any

from api.conversation import Seen
from api.tokens import Role
from claims.guidance import apart
from claims.thread import ALL, Kind
from storage.attachments import Attachment

Json = dict[str, Any]


def message_view(seen: Seen, translates: bool) -> Json:
    """A message in its reader's language where there is a translation, and as it was written. `translates`: whether
    this installation does at all. Auditors read no words."""
    message, text = seen.message, seen.text
    readable = seen.reader.role != Role.AUDITOR and text.erased_at is None
    made = _made(seen)
    words, steps = _words(seen, made)
    return {
        "id": message.id,
        "claim_id": message.claim_id,
        "position": message.position,
        "kind": message.kind,
        "action": message.action or None,
        "from": {"role": message.sender, "person": message.person},
        "to": message.receiver,
        "mine": _is_mine(seen),
        "stage": message.stage,
        "text": words if readable else None,
        "language": seen.profile.language if made else text.language or None,
        "original": {"text": text.body, "language": text.language or None, "told_by": text.language_by or None}
        if readable
        else None,
        "translation": _translation(seen, translates) if readable else None,
        "guidance": _guidance(seen, steps, readable),
        "attachments": [_file(found, readable) for found in seen.files],
        "created_at": message.created_at,
        "read_at": _read_at(seen),
        "moderation": {"status": message.moderation, "reasons": message.reasons},
        "erased": text.erased_at is not None,
    }


def _is_mine(seen: Seen) -> bool:
    return (seen.message.sender, seen.message.person) == (seen.reader.role, seen.reader.id)


def _made(seen: Seen) -> str:
    """The translation that the reader is to see; empty: the original."""
    if seen.translation is None or seen.profile.originals or seen.message.sender == seen.reader.role:
        return ""
    return seen.translation.body


def _words(seen: Seen, made: str) -> tuple[str, list[str]]:
    """Text and steps as the reader is to see them."""
    text, steps = seen.text.body, _steps(seen)
    return apart(made, text, steps) if made else (text, steps)


def _steps(seen: Seen) -> list[str]:
    return list((seen.text.guidance or {}).get("steps", []))


def _guidance(seen: Seen, steps: list[str], readable: bool) -> Json | None:
    """What an explanation has beside its text; null for all other messages."""
    if seen.message.kind != Kind.GUIDANCE:
        return None
    return {
        "steps": steps if readable else [],
        "original_steps": _steps(seen) if readable else [],
        "link": (seen.text.guidance or {}).get("link") if readable else None,
        "helped": seen.message.helped or "asked",
    }


def _file(found: Attachment, readable: bool) -> Json:
    return {
        "id": found.id,
        "name": found.name or None if readable else None,
        "media_type": found.media_type,
        "size": found.size,
        "content": None if found.erased_at else f"/v1/attachments/{found.id}/content",
    }


def _translation(seen: Seen, translates: bool) -> Json | None:
    found = seen.translation
    if found is None or seen.message.sender == seen.reader.role:
        return None
    waits = found.state == "pending"
    return {
        "language": found.language,
        "state": "unavailable" if waits and not translates else found.state,
        "text": found.body or None,
        "engine": found.engine or None,
        "route": found.route or None,
        "at": found.done_at,
    }


def _read_at(seen: Seen) -> Any:
    """When the receiver read it; of what all were told, when the first of them did."""
    message = seen.message
    told = [r for r in seen.receipts if r.role != message.sender and message.receiver in (r.role, ALL)]
    return min((r.at for r in told if r.position >= message.position), default=None)
