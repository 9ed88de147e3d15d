"""Problems as pages: the same as over JSON, where a person looks."""

import json
from typing import Any

from fastapi import Request, Response

from api.pages import render
from api.pages.door import inside
from api.pages.kept import held
from api.pages.texts import N_, translations
from api.pages.words import WORDS, saying

_MACHINES = ("/v1/", "/docs", "/openapi.json", "/static", "/healthz", "/readyz")
_TITLES = {
    401: N_("Please sign in"),
    403: N_("This is not allowed"),
    404: N_("Page not found"),
    409: N_("This is not possible now"),
    413: N_("This is too large"),
    422: N_("Something is not right"),
    429: N_("One moment, please"),
    503: N_("Not available right now"),
}
_SENTENCES = {
    403: N_("Your account cannot see or do this."),
    404: N_("This page does not exist, or it is not yours to see."),
    409: N_("The claim has moved on. Look at it again to see what is possible now."),
    503: N_("This is not possible right now. Nothing is lost; please try again in a moment."),
}
_SOON = (429, 500, 503)  # when the same may be possible in a moment
_ELSE = N_("Something went wrong on our side. We have noted it; please try again.")


def for_people(request: Request) -> bool:
    return not f"/{request.url.path.lstrip('/')}".startswith(_MACHINES)  # proxies may double the first stroke


def problem_page(request: Request, answer: Response) -> Response:
    """The page in place of a problem's JSON."""
    body: dict[str, Any] = json.loads(bytes(answer.body))
    visitor = render.of(request)
    say = translations(visitor.language).gettext
    title = say(_TITLES.get(answer.status_code, N_("Something went wrong")))
    status, code = answer.status_code, str(body.get("code", ""))
    sentence = saying(say)("code", code) if code in WORDS["code"] else say(_SENTENCES.get(status, _ELSE))
    more = {"title": title, "sentence": sentence, "code": code, "again": _again(request, status), "fields": []}
    if "hx-request" in request.headers:
        shown = _beside(request, render.page(request, visitor, "error_bare.html", status, **more))
    else:
        shown = render.page(request, visitor, "error.html", status, **more | _kept(request, status))
    if retry := answer.headers.get("retry-after"):
        shown.headers["Retry-After"] = retry
    return shown


def _again(request: Request, status: int) -> bool:
    """Whether the same address may work in a moment; never one that a browser takes for another host."""
    return status in _SOON and request.method == "GET" and inside(request.url.path) != "/"


def _kept(request: Request, status: int) -> dict[str, Any]:
    """The form that came when something was away: it is sent again with its key, and so done once."""
    given = getattr(request.state, "given", None)
    return held(given) if given is not None and status in _SOON else {}


def _beside(request: Request, shown: Response) -> Response:
    """In a page that stays as it is: beside the form that was sent, or nowhere when the page asked by itself."""
    of_form = request.method == "POST" and request.headers.get("hx-target", "").endswith("#room")
    shown.headers["HX-Reswap"] = "innerHTML" if of_form else "none"
    if of_form:
        shown.headers["HX-Retarget"] = "#refused"
    return shown
