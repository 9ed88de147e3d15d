"""The web application: `uvicorn api.app:create_app --factory`."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from fastapi_problem.handler import add_exception_handler

import settings as configuration
from activities.evidence.examined import MOST_BYTES
from activities.moderator import moderator_of
from api import (
    acts,
    advice,
    attachments,
    carrier,
    catalogue,
    claims,
    dev,
    ending,
    exclusions,
    foresight,
    health,
    mediation,
    messages,
    notices,
    orders,
    people,
    problems,
    profile,
    queue,
    quick_replies,
    returns,
    rulings,
    standing,
    stream,
    sweeps,
    terms,
)
from api.desk import Desk
from api.documented import document
from api.evidence import Evidence
from api.limits import Gate, Larger, Pace
from api.pages import site, told, uploads
from api.stream import Streams
from api.tokens import Tokens
from claims.policy import DEFAULT
from settings import Settings
from storage.database import Database
from workflows.connection import connect
from workflows.runs import Runs, Slow

_LARGER = (Larger(re.compile(re.escape(attachments.UPLOAD)), MOST_BYTES), Larger(uploads.FORMS, uploads.MOST_BYTES))
_ABOUT = "Post-sale claims for marketplaces. Errors are application/problem+json with a stable `code`."


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API by its settings; without any, those of the environment."""
    settings = settings or configuration.load()
    configuration.start_logging(settings)
    about = {"title": "Amends", "version": "0.1.0", "description": _ABOUT}
    app = FastAPIOffline(  # its pages ask no other host
        redoc_url=None, redirect_slashes=False, lifespan=_lifespan(settings), **about
    )
    app.state.tokens = Tokens(settings.token_secret.get_secret_value(), settings.token_audience)
    app.state.streams = Streams(settings.streams_per_caller, settings.stream_seconds)
    app.state.evidence = Evidence(settings.evidence_url)
    rest = (returns, carrier, notices, standing, foresight, terms, exclusions, advice, sweeps, health)
    ruling = (mediation, rulings)
    talk = (messages, attachments, quick_replies, profile, stream)
    for part in (catalogue, orders, people, claims, queue, acts, *ruling, *talk, *rest):
        app.include_router(part.router)
    if settings.embedded:
        app.include_router(dev.router)
    handler = problems.handler()
    errors = site.told(handler)
    add_exception_handler(app, handler, generic_swagger_defaults=False)  # what can occur is declared where it can
    for kind in (*app.exception_handlers, *problems.OURS):  # by name, lest the server takes ours for crashes
        app.add_exception_handler(kind, errors)
    app.add_exception_handler(Slow, _still_working)
    site.build(app, settings)
    pace = None
    if settings.requests_per_minute:
        pace = Pace(settings.requests_per_minute, app.state.tokens, app.state.sessions.read)
    app.add_middleware(Gate, refuse=errors, pace=pace, body_bytes=settings.body_limit_bytes, more=_LARGER)
    app.add_middleware(site.Squeezed)
    document(app)
    return app


def _lifespan(settings: Settings):  # type: ignore[no-untyped-def]
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database_url)
        temporal = await connect(settings.payload_keys.get_secret_value(), lazy=True)
        runs, policy = Runs(temporal, settings.update_timeout_seconds), DEFAULT.at_pace(settings.trial_pace)
        moderator = moderator_of(settings)
        translates, mails = settings.translator != "off", bool(settings.smtp_url.get_secret_value())
        app.state.desk = desk = Desk(
            runs, database, settings.embedded, policy, moderator, translates, mails, settings.terms
        )
        with ending.told(desk.watch.end):  # or the server would wait for streams that never end
            yield
        await desk.watch.close()
        await desk.courier.close()
        await moderator.close()
        await database.close()

    return lifespan


async def _still_working(request: Request, error: Exception) -> Response:
    """The engine has the command but has not answered: say where to look, and that the same key asks again."""
    if isinstance(error, Slow) and told.for_people(request):
        return RedirectResponse(f"/claims/{error.claim_id}?done=slow", 303)
    claim = f"/v1/claims/{error.claim_id}" if isinstance(error, Slow) else ""
    body = {"status": "accepted", "claim": claim, "retry": "the same request with the same Idempotency-Key"}
    return JSONResponse(body, 202, headers={"Location": claim, "Retry-After": "1"})
