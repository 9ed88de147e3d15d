"""Templates: one environment for each language, and the answer that a page goes out as."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages import uploads, words
from api.pages.forgery import FIELD, Forgery
from api.pages.sides import sides
from api.pages.texts import translations, utc_now
from api.pages.visitor import Visitor, stranger
from claims.reasons import LANGUAGES

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the arrows and ticks of the style sheet are data
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",  # what one person saw is not shown to the next one at the same machine
}


@cache
def environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = translations(language)
    made.install_gettext_translations(found, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"static": static, "languages": LANGUAGES, "form_field": FIELD, "uploads": uploads}
    made.filters["named"] = _of_name
    made.globals["say"] = words.saying(found.gettext)
    made.globals["sides"] = sides
    return made


def _of_name(name: str, actions: list[dict[str, Any]]) -> dict[str, Any]:
    """The action of this name, among those that are offered."""
    return next(action for action in actions if action["action"] == name)


def page(request: Request, visitor: Visitor, template: str, status: int = 200, **more: Any) -> HTMLResponse:
    """The page as this visitor reads it. `now` may be given: the clock of what the page is about."""
    forms: Forgery = request.app.state.forgery
    given = {
        "me": visitor,
        "formats": visitor.formats,
        "now": utc_now(),
        "path": request.url.path,
        "partial": "hx-request" in request.headers,
        "form_token": forms.token(getattr(request.state, "caller", visitor.caller)),
        "notice": _told(request),
    }
    text = environment(visitor.language).get_template(template).render(given | more)
    return HTMLResponse(text, status, headers=SAFE)


def _told(request: Request) -> str:
    """What was done just now, if it is one of the things that can be: an address puts no words on a page."""
    done = request.query_params.get("done", "")
    return done if done in words.WORDS["done"] else ""


def of(request: Request) -> Visitor:
    """The visitor that was found, or whoever the browser says it is."""
    found: Visitor | None = getattr(request.state, "visitor", None)
    return found or stranger(request)


@cache
def static(name: str) -> str:
    """The address of a static file. It changes with its content, and so it can be kept for ever."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"
