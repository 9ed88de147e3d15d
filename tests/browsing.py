"""A real browser on a real socket: people's windows, and all that goes wrong in them."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, async_playwright

CHROMIUM = shutil.which("chromium")
NARROW, WIDE = 390, 1440
_HEIGHTS = {NARROW: 844, WIDE: 900}
_FONTS: dict[str, Any] = {"FONTCONFIG_FILE": str(Path(__file__).parent / "data" / "fonts.conf")}
_LOCALES = {"en": "en-US", "es": "es-MX", "pt": "pt-BR"}
_FAILED = re.compile(r"Failed to load resource: .*status of (\d+)")  # the browser's own words for an error's status
_NO_HOSTS = ("data:", "blob:", "chrome:", "chrome-extension:")  # the browser shows PDF files by an extension of its own
_LOST = re.compile(r"net::ERR_(?!ABORTED)|Failed to fetch|network error")
_LET_GO = "net::ERR_ABORTED"  # by the page itself: it was left while something was on its way
# The browser tells of most by itself; a policy that only reports, and what is refused within a frame, it may not.
_TELLS = (
    "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"
)


class Looks(NamedTuple):
    """How somebody looks at the pages."""

    language: str = "en"
    width: int = WIDE
    scheme: str = "light"  # or dark
    zone: str = "America/Mexico_City"
    javascript: bool = True

    def context(self) -> dict[str, Any]:
        """As the browser wants to be told. Nothing moves: a colour on its way to another is neither."""
        size = {"width": self.width, "height": _HEIGHTS[self.width]}
        told = {"locale": _LOCALES[self.language], "timezone_id": self.zone, "viewport": size}
        return told | {
            "color_scheme": self.scheme,
            "java_script_enabled": self.javascript,
            "reduced_motion": "reduce",
            "has_touch": self.width == NARROW,
        }


class Window:
    """One person's browser: no cookie is shared with another's. What goes wrong in it is noted."""

    def __init__(self, context: BrowserContext, page: Page, site: str) -> None:
        self.context, self.page, self.site = context, page, site
        self.troubles: list[str] = []
        self.expected: set[int] = set()  # statuses that a test is after
        self.expected_loss = False  # of the connection: what does not come then is no trouble
        context.on("console", self._said)
        context.on("weberror", lambda error: self._note("error", str(error.error)))
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)

    async def open(self, path: str, status: int = 200) -> Response:
        """Go there by the address bar; what is answered must have this status."""
        if status >= 400:
            self.expected.add(status)
        answer = await self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return answer

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Without a network, for as long as the block lasts."""
        self.expected_loss = True
        await self.context.set_offline(True)
        yield
        await self.context.set_offline(False)

    async def drawn(self) -> None:
        """The browser has drawn the page as it is now: what comes by its being looked at has begun to come."""
        for _ in range(2):
            await self.page.evaluate("new Promise(requestAnimationFrame)")

    async def check(self) -> None:
        """Nothing has gone wrong since it was opened. What the page has said comes before its answer to a question."""
        if not self.page.is_closed():
            await self.page.evaluate("0")
        assert not self.troubles, "\n".join(self.troubles)

    async def fits(self) -> None:
        """Nobody has to scroll sideways to read it (WCAG 1.4.10)."""
        wide, given = await self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= given, f"{self.page.url} is {wide} px wide in a window of {given}"

    def _said(self, message: ConsoleMessage) -> None:
        failed = _FAILED.match(message.text)
        lost = self.expected_loss and _LOST.search(message.text)
        if message.type == "error" and not lost and not (failed and int(failed[1]) in self.expected):
            self._note("console", f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", *_NO_HOSTS)):
            self._note("another host", request.url)

    def _failed(self, request: Request) -> None:
        lost = self.expected_loss and _LOST.search(str(request.failure))
        if request.failure != _LET_GO and not lost:
            self._note("not loaded", f"{request.method} {request.url}: {request.failure}")

    def _note(self, kind: str, text: str) -> None:
        self.troubles.append(f"{kind}: {text} [on {self.page.url}]")


class Site(NamedTuple):
    """Where pages are served, and the browser to look at them with."""

    url: str
    browser: Browser
    cookie: Callable[[str, str], tuple[str, str]]  # of the session of somebody in a role: its name and its value
    speaks: Callable[[str, str, str], Awaitable[None]]  # somebody in a role chooses a language

    @asynccontextmanager
    async def window(self, role: str = "", person: str = "", looks: Looks = Looks()) -> AsyncIterator[Window]:
        """A window of somebody who is signed in, or of a stranger; what went wrong in it fails the test."""
        context = await self.browser.new_context(base_url=self.url, **looks.context())
        try:
            await context.add_init_script(_TELLS)
            window = Window(context, await context.new_page(), self.url)
            if role:
                await self.sign_in(window, role, person, looks.language)
            yield window
            await window.check()
        finally:
            await context.close()

    async def sign_in(self, window: Window, role: str, person: str, language: str) -> None:
        """As somebody whose profile has this language; whoever was signed in before is so no more."""
        await self.speaks(role, person, language)
        name, value = self.cookie(role, person)
        await window.context.add_cookies([{"name": name, "value": value, "url": self.url}])


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium without a screen. It finds no other host, whatever a page asks for."""
    arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # root has none, and nothing but our own pages is opened
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments, env=_FONTS | os.environ)
        try:
            yield made
        finally:
            await made.close()


def listening() -> tuple[socket.socket, str]:
    """A socket on a free port, and its address: known before anything is served there."""
    listens = socket.socket()
    listens.bind(("127.0.0.1", 0))
    return listens, f"http://127.0.0.1:{listens.getsockname()[1]}"


@asynccontextmanager
async def served(app: Any, listens: socket.socket) -> AsyncIterator[None]:
    """The application, started already, on this socket and in this loop."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    async with AsyncExitStack() as stack:
        stack.callback(listens.close)
        serving = asyncio.create_task(server._serve([listens]))  # serve() would take our signals away from pytest
        while not server.started:
            assert not serving.done(), serving.exception()
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await serving
