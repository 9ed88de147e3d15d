"""What strangers may try with the pages: forms of theirs, cookies of others, and text that is no text."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
import pytest_asyncio
from fastapi import FastAPI

from api.app import create_app
from api.pages.door import PageDoor
from api.pages.render import SAFE
from api.tokens import Caller, Role
from tests import pages
from tests.forms import fields
from tests.house import House, OpenClaim, key, settings_for
from tests.scenes import granted
from tests.visiting import HOST, visit

NOT_OURS = "form_not_ours"
FORGED = {  # how a form of somebody else's comes: headers, and whose token it has
    "from another site": ({"Sec-Fetch-Site": "cross-site"}, "own"),
    "from a neighbour": ({"Sec-Fetch-Site": "same-site"}, "own"),
    "typed into the address bar": ({"Sec-Fetch-Site": "none"}, "own"),
    "from another origin": ({"Origin": "https://evil.example"}, "own"),
    "from nowhere": ({"Origin": "null"}, "own"),
    "without a token": ({}, ""),
    "with a broken token": ({}, "broken"),
    "with somebody else's token": ({}, "seller"),
    "with a token of when nobody was signed in": ({}, "nobody"),
}
SCRIPT = "<script>alert('boo')</script><img src=x onerror=\"alert('boo')\">{{98765*4321}}"
EVALUATED = str(98765 * 4321)  # what a template would make of it
BARE = re.compile(r"<script>alert|<img src=x")


def posts(app: FastAPI) -> list[str]:
    """All that people can send by POST to the pages of this application."""
    found = [route for route in pages._routes(app.routes) if isinstance(route, PageDoor)]
    return sorted(route.path for route in found if "POST" in route.methods)


POSTS = posts(create_app(settings_for("sqlite://")))


@pytest_asyncio.fixture(scope="module")
async def claim(house: House) -> OpenClaim:
    """One in which there is something of everything."""
    made = await house.claim()
    await made.did("seller", "guide", note="Hold the button.", steps=["Unplug it."])
    await granted(made)
    return made


def filled(path: str, claim: OpenClaim) -> str:
    """The path of a route, about this claim; the action is one that its buyer may take."""
    given = {"claim_id": claim.id, "order_id": claim.sale.order_id, "line_id": "1"}
    given |= {"action": "cancel_return", "kind": "pdf"}
    return re.sub(r"\{(\w+)\}", lambda name: given.get(name[1], "some-thing"), path)


def token(claim: OpenClaim, whose: str) -> str:
    forgery = claim.house.app.state.forgery
    callers = {"own": Caller(claim.sale.buyer, Role.BUYER), "seller": Caller(claim.sale.seller, Role.SELLER)}
    if whose == "broken":
        return token(claim, "own")[:-3] + "AAA"
    return forgery.token(callers.get(whose)) if whose else ""


@pytest.mark.parametrize("path", POSTS)
async def test_no_form_of_somebody_elses_is_taken(house: House, claim: OpenClaim, path: str) -> None:
    before, there = await claim.seen(), filled(path, claim)
    async with visit(house, "buyer", claim.sale.buyer) as buyer:
        for how, (headers, whose) in FORGED.items():
            data = {"form_token": token(claim, whose), "key": "forged", "text": "Forged", "helped": "yes"}
            answer = await buyer.post(there, data=data, headers=headers)
            assert (answer.status_code, NOT_OURS in answer.text) == (403, True), f"{path} {how}: {answer.status_code}"
        assert (await claim.seen())["stream"] == before["stream"]
        ours = await buyer.post(there, data={"form_token": token(claim, "own")}, headers={"Origin": f"http://{HOST}"})
        assert NOT_OURS not in ours.text, "it was not the forgery that was refused"


async def test_a_form_as_json_or_plain_text_is_none(house: House, claim: OpenClaim) -> None:
    """These a page of another site could send without asking, too."""
    async with visit(house, "buyer", claim.sale.buyer) as buyer:
        for kind in ("application/json", "text/plain"):
            body = f'{{"form_token": "{token(claim, "own")}", "text": "Forged"}}'
            answer = await buyer.post(f"/claims/{claim.id}/messages", content=body, headers={"Content-Type": kind})
            assert answer.status_code == 403


@pytest.mark.parametrize(
    "broken", [lambda v: v[:-2], lambda v: "x" + v, lambda v: v.replace(".", "", 1), lambda v: "", lambda v: '"' * 5000]
)
async def test_a_cookie_that_was_tampered_with_is_none(house: House, broken: object) -> None:
    sessions = house.app.state.sessions
    good = sessions.sign(Caller("ana", Role.BUYER))
    async with visit(house) as thief:
        assert (await thief.get("/settings", headers={"Cookie": f"{sessions.cookie}={good}"})).status_code == 200
        answer = await thief.get("/settings", headers={"Cookie": f"{sessions.cookie}={broken(good)}"})  # type: ignore[operator]
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/settings")


async def test_whose_claim_it_is_not_finds_nothing_there(house: House, claim: OpenClaim) -> None:
    stranger = await house.claim()
    paths = sorted(filled(p, claim) for p in pages.routes(house.app) if p.startswith("/claims/{claim_id}"))
    async with visit(house, "buyer", claim.sale.buyer) as owner:
        for path in paths:
            await owner.sees(path)
    for role in ("buyer", "seller"):
        async with visit(house, role, stranger.who(role)) as other:
            for path in paths:
                await other.sees(path, 404)
    async with visit(house, "seller", claim.sale.buyer) as same_id_other_role:
        assert (await same_id_other_role.get(f"/claims/{claim.id}")).status_code == 404
    async with visit(house, "buyer", claim.sale.buyer) as buyer:
        assert (await buyer.get("/reputation")).status_code == 403
        assert (await buyer.get("/settings/replies/new")).status_code in (403, 404)


async def test_every_answer_carries_the_policy(house: House, claim: OpenClaim) -> None:
    """Pages, problems, fragments and the way to the sign-in; of each role, and of nobody."""
    paths = [filled(path, claim) for path in pages.routes(house.app) if not path.endswith("/live")]
    for role in ("", "buyer", "seller", "mediator"):
        async with visit(house, role, claim.who(role)) as somebody:
            for path in [*paths, "/nowhere"]:
                answer = await somebody.get(path)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    assert {name: answer.headers.get(name) for name in SAFE} == SAFE, f"{role} {path}"


# --- text that is no text


@pytest_asyncio.fixture(scope="module")
async def scripted(house: House) -> OpenClaim:
    """A claim that has a script in every text that people can write."""
    sale = house.sale()
    body = sale.body(product=SCRIPT[:200])
    body["buyer"]["name"] = body["lines"][0]["seller"]["name"] = SCRIPT[:120]
    async with house.as_("platform", "market") as platform:
        assert (await platform.put(f"/v1/orders/{sale.order_id}", json=body)).is_success
    opened = {"order_id": sale.order_id, "line_id": "1", "reason": "not_working", "message": SCRIPT}
    async with house.as_("buyer", sale.buyer) as buyer:
        claim = OpenClaim(house, sale, (await buyer.post("/v1/claims", json=opened, headers=key())).json()["id"])
        said = await buyer.post(f"/v1/claims/{claim.id}/messages", json={"text": SCRIPT}, headers=key())
        assert said.status_code == 201, said.text
    async with house.as_("seller", sale.seller) as seller:
        reply = await seller.put("/v1/quick-replies/boo", json={"texts": {"en": SCRIPT, "es": SCRIPT, "pt": SCRIPT}})
        assert reply.is_success, reply.text
    await claim.did("seller", "guide", note=SCRIPT, steps=[SCRIPT])
    await claim.did("seller", "offer_partial_refund", percent=30, note=SCRIPT)
    return claim


@pytest.mark.parametrize("role", ["buyer", "seller", "mediator"])
async def test_what_people_write_is_shown_as_they_wrote_it(house: House, scripted: OpenClaim, role: str) -> None:
    if role == "mediator":
        await scripted.did("buyer", "decline_offer", offer=1, note=SCRIPT)
        await scripted.did("seller", "escalate", note=SCRIPT)
    shown = 0
    async with visit(house, role, scripted.who(role)) as somebody:
        for path in sorted(pages.routes(house.app)):
            if path.endswith("/live"):
                continue
            there = filled(path.replace("{name}", "boo"), scripted)
            answer = await somebody.get(there, params={"reply": "boo"} if path == "/claims/{claim_id}" else None)
            if "html" in answer.headers.get("content-type", ""):
                assert not BARE.search(answer.text), there
                assert EVALUATED not in answer.text, there
                shown += "&lt;script&gt;alert" in answer.text
    assert shown >= (1 if role == "mediator" else 2)  # others' claims may fill the first page of the mediators' desk


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,boo", " javascript:alert(1)", "//evil", "ftp://a.example"]
)
async def test_a_link_that_is_a_script_is_not_taken(house: House, link: str) -> None:
    made = await house.claim()
    async with visit(house, "seller", made.sale.seller) as seller:
        there = f"/claims/{made.id}/actions/guide"
        answer = await seller.send_form(await seller.get(there), there, note="Look.", link=link)
    assert answer.status_code == 422
    assert (await made.steps()) == ["buyer open"]


async def test_no_address_tells_who_somebody_is_or_what_they_wrote(house: House) -> None:
    sale = house.sale()
    body = sale.body(product="Lampara-Zarzuela")
    body["buyer"]["name"], body["lines"][0]["seller"]["name"] = "Zarzuela Quince", "Tienda Zarzuela"
    async with house.as_("platform", "market") as platform:
        assert (await platform.put(f"/v1/orders/{sale.order_id}", json=body)).is_success
    made = await house.open(sale)
    await made.did("seller", "guide", note="Zarzuela, hold the button.")
    secrets = ("zarzuela", "turn on", "@example", "calle", "ciudad")
    for role in ("buyer", "seller", "mediator"):
        async with visit(house, role, made.who(role)) as somebody:
            for path in sorted(p for p in pages.routes(house.app) if not p.endswith("/live")):
                for url in addresses((await somebody.get(filled(path, made))).text):
                    assert not [s for s in secrets if s in unquote(url).lower()], f"{path}: {url}"


def addresses(text: str) -> list[str]:
    """All that a page leads to."""
    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(v or "" for k, v in attrs if k in ("href", "src", "action", "hx-get", "hx-post", "formaction"))

    Links().feed(text)
    return found


# --- a session that ends in the middle of a form


@pytest.mark.parametrize("form", ["messages", "actions/guide"])
async def test_what_was_being_written_when_the_session_ended_is_sent_once(house: House, form: str) -> None:
    made, field = await house.claim(), {"messages": "text", "actions/guide": "note"}[form]
    there = f"/claims/{made.id}/{form}"
    async with visit(house, "seller", made.sale.seller) as seller:
        page = await seller.get(there if form != "messages" else f"/claims/{made.id}")
        session = dict(seller.cookies)
        seller.cookies.clear()
        kept = await seller.send_form(page, there, **{field: "Hold <b>the</b> button\n  for five seconds"})
        assert kept.status_code == 401
        assert fields(kept, there)[field] == "Hold <b>the</b> button\n  for five seconds"
        seller.cookies.update(session)  # signed in again in another tab
        for _ in range(2):
            assert (await seller.send_form(kept, there)).status_code == 303
    async with house.as_("buyer", made.sale.buyer) as buyer:
        said = (await buyer.get(f"/v1/claims/{made.id}/messages")).json()["messages"]
    assert [m["text"] for m in said].count("Hold <b>the</b> button\n  for five seconds") == 1


async def test_what_was_being_claimed_when_the_session_ended_is_kept(house: House) -> None:
    sale = await house.order()
    there = f"/orders/{sale.order_id}/1/claim"
    async with visit(house, "buyer", sale.buyer) as buyer:
        page, session = await buyer.get(there), dict(buyer.cookies)
        buyer.cookies.clear()
        kept = await buyer.send_form(page, there, reason="not_working", text="It hums")
        assert kept.status_code == 401
        buyer.cookies.update(session)
        review = await buyer.send_form(kept, there)
        opened = [await buyer.send_form(review, there, step="open") for _ in range(2)]
    assert {o.status_code for o in opened} == {303}
    assert len({o.headers["location"] for o in opened}) == 1


async def test_who_signs_in_as_another_sends_nothing_of_the_first(house: House) -> None:
    made = await house.claim()
    there = f"/claims/{made.id}/messages"
    async with visit(house, "seller", made.sale.seller) as seller, visit(house, "buyer", made.sale.buyer) as buyer:
        page = await seller.get(f"/claims/{made.id}")
        seller.cookies.clear()
        kept = await seller.send_form(page, there, text="Between sellers")
        assert (await buyer.send_form(kept, there)).status_code == 403
    async with house.as_("buyer", made.sale.buyer) as reader:
        assert "Between sellers" not in (await reader.get(f"/v1/claims/{made.id}/messages")).text
