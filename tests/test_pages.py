"""Every page in every state: nobody is barred from it, it fits its window, and nothing goes wrong in it."""

import itertools

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.pages.render import STATIC
from claims.reasons import LANGUAGES
from tests import own_states, pages, room_states
from tests.accessible import axe
from tests.browsing import NARROW, WIDE, Looks, Site
from tests.house import House, settings_for
from tests.pages import Rooms, State

PLACES = (own_states, room_states)  # each adds its states to the list
LOOKS = list(itertools.product((NARROW, WIDE), ("light", "dark")))


def cases() -> list[object]:
    """All looks at all states in the long run (two at those that are for it alone); in the short one, one look in turn
    at one state of each page."""
    return [
        pytest.param(
            state,
            Looks(LANGUAGES[(nth + turn) % len(LANGUAGES)], width, scheme),
            id=f"{state.name}, {width} {scheme}",
            marks=[
                pytest.mark.xdist_group("browser"),
                *[pytest.mark.long] * (turn != nth % len(LOOKS) or not _is_first(state)),
            ],
        )
        for nth, state in enumerate(pages.STATES)
        for late in [state.name in room_states.LONG]
        for turn, (width, scheme) in enumerate(LOOKS)
        if not late or (turn - nth) % len(LOOKS) in (0, 2)
    ]


def _is_first(state: State) -> bool:
    """Whether it is looked at in the short run: the first state of its page."""
    known = next(other for other in pages.STATES if other.route == state.route)
    return state is known or state.name in room_states.SHORT


@pytest.fixture(scope="session")
def rooms(shown: House) -> Rooms:
    return Rooms(shown)


@pytest.mark.parametrize(("state", "looks"), cases())
async def test_everybody_can_use(site: Site, rooms: Rooms, state: State, looks: Looks) -> None:
    place = await state.made(rooms)
    async with site.window(place.role, place.person, looks) as window:
        await window.open(place.path, place.status)
        await place.then(window)
        await window.fits()
        await axe(window.page)


def check_listed(app: FastAPI) -> None:
    """Every page stands in the list, and nothing else does."""
    assert pages.routes(app) == {state.route for state in pages.STATES if state.route} | set(pages.PARTS)


def test_every_page_is_listed(sqlite_url: str) -> None:
    check_listed(create_app(settings_for(sqlite_url)))


def test_a_new_page_fails_until_it_is_listed(sqlite_url: str) -> None:
    app = create_app(settings_for(sqlite_url))

    async def new() -> None: ...

    new.__module__ = "api.pages.new"
    app.add_api_route("/new", new)
    with pytest.raises(AssertionError, match="/new"):
        check_listed(app)


def test_all_that_browsers_load_once_is_small() -> None:
    assert sum(file.stat().st_size for file in STATIC.rglob("*") if file.is_file()) <= 250_000
