"""Many rows into a table at once, whether they are there or not."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, cast

import sqlalchemy
from sqlalchemy import select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Table

STAMP = "updated_at"
Key = TypeVar("Key")


async def upsert(session: AsyncSession, table: type[Table], values: Iterable[dict[str, Any]]) -> int:
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
    for part in parts(wanted):
        where = columns[0].in_([k[0] for k in part]) if len(keys) == 1 else tuple_(*columns).in_(part)
        for row in await session.execute(select(table.__table__).where(where)):
            found[tuple(row._mapping[k] for k in keys)] = row._mapping
    return found


def parts(keys: list[Key]) -> Iterator[list[Key]]:
    """So many at a time as one statement may name."""
    return (keys[i : i + 500] for i in range(0, len(keys), 500))


def _differs(wanted: dict[str, Any], standing: Any) -> bool:
    return standing is None or any(standing[k] != v for k, v in wanted.items() if k != STAMP)


def _insert_or_update(session: AsyncSession, table: type[Table], keys: list[str], columns: list[str]) -> Any:
    """One statement for any number of rows, so that the database compiles it once."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(cast(sqlalchemy.Table, table.__table__))
    others = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)
