"""Refusals as application/problem+json: a stable code, a sentence for a person, and on 409 what is allowed instead."""

from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import Problem
from fastapi_problem.handler import ExceptionHandler, new_exception_handler
from sqlalchemy.exc import StatementError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from activities.evidence.store import StoreAway
from api.requests import KeyReused, NotFound
from api.words import Rejected
from claims.model import Invalid, Refused, Stale
from storage.database import DatabaseAway
from workflows.codec import PayloadUnreadable
from workflows.runs import Away

log = structlog.get_logger()
LONGEST = 200  # characters of a sentence
_REUSED = "This key (or event id) came before with another body; another request needs another one."
_REJECTED = "The text was not accepted; see the reasons, edit it and send it again. Nothing was done."
_AWAY = (
    "This cannot be done right now. Send the same request again with the same Idempotency-Key: "
    "it is done once, even if this one has arrived."
)
_UNREADABLE = "This process lacks a key for what the engine says; try again with the same Idempotency-Key."
TITLES = {
    400: "The request lacks something",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "No such format",
    409: "Not possible now",
    410: "Gone",
    412: "The claim has moved on",
    413: "The body is too large",
    415: "Not JSON",
    422: "The request is not valid",
    429: "Too many requests",
    431: "The headers are too large",
    503: "Not available now",
}
_CODES = {400: "body_unreadable", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "not_json"}
_SENTENCES = {  # for the web framework's own words
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "This address does not take this method.",
}


def problem(status: int, code: str, sentence: str, headers: dict[str, str] | None = None, **more: Any) -> Problem:
    """A problem to raise. `code` is for programs and never changes; the sentence names value, limit and way out."""
    title = TITLES.get(status, "Something went wrong")
    return Problem(title, type_=code, status=status, detail=sentence[:LONGEST], headers=headers, code=code, **more)


def refusal(refused: Refused, allowed: list[str] | None = None) -> Problem:
    """The problem for a rule's refusal."""
    status = _status(refused)
    more: dict[str, Any] = {"allowed": allowed or []} if status == 409 else {}
    return problem(status, refused.code, refused.sentence, **more)


def _status(refused: Refused) -> int:
    if isinstance(refused, Invalid):
        return 422
    if isinstance(refused, Stale):
        return 412
    return 403 if refused.code == "not_for_role" else 409


def handler() -> ExceptionHandler:
    """The exception handler of the whole API."""
    return new_exception_handler(
        handlers={
            Refused: lambda _, __, error: refusal(error),
            NotFound: lambda _, __, error: problem(404, "not_found", f"There is no {error} for you."),
            Rejected: lambda _, __, error: problem(422, "text_rejected", _REJECTED, reasons=list(error.reasons)),
            KeyReused: lambda *_: problem(422, "idempotency_key_reused", _REUSED),
            Away: _away,
            DatabaseAway: _away,
            StoreAway: _away,
            PayloadUnreadable: _unreadable,
            StatementError: _crash,  # type: ignore[dict-item]  # None: ask the next one
            Exception: _crash,  # type: ignore[dict-item]
        },
        http_exception_handler=_http,
        request_validation_handler=_validation,
    )


def _away(_: ExceptionHandler, __: Request, error: Exception) -> Problem:
    codes = {DatabaseAway: "database_unavailable", StoreAway: "store_unavailable"}
    code = codes.get(type(error), "engine_unavailable")
    log.warning(code, cause=type(error.__cause__).__name__, reason=str(error.__cause__)[:200])
    return problem(503, code, _AWAY, {"Retry-After": "2"})


def _unreadable(_: ExceptionHandler, __: Request, error: Exception) -> Problem:
    log.error("payload", reason=str(error))
    return problem(503, "engine_unavailable", _UNREADABLE, {"Retry-After": "10"})


def _crash(_: ExceptionHandler, __: Request, error: Exception) -> Problem | None:
    """Whatever nobody foresaw: logged here, and told without a word of what is inside."""
    if isinstance(error, Problem | HTTPException | RequestValidationError):
        return None  # these have handlers of their own, further down the list
    log.error("unforeseen", error=type(error).__name__, exc_info=error)
    return problem(500, "unforeseen", "Something went wrong on our side and was noted; the request may be sent again.")


OURS = (Refused, Rejected, NotFound, KeyReused, Away, DatabaseAway, StoreAway, PayloadUnreadable, StatementError)


def _http(_: ExceptionHandler, request: Request, error: HTTPException) -> Problem:
    code = _CODES.get(error.status_code, "http_error")
    sentence = _SENTENCES.get(str(error.detail), str(error.detail))
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := _methods(request)):
        headers = {"Allow": methods}
    return problem(error.status_code, code, sentence, headers=headers or None)


def _methods(request: Request) -> str:
    """All the methods that a path has; of several routes on a path the framework names those of the first."""
    paths = request.app.openapi()["paths"]
    found = {name.upper() for path in paths if _fits(path, request.url.path) for name in paths[path]}
    return ", ".join(sorted(found))


def _fits(path: str, asked: str) -> bool:
    return compile_path(path)[0].match(asked) is not None


def _validation(_: ExceptionHandler, __: Request, error: RequestValidationError) -> Problem:
    """What is wrong and where; never the value itself, which may be anything."""
    errors = [{"at": _place(e["loc"]), "message": _words(str(e["msg"]))} for e in error.errors()[:20]]
    first = errors[0]
    return problem(422, "invalid_request", f"{first['at']}: {first['message']}", errors=errors)


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")[:LONGEST]


def _place(location: tuple[Any, ...]) -> str:
    """Such as body.lines.0.product; a name that somebody made up may be anything, half a surrogate too."""
    named = ".".join(str(part)[:40] for part in location)
    return "".join(c if c.isprintable() else "?" for c in named)
