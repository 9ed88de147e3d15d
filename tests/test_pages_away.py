"""What the pages do while the engine or the database is away: a form is kept, and sent again it is done once."""

from typing import Any, NoReturn

import pytest

from storage.database import Database
from tests.forms import fields
from tests.house import House
from tests.visiting import visit
from workflows.runs import Away, Runs

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


async def _away(*_: Any, **__: Any) -> NoReturn:
    raise Away from ConnectionError("nobody there")


def _from_the_room(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}
