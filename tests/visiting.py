"""A browser without scripts, for pages over ASGI: it keeps cookies, and sends forms with what is in them."""

from html.parser import HTMLParser
from typing import Any

import httpx

from api.tokens import Caller, Role
from tests.house import House


class Visit(httpx.AsyncClient):
    """Somebody's look at the pages."""

    async def send_form(self, page: httpx.Response, action: str, files: Any = None, **given: Any) -> httpx.Response:
        """Send the form of the page that goes there, with what it holds and with this."""
        held = fields(page.text, action)
        return await self.post(action, data=held | given, files=files)


def visit(house: House, role: str = "", person: str = "") -> "Visit":
    """A visit of this person; without one, of nobody who is signed in yet."""
    sessions = house.app.state.sessions
    cookies = {sessions.cookie: sessions.sign(Caller(person, Role(role)))} if role else {}
    made = Visit(transport=httpx.ASGITransport(app=house.app), base_url="http://amends", cookies=cookies, timeout=60)
    return made


class _Forms(HTMLParser):
    """The hidden and filled fields of each form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((told.get("action", ""), {}))
        elif tag == "input" and self.forms and "name" in told and _is_held(told):
            self.forms[-1][1][told["name"]] = told.get("value", "")
        elif tag == "textarea" and self.forms:
            self._text = told.get("name", "")
            self.forms[-1][1][self._text] = ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self.forms[-1][1][self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = None


def _is_held(told: dict[str, str]) -> bool:
    """Whether a browser would send it as it stands."""
    kind = told.get("type", "text")
    return kind not in ("file", "submit") and (kind not in ("radio", "checkbox") or "checked" in told)


def fields(text: str, action: str) -> dict[str, str]:
    """What the form holds that goes to this address."""
    parser = _Forms()
    parser.feed(text)
    found = [held for to, held in parser.forms if to == action]
    assert found, f"no form goes to {action}: {[to for to, _ in parser.forms]}"
    return found[0]
