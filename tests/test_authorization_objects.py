"""The authorization matrix can fail: what an application may get wrong about who may do what, and that it objects."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from joserfc.jwt import JWTClaimsRegistry

import api.claims
import api.deps
import api.requests
import storage.listing
import storage.sought
from api.app import create_app
from api.deps import CallerDep, DeskDep
from api.dev import TokenBody
from api.problems import problem
from api.requests import NotFound
from api.schemas import Id
from api.tokens import Caller, Role
from tests.places import Operation, Places
from tests.test_authorization import check_operation, check_tokens

READ, LIST = ("GET", "/v1/claims/{claim_id}"), ("GET", "/v1/claims")
PUT_ORDER, ORDERS = ("PUT", "/v1/orders/{order_id}"), ("GET", "/v1/orders")
POST_TRACKING = ("POST", "/v1/carrier/events")
Spoil = Callable[[FastAPI, pytest.MonkeyPatch], None]
pytestmark = pytest.mark.xdist_group("authorization")


def no_caller(app: FastAPI, _: pytest.MonkeyPatch) -> None:
    """The route to a claim has lost its dependency on the caller."""

    async def read_claim(claim_id: Id, response: Response, desk: DeskDep) -> Any:
        return await api.claims.read_claim(claim_id, response, desk, Caller("anybody", Role.PLATFORM))

    app.router.routes.insert(0, APIRoute(READ[1], read_claim))


def no_door(app: FastAPI, _: pytest.MonkeyPatch) -> None:
    """A route that asks who is calling only after it has read the body."""

    async def post(body: TokenBody, caller: CallerDep) -> Any:
        return {}

    app.router.routes.insert(0, APIRoute(POST_TRACKING[1], post, methods=["POST"]))


def patched(where: Any, name: str, value: Any) -> Spoil:
    return lambda _, monkeypatch: monkeypatch.setattr(where, name, value)


def forbidden(caller: Caller, *_: Any) -> bool:
    """Others' claims are refused in other words than what does not exist."""
    raise problem(403, "not_for_role", "This claim is somebody else's.")


def chatty(caller: Caller, claim: Any, mediated: bool) -> bool:
    """The same status and code for both, but the sentence tells them apart."""
    if caller.role in (Role.BUYER, Role.SELLER) and caller.id not in (claim.line.buyer_id, claim.line.seller_id):
        raise NotFound(f"claim {claim.id} of yours")
    return api.requests.sees(caller.role, bought=True, sold=True, mediated=mediated)  # type: ignore[no-any-return]


def anything(*_: Any, **__: Any) -> bool:
    return True


def nothing(*_: Any, **__: Any) -> None:
    return None


SPOILT: dict[str, tuple[Spoil, Operation, Callable[[Places, Operation], Awaitable[None]]]] = {
    "a route without its caller": (no_caller, READ, check_operation),
    "a route that reads the body first": (no_door, POST_TRACKING, check_tokens),
    "claims are shown to everybody": (patched(api.requests, "sees", anything), READ, check_operation),
    "lists show everything": (patched(storage.listing, "sees", anything), LIST, check_operation),
    "orders are listed for everybody": (patched(storage.sought, "sees", anything), ORDERS, check_operation),
    "roles are not looked at": (patched(api.deps, "only", nothing), PUT_ORDER, check_operation),
    "others' claims are forbidden, not unknown": (patched(api.requests, "may_see", forbidden), READ, check_operation),
    "the sentence tells others' from unknown": (patched(api.requests, "may_see", chatty), READ, check_operation),
    "audience, role and date are not looked at": (patched(JWTClaimsRegistry, "validate", nothing), READ, check_tokens),
}


@pytest.mark.parametrize("wrong", SPOILT)
async def test_the_matrix_objects(asked: Places, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    spoil, operation, check = SPOILT[wrong]
    app = create_app(asked.house.settings)
    app.state.desk = asked.house.desk
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://amends") as client:
        there = replace(asked, client=client)
        await check(there, operation)
        spoil(app, monkeypatch)
        with pytest.raises(AssertionError):
            await check(there, operation)
