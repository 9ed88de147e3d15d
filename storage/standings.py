"""How sellers stand now, how they stood day by day, and the levels that the platform protects."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, cast

import sqlalchemy
from sqlalchemy import Select, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

import storage.sales
from claims.standing.days import day_of
from claims.standing.foresight import Ground
from claims.standing.standing import Counts, Protection, Standing, Windows, judge
from claims.standing.terms import DEFAULT, PUBLISHED, Level, Terms, in_force
from storage.tables import CounterRow, ProtectionRow, SaleRow, StandingRow

_EPOCH = date(1970, 1, 1)
_DONE = "standings recorded up to day"  # a counter's name


async def now_of(
    session: AsyncSession, seller_id: str, site: str, now: datetime, versions: Iterable[Terms] = PUBLISHED
) -> Standing:
    """The standing of a seller on a site, by the sales as they are now."""
    return (await ground(session, seller_id, site, now, versions)).standing()


async def ground(
    session: AsyncSession, seller_id: str, site: str, now: datetime, versions: Iterable[Terms] = PUBLISHED
) -> Ground:
    """All that the standing of the seller on the site is judged on."""
    terms = in_force(site, now, versions)
    windows = await storage.sales.windows(session, seller_id, site, terms, now)
    row = await protection(session, seller_id, site)
    return Ground(windows, terms, now, Protection(Level(row.level), row.until) if row else None)


# --- protection


async def protection(session: AsyncSession, seller_id: str, site: str) -> ProtectionRow | None:
    """The last one that the platform gave, whether or not it has ended."""
    return await session.scalar(protections(seller_id, site).limit(1))


def protections(seller_id: str, site: str) -> Select[ProtectionRow]:
    """All that were given, the last first, for paging."""
    of = (ProtectionRow.seller_id == seller_id, ProtectionRow.site == site)
    return select(ProtectionRow).where(*of).order_by(ProtectionRow.id.desc())


async def protect(
    session: AsyncSession,
    seller_id: str,
    site: str,
    given: Protection,
    cause: str,
    by: str,
    now: datetime,
    versions: Iterable[Terms] = PUBLISHED,
) -> None:
    """Show this level of the seller until an instant, unless the real one is better. Said again, it adds nothing."""
    await _hold(session, seller_id, site, now)
    last, wanted = await protection(session, seller_id, site), {"level": given.level, "until": given.until}
    if last is None or (last.level, last.until, last.cause) != (given.level, given.until, cause):
        session.add(ProtectionRow(seller_id=seller_id, site=site, cause=cause, by=by, at=now, **wanted))
        await session.flush()
    await record(session, seller_id, site, now, versions)


# --- day by day


async def record(
    session: AsyncSession, seller_id: str, site: str, now: datetime, versions: Iterable[Terms] = PUBLISHED
) -> None:
    """Keep the standing as that of the day. The last thing in a transaction: others wait for their turn with it."""
    await _hold(session, seller_id, site, now)
    standing = await now_of(session, seller_id, site, now, versions)
    mine = (StandingRow.seller_id == seller_id, StandingRow.site == site, StandingRow.day == day_of(now))
    await session.execute(update(StandingRow).where(*mine).values(**_values(standing)))


def history(seller_id: str, site: str, first: date, last: date) -> Select[StandingRow]:
    """The days from the first to the last of them, oldest first, for paging."""
    of = (StandingRow.seller_id == seller_id, StandingRow.site == site)
    between = StandingRow.day.between((first - _EPOCH).days, (last - _EPOCH).days)
    return select(StandingRow).where(*of, between).order_by(StandingRow.day)


def date_of(day: int) -> date:
    """The day of a row, as a date in UTC."""
    return _EPOCH + timedelta(days=day)


async def sellers_after(session: AsyncSession, seller_id: str, limit: int) -> list[str]:
    """The next sellers with sales, by id. Looks each up in the index: how many sales they have does not matter."""
    found: list[str] = []
    last: str | None = seller_id
    while len(found) < limit:
        following = select(SaleRow.seller_id).where(SaleRow.seller_id > last).order_by(SaleRow.seller_id).limit(1)
        if (last := await session.scalar(following)) is None:
            break
        found.append(last)
    return found


async def has_day(session: AsyncSession, seller_id: str, site: str, now: datetime) -> bool:
    """Whether the day of this instant is recorded."""
    return await session.get(StandingRow, (seller_id, site, day_of(now))) is not None


async def all_recorded(session: AsyncSession, now: datetime) -> bool:
    """Whether a whole round over all sellers was made on this day."""
    row = await session.get(CounterRow, _DONE)
    return row is not None and row.value >= day_of(now)


async def note_all_recorded(session: AsyncSession, now: datetime) -> None:
    await session.merge(CounterRow(name=_DONE, value=day_of(now)))


async def _hold(session: AsyncSession, seller_id: str, site: str, now: datetime) -> None:
    """Make the day's row if it is not there, and let nobody else write it meanwhile: what they commit is seen."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = {"seller_id": seller_id, "site": site, "day": day_of(now)}
    nothing = judge(Windows(Counts(), Counts()), DEFAULT, now)
    row = insert(cast(sqlalchemy.Table, StandingRow.__table__)).values(**key, **_values(nothing))
    await session.execute(row.on_conflict_do_update(index_elements=list(key), set_={"site": site}))


def _values(standing: Standing) -> dict[str, Any]:
    return {
        "level": standing.level,
        "real": standing.real,
        "window_days": standing.window.days,
        "terms": standing.terms.version,
        "at": standing.at,
    } | asdict(standing.counts)
