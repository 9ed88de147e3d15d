"""The outside moderator, against a real server: it adds reasons, and when it is away our own rules decide alone."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from activities.moderator import Moderator, OwnRules, moderator_of
from claims.moderation import Reason
from settings import Settings
from tests.house import SECRET

KEY = "k3y-of-the-outside-moderator-0123456789"
Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Neighbour:
    """A server that answers each request as its script says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.script: Script = answering({"reasons": []})
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.append(asyncio.create_task(self._converse(reader, writer)))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
                self.asked.append((headers, await reader.readexactly(int(headers["content-length"]))))
                await self.script(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def sending(raw: bytes, status: str = "200 OK") -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)
        await writer.drain()

    return script


def answering(answer: object) -> Script:
    return sending(json.dumps(answer).encode())


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def dripping(writer: asyncio.StreamWriter) -> None:
    """A byte every tenth of a second: each read is in time, the whole never."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n")
    for _ in range(300):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{"reasons": [')
    await writer.drain()
    writer.close()


@pytest.fixture
async def neighbour() -> AsyncIterator[tuple[Neighbour, str]]:
    neighbour = Neighbour()
    server = await asyncio.start_server(neighbour.serve, "127.0.0.1", 0)
    yield neighbour, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/judge"
    server.close()
    for task in neighbour.tasks:
        task.cancel()


def configured(url: str = "", timeout: float = 10.0, **more: str) -> Settings:
    return Settings(
        _env_file=None,
        token_secret=SecretStr(SECRET),
        moderator_url=url,
        moderator_key=SecretStr(KEY),
        moderator_timeout_seconds=timeout,
        **more,
    )


@pytest.fixture
async def moderator(neighbour: tuple[Neighbour, str]) -> AsyncIterator[Moderator]:
    made = moderator_of(configured(neighbour[1]))
    yield made
    await made.close()


@pytest.fixture
async def hurried(neighbour: tuple[Neighbour, str]) -> AsyncIterator[Moderator]:
    made = moderator_of(configured(neighbour[1], timeout=0.3))
    yield made
    await made.close()


async def test_the_outside_moderator_adds_to_our_own_reasons(
    neighbour: tuple[Neighbour, str], moderator: Moderator
) -> None:
    neighbour[0].script = answering(
        {"reasons": [{"code": "insult", "sentence": "Theirs."}, {"code": "irony", "sentence": "Was that meant?"}]}
    )
    reasons = await moderator.judge("seu idiota", "pt", "buyer")
    assert reasons == (Reason("insult", "seu idiota"), Reason("irony", said="Was that meant?"))
    assert "Was that meant?" in reasons[1].sentence("pt")


async def test_it_is_asked_with_a_signature_over_the_time_and_the_body(
    neighbour: tuple[Neighbour, str], moderator: Moderator
) -> None:
    assert await moderator.judge("Olá, não chegou", "pt", "buyer") == ()
    ((headers, body),) = neighbour[0].asked
    assert json.loads(body) == {"text": "Olá, não chegou", "language": "pt", "role": "buyer"}
    at = headers["amends-timestamp"]
    expected = hmac.new(KEY.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["amends-signature"] == f"sha256={expected}"
    assert abs(time.time() - int(at)) < 60


@pytest.mark.parametrize(
    "script",
    [
        cut,
        sending(b'{"reasons": [{"code": "spam"}]}', "500 Internal Server Error"),
        sending(b"", "302 Found\r\nLocation: http://127.0.0.1:1/"),
        sending(b"", "204 No Content"),
        sending(b"no json"),
        sending(b"\xff\xfe"),
        answering([]),
        answering({"reasons": "insult"}),
        answering({"reasons": [{"code": "seu idiota"}]}),  # no code; and its error would quote the text
        answering({"reasons": [{"code": "spam", "sentence": "x" * 301}]}),
        answering({"reasons": [{"code": "spam"}] * 21}),
        sending(b'{"reasons": [' + b" " * 2**17 + b"]}"),
    ],
)
async def test_without_a_usable_answer_our_own_rules_decide_alone(
    neighbour: tuple[Neighbour, str], moderator: Moderator, script: Script
) -> None:
    neighbour[0].script = script
    with capture_logs() as logs:
        assert await moderator.judge("seu idiota", "pt", "buyer") == (Reason("insult", "seu idiota"),)
        assert await moderator.judge("tudo certo", "pt", "buyer") == ()
    assert [line["log_level"] for line in logs] == ["warning", "warning"]
    assert "idiota" not in str(logs)
    assert len(neighbour[0].asked) == 2


@pytest.mark.parametrize("script", [silent, dripping])
async def test_a_slow_one_is_not_waited_for(
    neighbour: tuple[Neighbour, str], hurried: Moderator, script: Script
) -> None:
    neighbour[0].script = script
    async with asyncio.timeout(10):
        assert await hurried.judge("seu idiota", "pt", "buyer") == (Reason("insult", "seu idiota"),)


async def test_it_is_asked_again_when_it_is_back(neighbour: tuple[Neighbour, str], moderator: Moderator) -> None:
    neighbour[0].script = cut
    assert await moderator.judge("ok", "en", "buyer") == ()
    neighbour[0].script = answering({"reasons": [{"code": "spam"}]})
    assert await moderator.judge("ok", "en", "buyer") == (Reason("spam"),)


async def test_nobody_listening_is_the_same() -> None:
    moderator = moderator_of(configured("http://127.0.0.1:1/"))
    assert await moderator.judge("seu idiota", "pt", "buyer") == (Reason("insult", "seu idiota"),)
    await moderator.close()


async def test_without_an_address_our_own_rules_are_all_and_know_our_hosts() -> None:
    moderator = moderator_of(configured(own_hosts="shop.example, Shop.Example.BR", public_url="https://amends.example"))
    assert isinstance(moderator, OwnRules)
    text = "https://shop.example/a https://www.shop.example.br/b https://amends.example/c"
    assert await moderator.judge(text, "en", "seller") == ()
    assert await moderator.judge(text + " https://other.example", "en", "seller") != ()


@pytest.mark.parametrize(("url", "key"), [("ftp://x", KEY), ("https://x", ""), ("https://x", "short")])
def test_an_address_needs_a_scheme_and_a_key(url: str, key: str) -> None:
    with pytest.raises(ValidationError, match="AMENDS_MODERATOR_"):
        Settings(_env_file=None, token_secret=SecretStr(SECRET), moderator_url=url, moderator_key=SecretStr(key))
