"""What every route is given: the desk, the caller, the idempotency key, If-Match, and a page of a list."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from fastapi_problem.error import Problem
from sqlakeyset import BadBookmark, InvalidPage
from sqlakeyset.asyncio import select_page
from sqlalchemy import Select
from sqlalchemy.exc import ArgumentError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from api.desk import Desk
from api.evidence import Evidence
from api.problems import problem
from api.requests import digest
from api.tokens import BadToken, Caller, Role, Tokens
from storage.database import is_away

_BAD_CURSOR = (
    BadBookmark,
    InvalidPage,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    ArgumentError,
    StatementError,
)
KEY = {"pattern": r"^[\x21-\x7e]{1,200}$", "description": "names this act of yours; sent again, it is the same act"}
_TAG = {"pattern": r'^(\*|(W/)?"?[0-9]{1,9}"?)$', "description": 'the version seen, like "5"'}
_bearer = HTTPBearer(auto_error=False, description="a JWT with sub, role, aud and exp")


def desk(request: Request) -> Desk:
    found: Desk = request.app.state.desk
    return found


def evidence(request: Request) -> Evidence:
    found: Evidence = request.app.state.evidence
    return found


def caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """Who is calling, as the door found out; the dependency stands for the security scheme of the document."""
    found: Caller | None = getattr(request.state, "caller", None)
    return found or identify(request)


def identify(request: Request) -> Caller:
    """Who is calling by the token in the header Authorization, or 401."""
    tokens: Tokens = request.app.state.tokens
    try:
        request.state.caller = found = tokens.verify(_token(request))
        return found
    except BadToken:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise problem(401, "bad_token", "A valid token is needed: Authorization: Bearer …", challenge) from None


def seconds_left(request: Request) -> float:
    """For how long the token, or the session, of a caller who was let in is good yet."""
    if (left := getattr(request.state, "seconds_left", None)) is not None:
        return float(left)
    tokens: Tokens = request.app.state.tokens
    try:
        return tokens.seconds_left(_token(request))
    except BadToken:
        return 0.0  # it has just expired


def _token(request: Request) -> str:
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    return token if scheme.lower() == "bearer" else ""


def idempotency_key(
    key: Annotated[str | None, Header(alias="Idempotency-Key", json_schema_extra=KEY | {"x-required": True})] = None,
) -> str:
    if key is None:
        raise problem(400, "idempotency_key_missing", "A POST that acts needs the header Idempotency-Key.")
    if not re.fullmatch(KEY["pattern"], key):
        raise problem(400, "idempotency_key_invalid", "An Idempotency-Key is 1 to 200 visible ASCII characters.")
    return key


def if_match(
    tag: Annotated[str | None, Header(alias="If-Match", json_schema_extra=_TAG)] = None,
) -> int | None:
    if tag is None or tag == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', tag)
    if not found:
        raise problem(400, "if_match_invalid", 'If-Match takes the ETag of the claim, a version like "5".')
    return int(found[1])


def needs(*roles: Role) -> Callable[[Caller], Caller]:
    """A dependency that lets only these roles in, before the body is looked at."""

    def check(caller: Annotated[Caller, Depends(caller)]) -> Caller:
        only(caller, *roles)
        return caller

    return check


DeskDep = Annotated[Desk, Depends(desk)]
CallerDep = Annotated[Caller, Depends(caller)]
EvidenceDep = Annotated[Evidence, Depends(evidence)]
UploaderDep = Annotated[Caller, Depends(needs(Role.BUYER, Role.SELLER, Role.MEDIATOR))]
PlatformDep = Annotated[Caller, Depends(needs(Role.PLATFORM))]
CarrierDep = Annotated[Caller, Depends(needs(Role.CARRIER))]
KeyDep = Annotated[str, Depends(idempotency_key)]
MatchDep = Annotated[int | None, Depends(if_match)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


def only(caller: Caller, *roles: Role) -> None:
    """Raise 403 unless the caller has one of these roles."""
    if caller.role not in roles:
        names = ", ".join(roles)
        raise problem(403, "not_for_role", f"This is for {names}; your token says {caller.role}.")


async def page(
    session: AsyncSession, query: Select[*tuple[Any, ...]], limit: int, cursor: str | None, *, of: str
) -> tuple[list[Any], str | None]:
    """One page of a list and the cursor of the next one, None at the end. `of` names the list and its order."""
    mark = digest(of)[:8]  # a cursor goes on where it came from, and nowhere else
    if cursor is not None and not cursor.startswith(mark):
        raise _bad_cursor()
    try:
        found = await select_page(session, query, per_page=limit, page=cursor and cursor.removeprefix(mark))
    except _BAD_CURSOR as error:
        if cursor is None or is_away(error):
            raise
        raise _bad_cursor() from None
    return list(found), mark + found.paging.bookmark_next if found.paging.has_next else None


def _bad_cursor() -> Problem:
    return problem(422, "bad_cursor", "The cursor is not one that this list gave out in this order.")
