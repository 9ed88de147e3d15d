"""What was wrong with a form, to be shown in it: the API's own problems."""

import json
from dataclasses import dataclass, field
from typing import Any

from fastapi_problem.error import Problem
from pydantic import ValidationError
from starlette.requests import Request

from api import problems


@dataclass(frozen=True)
class Fault:
    """`code` of the problem; `reasons`: what moderation objects to, with sentences by language; `name`: of a file."""

    code: str
    status: int = 422
    detail: str = ""
    reasons: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""

    @classmethod
    def of_rejected(cls, reasons: list[dict[str, Any]]) -> "Fault":
        return cls("text_rejected", reasons=reasons)


def fault_of(error: Exception) -> Fault:
    """Raises what is no fault of the form's: nothing that is away, and nothing that is not there."""
    if isinstance(error, ValidationError):
        missing = any(e["type"] in ("string_too_short", "missing") for e in error.errors())
        too_long = any(e["type"] == "string_too_long" for e in error.errors())
        return Fault("text_too_long" if too_long else "field_missing" if missing else "invalid_request")
    body = _told(error)
    if body["status"] in (401, 403, 404, 410) or body["status"] >= 500:
        raise error
    return Fault(body["code"], body["status"], body.get("detail", ""), body.get("reasons") or [])


def _told(error: Exception) -> dict[str, Any]:
    """The problem that the API would answer with."""
    if isinstance(error, Problem):
        told: dict[str, Any] = json.loads(json.dumps(error.marshal(), default=str))
        return told
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []})
    told = json.loads(bytes(problems.handler()(request, error).body))
    return told
