"""Local servers that answer as DeepL's and LibreTranslate's do, and misbehave as they are told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ops.engine import free_port

KEY = "a-key:fx"


@dataclass
class Said:
    """One answer: a status and a body, after a while; or the line is cut in the middle of it, or before it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    cut: bool = False
    lost: bool = False


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""


@dataclass
class Server:
    """Answers what `answer` says, but first what stands in `next`, one for each request."""

    answer: Callable[[Asked], Said]
    port: int = field(default_factory=free_port)
    next: list[Said] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(await _request(head, reader), writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # cancelled: the test is over, while somebody who had waited for us is long gone
        finally:
            writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        said = self.next.pop(0) if self.next else self.answer(asked)
        await asyncio.sleep(said.after)
        if said.lost:
            raise ConnectionResetError
        headers = {
            "Content-Length": str(len(said.body) + 9 * said.cut),
            "Content-Type": "application/json",
        } | said.headers
        lines = [f"HTTP/1.1 {said.status} {HTTPStatus(said.status).phrase if said.status != 456 else 'Quota'}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + said.body)
        await writer.drain()
        if said.cut:
            raise ConnectionResetError


async def _request(head: bytes, reader: asyncio.StreamReader) -> Asked:
    first, *lines = head.decode().strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(first.split()[1], headers, json.loads(body or b"{}"), body)


@asynccontextmanager
async def serving(answer: Callable[[Asked], Said], port: int | None = None) -> AsyncIterator[Server]:
    server = Server(answer, port or free_port())
    listening = await asyncio.start_server(server.serve, "127.0.0.1", server.port)
    try:
        yield server
    finally:
        listening.close()


def deepl(asked: Asked) -> Said:
    """POST /v2/translate, as DeepL's reference describes it."""
    if asked.headers.get("authorization") != f"DeepL-Auth-Key {KEY}":
        return Said(403, b'{"message": "Wrong key"}')
    if asked.path != "/v2/translate" or not 0 < len(asked.body["text"]) <= 50:
        return Said(400, b'{"message": "Bad request"}')
    language = asked.body["source_lang"]
    done = [
        {"detected_source_language": language, "text": f"PT: {text}", "billed_characters": len(text)}
        for text in asked.body["text"]
    ]
    return Said(body=json.dumps({"translations": done}).encode())


def libre(asked: Asked) -> Said:
    """POST /translate, as LibreTranslate's own documentation describes it."""
    if asked.body.get("api_key") != KEY:
        return Said(403, b'{"error": "Invalid API key"}')
    if asked.body["target"] == "es":
        return Said(400, b'{"error": "es is not supported"}')
    return Said(body=json.dumps({"translatedText": [f"PT: {text}" for text in asked.body["q"]]}).encode())
