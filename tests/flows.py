"""People at their windows, who find things by what these are called: one script runs in every language."""

import re

from playwright.async_api import Locator, Page, expect

from api.pages.texts import Formats, translations
from api.pages.words import WORDS
from tests.browsing import Looks, Window

PATIENCE = 30_000  # milliseconds for what comes by itself: a limit for what is broken, however busy the machine is


class Person:
    """Texts are given as the code has them, in English; what is pressed must be a button, what is followed a link."""

    def __init__(self, window: Window, language: str, scripts: bool = True) -> None:
        self.window, self.language, self.scripts = window, language, scripts
        self._begun = ""

    @classmethod
    def at(cls, window: Window, looks: Looks) -> "Person":
        return cls(window, looks.language, looks.javascript)

    @property
    def page(self) -> Page:
        return self.window.page

    @property
    def formats(self) -> Formats:
        return Formats(self.language, "UTC")

    def say(self, text: str, **filled: object) -> str:
        said = str(translations(self.language).gettext(text))
        return said % filled if filled else said

    async def press(self, text: str, **filled: object) -> None:
        await self.page.get_by_role("button", name=self.say(text, **filled)).click()

    async def follow(self, text: str, **filled: object) -> None:
        await self.page.get_by_role("link", name=self.say(text, **filled)).click()

    async def write(self, label: str, value: str, **filled: object) -> None:
        await self.page.get_by_label(self.say(label, **filled)).fill(value)

    async def choose(self, label: str, **filled: object) -> None:
        await self.page.get_by_label(self.say(label, **filled)).check()

    async def sees(self, text: str, **filled: object) -> None:
        """At once, or as soon as it comes by itself."""
        await self._said(text, **filled).first.wait_for(timeout=PATIENCE)

    async def reads(self, heading: str) -> None:
        """The page has this heading."""
        await self.page.get_by_role("heading", name=self.say(heading), level=1).wait_for()

    async def stays(self, begun: str = "") -> None:
        """From now on this page is not to be loaded anew. They begin to write what they will not send."""
        self._begun = begun if self.scripts else ""
        if self.scripts:
            await self.page.evaluate("window.stays = true")
        if self._begun:
            await self.page.locator("#text").press_sequentially(self._begun)

    async def hears(self, text: str, **filled: object) -> None:
        """What comes about without them comes into the page as it stands; without scripts, when it is loaded again."""
        if self.scripts:
            await self.sees(text, **filled)
            assert await self.page.evaluate("window.stays"), f"{self.page.url} was loaded anew"
            await self._keeps()
        else:
            await self._loads_until(text, **filled)

    async def _keeps(self) -> None:
        """What they have begun to write still stands where they write, if they may write at all."""
        if self._begun and await self.page.locator("#text").count():
            await expect(self.page.locator("#text")).to_have_value(self._begun)

    async def _loads_until(self, text: str, **filled: object) -> None:
        for _ in range(PATIENCE // 200):
            await self.page.reload()
            if await self._said(text, **filled).count():
                return
            await self.page.wait_for_timeout(200)
        await self.sees(text, **filled)

    def _said(self, text: str, **filled: object) -> Locator:
        return self.page.get_by_text(self.say(text, **filled)).locator("visible=true")


async def counts_down(person: Person) -> None:
    """Until when something is to be done, and how long that is yet."""
    await expect(person.page.locator("#status [data-until]").first).to_have_text(re.compile(r"\(.*\d.*\)"))


async def ended(person: Person, outcome: str) -> None:
    await person.hears("This claim is closed")
    await person.hears(WORDS["outcome"][outcome])
