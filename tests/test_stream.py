"""What each is told of a claim as it happens: whose words, in which language, whose receipts."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio

import storage.translations
from claims.model import Actor
from storage.translations import DONE, Made
from tests.hearing import Line, Told, line_to
from tests.house import House, OpenClaim
from tests.talking import listed, post, read, reject

HEARERS = ("buyer", "seller", "mediator", "platform", "ops", "auditor")


@pytest_asyncio.fixture
async def line(any_house: House) -> AsyncIterator[Line]:
    """On both databases in turn."""
    async with line_to(any_house) as made:
        yield made


@pytest_asyncio.fixture
async def one_line(house: House) -> AsyncIterator[Line]:
    """On SQLite, for what has little to do with the database."""
    async with line_to(house) as made:
        yield made


def kinds(told: list[Told]) -> list[str]:
    return [t.kind for t in told]


async def test_all_is_told_from_the_beginning_as_the_other_answers_say_it_and_then_as_it_happens(line: Line) -> None:
    claim = await line.house.claim()
    async with line.heard(claim, "seller") as ear:
        assert kinds(await ear.up_to(2)) == ["step", "message"]
        sent = await post(claim, "buyer", "Señor, ¿qué hago?\u2028\x85 <b>")
        [message] = await ear.up_to(3)
        await claim.did("seller", "offer_partial_refund", percent=20, note="Would that help?")
        step, note = await ear.up_to(5)
        async with line.house.as_("seller", claim.sale.seller) as seller:
            await read(claim, "seller", sent["id"])
            [told] = await ear.up_to(6)
            assert message.data == (await seller.get(f"/v1/claims/{claim.id}/messages/{sent['id']}")).json() | {
                "read_at": None
            }
        assert step.data == (await listed(claim, "seller", "events"))[-1]
        assert note.data == (await listed(claim, "seller", "messages"))[-1]
        assert (told.kind, told.data["role"], told.data["up_to"]) == ("read", "seller", sent["id"])
        assert told.data["position"] == sent["position"]
        assert ear.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert ear.answer.headers["cache-control"] == "no-store"
        assert ear.answer.headers["x-accel-buffering"] == "no"


async def test_a_rejected_message_is_told_to_its_author_alone_and_the_others_go_on_after_it(line: Line) -> None:
    claim = await line.house.claim()
    name = await reject(claim, Actor.BUYER, Actor.SELLER)
    told = {role: (await line.all(claim, role))[-1].name for role in HEARERS if role != "mediator"}
    assert told.pop("buyer") == (3, "message", name)
    assert set(told.values()) == {(3, "", "")}
    async with line.heard(claim, "seller", last=3) as ear:
        await post(claim, "buyer", "I am sorry.")
        assert kinds(await ear.up_to(4)) == ["message"]


async def test_in_mediation_each_party_hears_only_the_mediator_and_the_mediator_all(line: Line) -> None:
    claim = await line.house.claim()
    await post(claim, "seller", "No.")  # 3
    await claim.did("seller", "escalate")  # 4
    await post(claim, "buyer", "He does not answer.")  # 5
    await post(claim, "seller", "He broke it himself.")  # 6
    await post(claim, "mediator", "Have you a photo?", to="buyer")  # 7
    await reject(claim, Actor.SELLER, Actor.MEDIATOR)  # 8
    heard = {role: [name[0] for name in await line.names(claim, role)] for role in HEARERS}
    assert heard["buyer"] == [1, 2, 3, 4, 5, 7]
    assert heard["seller"] == [1, 2, 3, 4, 6, 8]
    assert heard["mediator"] == heard["platform"] == heard["ops"] == heard["auditor"] == [1, 2, 3, 4, 5, 6, 7]


async def test_an_auditor_is_told_no_words(one_line: Line) -> None:
    claim = await one_line.house.claim()
    secret = "Tante Klara"
    await post(claim, "buyer", secret)
    await claim.did("seller", "offer_partial_refund", percent=20, note=secret)
    told = await one_line.all(claim, "auditor")
    assert kinds(told) == ["step", "message", "message", "step", "message"]
    assert secret not in json.dumps([t.data for t in told])
    assert json.dumps([t.data for t in await one_line.all(claim, "platform")]).count(secret) >= 3


async def test_a_receipt_is_told_to_both_sides_of_its_conversation_and_to_nobody_else(line: Line) -> None:
    claim = await line.house.claim()
    early = await post(claim, "seller", "Is it plugged in?")  # 3
    await claim.did("seller", "escalate")  # 4
    asked = await post(claim, "mediator", "A photo?", to="buyer")  # 5
    own = await post(claim, "seller", "It was in order.")  # 6
    await read(claim, "buyer", early["id"])  # 7
    await read(claim, "buyer", asked["id"])  # 8
    await read(claim, "mediator", own["id"])  # 9
    receipts = {role: [(n[0], n[2]) for n in await line.names(claim, role) if n[1] == "read"] for role in HEARERS}
    talk = (7, early["id"])
    assert receipts["seller"] == [talk, (9, own["id"])]
    assert receipts["buyer"] == [talk, (8, asked["id"])]
    assert receipts["mediator"] == receipts["platform"] == [talk, (8, asked["id"]), (9, own["id"])]


async def test_a_receipt_names_the_last_message_that_the_other_side_wrote(line: Line) -> None:
    """The buyer reads up to a word of his own that the seller never saw: the seller's before it was read thereby."""
    claim = await line.house.claim()
    asked = await post(claim, "seller", "Is it plugged in?")
    await read(claim, "buyer", await reject(claim, Actor.BUYER, Actor.SELLER))
    [receipt] = [t for t in await line.all(claim, "seller") if t.kind == "read"]
    assert (receipt.id, receipt.data["up_to"], receipt.data["position"]) == (5, asked["id"], asked["position"])
    assert (await listed(claim, "seller", "messages"))[-1]["read_at"] == receipt.data["at"]


