"""The thread of a claim over HTTP, on both databases, with a translator that says what it was asked."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio

from activities.translation.port import GivenUp, NotAvailable, Translated, TryLater
from ops.engine import Engine
from tests.house import House, OpenClaim, house_on, key, settings_for
from tests.visiting import visit

ENGLISH, SPANISH = "The lamp still does not turn on.", "La lámpara todavía no se enciende."


class Echo:
    """Answers with the text and the way; the first words of a text may ask for something else."""

    name = "echo"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.busy = 0

    async def translate(self, text: str, source: str, target: str) -> Translated:
        self.asked.append(text)
        if text.startswith("Never"):
            raise NotAvailable
        if text.startswith("Broken"):
            raise GivenUp("the text was refused")
        if text.startswith("Busy") and self.busy < 2:
            self.busy += 1
            raise TryLater("too many requests", 0.05)
        return Translated(f"<{target}> {text}", "echo 1", f"{source}>{target}")

    async def close(self) -> None:
        pass


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(engine: Engine, database_url: str) -> AsyncIterator[House]:
    """A house on both databases in turn; its buyers read Spanish and its sellers English."""
    async with house_on(engine, settings_for(database_url, translator="embedded"), Echo()) as made:
        yield made


@dataclass
class Side:
    """One person's view of a claim's thread."""

    claim: OpenClaim
    role: str
    person: str

    async def ask(self, method: str, path: str = "", headers: Any = None, **more: Any) -> httpx.Response:
        async with self.claim.house.as_(self.role, self.person) as caller:
            url = f"/v1/claims/{self.claim.id}/{path or 'messages'}"
            return await caller.request(method, url, headers=key() | (headers or {}), **more)

    async def reads(self, language: str, originals: bool = False) -> None:
        async with self.claim.house.as_(self.role, self.person) as caller:
            answer = await caller.put("/v1/profile", json={"language": language, "originals": originals})
        assert answer.status_code == 200, answer.text

    async def writes(self, text: str, to: str | None = None) -> dict[str, Any]:
        answer = await self.ask("POST", json={"text": text} | ({"to": to} if to else {}))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def thread(self, **params: Any) -> dict[str, Any]:
        answer = await self.ask("GET", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sees(self) -> list[str]:
        """What it has before it, as it was written; but for what came with steps."""
        return [m["original"]["text"] for m in (await self.thread())["messages"] if m["kind"] == "text"]

    async def until(self, message: dict[str, Any], state: str) -> dict[str, Any]:
        for _ in range(2400):
            seen = (await self.ask("GET", f"messages/{message['id']}")).json()
            if seen["translation"] and seen["translation"]["state"] == state:
                return seen
            await asyncio.sleep(0.025)
        raise AssertionError(f"never came to be: {seen}")


async def sides(house: House, mediation: bool = False) -> tuple[Side, Side, Side]:
    """Buyer, seller and mediator of a new claim."""
    claim = await house.claim()
    buyer, seller, mediator = (Side(claim, r, claim.who(r)) for r in ("buyer", "seller", "mediator"))
    await seller.reads("en")
    if mediation:
        await claim.did("seller", "escalate")
    return buyer, seller, mediator


async def test_each_reads_the_other_in_their_own_language_and_the_original_stays(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    asked = await seller.writes(ENGLISH)
    assert (asked["text"], asked["translation"], asked["mine"]) == (ENGLISH, None, True)
    read = await buyer.until(asked, "done")
    assert (read["text"], read["language"], read["mine"]) == (f"<es> {ENGLISH}", "es", False)
    assert read["original"]["text"] == ENGLISH
    assert (read["translation"]["engine"], read["translation"]["route"]) == ("echo 1", "en>es")
    answered = await buyer.writes(SPANISH)
    assert (await seller.until(answered, "done"))["text"] == f"<en> {SPANISH}"


async def test_the_complaint_itself_is_the_first_message_and_is_translated(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    first = (await buyer.thread())["messages"][0]
    assert (first["action"], first["kind"], first["to"]) == ("open", "note", "seller")
    assert first["text"] == "It does not turn on."
    await seller.reads("pt")
    await seller.thread()
    assert (await seller.until(first, "done"))["text"] == "<pt> It does not turn on."


async def test_who_writes_in_the_readers_language_is_left_alone(talk: House) -> None:
    buyer, _, _ = await sides(talk)
    message = await buyer.writes(ENGLISH)
    seen = await Side(buyer.claim, "seller", buyer.claim.sale.seller).ask("GET", f"messages/{message['id']}")
    assert (seen.json()["text"], seen.json()["translation"]) == (ENGLISH, None)


async def test_a_wish_for_originals_is_honoured_until_it_is_taken_back(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    await buyer.reads("es", originals=True)
    message = await seller.writes(ENGLISH)
    assert (await buyer.ask("GET", f"messages/{message['id']}")).json()["text"] == ENGLISH
    await buyer.reads("es")
    await buyer.thread()
    assert (await buyer.until(message, "done"))["text"] == f"<es> {ENGLISH}"
    await buyer.reads("es", originals=True)
    assert (await buyer.ask("GET", f"messages/{message['id']}")).json()["text"] == ENGLISH


async def test_what_cannot_be_translated_arrives_as_written_and_says_so(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    never, broken = await seller.writes("Never can this be done."), await seller.writes("Broken is what it is now.")
    assert (await buyer.until(never, "unavailable"))["text"] == "Never can this be done."
    assert (await buyer.until(broken, "failed"))["text"] == "Broken is what it is now."
    claim = buyer.claim
    async with visit(talk, "buyer", claim.sale.buyer) as reader:
        page = await reader.get(f"/claims/{claim.id}")
        assert page.text.count("Traducir de nuevo") == 1  # what no engine can do is not asked for again
        path = f"/claims/{claim.id}/messages/{broken['id']}/translation"
        assert (await reader.send_form(page, path)).headers["location"] == f"/claims/{claim.id}"


async def test_a_busy_translator_is_asked_again(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    message = await seller.writes("Busy as we are, it is on its way.")
    assert await buyer.sees() == ["Busy as we are, it is on its way."]
    assert (await buyer.until(message, "done"))["text"].startswith("<es> Busy")


async def test_the_same_text_is_translated_once_and_anew_on_demand(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    echo, text = talk.translator, f"Please send a photo of the label of {buyer.claim.sale.order_id}."
    assert isinstance(echo, Echo)
    for _ in range(3):
        last = await seller.writes(text)
        await buyer.until(last, "done")
    assert echo.asked.count(text) == 1
    again = await buyer.ask("POST", f"messages/{last['id']}/translation")
    assert again.status_code == 202, again.text
    assert again.json()["text"] == f"<es> {text}"  # what there is stays readable
    await buyer.until(last, "done")
    assert echo.asked.count(text) == 2
    assert (await seller.ask("POST", f"messages/{last['id']}/translation")).json()["code"] == "nothing_to_translate"


async def test_the_same_key_sends_once_and_another_body_is_refused(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    once = key()
    answers = await asyncio.gather(*(seller.ask("POST", headers=once, json={"text": "Hello there."}) for _ in range(5)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert await buyer.sees() == ["Hello there."]
    other = await seller.ask("POST", headers=once, json={"text": "Hello, you."})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    anothers = await buyer.ask("POST", headers=once, json={"text": "Hello there."})
    assert (anothers.status_code, anothers.json()["mine"]) == (201, True)


async def test_in_mediation_each_talks_with_the_mediator_alone(talk: House) -> None:
    buyer, seller, mediator = await sides(talk)
    await seller.writes("Before.")
    await buyer.claim.did("seller", "escalate")
    await buyer.writes("Buyer to mediator.")
    await seller.writes("Seller to mediator.")
    await mediator.writes("Mediator to buyer.", "buyer")
    assert await buyer.sees() == ["Before.", "Buyer to mediator.", "Mediator to buyer."]
    assert await seller.sees() == ["Before.", "Seller to mediator."]
    assert len(await mediator.sees()) == 4
    unsaid = await mediator.ask("POST", json={"text": "To whom?"})
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "receiver_missing")
    wrong = await buyer.ask("POST", json={"text": "Psst.", "to": "seller"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "receiver_not_possible")
    hidden = (await mediator.thread())["messages"][-1]
    assert (await seller.ask("GET", f"messages/{hidden['id']}")).status_code == 404


async def test_a_message_meets_the_stage_of_its_moment_though_its_step_is_not_recorded(talk: House) -> None:
    """The 72 hours are over: it goes to the mediator, whether or not the clock's step was written down."""
    buyer, seller, _ = await sides(talk)
    await buyer.claim.skip(72.1)
    message = await buyer.writes("Nobody has answered me.")
    assert (message["to"], message["stage"]) == ("mediator", "mediation")
    assert await seller.sees() == []


