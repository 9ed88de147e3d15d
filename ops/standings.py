"""The daily history of standings: once a day every seller's is kept, whether or not anything happened to it."""

from collections.abc import Sequence
from datetime import datetime

from temporalio import activity

import storage.sales
import storage.standings
from claims.standing.terms import Terms
from storage.database import Database

_PAGE = 100  # sellers looked up at a time; each is recorded in a transaction of its own


async def record_day(database: Database, terms: Sequence[Terms], now: datetime) -> int:
    """Record whoever has no row for the day of `now` yet; how many that were. Done for the day, it is a single read.

    One that is broken off goes on with those that are missing.
    """
    async with database.reading() as session:
        if await storage.standings.all_recorded(session, now):
            return 0
    recorded, last = 0, ""
    while page := await _after(database, last):
        for seller_id in page:
            recorded += await _record(database, seller_id, terms, now)
        last = page[-1]
    async with database.writing() as session:
        await storage.standings.note_all_recorded(session, now)
    return recorded


async def _after(database: Database, seller_id: str) -> list[str]:
    async with database.reading() as session:
        return await storage.standings.sellers_after(session, seller_id, _PAGE)


async def _record(database: Database, seller_id: str, terms: Sequence[Terms], now: datetime) -> int:
    if activity.in_activity():
        activity.heartbeat()
    async with database.reading() as session:
        sites = await storage.sales.sites(session, seller_id)
        missing = [site for site in sites if not await storage.standings.has_day(session, seller_id, site, now)]
    if missing:
        async with database.writing() as session:
            for site in missing:  # by name, as everybody takes them: no deadlock
                await storage.standings.record(session, seller_id, site, now, terms)
    return len(missing)
