"""Problems as pages: the same as over JSON, where a person looks."""

import json
from typing import Any

from fastapi import Request, Response

from api.pages import render
from api.pages.texts import translations
from api.pages.words import N_, WORDS, saying

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
_ELSE = N_("Something went wrong on our side. We have noted it; please try again.")


def for_people(request: Request) -> bool:
    return not request.url.path.startswith(_MACHINES)


def problem_page(request: Request, answer: Response) -> Response:
    """The page in place of a problem's JSON."""
    body: dict[str, Any] = json.loads(bytes(answer.body))
    visitor = render.of(request)
    say = translations(visitor.language).gettext
    title = say(_TITLES.get(answer.status_code, N_("Something went wrong")))
    status, code = answer.status_code, str(body.get("code", ""))
    sentence = saying(say)("code", code) if code in WORDS["code"] else say(_SENTENCES.get(status, _ELSE))
    more = {"title": title, "sentence": sentence, "code": code, "again": status in (429, 500, 503)}
    shown = render.page(request, visitor, "error.html", status, **more)
    if retry := answer.headers.get("retry-after"):
        shown.headers["Retry-After"] = retry
    return shown