async def test_a_closed_claim_takes_no_messages_and_says_why_beforehand(talk: House) -> None:
    buyer, _, mediator = await sides(talk)
    assert (await mediator.ask("GET")).status_code == 404
    await buyer.claim.did("buyer", "close")
    refused = await buyer.ask("POST", json={"text": "One more thing."})
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_closed")
    assert (await buyer.thread())["writing"] == {"to": [], "code": "claim_closed", "why_not": refused.json()["detail"]}


async def test_receipts_and_counters(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    first, second = await seller.writes("One."), await seller.writes("Two.")
    assert (await buyer.thread())["unread"] == 2
    assert (await buyer.thread())["unread"] == 2  # reading is no receipt
    told = await buyer.ask("PUT", "receipt", json={"up_to": first["id"]})
    assert (told.status_code, told.json()) == (200, {"up_to": first["id"], "unread": 1})
    mine = {m["id"]: m for m in (await seller.thread())["messages"]}
    assert mine[first["id"]]["read_at"]
    assert mine[second["id"]]["read_at"] is None
    again = await buyer.ask("PUT", "receipt", json={"up_to": first["id"]})
    assert again.json()["unread"] == 1
    await buyer.ask("PUT", "receipt", json={"up_to": second["id"]})
    assert (await seller.ask("GET", f"messages/{first['id']}")).json()["read_at"] == mine[first["id"]]["read_at"]
    assert (await buyer.ask("PUT", "receipt", json={"up_to": "msg_none"})).status_code == 404


async def test_pages_of_a_thread(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    for number in range(5):
        await seller.writes(f"Number {number}.")
    found, params = [], {"limit": 2, "sort": "-position"}
    while True:
        got = await buyer.thread(**params)
        found += [m["original"]["text"] for m in got["messages"]]
        if not got["next"]:
            break
        params["cursor"] = got["next"]
    assert found[:5] == [f"Number {n}." for n in (4, 3, 2, 1, 0)]
    assert len(found) == 6


async def test_one_searches_ones_own_messages_in_either_language(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    mark = buyer.claim.sale.order_id
    message = await buyer.writes(f"¿Dónde está mi LÁMPARA {mark}?")
    await seller.until(message, "done")

    async def found(side: Side, words: str) -> list[str]:
        async with talk.as_(side.role, side.person) as caller:
            answer = await caller.get("/v1/messages", params={"q": words})
        return [m["id"] for m in answer.json()["messages"]]

    for words in (f"lampara {mark}", f"{mark} donde", f"<EN> {mark}"):
        assert await found(seller, words) == [message["id"]]
    assert await found(buyer, f"lampara {mark}") == [message["id"]]
    assert await found(seller, f"candle {mark}") == []
    assert await found(seller, f"l_mpara {mark}") == []
    stranger, _, _ = await sides(talk)
    assert await found(stranger, mark) == []


async def test_what_is_rejected_is_its_authors_alone(talk: House) -> None:
    buyer, seller, mediator = await sides(talk)
    sent = await seller.writes("You are an idiot, read the manual.")
    assert (sent["moderation"]["status"], sent["moderation"]["reasons"][0]["code"]) == ("rejected", "insult")
    assert await seller.sees() == ["You are an idiot, read the manual."]
    assert await buyer.sees() == []
    assert (await buyer.thread())["unread"] == 0
    assert (await buyer.ask("GET", f"messages/{sent['id']}")).status_code == 404
    await buyer.claim.did("seller", "escalate")
    assert await mediator.sees() == []
    inbox = talk.as_("buyer", buyer.person)
    async with inbox as caller:
        kinds = {n["kind"] for n in (await caller.get("/v1/notices")).json()["notices"]}
    assert "message" not in kinds


async def test_a_step_whose_words_are_rejected_is_not_taken(talk: House) -> None:
    claim, sale = await talk.claim(), await talk.order()
    refused = await claim.act("seller", "guide", note="You are an idiot if you cannot turn it on.")
    assert (refused.status_code, refused.json()["code"]) == (422, "text_rejected")
    (reason,) = refused.json()["reasons"]
    assert (reason["code"], set(reason["sentences"])) == ("insult", {"en", "es", "pt"})
    assert await claim.steps() == ["buyer open"]
    body = {
        "order_id": sale.order_id,
        "line_id": "1",
        "reason": "not_working",
        "message": "You idiot, you sent a brick.",
    }
    async with talk.as_("buyer", sale.buyer) as buyer:
        assert (await buyer.post("/v1/claims", json=body, headers=key())).json()["code"] == "text_rejected"
        assert (await buyer.get("/v1/claims")).json()["claims"] == []


async def test_a_message_is_told_once_in_the_inbox(talk: House) -> None:
    buyer, seller, _ = await sides(talk)
    sent = await seller.writes("Please have a look.")
    async with talk.as_("buyer", buyer.person) as caller:
        (notice,) = [n for n in (await caller.get("/v1/notices")).json()["notices"] if n["kind"] == "message"]
    assert notice["facts"]["message"] == sent["id"]
    assert "have a look" not in str(notice)
