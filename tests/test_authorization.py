"""Who may do what: the API held against the table in tests/authorization.py, cell by cell."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.acts import PersonsAction
from api.app import create_app
from api.pages.door import PageDoor
from claims.buckets import Bucket
from tests import authorization, places, scenes
from tests.authorization import PAGES, ROLES, SIGNS
from tests.bad_tokens import bad_tokens
from tests.house import House, key, settings_for
from tests.places import Operation, Place, Places

OPERATIONS, ACTIONS = authorization.operations(), authorization.actions()
ACT: Operation = ("POST", "/v1/claims/{claim_id}/actions/{action}")
GUARDED = [*(operation for operation, row in OPERATIONS.items() if row.nobody == "1"), ACT]
LISTS = ("/v1/claims", "/v1/orders", "/v1/notices")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
pytestmark = pytest.mark.xdist_group("authorization")


def named(operation: Operation) -> str:
    return " ".join(operation)


# --- the table and the application name the same operations


def check_complete(app: FastAPI) -> None:
    """Every operation, action and page stands in the table, and nothing else does."""
    declared = {(m.upper(), path) for path, found in app.openapi()["paths"].items() for m in found}
    assert declared - {ACT} == set(OPERATIONS)
    assert ACT in declared
    assert {str(action) for action in PersonsAction} == set(ACTIONS)
    undeclared = {path for path in _routes(app.routes)} - {path for _, path in declared}
    assert undeclared == set(PAGES)


def _routes(routes: list[Any]) -> Iterator[str]:
    """Where something is, but for the pages of people: these are held against a list of their own, tests/pages.py."""
    for route in routes:
        if inner := getattr(route, "original_router", None):
            yield from _routes(inner.routes)
        elif not isinstance(route, PageDoor):
            yield route.path


def test_the_table_is_complete(house: House) -> None:
    check_complete(house.app)


@pytest.mark.parametrize("documented", [True, False])
def test_a_new_endpoint_fails_until_it_is_in_the_table(sqlite_url: str, documented: bool) -> None:
    app = create_app(settings_for(sqlite_url))
    app.add_api_route("/v1/new", lambda: {}, include_in_schema=documented)
    with pytest.raises(AssertionError):
        check_complete(app)


def test_a_row_without_its_endpoint_fails(sqlite_url: str) -> None:
    with pytest.raises(AssertionError):
        check_complete(create_app(settings_for(sqlite_url, mode="production")))


# --- every cell


async def check_operation(asked: Places, operation: Operation) -> None:
    row = OPERATIONS[operation]
    await _check_nobody(asked, operation, row.nobody)
    for role in ROLES:
        signs = row.cells[role]
        if operation[1] in LISTS and operation[0] == "GET":
            await _check_list(asked, operation, role, signs)
        else:
            await _check_cells(asked, operation, asked.three, role, signs)


async def check_action(asked: Places, action: str) -> None:
    row, claim = ACTIONS[action], asked.scenes[action]
    await _check_nobody(asked, ACT, row.nobody)
    for role in ROLES:
        signs = row.cells[role]
        seen = role != "mediator" or signs[0] == "+"
        own = replace(asked.own, claim_id=claim.id) if seen else asked.own
        three = [replace(place, action=action) for place in (own, asked.other, asked.unknown)]
        person = claim.who(role) if role in ("buyer", "seller") else None
        await _check_cells(asked, ACT, three, role, signs, person, preview=True)
    version = (await claim.seen("buyer"))["version"]
    doer = next(role for role in ROLES if row.cells[role][0] == "+")
    done = await claim.act(doer, action, **scenes.BODIES.get(action, {}))
    assert (done.status_code, done.json()["preview"]) == (200, False), done.text
    assert done.json()["version"] > version


async def _check_nobody(asked: Places, operation: Operation, sign: str) -> None:
    _check(await asked.ask(operation, asked.own, "buyer", {}), sign)


async def _check_cells(
    asked: Places, operation: Operation, three: Any, role: str, signs: str, person: str | None = None, **params: Any
) -> None:
    token = asked.token(role, person)
    for place, sign in zip(three, signs, strict=True):
        if sign != ".":
            _check(await asked.ask(operation, place, role, token, **params), sign)
    if signs[1] == signs[2] and signs[1] not in "+.":
        await _check_no_oracle(asked, operation, three[1:], role, signs[1])


def _check(answer: httpx.Response, sign: str) -> None:
    where = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}, not {sign}"
    if sign == "+":
        assert answer.is_success, where
        return
    problem = answer.json()
    assert (answer.status_code, problem.get("code")) == SIGNS[sign], where
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("www-authenticate") == ("Bearer" if sign == "1" else None)


# --- what is others' looks like what does not exist


async def _check_no_oracle(asked: Places, operation: Operation, two: list[Place], role: str, sign: str) -> None:
    other, unknown = two
    for more in _temptations(asked):
        token = asked.token(role) | more
        theirs = await asked.ask(operation, other, role, token)
        nothing = await asked.ask(operation, unknown, role, token)
        assert _face(theirs, other, operation, role) == _face(nothing, unknown, operation, role)
        _check(theirs, sign)


def _temptations(asked: Places) -> list[dict[str, str]]:
    """Headers that might make what exists answer otherwise."""
    now, never = {"If-Match": '"3"', "Accept": "image/png"}, {"If-Match": '"999"', "Accept": "text/html"}
    return [{}, asked.used_key | now, asked.used_key | never | {"Range": "bytes=0-0", "If-None-Match": "*"}]


def _face(answer: httpx.Response, place: Place, operation: Operation, role: str) -> Any:
    """All that is seen of an answer, but for the name that was asked for."""
    body = answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    for name in (*place.names, str(place.notices.get(role, place.notices["buyer"]))):
        body = body.replace(name, "NAME")
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return answer.status_code, headers, body


# --- lists


async def _check_list(asked: Places, operation: Operation, role: str, signs: str) -> None:
    path = operation[1]
    found = "".join([page.text async for page in _pages(asked, path, role, {})])
    for place, sign in zip(asked.three, signs, strict=True):
        name = place.order_id if path == "/v1/orders" else place.claim_id
        assert bool(_told([name], found)) == (sign == "+"), (role, path, name, sign)
    if signs[1] == "-":
        for params in _curious(path, asked.other):
            async for page in _pages(asked, path, role, params):
                assert not _told(asked.other.names, page.text)
        await _check_strange_cursor(asked, path, role)


def _curious(path: str, other: Place) -> list[dict[str, Any]]:
    """Questions about another people's claim."""
    if path == "/v1/orders":
        named = [{"q": other.order_id}, {"q": "Lamp"}, {"q": "%"}, {"q": "_"}, {"status": "delivered"}]
        return [{"limit": 1}, *named, {"with_claim": "open"}, {"with_claim": "needs_me"}]
    if path != "/v1/claims":
        return [{"limit": 1}]
    sorts = [{"sort": sort} for sort in ("opened_at", "-opened_at", "-updated_at", "due_at", "urgency")]
    sorts += [{"bucket": bucket} for bucket in Bucket]
    found = [{"q": other.claim_id}, {"q": other.claim_id[:6]}, {"q": other.order_id}, {"q": "%"}, {"q": "_"}]
    of_seller = {"seller": other.seller_id}
    told = [of_seller, of_seller | {"stage": "return"}, of_seller | {"waiting_on": "buyer"}, {"reason": "not_working"}]
    return [*sorts, *found, *told, {"due_before": "2099-01-01T00:00:00Z"}, {"updated_after": "2000-01-01T00:00:00Z"}]


