"""What the pages do while the engine or the database is away: a form is kept, and sent again it is done once."""

import re
from typing import Any, NoReturn

import pytest

from claims.model import Claim
from storage.database import Database
from tests import pictures
from tests.forms import fields, form
from tests.house import House
from tests.talking import listed
from tests.visiting import send, visit
from workflows.runs import Away, Runs, Slow

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


async def test_a_step_is_kept_while_the_engine_is_away_and_done_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/actions/refund"
    async with visit(house, "seller", claim.sale.seller) as seller:
        shown = await seller.get(path)
        with monkeypatch.context() as while_:
            while_.setattr(Runs, "act", _away)
            away = await seller.send_form(shown, path, note="All of it.\n<b>Now.</b>")
        assert (away.status_code, away.headers["retry-after"]) == (503, "2")
        assert fields(away, path)["note"] == "All of it.\n<b>Now.</b>"
        again = await seller.send_form(away, path)
        assert again.headers["location"] == f"/claims/{claim.id}?done=refund"
        assert (await seller.send_form(shown, path, note="All of it.\n<b>Now.</b>")).status_code == 303
    assert (await claim.steps()).count("seller refund") == 1


async def test_a_message_is_kept_while_the_database_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = await house.claim()
    path = f"/claims/{claim.id}/messages"
    async with visit(house, "seller", claim.sale.seller) as seller:
        room = await seller.get(f"/claims/{claim.id}")
        with monkeypatch.context() as while_:
            while_.setattr(house.desk, "database", Database(NOWHERE))
            away = await seller.send_form(room, path, text="Which lamp is it?")
            assert away.status_code == 503
            beside = await seller.post(path, data=fields(room, path), headers=_from_the_room("div#room"))
            by_itself = await seller.get(f"/claims/{claim.id}", headers=_from_the_room("div#room"))
        assert fields(away, path)["text"] == "Which lamp is it?"
        assert (await seller.send_form(away, path)).status_code == 303
        assert (beside.headers["hx-retarget"], beside.headers["hx-reswap"]) == ("#refused", "innerHTML")
        assert by_itself.headers["hx-reswap"] == "none"  # the room stays, with what is being typed in it
        assert "<html" not in beside.text + by_itself.text


async def test_a_claim_that_the_engine_has_yet_to_answer_is_looked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, and without scripts by a link; not for ever."""
    sale = await house.order()
    path = f"/orders/{sale.order_id}/1/claim"
    async with visit(house, "buyer", sale.buyer) as buyer:
        given = fields(await buyer.get(path), path) | {"reason": "not_working", "text": "It is dark.", "step": "open"}
        with monkeypatch.context() as while_:
            while_.setattr(Runs, "open", _slow)
            there = (await buyer.post(path, data=given)).headers["location"]
        assert there.endswith("?done=slow")
        soon = await buyer.get(there)
        assert soon.status_code == 202
        assert re.findall(r'(data-again|href)="([^"]+looked[^"]+)"', soon.text) == [
            ("data-again", f"{there}&amp;looked=1"), ("href", f"{there}&amp;looked=1")
        ]  # fmt: skip
        assert (await buyer.get(f"{there}&looked=20")).status_code == 404
        opened = (await buyer.post(path, data=given)).headers["location"]
        assert opened.partition("?")[0] == there.partition("?")[0]
        found = await buyer.get(f"{there}&looked=1")
        assert found.headers["location"] == there.replace("slow", "opened")


async def test_files_of_a_form_that_is_kept_are_chosen_again(house: House) -> None:
    """A browser does not say again what was chosen once."""
    claim = await house.claim()
    path = f"/claims/{claim.id}/messages"
    photo = ("a.jpg", pictures.jpeg(), "image/jpeg")
    async with visit(house, "seller", claim.sale.seller) as seller:
        room = form(await seller.get(f"/claims/{claim.id}"), path)
        session = dict(seller.cookies)
        seller.cookies.clear()
        out = await send(seller, room, [photo], text="Is it this one?")
        assert out.status_code == 401
        seller.cookies.update(session)
        kept = form(out, path)
        assert kept.files == {"files"}
        assert (await send(seller, kept, [photo])).status_code == 303
    (_, sent) = await listed(claim, "seller", "messages")
    assert (sent["text"], len(sent["attachments"])) == ("Is it this one?", 1)


async def _slow(_: Any, claim: Claim, *__: Any) -> NoReturn:
    raise Slow(claim.id)


async def _away(*_: Any, **__: Any) -> NoReturn:
    raise Away from ConnectionError("nobody there")


def _from_the_room(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}
