"""The door of every page: who is signed in, and whether a form is one of ours."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.datastructures import FormData

import storage.sessions
from api.deps import caller, desk
from api.door import parts
from api.pages.forgery import FIELD, Forgery
from api.pages.kept import signed_out
from api.pages.render import SAFE
from api.pages.session import Sessions
from api.problems import problem
from api.tokens import Caller

MOST_FIELDS, MOST_FILES = 200, 50  # what a form says; pages tell people of lower limits themselves
SEE_OTHER = 303


class PageDoor(APIRoute):
    """A route of a page. Where it asks for a caller, nobody passes who is not signed in; what is posted is ours."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        enter = super().get_route_handler()
        guarded = any(part.call is caller for part in parts(self.dependant))

        async def handle(request: Request) -> Response:
            try:
                return _safe(await pass_(request))
            finally:
                await request.close()  # files that were posted, too

        async def pass_(request: Request) -> Response:
            sessions: Sessions = request.app.state.sessions
            given = request.state.given = await form(request) if request.method == "POST" else None
            signed_in = await _signed_in(request, sessions)
            request.state.caller, request.state.seconds_left = signed_in, sessions.seconds_left(request.headers)
            if guarded and signed_in is None:
                return signed_out(request, given) if given is not None else to_sign_in(request)
            if given is not None:
                _check_is_ours(request, given)
            return await enter(request)

        return handle


async def _signed_in(request: Request, sessions: Sessions) -> Caller | None:
    """Who is signed in, unless that session was ended by signing out."""
    found = sessions.read(request.headers)
    if found is None:
        return None
    async with desk(request).database.reading() as session:
        ended = await storage.sessions.has_ended(session, sessions.digest(request.headers))
    return None if ended else found


async def form(request: Request) -> FormData:
    """What was posted; lines end as they do in JSON. A form may name an encoding in which there is more than text."""
    given = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    fields = [(n, v.replace("\r\n", "\n") if isinstance(v, str) else v) for n, v in given.multi_items()]
    try:
        "".join(value for _, value in fields if isinstance(value, str)).encode()
    except UnicodeEncodeError:
        raise problem(422, "invalid_request", "The form holds what is no text.") from None
    return FormData(fields)


def _given(request: Request) -> FormData:
    found: FormData = request.state.given
    return found


FormDep = Annotated[FormData, Depends(_given)]


def _safe(answer: Response) -> Response:
    """What each page says of itself, said of everything else, too: files, labels, and ways to elsewhere."""
    for name, value in SAFE.items():
        if name != "Content-Security-Policy" or answer.media_type != "application/pdf":  # browsers show it by scripts
            answer.headers.setdefault(name, value)
    return answer


def see(path: str, **query: str) -> RedirectResponse:
    """Go there next, by GET."""
    more = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return RedirectResponse(f"{path}?{more}" if more else path, SEE_OTHER)


def inside(path: str) -> str:
    """A path of ours; the start when it leads elsewhere."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"


def to_sign_in(request: Request) -> Response:
    """To where one signs in, and back here after. Scripts are told: a page may hold what somebody is writing."""
    if "hx-request" in request.headers or "text/event-stream" in request.headers.get("accept", ""):
        raise problem(401, "bad_token", "The session has ended.")
    where = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={quote(where)}", SEE_OTHER)


def _check_is_ours(request: Request, given: FormData) -> None:
    forms: Forgery = request.app.state.forgery
    if not forms.is_ours(request, str(given.get(FIELD, "")), request.state.caller):
        raise problem(403, "form_not_ours", "This form does not come from a page of ours, or it is too old.")