async def test_a_translation_is_told_to_whom_reads_its_language(line: Line) -> None:
    claim = await line.house.claim()
    async with line.house.as_("seller", claim.sale.seller) as seller:
        (await seller.put("/v1/profile", json={"language": "en"})).raise_for_status()
    sent = await post(claim, "buyer", "No enciende la lámpara.")
    async with line.heard(claim, "seller", last=2) as ear:
        assert (await ear.next()).data["translation"]["state"] == "unavailable"  # nobody translates in this house
        await translate(claim, sent["id"], {"en": "The lamp does not light.", "pt": "A lâmpada não acende."})
        told = await ear.up_to(5)
        assert [t.kind for t in told if t.kind] == ["translation"]
        made = next(t for t in told if t.kind).data
        assert (made["id"], made["text"]) == (sent["id"], "The lamp does not light.")
        assert made == (await listed(claim, "seller", "messages"))[-1]
    assert kinds(await line.all(claim, "buyer", 3)) == [""]
    assert kinds(await line.all(claim, "auditor", 3)) == [""]


async def translate(claim: OpenClaim, message_id: str, into: dict[str, str]) -> None:
    now = datetime.now(UTC)
    for language, text in into.items():
        async with claim.house.database.writing() as session:
            await storage.translations.want(session, message_id, [language], now)
            wishes = await storage.translations.wishes(session, message_id)
            [wish] = [w for w in wishes if w.target == language]
            assert await storage.translations.settle(session, wish, Made(DONE, text, "test", "es>en", "d"), now)


async def test_where_to_go_on_stands_in_the_claim_and_the_header_goes_before_the_parameter(one_line: Line) -> None:
    claim = await one_line.house.claim()
    assert (await claim.seen())["stream"] == {"href": f"/v1/claims/{claim.id}/stream", "position": 2}
    await post(claim, "buyer", "Hello?")
    async with one_line.heard(claim, "seller", after=2) as ear:
        assert (await ear.next()).id == 3
    async with one_line.heard(claim, "seller", last=1, after=3) as ear:
        assert (await ear.next()).id == 2
    assert (await claim.seen())["unread"] == 2
    async with one_line.house.as_("seller", claim.sale.seller) as seller:
        assert [c["unread"] for c in (await seller.get("/v1/claims")).json()["claims"]] == [2]
    async with one_line.house.as_("platform") as platform:
        assert (await platform.get(f"/v1/claims/{claim.id}")).json()["unread"] == 0
