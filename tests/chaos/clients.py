"""Honest clients: the same request with the same key until there is a definite answer, and a note of what it was."""

import asyncio
import hashlib
import json
import random
import time
from dataclasses import dataclass
from typing import Any

import httpx

from api.requests import Request, command_id
from api.tokens import Caller, Role, Tokens
from tests.chaos.journal import Journal

PATIENCE = 15.0  # seconds for one answer; the API itself gives up after 10
NO_ANSWER = 300.0  # seconds after which a client gives up: a violation
_LONGEST_WAIT = 3.0


class Unanswered(Exception):
    """No definite answer for minutes: the system does not come back."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Who:
    role: str
    person: str


class Clients:
    """All clients of a run: they share connections, the journal and the dice of when to lose patience."""

    def __init__(self, entrances: list[str], secret: str, journal: Journal, dice: random.Random) -> None:
        self.entrances, self.journal, self.dice = entrances, journal, dice
        self._tokens = Tokens(secret, "amends")
        self._headers: dict[Who, str] = {}
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self._http = httpx.AsyncClient(timeout=PATIENCE, limits=limits)

    async def close(self) -> None:
        await self._http.aclose()

    async def act(self, who: Who, operation: str, path: str, body: dict[str, Any], key: str) -> Reply:
        """One act under its key; its outcome is noted. `operation` is what the key belongs to."""
        reply = await self.ask(who, "POST", path, body, key)
        resource = "claims" if operation == "open" else path.split("/")[3]
        name = command_id(Request(Caller(who.person, Role(who.role)), key, ""), operation, resource)
        facts = {"command": name, "who": [who.role, who.person], "path": path, "body": body, "key": key}
        if reply.ok:
            facts |= {"claim": reply.body["id"], "version": reply.body["version"], "digest": digest(reply.body)}
            self.journal.note("ack", **facts)
        else:
            self.journal.note("refused", **facts, status=reply.status, code=reply.body.get("code", ""))
        return reply

    async def ask(
        self, who: Who, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None
    ) -> Reply:
        """Ask until there is a definite answer. Raises Unanswered."""
        deadline = time.monotonic() + NO_ANSWER
        while time.monotonic() < deadline:
            reply, wait = await self._once(who, method, path, body, key)
            if reply is not None:
                self.journal.counts[f"definite {reply.status}"] += 1
                return reply
            self.journal.counts["retries"] += 1
            await asyncio.sleep(wait)
        self.journal.note("doubt", path=path, key=key)
        raise Unanswered(f"{method} {path}")

    async def _once(
        self, who: Who, method: str, path: str, body: dict[str, Any] | None, key: str | None
    ) -> tuple[Reply | None, float]:
        counts = self.journal.counts
        counts["requests"] += 1
        headers = {"Authorization": self._header(who)} | ({"Idempotency-Key": key} if key else {})
        entrance = self.dice.choice(self.entrances)
        patience = 0.7 if self.dice.random() < 0.05 else PATIENCE  # some hang up early and ask again
        wait = self.dice.uniform(0.1, 0.8)
        try:
            answer = await self._http.request(method, entrance + path, json=body, headers=headers, timeout=patience)
        except (httpx.TransportError, OSError) as error:
            counts[f"no answer: {type(error).__name__}"] += 1
            return None, wait
        status = answer.status_code
        if status == 202 or status == 429 or status >= 500:
            counts[f"try again: {status}"] += 1
            return None, wait + min(float(answer.headers.get("retry-after", 0)), _LONGEST_WAIT)
        return Reply(status, answer.json()), 0

    def _header(self, who: Who) -> str:
        if who not in self._headers:
            token = self._tokens.sign(Caller(who.person, Role(who.role)), 7 * 86400)
            self._headers[who] = f"Bearer {token}"
        return self._headers[who]


def digest(body: dict[str, Any]) -> str:
    """Of an answer, to see later whether the same key repeats it."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
