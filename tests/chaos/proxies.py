"""Connections that can break: a forwarder before each server, told to cut, to hold, or to lose an answer."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

CHUNK = 65536


@dataclass(eq=False)
class Pair:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    asked: bool = False  # the client has sent something since its last answer

    def cut(self) -> None:
        for end in (self.client, self.server):
            end.transport.abort()  # a reset, not a polite end


@dataclass
class Proxy:
    """Forwards to `port` on loopback. Faults are ordered by the storm and counted here."""

    name: str
    port: int
    counts: Counter[str] = field(default_factory=Counter)
    at: int = 0  # the port it listens on
    _pairs: set[Pair] = field(default_factory=set)
    _lose: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        self._open.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.at = port

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        self.cut()

    def cut(self) -> int:
        """Reset every connection that there is. Answers how many."""
        pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            pair.cut()
        self.counts["cut"] += len(pairs)
        return len(pairs)

    def lose_answers(self, number: int) -> None:
        """The next answers do not arrive: the request has been delivered, the connection is reset."""
        self._lose += number

    async def hold(self, seconds: float) -> None:
        """Nothing passes for a while, and nobody is told."""
        self._open.clear()
        self.counts["held"] += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._open.set()

    def heal(self) -> None:
        self._lose = 0
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, server = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(writer, server)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._requests(reader, pair), self._answers(upstream, pair))
        finally:
            self._pairs.discard(pair)
            pair.cut()

    async def _requests(self, reader: asyncio.StreamReader, pair: Pair) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._open.wait()
                pair.asked = True
                pair.server.write(data)
                await pair.server.drain()
        await _end(pair.server)

    async def _answers(self, reader: asyncio.StreamReader, pair: Pair) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._open.wait()
                if self._lose and pair.asked:
                    self._lose -= 1
                    self.counts["answer lost"] += 1
                    pair.cut()
                    return
                pair.asked = False
                pair.client.write(data)
                await pair.client.drain()
        await _end(pair.client)


async def _end(writer: asyncio.StreamWriter) -> None:
    """Pass on that the other side has ended."""
    with suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
