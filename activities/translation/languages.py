"""Which language a text is in. Only asked of three words and more: "ok" is nobody's language."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import eldc  # type: ignore[import-untyped]

from activities.translation.masks import masked
from activities.translation.port import LANGUAGES

_FEWEST_WORDS = 3
_CLEARLY = 0.05  # so much ahead of the profile's language
_TOKEN = re.compile(r"XQZ\d+")  # what the masks put in place of ids, links and amounts
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Detected:
    language: str  # one of LANGUAGES
    by: Literal["text", "profile"]


def detect(text: str, profile: str) -> Detected:
    """By the text if it says enough and says it clearly, else the language of the author's profile."""
    words = _WORD.findall(_TOKEN.sub(" ", masked(text, [])))
    if len(words) < _FEWEST_WORDS:
        return Detected(profile, "profile")
    found = _detector().detect_details(" ".join(words).lower())
    ahead = found.scores.get(found.language, 0.0) - found.scores.get(profile, 0.0)
    if found.language not in LANGUAGES or (found.language != profile and ahead < _CLEARLY):
        return Detected(profile, "profile")
    return Detected(found.language, "text")


@cache
def _detector() -> Any:
    eldc.init()
    detector = eldc.instance()
    detector.set_languages(list(LANGUAGES))
    return detector
