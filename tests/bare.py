"""Texts of a template that stand there as they are, and so are in no catalogue."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment

_READ = ("alt", "aria-description", "aria-label", "aria-roledescription", "placeholder", "title")  # attributes
_NAMES = ("Amends", "PDF", "QR")  # the same in every language
_FIELD = re.compile(r"\{\w+\}")  # such as {buyer}, which people write themselves
_WORD = re.compile(r"[^\W\d_]{2,}")


def bare(template: str) -> list[str]:
    """The texts and attributes with a word in them that no catalogue translates."""
    seen = _Seen()
    seen.feed("".join(_as_they_are(template)))
    seen.close()
    return [text for text in seen.texts if set(_WORD.findall(_FIELD.sub("", text))) - set(_NAMES)]


def _as_they_are(template: str) -> Iterator[str]:
    """What is neither code, nor between {% trans %} and {% endtrans %}."""
    code, first, translated = False, False, False
    for _, kind, text in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(template):
        if kind == "data" and not translated:
            yield text
        elif kind == "block_begin":
            code = first = True
        elif kind == "name" and code and first:
            translated, first = text in ("trans", "pluralize") or (translated and text != "endtrans"), False
        elif kind == "block_end":
            code = False


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.texts += [value.strip() for name, value in attrs if name in _READ and value]

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.texts.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
