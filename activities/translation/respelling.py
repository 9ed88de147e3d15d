"""Hasty writing spelled out for an engine that learnt from careful writing: "nao recebi" would lose its not."""

import gzip
import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from activities.translation.shorthand import ALWAYS, CARELESS, PHRASES, WORDS

_WORD = re.compile(r"[^\W\d_]+(?:/(?!\w))?(?:[-'][^\W\d_]+)*")
_LONG_DRAWN = re.compile(r"([^\W\d_])\1{2,}")
_DAYS = re.compile(r"\b(\d+)([^\W\d_]{3,})\b")
_HIDDEN = "XQZ"
_RARER = 10  # so many times rarer than the word with accents: then it is that word in haste
_SEEN = 100  # the least that a word was seen


def respelled(text: str, language: str, accents: Mapping[str, str]) -> str:
    """The sentence with accents and whole words. `accents`: by the word without them. Tokens stay as they are."""
    careless = _bare(text) == text
    words = WORDS[language] | (CARELESS[language] if careless else {})

    def meant(found: re.Match[str]) -> str:
        word = found[0]
        if word.startswith(_HIDDEN):
            return word
        short = word.lower()
        if short in words:
            return _begun(words[short], like=word)
        return _as_written(word, accents.get(short, short))

    text = _DAYS.sub(r"\1 \2", _LONG_DRAWN.sub(r"\1", text)) if language != "en" else _LONG_DRAWN.sub(r"\1\1", text)
    text = _WORD.sub(meant, text)
    for phrase, better in [*ALWAYS[language], *(PHRASES[language] if careless else [])]:
        text = phrase.sub(better, text)
    return text


@cache
def accents_of(language: str) -> Mapping[str, str]:
    """From the word lists of `pyspellchecker`, with how often each word was seen. Takes half a second and 20 MB."""
    if language not in ("pt", "es"):
        return {}
    seen = _seen(language)
    best: dict[str, str] = {}
    for word, times in seen.items():
        if times >= _SEEN and not word.isascii() and times > seen.get(best.get(bare := _bare(word), ""), 0):
            best[bare] = word
    return {bare: word for bare, word in best.items() if bare != word and seen[word] >= _RARER * seen.get(bare, 0)}


def _seen(language: str) -> dict[str, int]:
    found = find_spec("spellchecker")
    assert found is not None and found.submodule_search_locations is not None  # noqa: S101, PT018 a requirement
    file = Path(found.submodule_search_locations[0]) / "resources" / f"{language}.json.gz"
    words: dict[str, int] = json.loads(gzip.decompress(file.read_bytes()))
    return words


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _as_written(word: str, meant: str) -> str:
    if meant == word.lower():
        return word
    return meant.upper() if word.isupper() and len(word) > 1 else _begun(meant, like=word)


def _begun(meant: str, like: str) -> str:
    return meant[0].upper() + meant[1:] if like[0].isupper() and not like.isupper() else meant
