"""An outside reputation service that hears of every entry of the ledger: docs/reputation-service.md says how."""

import asyncio
import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from pydantic import BaseModel
from standardwebhooks import Webhook

from activities.retry_after import seconds_of

if TYPE_CHECKING:
    from settings import Settings

_PREFIX = "whsec_"
_KNOWN = 409
_LATER = (408, 425, 429)


class Counts(BaseModel):
    """Sales of the window, and those of them that count in each metric."""

    sales: int
    claims: int
    mediations: int
    cancellations: int
    delays: int


class Window(BaseModel):
    """Sales bought after `since` and until `until` were looked at."""

    days: int
    since: datetime
    until: datetime


class StandingTold(BaseModel):
    """How the seller stands on the site: `level` is what is shown, `real` what the rates make."""

    level: str
    real: str
    terms: str
    counts: Counts
    window: Window


class EntryTold(BaseModel):
    """One entry of the ledger, as the service gets it: ids, codes and numbers, no names."""

    id: str
    seller_id: str
    site: str
    claim_id: str
    version: int
    order_id: str
    line_id: str
    impact: str
    rule: str
    mediated: bool
    at: datetime
    standing: StandingTold


class RefusedThere(Exception):
    """The service will never take this entry."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class TryLater(Exception):
    """The service may take it later; `seconds`: when, if it said so."""

    def __init__(self, sentence: str, seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def service_of(settings: "Settings") -> "ReputationService | None":
    """The service that the settings name; to be closed by whoever asked for it."""
    if not settings.reputation_url:
        return None
    key = settings.reputation_key.get_secret_value()
    return ReputationService(settings.reputation_url, key, settings.reputation_timeout_seconds)


class ReputationService:
    """POST of an entry as JSON, signed as Standard Webhooks has it, with the entry's id as the key of idempotency."""

    def __init__(self, url: str, key: str, timeout_seconds: float) -> None:
        self._url = url
        self._signer = Webhook(secret_of(key))
        self._timeout = timeout_seconds
        self._client = httpx.AsyncClient(timeout=timeout_seconds, follow_redirects=False)

    async def tell(self, entry: EntryTold) -> None:
        """Have the service take an entry; one that it knows already is taken. Raises RefusedThere or TryLater."""
        body = entry.model_dump_json()
        try:
            async with asyncio.timeout(self._timeout):  # of all together: httpx's own is for each read
                await self._post(body, self._headers(entry.id, body))
        except (TimeoutError, httpx.TimeoutException):
            raise TryLater("did not answer in time") from None
        except httpx.HTTPError as error:
            raise TryLater(f"cannot be reached: {type(error).__name__}") from None

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, body: str, headers: dict[str, str]) -> None:
        """What the service says beside the status is not read."""
        async with self._client.stream("POST", self._url, content=body.encode(), headers=headers) as response:
            status = response.status_code
            if response.is_success or status == _KNOWN:
                return
            if response.is_client_error and status not in _LATER:
                raise RefusedThere(status)
            raise TryLater(f"says {status}", seconds_of(response.headers.get("Retry-After", "")))

    def _headers(self, name: str, body: str) -> dict[str, str]:
        """Signed anew in each try: a receiver may refuse what was signed minutes ago."""
        now = datetime.now(UTC)
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": name,
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(name, now, body),
        }


def secret_of(key: str) -> bytes:
    """The bytes that sign: of `whsec_...` what its base64 says, of any other text its own. Raises ValueError."""
    if not key.startswith(_PREFIX):
        return key.encode()
    try:
        return base64.b64decode(key.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("what follows whsec_ is not base64") from None