async def _check_strange_cursor(asked: Places, path: str, role: str) -> None:
    """The cursor that somebody else was given leads to nothing that is not one's own."""
    party = {"/v1/claims": "platform", "/v1/orders": "platform", "/v1/notices": "mediator"}[path]
    async for page in _pages(asked, path, party, {"limit": 1}):
        cursor = page.json()["next"]
        break
    assert cursor
    answer = await asked.client.get(path, params={"cursor": cursor}, headers=asked.token(role))
    assert answer.status_code == 200
    assert not _told(asked.other.names, answer.text)


def _told(names: Iterable[str], text: str) -> list[str]:
    """Those of the names that stand in the text; ord-1 does not stand in ord-12."""
    return [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


async def _pages(asked: Places, path: str, role: str, params: dict[str, Any]) -> AsyncIterator[httpx.Response]:
    cursor: str | None = None
    while True:
        query = {"limit": 100} | params | ({"cursor": cursor} if cursor else {})
        page = await asked.client.get(path, params=query, headers=asked.token(role))
        assert page.status_code == 200, page.text
        yield page
        cursor = page.json()["next"]
        if cursor is None:
            return


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
async def test_each_may_do_what_the_table_says(asked: Places, operation: Operation) -> None:
    await check_operation(asked, operation)


@pytest.mark.long
@pytest.mark.parametrize("action", ACTIONS)
async def test_each_may_act_as_the_table_says(asked: Places, action: str) -> None:
    await check_action(asked, action)


async def test_of_an_order_from_two_sellers_each_sees_what_is_theirs(house: House) -> None:
    sale, rival = await house.order(), "rival-" + key()["Idempotency-Key"]
    body = sale.body()
    body["lines"].append(body["lines"][0] | {"line_id": "2", "seller": {"id": rival}, "product": "Mug"})
    async with house.as_("platform", "market") as platform:
        (await platform.put(f"/v1/orders/{sale.order_id}", json=body)).raise_for_status()
    opened = {}
    async with house.as_("buyer", sale.buyer) as buyer:
        for line, seller in (("1", sale.seller), ("2", rival)):
            asked = {"order_id": sale.order_id, "line_id": line, "reason": "damaged", "message": "It broke."}
            opened[seller] = (await buyer.post("/v1/claims", json=asked, headers=key())).json()["id"]
    for seller, other in ((sale.seller, rival), (rival, sale.seller)):
        async with house.as_("seller", seller) as caller:
            for path in (f"/v1/orders/{sale.order_id}", "/v1/orders", "/v1/claims"):
                answer = await caller.get(path)
                assert _told([seller, opened[seller]], answer.text) == [seller, opened[seller]], path
                assert not _told([other, opened[other]], answer.text), path


# --- tokens


async def check_tokens(asked: Places, operation: Operation) -> None:
    """A token that proves nothing is told so before the resource or the body is looked at."""
    faces = []
    for headers, params in bad_tokens(asked.people["seller"]).values():
        for place, body in ((asked.own, b"{}"), (asked.own, b"{"), (asked.unknown, b"\xff")):
            url = places.url_of(operation, place, "seller")
            sent = headers | {"Content-Type": "application/json"}
            answer = await asked.client.request(operation[0], url, params=params, content=body, headers=sent)
            _check(answer, "1")
            faces.append((answer.content, answer.headers))
    assert all(face == faces[0] for face in faces)


@pytest.mark.long
@pytest.mark.parametrize("operation", GUARDED, ids=named)
async def test_a_token_that_proves_nothing_is_answered_before_anything_else(
    asked: Places, operation: Operation
) -> None:
    await check_tokens(asked, operation)


# --- other methods, and the trial doors where there are none


@pytest.mark.long
@pytest.mark.parametrize("path", sorted({path for _, path in [*OPERATIONS, ACT]}))
async def test_a_method_that_is_none_says_nothing_about_a_resource(asked: Places, path: str) -> None:
    declared = {method for method, other in [*OPERATIONS, ACT] if other == path}
    for method in METHODS:
        if method in declared:
            continue
        answers = [
            await asked.client.request(method, places.url_of((method, path), place, "seller"), headers=headers)
            for place in asked.three
            for headers in ({}, asked.token("seller"), asked.token("platform"))
        ]
        assert {a.status_code for a in answers} == {405}
        assert len({(a.content, *a.headers.items()) for a in answers}) == 1
        assert set(answers[0].headers["allow"].split(", ")) == declared


async def test_in_production_the_trial_doors_are_like_what_never_was(sqlite_url: str) -> None:
    app = create_app(settings_for(sqlite_url, mode="production"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://amends") as client:
        for path in {path for _, path in OPERATIONS if path.startswith("/v1/dev")} | {"/v1/dev", "/v1/dev/"}:
            for method in METHODS:
                door = await client.request(method, path)
                never = await client.request(method, path.replace("/dev", "/nev"))
                assert door.status_code == 404
                assert (door.headers, door.content) == (never.headers, never.content)
