"""The forms of a page, read as a browser without scripts reads them."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx


@dataclass
class Form:
    """What a browser would send; `boxes` are the values of what can be ticked or pressed, by name."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    boxes: dict[str, list[str]] = field(default_factory=dict)  # what can be chosen
    files: set[str] = field(default_factory=set)

    def value(self, name: str) -> str:
        return dict(self.fields)[name]

    def filled(self, **changes: Any) -> list[tuple[str, str]]:
        """With other values; what is None is not sent, a list is sent once for each."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        for name, value in changes.items():
            kept += [(name, one) for one in (value if isinstance(value, list) else [value]) if one is not None]
        return kept


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._text: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name"), given.get("value") or ""
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif tag == "textarea" and name:
            self._text = (name, [])
        elif tag == "button" and name:
            self.forms[-1].boxes.setdefault(name, []).append(value)
        elif tag == "input" and name:
            self._input(self.forms[-1], str(given.get("type", "text")), name, value, "checked" in given)

    def _input(self, form: Form, kind: str, name: str, value: str, checked: bool) -> None:
        if kind == "file":
            form.files.add(name)
            return
        if kind in ("radio", "checkbox"):
            form.boxes.setdefault(name, []).append(value)
        if kind not in ("radio", "checkbox") or checked:
            form.fields.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            name, parts = self._text
            self.forms[-1].fields.append((name, "".join(parts).removeprefix("\n")))
            self._text = None


def form(answer: httpx.Response, action: str = "") -> Form:
    """The form of a page; with `action`, the one that goes there. The one in the frame signs out."""
    reader = _Reader()
    reader.feed(answer.text)
    found = [f for f in reader.forms if (f.action == action if action else f.action != "/sign-out")]
    assert found, f"no form for {action or 'anything'} in {answer.text[:2000]}"
    return found[0]


def shown(answer: httpx.Response) -> str:
    """What can be read on a page, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def fields(answer: httpx.Response, action: str) -> dict[str, str]:
    """What the form holds that goes to this address."""
    return dict(form(answer, action).fields)


def part(page: str, element: str) -> str:
    """From the element with this id up to the end of the section or article that it begins or stands in."""
    start = page.index(f'id="{element}"')
    ends = [page.find(end, start) for end in ("</section>", "</article>")]
    return page[start : min(e for e in ends if e > 0)]


def words(source: str) -> str:
    """What is read of a part, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", source.partition(">")[2])).split())
