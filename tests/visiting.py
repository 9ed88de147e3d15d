"""A browser without scripts, for pages over ASGI: it keeps cookies, and sends forms with what is in them."""

from typing import Any

import httpx

from api.pages.forgery import FIELD
from api.tokens import Caller, Role
from tests.forms import Form, fields
from tests.house import House

HOST = "amends.example"
File = tuple[str, bytes, str]  # name, content, type


class Visit(httpx.AsyncClient):
    """Somebody's look at the pages; `caller` None: nobody who is signed in yet."""

    def __init__(self, house: House, caller: Caller | None) -> None:
        super().__init__(transport=httpx.ASGITransport(app=house.app), base_url=f"http://{HOST}", timeout=60)
        self._house, self._caller = house, caller
        if caller:
            sessions = house.app.state.sessions
            self.has(sessions.cookie, sessions.sign(caller))

    def has(self, cookie: str, value: str) -> None:
        """As if the browser had been given it before."""
        self.cookies.set(cookie, value, domain=HOST)

    async def sees(self, path: str, status: int = 200, **query: Any) -> str:
        """The page's source."""
        answer = await self.get(path, params=query or None)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
        return answer.text

    async def sends(self, path: str, **given: Any) -> httpx.Response:
        """A form of ours that holds this alone; where it leads is not gone to."""
        token = self._house.app.state.forgery.token(self._caller)
        return await self.post(path, data={FIELD: token} | given)

    async def send_form(self, page: httpx.Response, action: str, files: Any = None, **given: Any) -> httpx.Response:
        """Send the form of the page that goes there, with what it holds and with this."""
        return await self.post(action, data=fields(page, action) | given, files=files)


def visit(house: House, role: str = "", person: str = "") -> Visit:
    """A visit of this person; without one, of nobody who is signed in yet."""
    return Visit(house, Caller(person, Role(role)) if role else None)


async def send(
    person: httpx.AsyncClient, filled: Form, files: list[File] | None = None, **changes: Any
) -> httpx.Response:
    """Send a form; one that takes files goes as multipart, as a browser does."""
    given = filled.filled(**changes)
    if not filled.files:
        return await person.post(filled.action, data=_many(given))
    parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in given]
    name = next(iter(filled.files))
    parts += [(name, one) for one in files or [("", b"", "application/octet-stream")]]
    return await person.post(filled.action, files=parts)


def _many(given: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in given:
        found.setdefault(name, []).append(value)
    return found
