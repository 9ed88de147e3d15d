"""Who judges a text before it is delivered: our own rules always, and an outside moderator where one is set."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Protocol
from urllib.parse import urlsplit

import httpx
import structlog
from pydantic import BaseModel, Field, StringConstraints

from claims.moderation import Reason, moderate

if TYPE_CHECKING:
    from settings import Settings

log = structlog.get_logger()
_LONGEST_ANSWER = 64 * 1024  # bytes
_MOST_REASONS = 20


class Moderator(Protocol):
    async def judge(self, text: str, language: str, role: str) -> tuple[Reason, ...]:
        """Why this text of this role may not be delivered; empty: it may. Never raises for a text."""
        ...

    async def close(self) -> None: ...


def moderator_of(settings: "Settings") -> Moderator:
    """The moderator that the settings name; to be closed by whoever asked for it."""
    hosts = {host.strip().lower() for host in settings.own_hosts.split(",")} | {urlsplit(settings.public_url).hostname}
    own = OwnRules(frozenset(host for host in hosts if host))
    if not settings.moderator_url:
        return own
    key = settings.moderator_key.get_secret_value()
    return WithOutside(own, Outside(settings.moderator_url, key, settings.moderator_timeout_seconds))


@dataclass(frozen=True)
class OwnRules:
    own_hosts: frozenset[str] = frozenset()

    async def judge(self, text: str, language: str, role: str) -> tuple[Reason, ...]:
        """The language is not asked for: people mix them, and each one's rules apply to every text."""
        return moderate(text, role, self.own_hosts)

    async def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True)
class WithOutside:
    """The outside moderator adds to our own reasons and takes none away; while it is away, ours stand alone."""

    own: OwnRules
    outside: "Outside"

    async def judge(self, text: str, language: str, role: str) -> tuple[Reason, ...]:
        ours = await self.own.judge(text, language, role)
        known = {reason.code for reason in ours}
        theirs = await self.outside.judge(text, language, role)
        return ours + tuple(reason for reason in theirs if reason.code not in known)

    async def close(self) -> None:
        await self.outside.close()


class _OutsideReason(BaseModel):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    sentence: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None


class _Answer(BaseModel):
    reasons: list[_OutsideReason] = Field(max_length=_MOST_REASONS)


class _Away(Exception):
    """The outside moderator gave no answer that can be used."""


class Outside:
    """POST {text, language, role}, answered {reasons: [{code, sentence?}]}; signed as `signed` says."""

    def __init__(self, url: str, key: str, timeout_seconds: float) -> None:
        self._url = url
        self._key = key.encode()
        self._timeout = timeout_seconds
        self._client = httpx.AsyncClient(timeout=timeout_seconds, follow_redirects=False)

    async def judge(self, text: str, language: str, role: str) -> tuple[Reason, ...]:
        """Its reasons, each code once; none while it is away, which is logged without the text."""
        try:
            async with asyncio.timeout(self._timeout):  # of all together: httpx's own is for each read
                answer = await self._asked(_Question(text=text, language=language, role=role))
        except (_Away, httpx.HTTPError, TimeoutError, ValueError) as error:
            log.warning("the outside moderator is away, our own rules decide alone", problem=_problem(error))
            return ()
        reasons = {r.code: Reason(r.code, said=r.sentence or "") for r in answer.reasons}
        return tuple(reasons.values())

    async def close(self) -> None:
        await self._client.aclose()

    async def _asked(self, question: "_Question") -> _Answer:
        body = question.model_dump_json().encode()
        headers = {"Content-Type": "application/json", **signed(self._key, body, int(time.time()))}
        async with self._client.stream("POST", self._url, content=body, headers=headers) as response:
            if response.status_code != 200:
                raise _Away(f"status {response.status_code}")
            return _Answer.model_validate_json(await _whole(response))


class _Question(BaseModel):
    text: str
    language: str
    role: str


def signed(key: bytes, body: bytes, at: int) -> Mapping[str, str]:
    """The headers that prove who asks and when (seconds since 1970): HMAC-SHA256 over `<at>.<body>`, in hex."""
    signature = hmac.new(key, b"%d." % at + body, hashlib.sha256).hexdigest()
    return {"Amends-Timestamp": str(at), "Amends-Signature": f"sha256={signature}"}


async def _whole(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER:
            raise _Away(f"an answer of more than {_LONGEST_ANSWER} bytes")
    return body


def _problem(error: Exception) -> str:
    """What happened, without anything that may hold the text, as a validation error's own words do."""
    return str(error) if isinstance(error, _Away) else type(error).__name__
