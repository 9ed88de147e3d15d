"""A batch of accepted lines into the database. The same file again writes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from claims.orders import Address, Order, Person
from ops.importing.checking import Line
from ops.importing.seen import Seen
from storage.database import Database
from storage.orders import find_many, find_people, put

Rows = dict[tuple[str, str], Any]  # kind and id of a row to what stands in it


async def store(database: Database, batch: Sequence[Line], seen: Seen, now: datetime) -> None:
    """One transaction. What became of each row is counted in `seen`."""
    said = _said(batch, seen)
    async with database.writing() as session:
        known = await find_people(session, said)
        people = {id: _person(id, said[id], known.get(id)) for id in said}
        before = _rows(await find_many(session, list({line.order.id: 0 for line in batch})), known)
        orders = [_with(line.order, people) for line in batch]
        await put(session, orders, now)
    seen.keep(said)
    seen.count(_changes(before, _rows(orders, people)))


def _said(batch: Sequence[Line], seen: Seen) -> dict[str, Any]:
    """What the file says of each person of the batch, up to here: of each detail the first that is not empty."""
    stated = [person for line in batch for person in (line.order.buyer, line.item.seller)]
    said = seen.people({person.id for person in stated})
    for person in stated:
        new = _details(person)
        old = said.get(person.id, new)
        said[person.id] = {what: old[what] or new[what] for what in new}
        said[person.id]["address"] = _fuller(old["address"], new["address"])
    return said


def _details(person: Person) -> dict[str, Any]:
    return {"name": person.name, "email": person.email, "language": person.language, "address": _stated(person.address)}


def _stated(address: Address) -> dict[str, Any]:
    """What is not empty of it, as JSON has it."""
    fields = vars(address) | {"lines": list(address.lines)}
    return {what: value for what, value in fields.items() if value}


def _fuller(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The first address; the second when that says the same and more. Two addresses are never mixed."""
    return second if all(second.get(what) == value for what, value in first.items()) else first


def _person(id: str, said: Mapping[str, Any], known: Person | None) -> Person:
    """An empty cell never erases what the database knows."""
    known = known or Person(id)
    address = _fuller(said["address"], _stated(known.address))
    return Person(
        id,
        said["name"] or known.name,
        said["email"] or known.email,
        said["language"] or known.language,
        Address(**address | {"lines": tuple(address.get("lines", ()))}),
    )


def _with(order: Order, people: Mapping[str, Person]) -> Order:
    items = tuple(replace(item, seller=people[item.seller.id]) for item in order.items)
    return replace(order, buyer=people[order.buyer.id], items=items)


def _rows(orders: Iterable[Order], people: Mapping[str, Person]) -> Rows:
    """The rows that these are made of."""
    rows: Rows = {("person", id): person for id, person in people.items()}
    for order in orders:
        rows["order", order.id] = (order.site, order.currency, order.purchased_at, order.buyer.id)
        for item in order.items:
            rows["line", f"{order.id}/{item.line_id}"] = replace(item, seller=Person(item.seller.id))
    return rows


def _changes(before: Rows, after: Rows) -> Iterator[tuple[str, str, str]]:
    for (kind, id), row in after.items():
        standing = before.get((kind, id))
        yield kind, id, "new" if standing is None else "unchanged" if standing == row else "changed"
