"""Looking at pages without a browser: as somebody who is signed in, with forms that are ours, and what they read."""

import html
import re
from typing import Any

import httpx

from api.pages.forgery import FIELD
from api.tokens import Caller, Role
from tests.house import House

HOST = "amends.example"
_TAGS = re.compile(r"<[^>]*>")


class Looker:
    """Somebody in front of the pages; cookies that are given to them are kept."""

    def __init__(self, house: House, role: str, person: str) -> None:
        self._house, self._caller = house, Caller(person, Role(role))
        sessions = house.app.state.sessions
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=house.app),
            base_url=f"http://{HOST}",
            timeout=60,
        )
        self.has(sessions.cookie, sessions.sign(self._caller))

    def has(self, cookie: str, value: str) -> None:
        """As if the browser had been given it before."""
        self.client.cookies.set(cookie, value, domain=HOST)

    async def sees(self, path: str, status: int = 200, **query: Any) -> str:
        """The page's source."""
        answer = await self.client.get(path, params=query or None)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
        return answer.text

    async def sends(self, path: str, **fields: Any) -> httpx.Response:
        """A form of ours; where it leads is not gone to."""
        token = self._house.app.state.forgery.token(self._caller)
        return await self.client.post(path, data={FIELD: token} | fields)


def part(page: str, element: str) -> str:
    """From the element with this id up to the end of the section or article that it begins or stands in."""
    start = page.index(f'id="{element}"')
    ends = [page.find(end, start) for end in ("</section>", "</article>")]
    return page[start : min(e for e in ends if e > 0)]


def words(source: str) -> str:
    """What is read of it, in one line."""
    return " ".join(html.unescape(_TAGS.sub(" ", source.partition(">")[2])).split())
