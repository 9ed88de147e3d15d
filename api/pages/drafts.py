"""A claim that a buyer is writing: what the form holds so far, and what is wrong with it, field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi_problem.error import Problem
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.pages.faults import Fault, fault_of
from api.pages.uploads import kept
from api.requests import KeyReused
from api.schemas import OpenBody
from api.words import Rejected
from claims.evidence import MOST_AT_ONCE
from claims.model import Refused

FIELDS = ("reason", "quantity", "text", "files", "wanted")  # as they stand in the form; of "" is what is of none
_PLACES = {
    "unknown_reason": "reason",
    "delivered": "reason",
    "not_delivered_yet": "reason",
    "not_late_yet": "reason",
    "window_over": "reason",
    "quantity_out_of_range": "quantity",
    "text_too_long": "text",
    "text_rejected": "text",
    "solution_not_allowed": "wanted",
    "attachment_used": "files",
    "attachment_unknown": "files",
    "too_many_attachments": "files",
}
_CODES = {"reason": "unknown_reason", "wanted": "solution_not_allowed", "quantity": "quantity_out_of_range"}


_NUMBER = re.compile(r"[0-9]{1,9}")
REFUSALS = (ValidationError, Refused, Rejected, KeyReused)
Faults = dict[str, list[Fault]]


@dataclass
class Draft:
    """`files`: the ids of the uploads that go along; `key`: names this claim to be, however often it is sent."""

    key: str
    reason: str = ""
    quantity: str = "1"
    text: str = ""
    wanted: str = ""
    files: list[str] = field(default_factory=list)

    def body(self, order_id: str, line_id: str) -> OpenBody:
        """Raises ValidationError."""
        number = int(self.quantity) if _NUMBER.fullmatch(self.quantity) else self.quantity
        given = {"reason": self.reason, "quantity": number, "wanted": self.wanted, "message": self.text}
        return OpenBody.model_validate(given | {"order_id": order_id, "line_id": line_id, "attachments": self.files})


def drafted(given: FormData, key: str) -> Draft:
    """What was posted, without the files that came with it; `key` for a form that brought none."""
    said = {name: str(given.get(name, "")) for name in ("key", "reason", "quantity", "text", "wanted")}
    text = said["text"].strip()
    files = kept(given)[: 2 * MOST_AT_ONCE]
    return Draft(said["key"] or key, said["reason"], said["quantity"] or "1", text, said["wanted"], files)


def faults_of(error: Exception) -> Faults:
    """Where in the form to show why it was refused."""
    if isinstance(error, ValidationError):
        return _invalid(error)
    found = fault_of(error)
    return {_PLACES.get(found.code, ""): [found]}


def faults_of_files(found: list[tuple[str, Problem]]) -> Faults:
    return {"files": [replace(fault_of(problem), name=name) for name, problem in found]} if found else {}


def together(*found: Mapping[str, list[Fault]]) -> Faults:
    return {place: [f for one in found for f in one.get(place, [])] for place in {p for one in found for p in one}}


def _invalid(error: ValidationError) -> Faults:
    found: Faults = {}
    for one in error.errors():
        place, code = _place(str(one["loc"][0]), str(one["type"]))
        found.setdefault(place, [Fault(code)])
    return found


def _place(name: str, kind: str) -> tuple[str, str]:
    if name == "message":
        codes = {"string_too_short": "field_missing", "string_too_long": "text_too_long"}
        return "text", codes.get(kind, "invalid_request")
    if name == "attachments":
        return "files", "too_many_attachments" if kind == "too_long" else "attachment_unknown"
    return (name, _CODES[name]) if name in _CODES else ("", "invalid_request")
