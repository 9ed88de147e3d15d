"""Nothing is declared that does not occur: every status of every operation in the OpenAPI document is brought about."""

import asyncio
import gc
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import storage.quick_replies
from api.app import create_app
from api.desk import Desk
from claims.quick_replies import HOUSE, MOST_OWN
from storage.database import Database
from tests import authorization, scenes
from tests.authorization import ROLES
from tests.conformity import Checked, Document
from tests.house import House, OpenClaim, key, settings_for
from tests.places import (
    ANSWER,
    OPEN,
    TAKE_BACK,
    UPLOAD,
    Operation,
    Place,
    Places,
    body_of,
    explanation,
    sent_as,
    url_of,
)
from workflows.runs import Runs

ACT: Operation = ("POST", "/v1/claims/{claim_id}/actions/{action}")
TRACK: Operation = ("POST", "/v1/carrier/events")
FAULT: Operation = ("POST", "/v1/dev/claims/{claim_id}/refunds/{number}/faults")
FORWARD: Operation = ("POST", "/v1/dev/claims/{claim_id}/fast-forward")
ERASE: Operation = ("DELETE", "/v1/people/{person_id}")
WRITE: Operation = ("POST", "/v1/claims/{claim_id}/messages")
TRANSLATE: Operation = ("POST", "/v1/claims/{claim_id}/messages/{message_id}/translation")
REPLIES: Operation = ("GET", "/v1/quick-replies")
REPLY: Operation = ("PUT", "/v1/quick-replies/{name}")
CONTENT: Operation = ("GET", "/v1/attachments/{attachment_id}/content")
LABEL: Operation = ("GET", "/v1/claims/{claim_id}/return/label")
CELLS = {operation: row.cells for operation, row in authorization.operations().items()}
CELLS[ACT] = authorization.actions()["refund"].cells
ELSEWHERE = {(FORWARD, 409)}  # after 30 seconds in which the engine is busy


pytestmark = pytest.mark.xdist_group("authorization")


class Asking:
    """People who ask an application over a transport that holds every answer against its document."""

    def __init__(self, asked: Places, app: Any, document: Document) -> None:
        self.asked, self.house = asked, asked.house
        transport = Checked(httpx.ASGITransport(app=app), document)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://amends", timeout=60)

    async def about(self, operation: Operation, place: Any, role: str = "", **more: Any) -> httpx.Response:
        sent = key() | (self.asked.token(role) if role else {}) | more.pop("headers", {})
        if "content" not in more:
            more = sent_as(operation, place) | more
        if operation == UPLOAD:
            more["params"] = {"name": "photo.jpg"} | more.get("params", {})
        more["params"] = more.get("params") or None  # an empty one would take away those of the address
        return await self.client.request(operation[0], url_of(operation, place, role), headers=sent, **more)

    async def act(self, claim: OpenClaim, role: str, action: str, headers: Any = None, **body: Any) -> httpx.Response:
        sent = key() | self.house.headers(role, claim.who(role)) | (headers or {})
        return await self.client.post(f"/v1/claims/{claim.id}/actions/{action}", json=body, headers=sent)


@pytest.mark.long
async def test_every_declared_answer_occurs(asked: Places, caplog: pytest.LogCaptureFixture) -> None:
    house = asked.house
    document = Document(house.app)
    here = Asking(asked, house.app, document)
    for operation in document.operations:
        await _ordinary(here, operation, document)
        await _at_the_gate(here, operation, document)
    await _special(here)
    await _often(asked, document)
    await _slow(asked, document)
    gc.collect()
    assert "Task exception was never retrieved" not in caplog.text  # what is answered 202 leaves no task of ours behind
    await _away(asked, document)
    assert never_seen(document) == ELSEWHERE
    document.operations["GET", "/v1/reasons"]["responses"]["418"] = {"description": "declared only"}
    assert never_seen(document) == {*ELSEWHERE, (("GET", "/v1/reasons"), 418)}


def never_seen(document: Document) -> set[tuple[Operation, int]]:
    return document.declared - set(document.seen)


async def _ordinary(here: Asking, operation: Operation, document: Document) -> None:
    """Success, no token, a parameter and a body that are none, and what the table says to others."""
    declared = document.operations[operation]["responses"]
    cells, tried = CELLS[operation], set()
    for role in ROLES:
        for place, sign in zip(here.asked.three, cells[role], strict=True):
            if sign not in tried and sign in "+34p":
                tried.add(sign)
                await here.about(operation, place, role, params={"preview": True} if operation == ACT else {})
    able = next(role for role in ROLES if "+" in cells[role])
    await here.about(operation, here.asked.own, able, params={"colour": "red"})
    if "401" in declared:
        await here.about(operation, here.asked.own)
    if "400" in declared:
        await here.about(operation, here.asked.own, able, content=b"\xff", headers={"Content-Type": "application/json"})


async def _at_the_gate(here: Asking, operation: Operation, document: Document) -> None:
    """A header twice, headers and a body that are too large; and a body that is no JSON."""
    declared = document.operations[operation]["responses"]
    url = url_of(operation, here.asked.own, "platform")
    if "431" in declared:
        await here.client.request(operation[0], url, headers=[("If-Match", "1"), ("If-Match", "2")])
        await here.client.request(operation[0], url, headers={"X-Long": "x" * 40_000})
        most = 5 * 2**20 if operation == UPLOAD else 2**20
        await here.client.request(operation[0], url, content=b" " * (most + 1))
    if "415" in declared:
        able = next(role for role in ROLES if "+" in CELLS[operation][role])
        text = {"Content-Encoding": "gzip"} if operation == UPLOAD else {"Content-Type": "text/plain"}
        assert (await here.about(operation, here.asked.own, able, content=b"{}", headers=text)).status_code == 415


