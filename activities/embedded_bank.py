"""The refund provider of the embedded mode: a ledger in our own database that can be told to misbehave."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError

import storage.ledger
from activities.refunds import RefundAnswer, RefundRequest, Unavailable
from storage.database import Database
from storage.ledger import OtherAmount, OverRefund, Payment

FAULTS = ("declined", "unavailable", "lost_answer", "slow_answer")  # with the last two the money moves all the same
_SLOW_SECONDS = 5
_SOON = timedelta(milliseconds=200)


class EmbeddedBank:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def refund(self, request: RefundRequest) -> RefundAnswer:
        """Book the refund once for its key. What was booked before answers as it did then."""
        async with self.database.writing() as session:
            fault = await storage.ledger.take_fault(session, request.key)
        if fault == "unavailable":
            raise Unavailable("the bank is closed (ordered by a trial)", _SOON)
        if fault == "declined":
            return RefundAnswer(False, "declined by the bank (ordered by a trial)")
        answer = await self._book(request)
        if fault == "slow_answer":
            await asyncio.sleep(_SLOW_SECONDS)
        if fault == "lost_answer":
            raise Unavailable("the connection broke before the answer came (ordered by a trial)", _SOON)
        return answer

    async def bounce(self, request: RefundRequest) -> bool:
        """Take a refund back after it had succeeded; False when there is none, or it was taken back before."""
        async with self.database.writing() as session:
            return await storage.ledger.bounce(session, request.key, _payment(request), datetime.now(UTC))

    async def took_back(self, request: RefundRequest) -> bool:
        """Whether the refund was taken back before."""
        async with self.database.reading() as session:
            return await storage.ledger.bounced(session, request.key)

    async def _book(self, request: RefundRequest) -> RefundAnswer:
        try:
            async with self.database.writing() as session:
                now = datetime.now(UTC)
                await storage.ledger.refund(session, request.key, _payment(request), request.amount, now)
        except (OverRefund, OtherAmount) as error:
            return RefundAnswer(False, str(error))
        except IntegrityError as error:  # the same transfer at the same moment: the next try finds it booked
            raise Unavailable("the books were being written", _SOON) from error
        return RefundAnswer(True)


def _payment(request: RefundRequest) -> Payment:
    return Payment(
        order_id=request.order_id,
        line_id=request.line_id,
        buyer_id=request.buyer_id,
        seller_id=request.seller_id,
        amount=request.paid,
        currency=request.currency,
    )
