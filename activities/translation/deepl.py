"""DeepL, over its own library. Tested against a local server that behaves as DeepL's (tests/translation_servers.py)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import deepl
import deepl.http_client

from activities.translation.keeping import Keeping
from activities.translation.port import LONGEST_TEXT, GivenUp, Translated, TryLater

_AS_SOURCE = {"en": "EN", "es": "ES", "pt": "PT"}
_AS_TARGET = {"en": "EN-US", "es": "ES", "pt": "PT-BR"}
_MOST_TEXTS = 50  # in one request
_AT_ONCE = 4
_RETRIES = 1  # of the library, within our time; the caller's are longer apart
_LASTING = (400, 403, 404, 413, 414, 456)


class DeepL:
    """A line of the text is a text for DeepL, with all of it as context; what must stay is hidden from it.

    `formality` and `glossary` (an id) are DeepL's own. The library is blocking: it runs in threads of its own.
    """

    name = "deepl"

    def __init__(self, key: str, url: str, seconds: float, formality: str | None = None, glossary: str | None = None):
        deepl.http_client.max_network_retries = _RETRIES
        deepl.http_client.min_connection_timeout = max(0.1, (seconds - 1) / (_RETRIES + 1))
        self._client = deepl.DeepLClient(key, server_url=url or None, send_platform_info=False)
        self._options: dict[str, Any] = {"formality": formality, "glossary": glossary, "preserve_formatting": True}
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="deepl")

    async def translate(self, text: str, source: str, target: str) -> Translated:
        if len(text) > LONGEST_TEXT:
            raise GivenUp(f"a text has at most {LONGEST_TEXT} characters")

        async def through(lines: list[str]) -> list[str]:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._translated, lines, text, source, target)

        try:
            async with asyncio.timeout(self._seconds):
                done = await Keeping(text, through, by_lines=True).translated()
        except TimeoutError:
            raise TryLater("DeepL did not answer in time") from None
        return Translated(done, f"DeepL (deepl {deepl.__version__})", f"{source}>{target}")

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()  # type: ignore[no-untyped-call]

    def _translated(self, lines: list[str], context: str, source: str, target: str) -> list[str]:
        """Blocking. All lines, in as few requests as DeepL takes."""
        done: list[str] = []
        for start in range(0, len(lines), _MOST_TEXTS):
            done += self._asked(lines[start : start + _MOST_TEXTS], context, source, target)
        return done

    def _asked(self, lines: list[str], context: str, source: str, target: str) -> list[str]:
        try:
            found = self._client.translate_text(
                lines, source_lang=_AS_SOURCE[source], target_lang=_AS_TARGET[target], context=context, **self._options
            )
        except deepl.DeepLException as error:
            raise _told_apart(error) from None  # its message may hold the text
        except (TypeError, ValueError, AttributeError):
            raise TryLater("DeepL answered something else than a translation") from None
        if not isinstance(found, list) or len(found) != len(lines):
            raise TryLater("DeepL answered something else than a translation")
        return [one.text for one in found]


def _told_apart(error: deepl.DeepLException) -> TryLater | GivenUp:
    if isinstance(error, deepl.QuotaExceededException):
        return GivenUp("DeepL's quota is used up")
    if isinstance(error, deepl.AuthorizationException):
        return GivenUp("DeepL refuses the key")
    if error.http_status_code in _LASTING:
        return GivenUp(f"DeepL refuses the text ({error.http_status_code})")
    if isinstance(error, deepl.ConnectionException):
        return TryLater("DeepL cannot be reached")
    return TryLater(f"DeepL says {error.http_status_code}")
