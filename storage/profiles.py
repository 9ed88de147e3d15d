"""How people want to read: in the language they chose, else in that of their order; or as it was written."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from claims.model import Actor
from claims.reasons import LANGUAGES
from claims.thread import ALL, PARTIES
from storage.tables import PersonRow, ProfileRow

DEFAULT = "en"


@dataclass(frozen=True)
class Profile:
    language: str
    originals: bool = False  # whoever reads them wants no translations


async def find(session: AsyncSession, role: str, person: str) -> Profile:
    """The profile of a person; without one of their own, the language that came with an order, or English."""
    row = await session.get(ProfileRow, (role, person))
    if row:
        return Profile(row.language, row.originals)
    known = await session.scalar(select(PersonRow.language).where(PersonRow.id == person)) if role in PARTIES else None
    return Profile(known if known in LANGUAGES else DEFAULT)


async def save(session: AsyncSession, role: str, person: str, profile: Profile) -> None:
    await session.merge(ProfileRow(role=role, person=person, language=profile.language, originals=profile.originals))


async def languages(session: AsyncSession, receiver: str, buyer_id: str, seller_id: str) -> set[str]:
    """The languages in which a message to this receiver will be read; none of whoever reads originals."""
    people = {Actor.BUYER: buyer_id, Actor.SELLER: seller_id}
    told = PARTIES if receiver == ALL else tuple(p for p in PARTIES if p == receiver)
    profiles = [await find(session, role, people[role]) for role in told]
    if receiver in (Actor.MEDIATOR, ALL):
        profiles += await _of_mediators(session)
    return {profile.language for profile in profiles if not profile.originals}


async def _of_mediators(session: AsyncSession) -> list[Profile]:
    """They share one inbox: whoever of them chose a language may be the reader."""
    rows = select(ProfileRow.language).where(ProfileRow.role == Actor.MEDIATOR, ProfileRow.originals.is_(False))
    return [Profile(language) for language in await session.scalars(rows.distinct())]
