"""A wire between a browser and the house that can be cut, as networks are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests import browsing


class Relay:
    """Passes on what comes, for as long as it is whole."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._listens, self.url = browsing.listening()
        self._lines: set[asyncio.StreamWriter] = set()
        self._whole = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        server = await asyncio.start_server(self._connected, sock=self._listens)
        try:
            yield self
        finally:
            self.cut()
            server.close()

    def cut(self) -> None:
        """All connections break at once, and so does each new one."""
        self._whole = False
        for line in self._lines:
            line.transport.abort()

    def mend(self) -> None:
        self._whole = True

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            if not self._whole:
                return writer.transport.abort()
            there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
            self._lines.add(back)
            await asyncio.wait(
                [asyncio.ensure_future(_pass(reader, back)), asyncio.ensure_future(_pass(there, writer))]
            )
            self._lines.discard(back)
        finally:
            self._lines.discard(writer)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(2**16):
            writer.write(some)
            await writer.drain()
    except ConnectionError:
        pass  # it was cut
    finally:
        writer.close()
