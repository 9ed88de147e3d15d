"""The small language in which the rules are written, made into regular expressions that take linear time.

word          that word, without accents; 1 and * in a text pass for the letters that they hide
this|that     one of them; a_b is two words; ban* is any word that begins so
{name}        one of the list of that name
[this|that]2  up to two of them, or none
#             a number
~3            up to three words of any kind, within the sentence
!this|that    not followed by them
$$            here the phrase itself begins (in `spared` only)
^ and $       here a part of a sentence begins, or ends
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LETTERS = {"i": "[i1*]", "l": "[l1]", "a": "[a*]", "e": "[e*]", "o": "[o*]", "u": "[u*]"}


@dataclass(frozen=True)
class Language:
    """A language's rules: `lists` of words, and for each code the phrases that give it away, one a line."""

    code: str
    lists: Mapping[str, str]
    phrases: Mapping[str, str]
    spared: str  # what, shortly before a phrase, makes it harmless: told of another, or denied
    invites: str  # what, shortly before a bare address of the web, makes it an invitation


def compiled(language: Language, lines: str) -> re.Pattern[str]:
    """One expression for all lines, to be used on `Text.phrases`."""
    whole = re.sub(r"\|\n +", "|", lines)  # a line may be broken after a |
    rules = [_rule(line, language.lists) for line in whole.splitlines() if line.strip()]
    return re.compile(f"(?<= )(?:{'|'.join(rules)})")


def compiled_spared(language: Language) -> re.Pattern[str]:
    """One expression for what spares a phrase, to be used on the words before it."""
    return compiled(language, language.spared)


def _rule(line: str, lists: Mapping[str, str]) -> str:
    return "".join(_item(item, lists) for item in line.split())


def _item(item: str, lists: Mapping[str, str]) -> str:
    if item == "$$":
        return r"\Z"
    if item in ("^", "$"):
        return "(?<= [.,] )" if item == "^" else "(?=[.,] )"
    if item == "#":
        return "[0-9-]++ "
    if item[0] == "~":
        return f"(?:[^ .]++ ){{0,{int(item[1:])}}}"
    if item[0] == "!":
        return f"(?!{_any(item[1:], lists)} )"
    if item[0] == "[":
        words, times = item[1:].split("]")
        return f"(?:{_any(words, lists)} ){{0,{int(times or 1)}}}"
    return f"{_any(item, lists)} "


def _any(words: str, lists: Mapping[str, str]) -> str:
    spelled = [one for word in words.split("|") for one in _listed(word, lists)]
    return f"(?:{'|'.join(_spelled(word) for word in spelled)})"


def _listed(word: str, lists: Mapping[str, str]) -> list[str]:
    if not word.startswith("{"):
        return [word]
    return [one for listed in lists[word[1:-1]].split() for one in _listed(listed, lists)]


def _spelled(word: str) -> str:
    stem = word.removesuffix("*")
    ending = "[a-z]*+" if stem != word else ""
    return "".join(_LETTERS.get(c, " " if c == "_" else re.escape(c)) for c in stem) + ending
