"""Guidance: an explanation in steps and with a link, in the buyer's language; and whether it helped, says the buyer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

import storage.feed
from activities.translation.port import Translated
from api.answers import body_digest
from api.requests import Request
from api.schemas import ActBody, HelpedBody
from api.tokens import Caller, Role
from claims.guidance import EXPLAINED, apart, fault_of_link, fault_of_step, whole
from claims.model import Action, Input
from ops.engine import Engine
from tests import scenes
from tests.house import House, OpenClaim, house_on, key, settings_for

STEPS = ["Charge it for an hour.", "Hold the button until it blinks."]
LINK = "https://www.example.com/manuals/lamp?language=en#start"
HOW = {"note": "It sleeps when it arrives.", "steps": STEPS, "link": LINK}


@dataclass
class Explained:
    """A claim whose seller has explained the product; `message` is the explanation's id."""

    claim: OpenClaim
    message: str

    async def answer(self, helped: bool, role: str = "buyer", once: dict[str, str] | None = None, **more: str) -> Any:
        place = more.get("message", self.message)
        async with self.claim.house.as_(role, more.get("person") or self.claim.who(role)) as caller:
            url = f"/v1/claims/{self.claim.id}/messages/{place}/answer"
            return await caller.post(url, json={"helped": helped}, headers=once or key())

    async def seen(self, role: str = "buyer") -> dict[str, Any]:
        return next(m for m in await thread(self.claim, role) if m["id"] == self.message)

    async def helped(self) -> str:
        return str((await self.seen())["guidance"]["helped"])


async def thread(claim: OpenClaim, role: str) -> list[dict[str, Any]]:
    async with claim.house.as_(role, claim.who(role)) as caller:
        answer = await caller.get(f"/v1/claims/{claim.id}/messages")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["messages"])


async def explained(house: House, claim: OpenClaim | None = None, language: str = "en", **body: Any) -> Explained:
    """The seller explains in English; what the buyer reads is said before."""
    claim = claim or await house.claim()
    await speak(claim, language)
    await claim.did("seller", "guide", **(body or HOW))
    return Explained(claim, [m["id"] for m in await thread(claim, "buyer") if m["kind"] == "guidance"][-1])


async def speak(claim: OpenClaim, language: str, originals: bool = False) -> None:
    async with claim.house.as_("buyer", claim.sale.buyer) as buyer:
        answer = await buyer.put("/v1/profile", json={"language": language, "originals": originals})
    assert answer.status_code == 200, answer.text


class Lines:
    """Marks each line with the language; what begins breathlessly comes back in one."""

    name = "lines"

    async def translate(self, text: str, source: str, target: str) -> Translated:
        lines = [f"<{target}> {line}" for line in text.split("\n")]
        words = " ".join(text.split("\n")) if text.startswith("Breathless") else "\n".join(lines)
        return Translated(words, "lines 1", f"{source}>{target}")

    async def close(self) -> None:
        pass


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def taught(engine: Engine, sqlite_url: str) -> AsyncIterator[House]:
    """A house whose translator keeps lines."""
    async with house_on(engine, settings_for(sqlite_url, translator="embedded"), Lines()) as made:
        yield made


# --- what an explanation is made of


LINKS = {
    "": "https://a.example.com https://example.com/a/b.pdf?c=1&d=%20#e https://xn--bcher-kva.example https://a-b.co/~x",
    "must begin": "http://example.com ftp://example.com javascript:alert(1) //example.com HTTPS://example.com",
    "plain address": "https://u:p@example.com https://example.com@evil.example.com https://example.com:8443/ "
    "https://127.0.0.1/ https://2130706433/ https://0x7f.1/ https://[::1]/ https://example https://example.com\\@a.b "
    'https://exämple.com https://a..com https://example.com/"x https://example.com/<b> https://-a.com https://a.c',
    "no shortener": "https://bit.ly/x https://wa.me/5511987654321 https://api.whatsapp.com/send https://www.t.me/x",
    "cannot reach": "https://router.local/ https://temporal.internal https://sub.localhost/x",
    "more than 500": f"https://example.com/{'x' * 490}",
}


@pytest.mark.parametrize("fault", LINKS)
def test_a_link_leads_to_a_page_that_everybody_can_see_beforehand(fault: str) -> None:
    for link in LINKS[fault].split():
        found = fault_of_link(link)
        assert (fault in found) if fault else not found, (link, found)


@pytest.mark.parametrize("step", ["", " x", "a\nb", "a\rb", "a\u2028b", "a\x00b", "\u00a0", "x" * 301])
def test_a_step_is_one_line_of_something(step: str) -> None:
    assert fault_of_step(step)


def test_a_step_may_have_any_letters() -> None:
    assert not fault_of_step("Mantén pulsado 5 s — 💡. " + "ç" * 275)


