"""Signing in and out: by the marketplace's OpenID provider, or in the embedded mode as one of the demo's people."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

import storage.people
import storage.sessions
from api.deps import CallerDep, DeskDep
from api.pages.door import SEE_OTHER, FormDep, PageDoor, inside, see
from api.pages.oidc import CALLBACK, Provider
from api.pages.render import page
from api.pages.session import PEOPLE, Sessions, host_bound
from api.pages.visitor import LANGUAGE, stranger
from api.problems import problem
from api.tokens import Caller, Role
from claims.orders import fault_of_id
from claims.reasons import LANGUAGES

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
HOME = {Role.SELLER: "/claims", Role.BUYER: "/orders", Role.MEDIATOR: "/claims"}
_YEAR, _MINUTES = 365 * 86400, 600  # seconds
_TICKET = "who"  # cookie: who came back from the provider with several roles, until one of them is chosen
_LONGEST = 500  # characters of where to go after; it waits in a cookie, which holds 4 KB


@router.get("/sign-in")
async def sign_in(request: Request, desk: DeskDep, next: str = "/", language: str = "") -> Response:
    if language in LANGUAGES:
        chosen = see("/sign-in", next=inside(next))
        chosen.set_cookie(LANGUAGE, language, _YEAR, samesite="lax", httponly=True)
        return chosen
    people = None
    if desk.embedded:
        async with desk.database.reading() as session:
            people = await storage.people.of_demo(session)
    return page(request, stranger(request), "sign_in.html", people=people, oidc=_provider(request), next=inside(next))


@router.post("/sign-in")
async def continue_as(request: Request, desk: DeskDep, form: FormDep) -> Response:
    """Embedded mode only: whoever one says one is."""
    if not desk.embedded:
        raise problem(404, "not_found", "There is nothing at this address.")
    person, role = str(form.get("person", "")), str(form.get("role", ""))
    if role not in [str(r) for r in PEOPLE] or fault_of_id(person):
        raise problem(422, "invalid_request", "There is no such person.")
    return let_in(request, Caller(person, Role(role)), str(form.get("next", "/")))


@router.get("/sign-in/provider")
async def to_provider(request: Request, next: str = "/") -> Response:
    return await _needed(request).begin(request, inside(next[:_LONGEST]))


@router.get(CALLBACK)
async def back(request: Request) -> Response:
    """From the provider. Who has several roles says as which of them to go on."""
    provider = _needed(request)
    found, then = await provider.complete(request)
    if len(found.roles) == 1:
        answer = let_in(request, Caller(found.person, found.roles[0]), then)
    else:
        answer = page(request, stranger(request), "sign_in_as.html", roles=found.roles, next=then)
        _keep(request, answer, [found.person, *found.roles])
    provider.forget(request, answer)
    return answer


@router.post("/sign-in/as")
async def as_role(request: Request, form: FormDep) -> Response:
    """Only in the browser that came back from the provider."""
    sessions: Sessions = request.app.state.sessions
    kept = host_bound(_TICKET, sessions.secure)
    try:
        person, *roles = _tickets(request).loads(request.cookies.get(kept, ""), _MINUTES)
    except BadSignature:
        raise problem(401, "sign_in_failed", "That took too long; sign in again.") from None
    if (role := str(form.get("role", ""))) not in roles:
        raise problem(403, "not_for_role", "That is no role of yours.")
    answer = let_in(request, Caller(person, Role(role)), str(form.get("next", "/")))
    answer.delete_cookie(kept, secure=sessions.secure, httponly=True, samesite="lax")
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, desk: DeskDep) -> Response:
    """The cookie goes, and is good for nothing any more wherever else it may be."""
    sessions: Sessions = request.app.state.sessions
    if request.state.caller:
        now, left = datetime.now(UTC), sessions.seconds_left(request.headers)
        async with desk.database.writing() as session:
            digest = sessions.digest(request.headers)
            await storage.sessions.end(session, digest, now + timedelta(seconds=left), now)
    gone = see("/signed-out")
    sessions.end(gone)
    return gone


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    """With the way out of the provider's own session, if it has one: a link, for a form may lead to us alone."""
    provider = _provider(request)
    leave = await provider.leave(request) if provider else None
    return page(request, stranger(request), "goodbye.html", leave=leave)


@router.get("/")
async def home(caller: CallerDep) -> Response:
    return RedirectResponse(HOME[caller.role], SEE_OTHER)


def let_in(request: Request, caller: Caller, then: str) -> Response:
    sessions: Sessions = request.app.state.sessions
    answer = see(inside(then))
    sessions.begin(answer, caller)
    return answer


def _provider(request: Request) -> Provider | None:
    found: Provider | None = request.app.state.provider
    return found


def _needed(request: Request) -> Provider:
    if found := _provider(request):
        return found
    raise problem(404, "not_found", "There is nothing at this address.")


def _keep(request: Request, answer: Response, who: list[str]) -> None:
    sessions: Sessions = request.app.state.sessions
    name, ticket = host_bound(_TICKET, sessions.secure), str(_tickets(request).dumps(who))
    answer.set_cookie(name, ticket, _MINUTES, secure=sessions.secure, httponly=True, samesite="lax")


def _tickets(request: Request) -> URLSafeTimedSerializer:
    secret: str = request.app.state.form_secret
    return URLSafeTimedSerializer(secret, salt="signed in, as which role")
