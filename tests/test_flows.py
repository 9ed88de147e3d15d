"""What people do through the pages, each in a window of their own."""

import pytest

from api.pages.words import WORDS
from claims.reasons import LANGUAGES
from tests.browsing import NARROW, WIDE, Looks, Site
from tests.flows import Person

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
async def test_a_stranger_chooses_a_language_before_signing_in(site: Site, javascript: bool) -> None:
    async with site.window(looks=Looks("en", NARROW if javascript else WIDE, javascript=javascript)) as window:
        await window.open("/sign-in")
        for language in reversed(LANGUAGES):
            person = Person(window, language)
            await person.follow(WORDS["language"][language])
            await person.reads("Sign in")
            assert await window.page.locator("html").get_attribute("lang") == language
