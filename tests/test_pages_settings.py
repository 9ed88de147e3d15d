"""The page of settings: what is chosen holds at once, what is refused stays in its form."""

import re
from typing import Any

import pytest

from api.pages.session import Sessions
from claims.inputs import NOTE_LIMIT
from claims.quick_replies import HOUSE, MOST_OWN
from tests.house import House
from tests.visiting import visit

BAD = "<script>alert(1)</script> \"><img src=x onerror='alert(2)'> {{ 7 * 7 }}"
PHONE = "Call me at +52 55 1234 5678, please."
HEADINGS = {"en": "Settings", "es": "Configuración", "pt": "Configurações"}


async def profile(house: House, role: str, person: str) -> dict[str, Any]:
    async with house.as_(role, person) as caller:
        return dict((await caller.get("/v1/profile")).json())


async def replies(house: House, seller: str) -> list[dict[str, Any]]:
    async with house.as_("seller", seller) as caller:
        found = (await caller.get("/v1/quick-replies")).json()["replies"]
    return [reply for reply in found if reply["own"]]


def name_in(page: str) -> str:
    found = re.search(r'action="(/settings/replies/[^"]+)"', page)
    assert found
    return found[1]


def clock(page: str) -> str:
    """What the reader's own clock is said to be; the zones to choose from are not it."""
    found = re.search(r"On your clock it is now <b>([^<]*)</b>", page)
    assert found
    return found[1]


# --- reading


@pytest.mark.parametrize("role", ["buyer", "seller", "mediator"])
async def test_everybody_chooses_how_they_read(house: House, role: str) -> None:
    person = f"reader-{role}"
    looker = visit(house, role, person)
    for language, heading in HEADINGS.items():
        answer = await looker.sends("/settings/reading", language=language, originals="yes")
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings?done=saved")
        assert f"<h1>{heading}</h1>" in await looker.sees("/settings", done="saved")
        assert await profile(house, role, person) == {"language": language, "originals": True}
    await looker.sends("/settings/reading", language="en")
    assert await profile(house, role, person) == {"language": "en", "originals": False}


async def test_the_page_before_signing_in_speaks_the_chosen_language(house: House) -> None:
    looker = visit(house, "buyer", "reader-who-leaves")
    await looker.sends("/settings/reading", language="pt")
    await looker.sends("/sign-out")
    assert '<html lang="pt">' in await looker.sees("/sign-in")


async def test_a_language_that_there_is_not_is_refused(house: House) -> None:
    answer = await visit(house, "buyer", "reader-of-latin").sends("/settings/reading", language="la")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


# --- the zone


async def test_a_zone_that_is_chosen_holds_until_it_is_the_browsers_again(house: House) -> None:
    looker = visit(house, "buyer", "traveller")
    looker.has("zone", "America/Mexico_City")
    assert "GMT-06:00" in clock(await looker.sees("/settings"))
    await looker.sends("/settings/zone", zone="America/Noronha")
    page = await looker.sees("/settings")
    assert "GMT-02:00" in clock(page)
    assert '<option value="America/Noronha" selected>' in page
    assert looker.cookies["zone_chosen"] == "yes"  # amends.js leaves the zone alone
    await looker.sends("/settings/zone", zone="")
    assert not {"zone", "zone_chosen"} & set(looker.cookies)
    assert "has not said its zone yet" in await looker.sees("/settings")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "America/Noronha; path=/x"])
async def test_a_zone_that_there_is_not_is_refused(house: House, zone: str) -> None:
    answer = await visit(house, "buyer", "traveller-far").sends("/settings/zone", zone=zone)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


# --- quick replies