def test_a_translation_comes_apart_into_text_and_steps_as_long_as_it_keeps_the_lines() -> None:
    text = "One.\nTwo."
    assert apart(whole("Um.\nDois.", ["a", "b"]), text, STEPS) == ("Um.\nDois.", ["a", "b"])
    for lost in ("Um. Dois.\na\nb", "Um.\nDois.\na\nb\nc", "Um.\nDois.\na\n ", ""):
        assert apart(lost, text, STEPS) == (lost, STEPS)


def test_a_body_without_steps_is_the_request_that_it_was_before_there_were_any() -> None:
    before = '{"percent":null,"offer":null,"amount":null,"return_first":null,"party":null,"code":null,"note":"x"}'
    assert ActBody(note="x").model_dump_json() == before
    assert body_digest(ActBody(note="x")) != body_digest(ActBody(note="x", steps=["y"]))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no note": ({"steps": STEPS}, "field_missing"),
    "no step at all": (HOW | {"steps": []}, "invalid_request"),
    "eleven steps": (HOW | {"steps": ["x"] * 11}, "invalid_request"),
    "a step of two lines": (HOW | {"steps": ["a\nb"]}, "invalid_request"),
    "a link to a shortener": (HOW | {"link": "https://bit.ly/x"}, "invalid_request"),
    "more than a text may have, with its steps": (HOW | {"note": "x" * 3480}, "text_too_long"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_explanation_is_refused(checked: House, case: str) -> None:
    body, code = REFUSED[case]
    claim = await checked.claim()
    answer = await claim.act("seller", "guide", **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert await claim.steps() == ["buyer open"]


async def test_moderation_reads_the_steps_and_leaves_the_link_to_its_own_rule(checked: House) -> None:
    claim = await checked.claim()
    for step in ("Write me on whatsapp 11 98765-4321.", "See https://www.example.com/manual first."):
        refused = await claim.act("seller", "guide", **(HOW | {"steps": [STEPS[0], step]}))
        assert (refused.status_code, refused.json()["code"]) == (422, "text_rejected"), refused.text
    assert await claim.steps() == ["buyer open"]
    await claim.did("seller", "guide", **HOW)


async def test_only_an_explanation_has_steps(house: House) -> None:
    claim = await house.claim()
    for more in ({"steps": STEPS}, {"link": LINK}):
        answer = await claim.act("seller", "refund", **more)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
    assert await claim.steps() == ["buyer open"]


async def test_the_buyer_finds_text_steps_link_and_the_question_in_the_thread(checked: House) -> None:
    made = await explained(checked)
    seen = await made.seen()
    assert (seen["kind"], seen["action"], seen["text"], seen["to"]) == ("guidance", "guide", HOW["note"], "buyer")
    assert seen["guidance"] == {"steps": STEPS, "original_steps": STEPS, "link": LINK, "helped": "asked"}
    assert [m["guidance"] for m in await thread(made.claim, "buyer")][:1] == [None]
    async with checked.as_("buyer", made.claim.sale.buyer) as buyer:
        found = (await buyer.get("/v1/messages", params={"q": "until blinks"})).json()["messages"]
    assert [m["id"] for m in found] == [made.message]  # steps are searched, too
    async with checked.as_("auditor") as auditor:
        told = (await auditor.get(f"/v1/claims/{made.claim.id}/messages")).text
    assert STEPS[0] not in told
    assert LINK not in told


async def test_steps_are_read_in_the_readers_language(taught: House) -> None:
    made = await explained(taught, language="pt")
    seen = await translated(made)
    assert seen["text"] == f"<pt> {HOW['note']}"
    assert seen["guidance"]["steps"] == [f"<pt> {step}" for step in STEPS]
    assert seen["guidance"]["original_steps"] == STEPS
    assert (await made.seen("seller"))["guidance"]["steps"] == STEPS
    await speak(made.claim, "pt", originals=True)
    seen = await made.seen()
    assert (seen["text"], seen["guidance"]["steps"]) == (HOW["note"], STEPS)


async def test_where_the_engine_loses_lines_the_steps_stay_as_they_were_written(taught: House) -> None:
    made = await explained(taught, language="pt", note="Breathless as it is, it sleeps when it arrives.", steps=STEPS)
    seen = await translated(made)
    assert seen["text"].endswith(" ".join(STEPS))
    assert seen["guidance"]["steps"] == STEPS


async def translated(made: Explained) -> dict[str, Any]:
    for _ in range(2400):
        seen = await made.seen()
        if seen["translation"] and seen["translation"]["state"] == "done":
            return seen
        await asyncio.sleep(0.025)
    raise AssertionError(f"never translated: {seen}")


# --- did this help?


async def test_a_yes_closes_the_claim_once(any_house: House) -> None:
    made, once = await explained(any_house), key()
    answers = await asyncio.gather(*(made.answer(True, once=once) for _ in range(3)))
    assert {a.status_code for a in answers} == {200}, [a.text for a in answers]
    assert len({a.text for a in answers}) == 1
    body = answers[0].json()
    assert body["message"]["guidance"]["helped"] == "yes"
    assert (body["claim"]["outcome"]["code"], body["claim"]["outcome"]["closed_by"]) == (EXPLAINED, "buyer")
    assert await made.claim.steps() == ["buyer open", "seller guide", "buyer close"]
    for helped, code in ((True, "wrong_stage"), (False, "claim_closed")):
        again = await made.answer(helped)
        assert (again.status_code, again.json()["code"], again.json()["allowed"]) == (409, code, [])
    assert await made.helped() == "yes"


async def test_a_no_is_noted_and_told_to_the_seller_and_a_yes_may_follow(checked: House) -> None:
    made, once = await explained(checked), key()
    first = await made.answer(False, once=once)
    assert (first.json()["message"]["guidance"]["helped"], first.json()["claim"]) == ("no", None)
    await made.answer(False)
    assert await made.claim.steps() == ["buyer open", "seller guide"]
    async with checked.as_("seller", made.claim.sale.seller) as seller:
        told = (await seller.get("/v1/notices")).json()["notices"]
    assert [n["facts"]["message"] for n in told if n["facts"]["action"] == "not_helped"] == [made.message]
    yes = await made.answer(True)
    assert (yes.status_code, await made.helped()) == (200, "yes")
    assert (await made.answer(False, once=once)).json()["message"]["guidance"]["helped"] == "yes"  # said before it
    assert await made.helped() == "yes"


async def test_a_key_is_for_one_answer(house: House) -> None:
    for first in (True, False):
        made, once = await explained(house), key()
        assert (await made.answer(first, once=once)).status_code == 200
        other = await made.answer(not first, once=once)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert await made.helped() == ("yes" if first else "no")


async def test_a_yes_obeys_the_rules_of_closing(house: House) -> None:
    made = await explained(house)
    await made.claim.did("seller", "grant_return")
    refused, direct = await made.answer(True), await made.claim.act("buyer", "close")
    assert refused.status_code == direct.status_code == 409
    assert refused.json() == direct.json()
    assert await made.helped() == "asked"
    assert (await made.answer(False)).status_code == 200  # it may be said as long as the claim is open


async def test_only_its_buyer_answers_and_only_an_explanation(checked: House) -> None:
    made = await explained(checked)
    opening = (await thread(made.claim, "buyer"))[0]["id"]
    answers = [
        await made.answer(False, "seller"),
        await made.answer(True, "seller"),
        await made.answer(True, "platform"),
        await made.answer(True, "seller", person="another"),
        await made.answer(True, person="another"),
        await made.answer(True, message="msg_none"),
        await made.answer(True, message=opening),
    ]
    assert [a.status_code for a in answers] == [403, 403, 403, 404, 404, 404, 409]
    assert answers[-1].json()["code"] == "not_guidance"
    assert (await made.claim.steps(), await made.helped()) == (["buyer open", "seller guide"], "asked")


async def test_closing_because_of_the_explanation_thanks_the_last_one_that_was_not_in_vain(house: House) -> None:
    first = await explained(house)
    last, vain = await explained(house, first.claim), await explained(house, first.claim)
    await vain.answer(False)
    await first.claim.did("buyer", "close", code=EXPLAINED)
    assert [await e.helped() for e in (first, last, vain)] == ["asked", "yes", "no"]
    assert [await told(house, e) for e in (first, last, vain)] == [1, 2, 2]


async def told(house: House, made: Explained) -> int:
    """How often the message is in the claim's feed: whoever follows it hears what the buyer said of it."""
    async with house.database.reading() as session:
        feed = await storage.feed.after(session, made.claim.id, 0, 100)
    return [entry.ref for entry in feed if entry.kind == "message"].count(made.message)


async def test_another_way_of_closing_thanks_nobody(house: House) -> None:
    made = await explained(house)
    await made.claim.did("buyer", "close", code="found_missing_parts")
    assert await made.helped() == "asked"


async def test_what_a_crash_left_between_step_and_mark_the_same_request_completes(house: House) -> None:
    """The step was taken, and the process died before it could say which of two explanations had helped."""
    made = await explained(house)
    last, once = await explained(house, made.claim), key()
    person, of_key = Caller(made.claim.sale.buyer, Role.BUYER), f"{made.message} {once['Idempotency-Key']}"
    request = Request(person, of_key, body_digest(HelpedBody(helped=True)))
    await house.desk.act(request, made.claim.id, Action.CLOSE, Input(code=EXPLAINED), None)
    assert [await made.helped(), await last.helped()] == ["asked", "yes"]
    for _ in range(2):
        assert (await made.answer(True, once=once)).status_code == 200
        assert [await made.helped(), await last.helped()] == ["yes", "asked"]
    assert (await made.claim.steps()).count("buyer close") == 1


async def test_guidance_is_offered_with_its_steps(house: House) -> None:
    claim = await scenes.fresh(house)
    guide = next(a for a in (await claim.seen())["actions"] if a["action"] == "guide")
    assert {"note", "steps", "link"} <= set(guide["input"]["properties"])
    refund = next(a for a in (await claim.seen())["actions"] if a["action"] == "refund")
    assert not {"steps", "link"} & set(refund["input"]["properties"])
