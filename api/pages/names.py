"""What people are called on pages. Names stand in the database alone; who has none told goes by the id."""

from collections.abc import Iterable

import storage.orders
from api.desk import Desk


async def names(desk: Desk, ids: Iterable[str]) -> dict[str, str]:
    """By id."""
    wanted = set(ids)
    async with desk.database.reading() as session:
        known = await storage.orders.find_people(session, wanted)
    return {person: (known[person].name if person in known else "") or person for person in wanted}
