"""Alembic: migrations run by `python -m ops.migrate`, or by the alembic command with the setting's URL."""

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import async_url
from storage.tables import Instant, Table


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations stand on their own: they name the database's type, not ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_online(url: str) -> None:
    engine = create_async_engine(async_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(run_online(context.config.get_main_option("sqlalchemy.url") or "sqlite:///var/amends.db"))