async def test_a_reply_is_written_changed_and_deleted(house: House) -> None:
    seller = "writer-1"
    looker = visit(house, "seller", seller)
    action = name_in(await looker.sees("/settings/replies"))
    written = {"en": "Hello {buyer},\r\nI look into it.", "es": "  ", "pt": "Olá", "reason": ["damaged", "different"]}
    assert (await looker.sends(action, **written)).headers["location"] == "/settings?done=saved"
    (kept,) = await replies(house, seller)
    assert kept["texts"] == {"en": "Hello {buyer},\nI look into it.", "pt": "Olá"}
    assert kept["reasons"] == ["damaged", "different"]
    page = await looker.sees(action)
    assert re.findall(r'name="reason" value="(\w+)" checked', page) == ["damaged", "different"]
    assert "Hello {buyer},\nI look into it.</textarea>" in page
    await looker.sends(action, en="Hi")
    assert [reply["texts"] for reply in await replies(house, seller)] == [{"en": "Hi"}]
    assert "Hi" in await looker.sees("/settings")
    await looker.sends(f"{action}/delete")
    assert await replies(house, seller) == []
    await looker.sees(action, 404)


async def test_a_reply_of_the_houses_is_a_beginning(house: House) -> None:
    looker = visit(house, "seller", "writer-2")
    page = await looker.sees("/settings/replies", like=HOUSE[1].name)
    for text in HOUSE[1].texts.values():
        assert f"{text}</textarea>" in page
    assert name_in(page) != f"/settings/replies/{HOUSE[1].name}"  # it is a copy


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"en": PHONE, "pt": "Tudo bem."}, "This text cannot be sent as it is."),
        ({"en": "a" * (NOTE_LIMIT + 1)}, "too long"),
        ({"en": "   "}, "missing"),
        ({"en": "Bell \x07"}, "not right"),
    ],
)
async def test_what_is_refused_is_kept_in_the_form(house: House, texts: dict[str, str], sentence: str) -> None:
    seller = "writer-3"
    looker = visit(house, "seller", seller)
    action = name_in(await looker.sees("/settings/replies"))
    answer = await looker.sends(action, **texts, new="yes", reason=["incomplete"])
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert sentence in answer.text
    assert name_in(answer.text) == action
    assert 'value="incomplete" checked' in answer.text
    assert all(text.strip() in answer.text for text in texts.values())
    assert await replies(house, seller) == []


async def test_no_more_are_kept_than_there_may_be(house: House) -> None:
    looker = visit(house, "seller", "writer-4")
    for number in range(MOST_OWN):
        await looker.sends(f"/settings/replies/r{number}", en="Hello")
    answer = await looker.sends("/settings/replies/more", en="One more", new="yes")
    assert answer.status_code == 409
    assert "One more</textarea>" in answer.text


async def test_what_is_written_is_text_and_nothing_else(house: House) -> None:
    looker = visit(house, "seller", "writer-5")
    await looker.sends("/settings/replies/bad", es=BAD)
    for page in (await looker.sees("/settings"), await looker.sees("/settings/replies/bad")):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{ 7 * 7 }}" in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_replies_are_of_their_seller_alone(house: House) -> None:
    await visit(house, "seller", "writer-6").sends("/settings/replies/mine", en="Of mine")
    other = visit(house, "seller", "writer-7")
    await other.sees("/settings/replies/mine", 404)
    await other.sends("/settings/replies/mine/delete")
    assert len(await replies(house, "writer-6")) == 1
    buyer = visit(house, "buyer", "writer-8")
    await buyer.sees("/settings/replies", 403)
    assert (await buyer.sends("/settings/replies/mine", en="No")).status_code == 403
    assert "/settings/replies" not in await buyer.sees("/settings")


# --- forms


@pytest.mark.parametrize("path", ["reading", "zone", "replies/mine", "replies/mine/delete"])
async def test_a_form_of_somebody_elses_changes_nothing(house: House, path: str) -> None:
    looker = visit(house, "seller", "writer-9")
    answer = await looker.post(f"/settings/{path}", data={"language": "pt", "zone": "UTC", "en": "x"})
    assert answer.status_code == 403
    assert await replies(house, "writer-9") == []
    assert await profile(house, "seller", "writer-9") == {"language": "en", "originals": False}


async def test_signing_out_is_there(house: House) -> None:
    looker = visit(house, "mediator", "who-leaves")
    assert 'action="/sign-out"' in (await looker.sees("/settings")).partition('<main id="main"')[2]
    await looker.sends("/sign-out")
    sessions: Sessions = house.app.state.sessions
    assert sessions.cookie not in looker.cookies
