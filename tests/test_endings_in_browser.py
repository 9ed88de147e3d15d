"""Every ending of a claim through the pages: two people, two windows, and neither has to load a page anew."""

import itertools

import pytest

from claims.reasons import LANGUAGES
from tests.browsing import NARROW, WIDE, Looks, Site
from tests.endings import ENDINGS, meeting
from tests.house import House

pytestmark = pytest.mark.xdist_group("browser")


def looks_of_both(language: str, width: int, scripts: bool = True) -> tuple[Looks, Looks]:
    """The buyer reads this language, the seller the next one, with a window of the other width."""
    other = LANGUAGES[(LANGUAGES.index(language) + 1) % len(LANGUAGES)]
    buyers = Looks(language, width, javascript=scripts)
    return buyers, Looks(other, WIDE if width == NARROW else NARROW, javascript=scripts)


def cases() -> list[object]:
    """All endings in all languages at both widths in the long run; in the short one, each once."""
    return [
        pytest.param(ending, language, width, marks=[pytest.mark.long] * ((language, width) != ("es", NARROW)))
        for ending, language, width in itertools.product(ENDINGS, LANGUAGES, (NARROW, WIDE))
    ]


@pytest.mark.parametrize(("ending", "language", "width"), cases())
async def test_a_claim_ends(site: Site, shown: House, told: None, ending: str, language: str, width: int) -> None:
    async with meeting(site, shown, *looks_of_both(language, width)) as met:
        await ENDINGS[ending](met)


@pytest.mark.long
@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_claim_ends_without_scripts(site: Site, shown: House, told: None, ending: str) -> None:
    async with meeting(site, shown, *looks_of_both("pt", WIDE, scripts=False)) as met:
        await ENDINGS[ending](met)
