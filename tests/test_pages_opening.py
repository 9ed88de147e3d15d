"""Opening a claim by the pages: two steps, without JavaScript, and nothing that was typed is ever lost."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.pages.words import WORDS
from api.tokens import Caller, Role
from tests import pictures
from tests.forms import form, shown
from tests.house import House, OpenClaim, Sale, iso
from tests.visiting import File, send, visit
from workflows.runs import Away

TEXT = "The lid came cracked.\nAnd it hums."
PHOTO = ("IMG 1.jpg", pictures.jpeg(), "image/jpeg")
GIF = ("b.gif", pictures.animation("GIF"), "image/gif")


@dataclass
class Way:
    """A buyer at the form of an order line."""

    buyer: httpx.AsyncClient
    sale: Sale

    @property
    def path(self) -> str:
        return f"/orders/{self.sale.order_id}/1/claim"

    async def review(self, files: list[File] | None = None, **changes: Any) -> httpx.Response:
        first = form(await self.buyer.get(self.path), self.path)
        return await send(self.buyer, first, files, **{"reason": "damaged", "text": TEXT} | changes)

    async def press(self, step: str, review: httpx.Response, **changes: Any) -> httpx.Response:
        return await send(self.buyer, form(review, self.path), step=step, **changes)


def claim_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, shown(answer)
    found = re.fullmatch(r"/claims/(clm_\w+)\?done=opened", answer.headers["location"])
    assert found, answer.headers["location"]
    return found[1]


async def test_from_the_form_to_an_open_claim(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer, house.as_("buyer", sale.buyer) as over_json:
        way = Way(buyer, sale)
        review = await way.review(quantity="2", wanted="return")
        assert review.status_code == 200, shown(review)
        assert (await over_json.get("/v1/claims")).json()["claims"] == []  # nothing has been done yet
        claim_id = claim_of(await way.press("open", review))
        claim = (await over_json.get(f"/v1/claims/{claim_id}")).json()
        assert [claim[n] for n in ("quantity", "wanted", "stage")] == [2, "return", "negotiation"]
        assert claim["reason"]["code"] == "damaged"
        assert [e["note"] for e in await OpenClaim(house, sale, claim_id).events()] == [TEXT]


async def test_the_last_step_says_what_will_happen_and_when(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer, house.as_("buyer", sale.buyer) as over_json:
        await over_json.put("/v1/profile", json={"language": "en"})
        buyer.cookies["zone"] = "America%2FMexico_City"
        way = Way(buyer, sale)
        review = await way.review(quantity="2")
        said, told = shown(review), form(review, way.path)
        claim_id = claim_of(await way.press("open", review))
        claim = (await over_json.get(f"/v1/claims/{claim_id}")).json()
        due = datetime.fromisoformat(claim["due_at"])
        named = datetime.fromisoformat(re.findall(r'data-until="([^"]+)"', review.text)[0])
        assert timedelta(0) <= due - named < timedelta(minutes=1)
        assert "GMT-06:00" in said  # the buyer's own hour
        assert "MX$110.00" in said  # two pieces with their freight, as the claim then has it
        assert claim["total"] == {"amount": 11000, "currency": "MXN"}
        for words in (
            sale.seller,
            WORDS["then"]["escalate"],
            "offer a part of the money",
            "The product arrived damaged",
        ):
            assert words in said
        assert told.value("text") == TEXT
        assert "There is no photo with it." in said


async def test_a_photo_goes_along_and_the_seller_sees_it(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer, visit(house, "seller", sale.seller) as seller:
        way = Way(buyer, sale)
        review = await way.review([PHOTO])
        photo = form(review).value("attachments")
        assert f'src="/files/{photo}"' in review.text
        assert (await seller.get(f"/files/{photo}")).status_code == 404  # not before the claim is open
        claim_of(await way.press("open", review))
        seen = await seller.get(f"/files/{photo}")
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
        assert "IMG-1.jpg" in seen.headers["content-disposition"]


async def test_changing_keeps_all_and_a_photo_can_be_removed(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        way = Way(buyer, sale)
        review = await way.review([PHOTO, ("2.png", pictures.picture("PNG"), "image/png")], wanted="return")
        first, second = [value for name, value in form(review).fields if name == "attachments"]
        again = form(await way.press("change", review), way.path)
        kept = [again.value(n) for n in ("reason", "text", "wanted", "key")]
        assert kept == ["damaged", TEXT, "return", form(review).value("key")]
        assert again.boxes["remove"] == [first, second]
        answer = await send(buyer, again, [("3.png", pictures.picture("PNG"), "image/png")], remove=[first])
        files = [value for name, value in form(answer).fields if name == "attachments"]
        assert (len(files), files[0]) == (2, second)
        claim_of(await way.press("open", answer))


async def test_sent_twice_it_is_one_claim(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        way = Way(buyer, sale)
        review = await way.review([PHOTO])
        assert claim_of(await way.press("open", review)) == claim_of(await way.press("open", review))
        other = await way.press("open", review, text="Something else.")
        assert other.status_code == 422
        assert "Something else." in other.text
        assert f"/claims/{(await house.desk.on_line(*mine(sale))).earlier[0].claim_id}" in other.text


def mine(sale: Sale) -> tuple[Caller, str, str]:
    return Caller(sale.buyer, Role.BUYER), sale.order_id, "1"


@pytest.mark.parametrize(
    ("changes", "status", "place"),
    [
        ({"reason": None}, 422, "reason"),
        ({"reason": "nonsense"}, 422, "reason"),
        ({"reason": "not_received"}, 409, "reason"),
        ({"quantity": "3"}, 422, "quantity"),
        ({"quantity": "x"}, 422, "quantity"),
        ({"wanted": "nonsense"}, 422, "wanted"),
        ({"text": "Torn. " * 700}, 422, "text"),
        ({"text": "Torn. Write to ana@example.com."}, 422, "text"),
        ({"attachments": ["att_nobody"]}, 422, "files"),
    ],
)
async def test_a_refusal_shows_the_form_with_all_that_was_typed(
    house: House, changes: dict[str, Any], status: int, place: str
) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        way = Way(buyer, sale)
        answer = await way.review([PHOTO], **changes)
        assert answer.status_code == status, shown(answer)
        assert f'id="wrong-{place}"' in answer.text
        again = form(answer, way.path)
        assert again.value("text") == str(changes.get("text", TEXT)).strip()
        kept = [value for name, value in again.fields if name == "attachments"]
        assert len(kept) == 1  # the photo need not be sent again
        good = await send(buyer, again, reason="damaged", text=TEXT, quantity="1", wanted="")
        claim_of(await way.press("open", good))


async def test_nothing_written_is_said_at_the_field(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        answer = await Way(buyer, sale).review(text="  \r\n ")
        assert (answer.status_code, 'id="wrong-text"' in answer.text) == (422, True)


@pytest.mark.parametrize(
    "bad",
    [GIF, ("a.svg", b"<svg xmlns='x'></svg>", "image/svg+xml"), ("a.jpg", b"", "image/jpeg"),
     ("big.jpg", b"\xff\xd8\xff" + bytes(5 * 2**20), "image/jpeg")],
    ids=["animation", "drawing", "empty", "large"],
)  # fmt: skip
async def test_a_file_that_is_no_evidence_is_named_and_the_good_ones_are_kept(house: House, bad: File) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        way = Way(buyer, sale)
        answer = await way.review([PHOTO, bad])
        assert answer.status_code in (413, 422)
        assert bad[0] in answer.text
        again = form(answer, way.path)
        assert (again.value("text"), len(again.boxes["remove"])) == (TEXT, 1)
        claim_of(await way.press("open", await send(buyer, again)))


async def test_more_files_than_may_come_at_once(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        files = [(f"{n}.png", pictures.picture("PNG"), "image/png") for n in range(12)]
        answer = await Way(buyer, sale).review(files)
        assert (answer.status_code, len(form(answer).boxes["remove"])) == (422, 5)
        assert form(answer).value("text") == TEXT


async def test_what_is_anothers_is_not_there(house: House) -> None:
    sale, other = await house.order(), await house.order()
    async with visit(house, "buyer", other.buyer) as stranger:
        assert (await stranger.get(Way(stranger, sale).path)).status_code == 404
        own = Way(stranger, other)
        review = await own.review()
        path = Way(stranger, sale).path
        there = await stranger.post(path, data=dict(form(review).filled(step="open")))
        assert there.status_code == 404
        async with visit(house, "buyer", sale.buyer) as buyer:
            photo = form(await Way(buyer, sale).review([PHOTO])).value("attachments")
        with_it = await own.press("open", review, attachments=[photo])
        assert (with_it.status_code, 'id="wrong-files"' in with_it.text) == (422, True)
    async with visit(house, "seller", sale.seller) as seller:
        assert (await seller.get(Way(seller, sale).path)).status_code == 403


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("</textarea><img src=x onerror=alert(1)>", "&lt;/textarea&gt;&lt;img src=x onerror=alert(1)&gt;"),
        ("w" * 3500, "w" * 3500),
        ("شاشة مكسورة 💔", "شاشة مكسورة 💔"),
    ],
)
async def test_any_text_is_only_text(house: House, text: str, escaped: str) -> None:
    sale = await house.order(product=f"Lamp {text[:20]}")
    async with visit(house, "buyer", sale.buyer) as buyer:
        way = Way(buyer, sale)
        review = await way.review(text=text)
        form_again = await way.press("change", review)
        for answer in (review, form_again):
            assert answer.status_code == 200, shown(answer)
            assert escaped in answer.text
            assert "<script>alert" not in answer.text
            assert "<img src=x" not in answer.text
        assert form(form_again, way.path).value("text") == text


async def test_a_session_that_ends_on_the_way_loses_no_text(house: House) -> None:
    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        way = Way(buyer, sale)
        review = await way.review([PHOTO], wanted="return")
        cookies = dict(buyer.cookies)
        buyer.cookies.clear()
        gone = await way.press("open", review)
        assert gone.status_code == 401
        assert form(gone, way.path).value("text") == TEXT
        buyer.cookies.update(cookies)  # signed in again, in another tab
        claim = OpenClaim(house, sale, claim_of(await send(buyer, form(gone, way.path))))
        async with house.as_("seller", sale.seller) as seller:
            found = (await seller.get(f"/v1/claims/{claim.id}/attachments")).json()["attachments"]
        assert ((await claim.seen())["wanted"], len(found)) == ("return", 1)


async def test_only_what_can_be_claimed_is_offered(house: House) -> None:
    there, coming = await house.order(), await house.order(delivered_at=None)
    in_time = await house.order(delivered_at=None, promised_at=iso(datetime.now(UTC) + timedelta(days=2)))
    async with visit(house, "buyer", there.buyer) as buyer:
        offered = form(await buyer.get(Way(buyer, there).path), Way(buyer, there).path).boxes["reason"]
        assert "not_received" not in offered
        assert "damaged" in offered
    async with visit(house, "buyer", coming.buyer) as buyer:
        way = Way(buyer, coming)
        assert form(await buyer.get(way.path), way.path).boxes["reason"] == ["not_received"]
        answer = await way.review(reason="not_received", wanted="return")
        assert (answer.status_code, 'id="wrong-wanted"' in answer.text) == (422, True)
        assert form(answer, way.path).value("wanted") == ""
    async with visit(house, "buyer", in_time.buyer) as buyer:
        await no_claim(house, buyer, in_time, "not_late_yet")


async def test_where_nothing_can_be_claimed_it_says_why_and_what_else_there_is(house: House) -> None:
    over = await house.order(delivered_at=iso(datetime.now(UTC) - timedelta(days=40)), promised_at=None,
                             purchased_at=iso(datetime.now(UTC) - timedelta(days=50)))  # fmt: skip
    claim = await house.claim()
    async with visit(house, "buyer", over.buyer) as buyer:
        await no_claim(house, buyer, over, "window_over")
    async with visit(house, "buyer", claim.sale.buyer) as buyer:
        await no_claim(house, buyer, claim.sale, "claim_already_open")
        page = await buyer.get(Way(buyer, claim.sale).path)
        assert f'href="/claims/{claim.id}"' in page.text


async def no_claim(house: House, buyer: httpx.AsyncClient, sale: Sale, code: str) -> None:
    async with house.as_("buyer", sale.buyer) as over_json:
        await over_json.put("/v1/profile", json={"language": "en"})
    page = await buyer.get(Way(buyer, sale).path)
    assert page.status_code == 200
    assert WORDS["code"][code] in shown(page)
    assert 'name="reason"' not in page.text


async def test_when_the_engine_is_away_the_same_form_can_be_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise Away("gone")

    sale = await house.order()
    async with visit(house, "buyer", sale.buyer) as buyer:
        way = Way(buyer, sale)
        review = await way.review([PHOTO])
        with monkeypatch.context() as broken:
            broken.setattr(house.desk.runs, "open", away)
            answer = await way.press("open", review)
        assert answer.status_code == 503
        assert form(answer, way.path).fields[1:] == form(review, way.path).fields[1:]  # but for the form's token
        claim_of(await way.press("open", answer))
