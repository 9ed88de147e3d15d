"""Orders and people in and out of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import storage.sales
from claims.model import Actor, OrderLine
from claims.orders import Address, Order, OrderItem, Person, snapshot
from storage.rows import STAMP, upsert
from storage.tables import OrderLineRow, OrderRow, PersonRow
from storage.texts import folded


async def put(session: AsyncSession, orders: Sequence[Order], now: datetime) -> int:
    """Store orders as they are now: new ones are added, changed ones updated. Answers how many rows changed."""
    await storage.sales.hold(session, [o.id for o in orders])
    people = [o.buyer for o in orders] + [i.seller for o in orders for i in o.items]
    changed = await upsert(session, PersonRow, (_person_values(p, now) for p in await _told_before(session, people)))
    changed += await upsert(session, OrderRow, (_order_values(o, now) for o in orders))
    changed += await upsert(session, OrderLineRow, (_item_values(o.id, i) for o in orders for i in o.items))
    if changed:
        await storage.sales.refresh(session, [o.id for o in orders])
    return changed


async def find(session: AsyncSession, order_id: str) -> Order | None:
    """The whole order, or None."""
    return next(iter(await find_many(session, [order_id])), None)


async def find_many(session: AsyncSession, order_ids: Sequence[str]) -> list[Order]:
    """The orders there are, with all their lines, in the sequence asked for."""
    rows = {r.id: r for r in await session.scalars(select(OrderRow).where(OrderRow.id.in_(order_ids)))}
    lines = await session.scalars(
        select(OrderLineRow).where(OrderLineRow.order_id.in_(order_ids)).order_by(OrderLineRow.line_id)
    )
    by_order: dict[str, list[OrderLineRow]] = {}
    for line in lines:
        by_order.setdefault(line.order_id, []).append(line)
    ids = {r.buyer_id for r in rows.values()} | {line.seller_id for ls in by_order.values() for line in ls}
    people = await find_people(session, ids)
    return [_order(rows[i], by_order.get(i, []), people) for i in order_ids if i in rows]


async def find_line(session: AsyncSession, order_id: str, line_id: str) -> OrderLine | None:
    """One line as a claim would keep it, or None."""
    order = await find(session, order_id)
    items = order.items if order else ()
    return next((snapshot(order, i) for i in items if order and i.line_id == line_id), None)


async def find_people(session: AsyncSession, ids: Iterable[str]) -> dict[str, Person]:
    """The people known by these ids."""
    rows = await session.scalars(select(PersonRow).where(PersonRow.id.in_(set(ids))))
    return {r.id: _person(r) for r in rows}


async def site_of(session: AsyncSession, role: str, person: str) -> str:
    """A site on which this person buys or sells; empty when there is none."""
    if role == Actor.SELLER:
        return next(iter(await storage.sales.sites(session, person)), "")
    return await session.scalar(select(OrderRow.site).where(OrderRow.buyer_id == person).limit(1)) or ""


async def _told_before(session: AsyncSession, people: list[Person]) -> list[Person]:
    """The people with what was told of them before where now nothing is said: silence erases nothing."""
    known = await find_people(session, {p.id for p in people})
    for person in people:
        known[person.id] = _completed(person, known.get(person.id))
    return list(known.values())


def _completed(person: Person, before: Person | None) -> Person:
    before = before or Person(person.id)
    return Person(
        person.id,
        person.name or before.name,
        person.email or before.email,
        person.language or before.language,
        person.address if person.address != Address() else before.address,
    )


def _person_values(person: Person, now: datetime) -> dict[str, Any]:
    address = asdict(person.address) | {"lines": list(person.address.lines)}
    return {"id": person.id, "name": person.name, "email": person.email, "language": person.language,
            "address": address, STAMP: now}  # fmt: skip


def unknown(person: str, now: datetime) -> dict[str, Any]:
    """The values of a row that says nothing of a person but the id."""
    return _person_values(Person(person), now)


def _order_values(order: Order, now: datetime) -> dict[str, Any]:
    return {"id": order.id, "site": order.site, "buyer_id": order.buyer.id, "currency": order.currency,
            "purchased_at": order.purchased_at, STAMP: now}  # fmt: skip


def _item_values(order_id: str, item: OrderItem) -> dict[str, Any]:
    return {"order_id": order_id, "line_id": item.line_id, "seller_id": item.seller.id, "product": item.product,
            "folded": folded(item.product), "category": item.category, "quantity": item.quantity,
            "unit_price": item.unit_price, "freight": item.freight, "promised_at": item.promised_at,
            "delivered_at": item.delivered_at, "dispatch_by": item.dispatch_by, "dispatched_at": item.dispatched_at,
            "cancelled_at": item.cancelled_at, "cancelled_by": item.cancelled_by,
            "fulfilled_by": item.fulfilled_by}  # fmt: skip


def _person(row: PersonRow) -> Person:
    address = Address(**row.address | {"lines": tuple(row.address["lines"])})
    return Person(row.id, row.name, row.email, row.language, address)


def _order(row: OrderRow, lines: list[OrderLineRow], people: dict[str, Person]) -> Order:
    items = tuple(_item(line, people[line.seller_id]) for line in lines)
    return Order(row.id, row.site, row.currency, row.purchased_at, people[row.buyer_id], items)


def _item(row: OrderLineRow, seller: Person) -> OrderItem:
    return OrderItem(
        line_id=row.line_id,
        seller=seller,
        product=row.product,
        quantity=row.quantity,
        unit_price=row.unit_price,
        freight=row.freight,
        category=row.category,
        promised_at=row.promised_at,
        delivered_at=row.delivered_at,
        dispatch_by=row.dispatch_by,
        dispatched_at=row.dispatched_at,
        cancelled_at=row.cancelled_at,
        cancelled_by=row.cancelled_by,
        fulfilled_by=row.fulfilled_by,
    )
