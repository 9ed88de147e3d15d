"""What nobody means well with, sent to the pages: it comes to nothing, and never to a fault of ours."""

import httpx
import pytest

from api.pages.forgery import FIELD
from api.tokens import Caller, Role
from tests.forms import fields
from tests.house import House
from tests.scenes import labelled
from tests.visiting import visit

pytestmark = pytest.mark.long


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
    {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Origin": "http://amends.evil.example"},
])  # fmt: skip
async def test_a_form_of_another_site_does_nothing(house: House, headers: dict[str, str]) -> None:
    async with visit(house, "buyer", "ana") as ana:
        held = fields((await ana.get("/settings")), "/settings/reading")
        answer = await ana.post("/settings/reading", data=held | {"language": "pt"}, headers=headers)
        assert answer.status_code == 403


async def test_a_token_of_another_person_or_of_nobody_is_none(house: House) -> None:
    forms = house.app.state.forgery
    async with visit(house, "buyer", "ana") as ana:
        for token in ("", "x", forms.token(None), forms.token(Caller("bea", Role.BUYER)),
                      forms.token(Caller("ana", Role.SELLER))):  # fmt: skip
            answer = await ana.post("/settings/reading", data={FIELD: token, "language": "pt"})
            assert answer.status_code == 403, token


@pytest.mark.parametrize("kind", ["%E4%B8%AD", "*", "exe", "pdf%0d%0ax", "%00"])
async def test_a_label_comes_in_its_formats_alone(house: House, kind: str) -> None:
    """Of a claim that has a label: what is no format is refused as such."""
    claim = await labelled(house)
    async with visit(house, "buyer", claim.sale.buyer) as buyer:
        await buyer.sees(f"/claims/{claim.id}/label.pdf")
        await buyer.sees(f"/claims/{claim.id}/label.{kind}", 422)


async def test_what_is_no_text_is_refused(house: House) -> None:
    claim = await house.claim()
    async with visit(house, "seller", claim.sale.seller) as seller:
        token = house.app.state.forgery.token(Caller(claim.sale.seller, Role.SELLER))
        for path, name in ((f"/claims/{claim.id}/messages", "key"), ("/claims/message", "claim"), ("/sign-out", "x")):
            answer = await seller.post(path, **_multipart({FIELD: token, "text": "Hello.", name: "\\ud800"}))
            assert answer.status_code == 422, answer.text


async def test_numbers_that_are_none_are_told_of(house: House) -> None:
    claim, sale = await house.claim(), await house.order()
    many = "9" * 5000
    async with visit(house, "buyer", sale.buyer) as buyer:
        path = f"/orders/{sale.order_id}/1/claim"
        answer = await buyer.send_form(await buyer.get(path), path, reason="damaged", text="It broke.", quantity=many)
        assert answer.status_code == 422
    async with visit(house, "seller", claim.sale.seller) as seller:
        answer = await seller.get(f"/claims/{claim.id}/actions/refund", params={"major": many})
        assert answer.status_code == 422


@pytest.mark.parametrize("up_to", ["", "\x00", "x" * 999, "msg_nobody"])
async def test_only_a_message_is_read(house: House, up_to: str) -> None:
    claim = await house.claim()
    async with visit(house, "seller", claim.sale.seller) as seller:
        token = house.app.state.forgery.token(Caller(claim.sale.seller, Role.SELLER))
        answer = await seller.post(f"/claims/{claim.id}/read", data={FIELD: token, "up_to": up_to})
        assert answer.status_code in (404, 422)


@pytest.mark.parametrize("query", [
    {"q": "x" * 9000}, {"q": "\x00"}, {"q": "%_\\'\""}, {"cursor": "x"}, {"cursor": "\x00" * 9}, {"bucket": "\x00"},
    {"sort": "<b>"}, {"reason": "x"}, {"unknown": "1"}, {"done": "<script>"}, {"status": "x"}, {"claim": "x"},
    {"language": "x"}, {"before": "\x00"}, {"reply": "\x00"}, {"like": "\x00"}, {"site": "\x00"}, {"next": "\x00"},
])  # fmt: skip
async def test_no_address_is_a_fault_of_ours(house: House, query: dict[str, str]) -> None:
    claim = await house.claim()
    async with visit(house, "seller", claim.sale.seller) as seller, visit(house, "mediator", "mediator-1") as mediator:
        pages = [
            "/claims",
            "/orders",
            "/settings",
            "/reputation",
            f"/claims/{claim.id}",
            "/settings/replies",
            "/sign-in",
        ]
        answers = [await seller.get(path, params=query) for path in pages]
        answers.append(await mediator.get("/claims", params=query))
    for answer in answers:
        assert answer.status_code in (200, 404, 422), f"{answer.url}: {answer.status_code}"
        assert "<script>" not in answer.text.replace('<script src="', "")


async def test_every_answer_says_how_it_may_be_used(house: House) -> None:
    claim = await house.claim()
    file = await claim.uploaded()
    async with visit(house, "buyer", claim.sale.buyer) as buyer:
        for path in ("/", "/claims", f"/claims/{claim.id}", "/nothing", f"/claims/{claim.id}/label.pdf", "/sign-in",
                     f"/files/{file['id']}", "/files/none", f"/claims/{claim.id}/messages"):  # fmt: skip
            answer = await buyer.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["cache-control"] in ("no-store", "private, no-cache"), path
            assert "default-src 'none'" in answer.headers["content-security-policy"], path


def _multipart(values: dict[str, str]) -> dict[str, object]:
    """A form in an encoding of its own choice."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in values.items()]
    return {
        "content": "".join([*parts, "--b--\r\n"]).encode(),
        "headers": httpx.Headers({"Content-Type": "multipart/form-data; charset=unicode_escape; boundary=b"}),
    }
