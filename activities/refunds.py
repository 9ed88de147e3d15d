"""Moving money back. `succeeded` means that the provider said so; anything unsure is tried again under the same key."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from claims.model import Claim


@dataclass(frozen=True)
class RefundRequest:
    """What a provider is asked for. Minor units; the key is the same for every try of one refund, for ever."""

    key: str
    order_id: str
    line_id: str
    buyer_id: str
    seller_id: str
    paid: int  # for the whole order line
    amount: int
    currency: str


@dataclass(frozen=True)
class RefundAnswer:
    succeeded: bool
    reason: str = ""  # of the provider, when it declined


class Unavailable(Exception):
    """The provider did not answer, or said to come back later: nobody knows whether the refund was made."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Provider(Protocol):
    async def refund(self, request: RefundRequest) -> RefundAnswer:
        """Make the refund once for its key, or raise Unavailable."""


class RefundActivities:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    @activity.defn
    async def refund(self, claim: Claim) -> RefundAnswer:
        """Ask the provider for the claim's refund in hand. A refusal is an answer; only the unsure is retried."""
        try:
            return await self.provider.refund(request_of(claim, len(claim.refunds)))
        except Unavailable as error:
            raise ApplicationError(
                str(error),
                type="ProviderUnavailable",
                next_retry_delay=error.retry_after,
                category=ApplicationErrorCategory.BENIGN,
            ) from error


def refund_key(claim_id: str, number: int) -> str:
    """The idempotency key, made of our own ids: stable over retries, resets and restarts."""
    return f"{claim_id}/refund/{number}"


def request_of(claim: Claim, number: int) -> RefundRequest:
    """What the provider is asked for with the claim's refund of this number."""
    line = claim.line
    return RefundRequest(
        key=refund_key(claim.id, number),
        order_id=line.order_id,
        line_id=line.line_id,
        buyer_id=line.buyer_id,
        seller_id=line.seller_id,
        paid=line.unit_price * line.quantity + line.freight,
        amount=claim.refunds[number - 1].amount,
        currency=line.currency,
    )
