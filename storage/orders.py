"""Orders and people in and out of the database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar, cast

import sqlalchemy
from sqlalchemy import Select, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from claims.model import OrderLine
from claims.orders import Address, Order, OrderItem, Person, snapshot
from claims.sight import sees
from storage.tables import OrderLineRow, OrderRow, PersonRow, Table

_STAMP = "updated_at"
Key = TypeVar("Key")


async def put(session: AsyncSession, orders: Sequence[Order], now: datetime) -> int:
    """Store orders as they are now: new ones are added, changed ones updated. Answers how many rows changed."""
    await _one_at_a_time(session, [o.id for o in orders])
    people = [o.buyer for o in orders] + [i.seller for o in orders for i in o.items]
    changed = await _upsert(session, PersonRow, (_person_values(p, now) for p in await _told_before(session, people)))
    changed += await _upsert(session, OrderRow, (_order_values(o, now) for o in orders))
    return changed + await _upsert(session, OrderLineRow, (_item_values(o.id, i) for o in orders for i in o.items))


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


def concerning(role: str, person: str) -> Select[str, datetime]:
    """(id, purchased_at) of the orders that a caller may see, newest first, for paging."""
    orders = select(OrderRow.id, OrderRow.purchased_at).order_by(OrderRow.purchased_at.desc(), OrderRow.id)
    sold = OrderRow.id.in_(select(OrderLineRow.order_id).where(OrderLineRow.seller_id == person))
    return orders.where(sees(role, bought=OrderRow.buyer_id == person, sold=sold, mediated=False))


async def _one_at_a_time(session: AsyncSession, order_ids: list[str]) -> None:
    """Let no other transaction change these orders meanwhile: what is found unchanged here must stay so."""
    for part in _parts(sorted(order_ids)):
        rows = select(OrderRow.id).where(OrderRow.id.in_(part)).order_by(OrderRow.id)
        await session.execute(rows.with_for_update())


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


async def _upsert(session: AsyncSession, table: type[Table], values: Iterable[dict[str, Any]]) -> int:
    """Write the rows that are new or different; a row that stands as it is keeps its time of change."""
    keys = [c.name for c in table.__table__.primary_key]
    wanted = {tuple(v[k] for k in keys): v for v in values}
    wanted = {key: wanted[key] for key in sorted(wanted)}  # everybody locks rows in this order: no deadlock
    standing = await _standing(session, table, keys, list(wanted))
    changed = [v for key, v in wanted.items() if _differs(v, standing.get(key))]
    if changed:
        await session.execute(_insert_or_update(session, table, keys, list(changed[0])), changed)
    return len(changed)


async def _standing(
    session: AsyncSession, table: type[Table], keys: list[str], wanted: list[tuple[Any, ...]]
) -> dict[tuple[Any, ...], Any]:
    found: dict[tuple[Any, ...], Any] = {}
    columns = [table.__table__.c[k] for k in keys]
    for part in _parts(wanted):
        where = columns[0].in_([k[0] for k in part]) if len(keys) == 1 else tuple_(*columns).in_(part)
        for row in await session.execute(select(table.__table__).where(where)):
            found[tuple(row._mapping[k] for k in keys)] = row._mapping
    return found


def _parts(keys: list[Key]) -> Iterator[list[Key]]:
    """So many at a time as one statement may name."""
    return (keys[i : i + 500] for i in range(0, len(keys), 500))


def _differs(wanted: dict[str, Any], standing: Any) -> bool:
    return standing is None or any(standing[k] != v for k, v in wanted.items() if k != _STAMP)


def _insert_or_update(session: AsyncSession, table: type[Table], keys: list[str], columns: list[str]) -> Any:
    """One statement for any number of rows, so that the database compiles it once."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(cast(sqlalchemy.Table, table.__table__))
    others = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def _person_values(person: Person, now: datetime) -> dict[str, Any]:
    address = asdict(person.address) | {"lines": list(person.address.lines)}
    return {"id": person.id, "name": person.name, "email": person.email, "language": person.language,
            "address": address, _STAMP: now}  # fmt: skip


def unknown(person: str, now: datetime) -> dict[str, Any]:
    """The values of a row that says nothing of a person but the id."""
    return _person_values(Person(person), now)


def _order_values(order: Order, now: datetime) -> dict[str, Any]:
    return {"id": order.id, "site": order.site, "buyer_id": order.buyer.id, "currency": order.currency,
            "purchased_at": order.purchased_at, _STAMP: now}  # fmt: skip


def _item_values(order_id: str, item: OrderItem) -> dict[str, Any]:
    return {"order_id": order_id, "line_id": item.line_id, "seller_id": item.seller.id, "product": item.product,
            "category": item.category, "quantity": item.quantity, "unit_price": item.unit_price,
            "freight": item.freight, "promised_at": item.promised_at, "delivered_at": item.delivered_at}  # fmt: skip


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
    )
