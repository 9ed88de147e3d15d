"""Deleting files: those of erased attachments, once the row says so."""

from collections.abc import Sequence

import storage.attachments
from activities.evidence.store import Store
from storage.database import Database

_SOME = 200


async def clear(database: Database, store: Store, person: str | None = None) -> int:
    """Delete the objects of what was erased, of this person or of anybody; answers how many. Raises StoreAway.

    The row comes first and the object after it: what a crash leaves in between is found by the row.
    """
    count = 0
    while left := await _left(database, person):
        for _, key in left:
            await store.delete(key)
        async with database.writing() as session:
            await storage.attachments.gone(session, [found for found, _ in left])
        count += len(left)
    return count


async def _left(database: Database, person: str | None) -> Sequence[tuple[str, str]]:
    async with database.reading() as session:
        return await storage.attachments.left_behind(session, _SOME, person)
