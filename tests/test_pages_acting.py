"""Taking a step from its page: what is confirmed is what was shown, once; and no text is lost on the way."""

import pytest

from claims.inputs import NOTE_LIMIT
from tests import pictures, scenes
from tests.forms import fields, form
from tests.house import House
from tests.talking import listed
from tests.visiting import send, visit


async def test_a_step_is_shown_and_then_taken(house: House) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/actions/refund"
    async with visit(house, "seller", claim.sale.seller) as seller:
        shown = await seller.get(path)
        answer = await seller.send_form(shown, path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/claims/{claim.id}?done=refund")
        again = await seller.send_form(shown, path)  # pressed twice, or sent again from the browser's history
    assert again.headers["location"] == answer.headers["location"]
    assert (await claim.steps()).count("seller refund") == 1


async def test_a_form_that_is_sent_again_with_another_choice_does_nothing(house: House) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/actions/offer_partial_refund"
    async with visit(house, "seller", claim.sale.seller) as seller:
        shown = await seller.get(path, params={"percent": 30})
        assert (await seller.send_form(shown, path, note="This much.")).status_code == 303
        other = await seller.send_form(shown, path, note="This much.", percent="50")
    assert other.status_code in (409, 422)
    assert [o["percent"] for o in (await claim.seen())["offers"]] == [30]


async def test_what_has_changed_meanwhile_is_shown_anew_and_nothing_is_done(house: House) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/actions/refund"
    async with visit(house, "seller", claim.sale.seller) as seller:
        shown = await seller.get(path)
        await claim.did("seller", "offer_partial_refund", percent=30)
        stale = await seller.send_form(shown, path, note="All of it.")
        assert stale.status_code == 412
        assert "El reclamo cambió desde que abriste esta página" in stale.text
        assert fields(stale, path)["note"] == "All of it."
        assert not [s for s in await claim.steps() if s == "seller refund"]
        assert (await seller.send_form(stale, path)).status_code == 303
    assert (await claim.steps()).count("seller refund") == 1


async def test_what_is_not_possible_any_more_says_so_and_keeps_the_text(house: House) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/actions/offer_partial_refund"
    async with visit(house, "seller", claim.sale.seller) as seller:
        shown = await seller.get(path, params={"percent": 30})
        await claim.did("seller", "refund")
        gone = await seller.send_form(shown, path, note="So much for it.")
    assert gone.status_code == 409
    assert "So much for it." in gone.text
    assert f'href="/claims/{claim.id}"' in gone.text


async def test_a_choice_that_is_none_is_told_in_the_form(house: House) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/actions/offer_partial_refund"
    async with visit(house, "seller", claim.sale.seller) as seller:
        shown = await seller.get(path, params={"percent": 30})
        for percent in ("31", "many", "9" * 5000):
            answer = await seller.send_form(shown, path, percent=percent, note="Here.")
            assert answer.status_code == 422
            assert fields(answer, path)["note"] == "Here."


@pytest.mark.parametrize("party", ["xyz", "mediator", "platform"])
async def test_nobody_but_the_parties_is_asked_for_evidence(house: House, party: str) -> None:
    claim = await scenes.SCENES["mediated"](house)
    path = f"/claims/{claim.id}/actions/request_evidence"
    async with visit(house, "mediator", "mediator-1") as mediator:
        assert (await mediator.get(path, params={"party": party})).status_code == 422
        shown = await mediator.get(path, params={"party": "buyer"})
        answer = await mediator.send_form(shown, path, party=party, note="A photo, please.")
    assert answer.status_code == 422
    assert "A photo, please." in answer.text


async def test_a_file_that_was_kept_can_be_taken_out_again(house: House) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/actions/guide"
    files = [(f"{name}.jpg", pictures.jpeg(), "image/jpeg") for name in "ab"]
    async with visit(house, "seller", claim.sale.seller) as seller:
        shown = form(await seller.get(path), path)
        refused = form(await send(seller, shown, files, note="Write to ana@example.com"), path)
        assert len(refused.boxes["remove"]) == 2
        again = await send(seller, refused, note="Press the button.", remove=refused.boxes["remove"][:1])
        assert again.status_code == 303
    (_, told) = await listed(claim, "buyer", "messages")
    assert [file["id"] for file in told["attachments"]] == refused.boxes["remove"][1:]


async def test_a_line_that_ends_counts_as_one_character(house: House) -> None:
    """As in the box that it is written in; browsers send it as two."""
    claim = await house.claim()
    text = "\n".join(["W" * 99] * (NOTE_LIMIT // 100))
    async with visit(house, "seller", claim.sale.seller) as seller:
        for path, name in ((f"/claims/{claim.id}/messages", "text"), (f"/claims/{claim.id}/actions/guide", "note")):
            page = await seller.get(path if name == "note" else f"/claims/{claim.id}")
            answer = await seller.send_form(page, path, **{name: text.replace("\n", "\r\n")})
            assert answer.status_code == 303, name
    assert [m["text"] for m in await listed(claim, "buyer", "messages")][1:] == [text, text]
