"""The embedded refund provider's books: double entry, one transfer for each key, never more back than was paid."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import EntryRow, FaultRow, TransferRow


@dataclass(frozen=True)
class Payment:
    """What was paid for an order line: the money that refunds of it come from. Minor units."""

    order_id: str
    line_id: str
    buyer_id: str
    seller_id: str
    amount: int
    currency: str


class OverRefund(Exception):
    """The refund would give back more than was paid."""


class OtherAmount(Exception):
    """The key was booked before, for another amount: another intent has it."""


async def refund(session: AsyncSession, key: str, payment: Payment, amount: int, now: datetime) -> bool:
    """Book a refund; False when this key was booked before. Raises OverRefund or OtherAmount."""
    await _capture(session, payment, now)
    await session.get(TransferRow, _capture_key(payment), with_for_update=True)  # one refund of a payment at a time
    if booked := await session.get(TransferRow, key):
        if booked.amount != amount:
            raise OtherAmount(f"{key} was booked before, with {booked.amount} {booked.currency} instead of {amount}")
        return False
    left = await refundable(session, payment)
    if amount > left:
        raise OverRefund(f"{amount} {payment.currency} asked for, {left} left of what was paid")
    entries = {_seller(payment): -amount, _buyer(payment): amount}
    await _transfer(session, key, "refund", payment, amount, entries, now)
    return True


async def bounce(session: AsyncSession, key: str, payment: Payment, now: datetime) -> bool:
    """Take a booked refund back; False when that was done before, or there is no such refund."""
    booked = await session.get(TransferRow, key, with_for_update=True)  # two who take it back: one at a time
    if booked is None or await bounced(session, key):
        return False
    entries = {_seller(payment): booked.amount, _buyer(payment): -booked.amount}
    await _transfer(session, f"{key}/bounce", "bounce", payment, booked.amount, entries, now)
    return True


async def bounced(session: AsyncSession, key: str) -> bool:
    """Whether a refund was booked and then taken back."""
    return await session.get(TransferRow, f"{key}/bounce") is not None


async def refundable(session: AsyncSession, payment: Payment) -> int:
    """What is left of the payment, in minor units."""
    sums = (
        select(TransferRow.kind, func.sum(TransferRow.amount))
        .where(TransferRow.order_id == payment.order_id, TransferRow.line_id == payment.line_id)
        .group_by(TransferRow.kind)
    )
    by_kind = {kind: int(amount) for kind, amount in await session.execute(sums)}
    return by_kind.get("capture", 0) - by_kind.get("refund", 0) + by_kind.get("bounce", 0)


async def transfers_of(session: AsyncSession, order_id: str, line_id: str) -> list[tuple[str, str, int]]:
    """(key, kind, amount) of every transfer of an order line, oldest first."""
    rows = select(TransferRow).where(TransferRow.order_id == order_id, TransferRow.line_id == line_id)
    found = await session.scalars(rows.order_by(TransferRow.created_at, TransferRow.kind, TransferRow.key))
    return [(r.key, r.kind, r.amount) for r in found]


async def balance(session: AsyncSession) -> int:
    """The sum of all entries: zero when the books are right."""
    return int(await session.scalar(select(func.coalesce(func.sum(EntryRow.amount), 0))) or 0)


async def take_fault(session: AsyncSession, key: str) -> str:
    """The fault that was ordered for this refund, used up by one; an empty text for none."""
    row = await session.get(FaultRow, key, with_for_update=True)
    if row is None or row.left < 1:
        return ""
    row.left -= 1
    return row.fault


async def order_fault(session: AsyncSession, key: str, fault: str, times: int) -> None:
    await session.merge(FaultRow(key=key, fault=fault, left=times))


async def _capture(session: AsyncSession, payment: Payment, now: datetime) -> None:
    """The sale itself, booked when the books first hear of the order line; it never changes after."""
    key = _capture_key(payment)
    if await session.get(TransferRow, key):
        return
    entries = {_buyer(payment): -payment.amount, _seller(payment): payment.amount}
    await _transfer(session, key, "capture", payment, payment.amount, entries, now)


async def _transfer(
    session: AsyncSession, key: str, kind: str, payment: Payment, amount: int, entries: dict[str, int], now: datetime
) -> None:
    row = TransferRow(
        key=key,
        kind=kind,
        order_id=payment.order_id,
        line_id=payment.line_id,
        amount=amount,
        currency=payment.currency,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    await session.execute(insert(EntryRow), [{"key": key, "account": a, "amount": n} for a, n in entries.items()])


def _capture_key(payment: Payment) -> str:
    return f"{payment.order_id}/{payment.line_id}/capture"


def _buyer(payment: Payment) -> str:
    return f"buyer:{payment.buyer_id}"


def _seller(payment: Payment) -> str:
    return f"seller:{payment.seller_id}"
