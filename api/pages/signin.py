"""Signing in and out: as one of the demo's people in the embedded mode, else by the marketplace's OpenID provider."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

import storage.people
from api.deps import CallerDep, DeskDep
from api.pages.door import SEE_OTHER, FormDep, PageDoor, see
from api.pages.render import page
from api.pages.session import PEOPLE, Sessions
from api.pages.visitor import LANGUAGE, stranger
from api.problems import problem
from api.tokens import Caller, Role
from claims.orders import fault_of_id
from claims.reasons import LANGUAGES

router = APIRouter(route_class=PageDoor, include_in_schema=False, default_response_class=HTMLResponse)
HOME = {Role.SELLER: "/claims", Role.BUYER: "/orders", Role.MEDIATOR: "/claims"}
_YEAR = 365 * 86400


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
    return page(request, stranger(request), "sign_in.html", people=people, oidc=False, next=inside(next))


@router.post("/sign-in")
async def continue_as(request: Request, desk: DeskDep, form: FormDep) -> Response:
    """Embedded mode only: whoever one says one is."""
    if not desk.embedded:
        raise problem(404, "not_found", "There is nothing at this address.")
    person, role = str(form.get("person", "")), str(form.get("role", ""))
    if role not in [str(r) for r in PEOPLE] or fault_of_id(person):
        raise problem(422, "invalid_request", "There is no such person.")
    return let_in(request, Caller(person, Role(role)), str(form.get("next", "/")))


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    sessions: Sessions = request.app.state.sessions
    gone = see("/sign-in")
    sessions.end(gone)
    return gone


@router.get("/")
async def home(caller: CallerDep) -> Response:
    return RedirectResponse(HOME[caller.role], SEE_OTHER)


def let_in(request: Request, caller: Caller, then: str) -> Response:
    sessions: Sessions = request.app.state.sessions
    answer = see(inside(then))
    sessions.begin(answer, caller)
    return answer


def inside(path: str) -> str:
    """A path of ours; the start when it leads elsewhere."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"
