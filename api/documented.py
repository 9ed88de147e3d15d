"""What an operation can answer, for its OpenAPI document: the shape of success, and the problems that can occur."""

from functools import cache
from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import BaseModel, Field, WithJsonSchema
from pydantic.json_schema import models_json_schema

from api.problems import TITLES

# An answer whose shape stands in the route's `responses`: it goes out as it is.
Json = Annotated[dict[str, Any], WithJsonSchema({})]

GATE = (400, 413, 422, 429, 431)  # what any request can come to
READS = (*GATE, 401, 503)  # ... one that reads
WRITES = (*READS, 415)  # ... and any that takes a body
_RETRY = {"Retry-After": ("integer", "seconds after which to try again")}
_HEADERS = {
    401: {"WWW-Authenticate": ("string", "the scheme that is asked for: Bearer")},
    429: _RETRY,
    503: _RETRY,
}
_ETAG = {"ETag": ("string", 'the version of the claim, like "5"; not of a preview')}
_LOCATION = {"Location": ("string", "where the claim is")}


class Problem(BaseModel):
    """Why it was not done (RFC 9457)."""

    type: str = Field(description="the same as `code`")
    title: str
    status: int
    detail: str = Field(max_length=200, description="a sentence for a person")
    code: str = Field(description="for programs; it never changes")


class Conflict(Problem):
    allowed: list[str] = Field(description="the actions that are possible now")


class Fault(BaseModel):
    at: str
    message: str


class InvalidRequest(Problem):
    errors: list[Fault] | None = Field(None, description="what is wrong and where, when that can be said")
    reasons: list[dict[str, Any]] | None = Field(None, description="of `text_rejected`: what moderation objects to")


class Accepted(BaseModel):
    """The engine has it and has not answered yet."""

    status: str
    claim: str = Field(description="where to look")
    retry: str


_PROBLEMS: dict[int, type[Problem]] = {409: Conflict, 422: InvalidRequest}
_SHAPES = [(shape, "serialization") for shape in (Problem, Conflict, InvalidRequest)]


def answers(shape: type[BaseModel] | None, *statuses: int, status: int = 200, **more: Any) -> dict[int | str, Any]:
    """The `responses` of a route: success with this shape, and these other statuses. `more` goes to the success."""
    declared: dict[int | str, Any] = {status: ({"model": shape} if shape else {}) | more}
    return declared | {other: _answer(other) for other in statuses}


def of_claim(*, located: bool = False) -> dict[str, Any]:
    """The headers of an answer about one claim."""
    return {"headers": _headers(_ETAG | (_LOCATION if located else {}))}


def document(app: FastAPI) -> None:
    """Have the application's OpenAPI document know the shapes of problems."""
    make = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        made = make()
        _, found = models_json_schema(_SHAPES, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
        _correct_parameters(made)
        schemas = made["components"]["schemas"]
        schemas.update(found["$defs"])
        schemas.pop("HTTPValidationError", None)  # the framework's own, which never goes out
        return made

    app.openapi = openapi  # type: ignore[method-assign]


def _correct_parameters(made: dict[str, Any]) -> None:
    """A parameter is left out, never null; and some are required that the framework lets pass, for a better refusal."""
    for operation in (o for operations in made["paths"].values() for o in operations.values()):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            if {"type": "null"} in schema.get("anyOf", []):
                schema |= next(kind for kind in schema.pop("anyOf") if kind != {"type": "null"})
            parameter["required"] = schema.pop("x-required", parameter["required"])


def _answer(status: int) -> dict[str, Any]:
    if status == 202:
        located = _headers(_LOCATION | _RETRY)
        return {"model": Accepted, "description": "Still working: the same request asks again", "headers": located}
    schema = {"$ref": f"#/components/schemas/{_PROBLEMS.get(status, Problem).__name__}"}
    return {
        "description": TITLES[status],
        "content": {"application/problem+json": {"schema": schema}},
        "headers": _headers(_HEADERS.get(status, {})),
    }


def _headers(named: dict[str, tuple[str, str]]) -> dict[str, Any]:
    return {name: {"schema": {"type": kind}, "description": text} for name, (kind, text) in named.items()}
