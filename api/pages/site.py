"""All pages together, put into the application."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.pages import (
    acting,
    files,
    live,
    opening,
    orders,
    queue,
    replies,
    reputation,
    room,
    settings_page,
    several,
    signin,
    talking,
)
from api.pages.forgery import Forgery
from api.pages.oidc import Provider
from api.pages.session import Sessions
from api.pages.static_files import Kept, sign
from api.pages.told import for_people, problem_page
from settings import Settings

_LISTS, _ROOM = (orders, queue, several), (room, acting, talking, live, files)
PARTS = (signin, *_LISTS, opening, *_ROOM, reputation, settings_page, replies)


def build(app: FastAPI, settings: Settings) -> None:
    secret, origin = settings.token_secret.get_secret_value(), settings.public_url.rstrip("/")
    app.state.sessions = Sessions(secret, settings.token_audience, origin.startswith("https://"))
    app.state.form_secret, app.state.forgery = secret, Forgery(secret, origin)
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    for part in PARTS:
        app.include_router(part.router)
    app.mount("/static", Kept(), name="static")
    app.add_route("/favicon.ico", sign)


def told(handler: Callable[[Request, Any], Response]) -> Callable[[Request, Any], Response]:
    """The same handler of exceptions, whose answer is a page where a person looks."""

    def tell(request: Request, error: Any) -> Response:
        answer = handler(request, error)
        return problem_page(request, answer) if for_people(request) else answer

    return tell


class Squeezed:
    """Compresses pages and what belongs to them, for slow networks; the API's answers stay as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain, self._small = app, GZipMiddleware(app, minimum_size=600, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        people = scope["type"] == "http" and not scope["path"].startswith(("/v1/", "/docs", "/openapi"))
        await (self._small if people else self._plain)(scope, receive, send)
