"""The shape of a claim's server-sent events, for the documentation."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.shapes import Shape


class ReadUpTo(Shape):
    """That one side has read what was written to it, up to a message."""

    role: Literal["buyer", "seller", "mediator"]
    up_to: str = Field(description="the message's id")
    position: int = Field(description="the message's position")
    at: datetime


_EXAMPLE = """\
: connected
retry: 2000

event: read
data: {"role": "seller", "up_to": "msg_5b1f", "position": 7, "at": "2026-11-23T08:30:00Z"}
id: 9

"""
_DATA = {
    "step": {"$ref": "#/components/schemas/Entry"},
    "message": {"$ref": "#/components/schemas/Message"},
    "translation": {"$ref": "#/components/schemas/Message"},
    "read": ReadUpTo.model_json_schema(mode="serialization"),
}
_TOLD = {
    "event": {"type": "string", "enum": list(_DATA)},
    "data": {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"anyOf": list(_DATA.values())},
        "description": "`step`: as in the timeline; `message`, and `translation` of one into the reader's language: as "
        "in the thread; `read`: up to which message one side has read",
    },
    "id": {"type": "string", "description": "the position in the feed; one without data is only to be remembered"},
}
EVENTS: dict[str, Any] = {
    "description": "Events for as long as it lasts",
    "content": {
        "text/event-stream": {
            "itemSchema": {"type": "object", "properties": _TOLD},
            "example": _EXAMPLE,
        }
    },
}
