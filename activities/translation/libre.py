"""A server that speaks as LibreTranslate does: one POST. Tested against a local one (tests/translation_servers.py)."""

import asyncio
import json
import re
from typing import Any

import httpx

from activities.retry_after import seconds_of
from activities.translation.keeping import Keeping
from activities.translation.port import LONGEST_TEXT, GivenUp, NotAvailable, Translated, TryLater

_LONGEST_ANSWER = 2**20  # bytes
_LATER = (408, 425, 429)
_NO_PAIR = re.compile(r"not (?:supported|available)|no translation", re.IGNORECASE)


class LibreTranslate:
    name = "libretranslate"

    def __init__(self, url: str, key: str, seconds: float) -> None:
        self._address = f"{url.rstrip('/')}/translate"
        self._key = key
        self._seconds = seconds
        self._client = httpx.AsyncClient(timeout=seconds)

    async def translate(self, text: str, source: str, target: str) -> Translated:
        if len(text) > LONGEST_TEXT:
            raise GivenUp(f"a text has at most {LONGEST_TEXT} characters")

        async def through(lines: list[str]) -> list[str]:
            return await self._asked(lines, source, target)

        try:
            async with asyncio.timeout(self._seconds):
                done = await Keeping(text, through, by_lines=True).translated()
        except (TimeoutError, httpx.TimeoutException):
            raise TryLater("the translation server did not answer in time") from None
        except httpx.HTTPError:
            raise TryLater("the translation server cannot be reached") from None
        return Translated(done, "LibreTranslate", f"{source}>{target}")

    async def close(self) -> None:
        await self._client.aclose()

    async def _asked(self, lines: list[str], source: str, target: str) -> list[str]:
        asked: dict[str, Any] = {"q": lines, "source": source, "target": target, "format": "text"}
        if self._key:
            asked["api_key"] = self._key
        async with self._client.stream("POST", self._address, json=asked) as response:
            body = await _read(response)
        if response.status_code != 200:
            raise _told_apart(response, body)
        return _lines(body, len(lines))


async def _read(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER:
            raise TryLater("the translation server answered too much")
    return body


def _lines(body: bytes, number: int) -> list[str]:
    try:
        found = json.loads(body)["translatedText"]
    except (ValueError, TypeError, KeyError):
        found = None
    if not isinstance(found, list) or len(found) != number or not all(isinstance(line, str) for line in found):
        raise TryLater("the translation server answered something else than a translation")
    return found


def _told_apart(response: httpx.Response, body: bytes) -> TryLater | GivenUp | NotAvailable:
    status = response.status_code
    if status in _LATER or status >= 500:
        return TryLater(f"the translation server says {status}", seconds_of(response.headers.get("Retry-After", "")))
    if status == 400 and _NO_PAIR.search(body.decode(errors="replace")):
        return NotAvailable("the translation server does not have this pair of languages")
    if status in (401, 403):
        return GivenUp("the translation server refuses the key")
    return GivenUp(f"the translation server refuses the text ({status})")