async def _often(asked: Places, document: Document) -> None:
    """Everything twice, where once a minute is the limit."""
    app = create_app(asked.house.settings.model_copy(update={"requests_per_minute": 1}))
    app.state.desk = asked.house.desk
    there = Asking(asked, app, document)
    for operation, described in document.operations.items():
        if "429" in described["responses"]:
            again = [await there.client.request(operation[0], url_of(operation, asked.own, "platform")) for _ in "12"]
            assert again[-1].status_code == 429


async def _special(here: Asking) -> None:
    own, house, sale = here.asked.own, here.house, await here.house.order()
    new = replace(own, pushed_order_id=f"new-{sale.order_id}", free_order_id=sale.order_id)
    await here.about(("PUT", "/v1/orders/{order_id}"), new, "platform")
    await here.about(OPEN, new, headers=house.headers("buyer", sale.buyer))
    await here.about(LABEL, own, "buyer", headers={"Accept": "text/html"})
    again = body_of(OPEN, own) | {"order_id": own.order_id}
    await here.about(OPEN, own, "buyer", json=again)
    await here.about(WRITE, own, "mediator")
    await here.about(TRANSLATE, own, "buyer")
    claim = await house.claim()
    await here.act(claim, "buyer", "accept_offer", offer=1)
    await here.about(ERASE, replace(own, person_id=claim.sale.buyer), "platform")
    await _erased_label(here)
    await _files(here)
    await here.act(claim, "seller", "refund", {"If-Match": '"9"'})
    await here.about(FAULT, own, "platform", json={"fault": "bounced"})
    await here.about(ANSWER, own, "buyer", json={"helped": True})
    await here.about(REPLIES, own, "seller", params={"claim": "clm_none"})
    await _too_many_replies(here, claim)


async def _too_many_replies(here: Asking, claim: OpenClaim) -> None:
    now = datetime.now(UTC)
    async with here.house.database.writing() as session:
        for number in range(MOST_OWN):
            await storage.quick_replies.save(session, claim.sale.seller, replace(HOUSE[0], name=str(number)), now)
    await here.about(REPLY, here.asked.own, headers=here.house.headers("seller", claim.sale.seller))


async def _files(here: Asking) -> None:
    """One that the reader has already, one that is another's, one that is used, one that is gone."""
    own, claim = here.asked.own, await here.house.claim()
    await here.about(CONTENT, own, "seller", headers={"If-None-Match": "*"})
    await here.about(TAKE_BACK, replace(own, spare_id=own.attachment_id), "seller")
    await here.about(TAKE_BACK, replace(own, spare_id=own.attachment_id), "buyer")
    mine = here.house.headers("buyer", claim.sale.buyer)
    gone = replace(own, spare_id=(await claim.uploaded())["id"])
    await here.about(TAKE_BACK, gone, headers=mine)
    await here.about(CONTENT, replace(own, attachment_id=gone.spare_id), headers=mine)


async def _erased_label(here: Asking) -> None:
    claim = await scenes.labelled(here.house)
    await here.act(claim, "buyer", "cancel_return")
    place = replace(here.asked.own, person_id=claim.sale.buyer, claim_id=claim.id)
    await here.about(ERASE, place, "platform")
    await here.about(LABEL, place, headers=here.house.headers("buyer", claim.sale.buyer))


async def _slow(asked: Places, document: Document) -> None:
    """The workers rest: the engine has the command, and nobody takes it."""
    house = asked.house
    sale, fresh, labelled, paid, explained = await asyncio.gather(
        house.order(), house.claim(), scenes.labelled(house), _paid(house), _explained(asked)
    )
    parcel = (await labelled.seen())["return"]["tracking_number"]
    app = create_app(house.settings)
    app.state.desk = Desk(Runs(house.temporal, 0.2), house.database, embedded=True)
    there = Asking(asked, app, document)
    await house.rest()
    try:
        body = body_of(OPEN, asked.own) | {"order_id": sale.order_id}
        answers = [
            await there.about(OPEN, asked.own, headers=house.headers("buyer", sale.buyer), json=body),
            await there.act(fresh, "seller", "refund"),
            await there.about(TRACK, replace(asked.own, tracking_number=parcel), "carrier"),
            await there.client.post(f"/v1/dev/claims/{paid.id}/refunds/1/faults", json={"fault": "bounced"},
                                    headers=asked.token("platform")),
            await there.about(ANSWER, explained, headers=house.headers("buyer", explained.person_id),
                              json={"helped": True}),
        ]  # fmt: skip
    finally:
        await house.work()
    assert [a.status_code for a in answers] == [202] * 5
    assert all(a.headers["location"].startswith("/v1/claims/clm_") for a in answers)


async def _explained(asked: Places) -> Place:
    """As `own`, with its people, while they negotiate."""
    claim = await asked.house.claim()
    await claim.did("seller", "guide", note="Like this.")
    message_id = await explanation(asked.house, claim)
    return replace(asked.own, claim_id=claim.id, explanation_id=message_id, person_id=claim.sale.buyer)


async def _paid(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def _away(asked: Places, document: Document) -> None:
    """The database is where nothing is."""
    database = Database("sqlite:////nowhere/at/all.db")
    app = create_app(settings_for(database.url))
    app.state.desk = Desk(Runs(asked.house.temporal), database, embedded=True)
    there = Asking(asked, app, document)
    for operation, described in document.operations.items():
        if "503" in described["responses"]:
            able = next(role for role in ROLES if "+" in CELLS[operation][role])
            answer = await there.about(operation, asked.own, able)
            assert answer.status_code == 503, answer.text
    await database.close()
