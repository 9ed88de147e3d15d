"""What every translator does, and how it says no. Three kinds of no, for the caller does something else at each."""

from dataclasses import dataclass
from typing import Protocol

LANGUAGES = ("en", "es", "pt")
LONGEST_TEXT = 3500  # characters


@dataclass(frozen=True)
class Translated:
    """The text in the target language, which engine made it ("fxtranslate 0.5.0") and by which way ("es>pt>en")."""

    text: str
    engine: str
    route: str


class NotAvailable(Exception):
    """This pair of languages cannot be translated here: a fact about the installation, not about the text."""


class TryLater(Exception):
    """Nothing came of it this time: a limit, a timeout, an engine that died. `seconds`: when to ask again, if said."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class GivenUp(Exception):
    """Asking again will not help: quota used up, a wrong key, a text that is refused. The original is shown."""


class Translator(Protocol):
    @property
    def name(self) -> str:
        """Of the setting: `embedded`, `deepl`, `libretranslate` or `off`."""

    async def translate(self, text: str, source: str, target: str) -> Translated:
        """Up to LONGEST_TEXT characters; newlines, ids, links, amounts and emoji come through unchanged.

        Languages are `en`, `es`, `pt`, and differ: a text in its reader's language is the caller's business.
        Raises NotAvailable, TryLater or GivenUp, and nothing else; answers within the timeout of the settings.
        """

    async def close(self) -> None:
        """End what was started. The translator is not used after."""
