"""People at their windows, who find things by what these are called: one script runs in every language."""

from playwright.async_api import Locator, Page

from api.pages.texts import translations
from tests.browsing import Window


class Person:
    """Texts are given as the code has them, in English; what is pressed must be a button, what is followed a link."""

    def __init__(self, window: Window, language: str) -> None:
        self.window, self.language = window, language

    @property
    def page(self) -> Page:
        return self.window.page

    def say(self, text: str, **filled: object) -> str:
        said = str(translations(self.language).gettext(text))
        return said % filled if filled else said

    async def press(self, text: str, **filled: object) -> None:
        await self.page.get_by_role("button", name=self.say(text, **filled)).click()

    async def follow(self, text: str, **filled: object) -> None:
        await self.page.get_by_role("link", name=self.say(text, **filled)).click()

    async def write(self, label: str, value: str) -> None:
        await self.page.get_by_label(self.say(label)).fill(value)

    async def choose(self, label: str, **filled: object) -> None:
        await self.page.get_by_label(self.say(label, **filled)).check()

    async def sees(self, text: str, **filled: object) -> None:
        """At once, or as soon as it comes by itself."""
        await self._said(text, **filled).first.wait_for()

    async def reads(self, heading: str) -> None:
        """The page has this heading."""
        await self.page.get_by_role("heading", name=self.say(heading), level=1).wait_for()

    def _said(self, text: str, **filled: object) -> Locator:
        return self.page.get_by_text(self.say(text, **filled)).locator("visible=true")
