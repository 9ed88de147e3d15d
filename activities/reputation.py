"""Posting the verdict of a claim to the seller's ledger, and the ledger's entries to an outside service."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

import storage.reputation
import storage.standings
import storage.telling
from activities.reputation_service import (
    Counts,
    EntryTold,
    RefusedThere,
    ReputationService,
    StandingTold,
    TryLater,
    Window,
)
from claims.model import Claim
from claims.standing.standing import Standing
from claims.standing.terms import PUBLISHED, Terms
from storage.database import Database
from storage.tables import ReputationRow


class ReputationActivities:
    """`service`: who hears of every entry; None: nobody. `terms`: by which sellers stand as they do."""

    def __init__(
        self, database: Database, service: ReputationService | None = None, terms: Iterable[Terms] = PUBLISHED
    ) -> None:
        self.database = database
        self.service = service
        self.terms = tuple(terms)

    @activity.defn
    async def post_verdict(self, claim: Claim) -> list[str] | bool:
        """Post the claim's verdict; posting it again changes nothing. Answers the entries that the service waits for.

        In old histories the answer is a bool: whether an entry was added.
        """
        async with self.database.writing() as session:
            if await storage.reputation.post(session, claim):
                seller, site = claim.line.seller_id, claim.line.site
                await storage.standings.record(session, seller, site, datetime.now(UTC), self.terms)
            if self.service is None:
                return []
            return [name_of(row) for row in await storage.telling.untold(session, claim.id)]

    @activity.defn
    async def tell_reputation(self, claim_id: str) -> int:
        """Tell the service the claim's oldest entry that it waits for; how many are left then.

        What can pass raises ApplicationError; what the service refuses is noted, and the next may be told.
        """
        row, left = await self._next(claim_id)
        if self.service is None or row is None:
            return 0
        try:
            await self.service.tell(_told(row))
        except RefusedThere as refusal:
            activity.logger.warning("the reputation service refuses %s: %s", name_of(row), refusal)
            async with self.database.writing() as session:
                await storage.telling.mark_refused(session, claim_id, row.version, refusal.status)
        except TryLater as later:
            delay = None if later.seconds is None else timedelta(seconds=later.seconds)
            sentence = f"the reputation service {later}"
            raise ApplicationError(sentence, type="ReputationServiceAway", next_retry_delay=delay) from None
        else:
            async with self.database.writing() as session:
                await storage.telling.mark_told(session, claim_id, row.version, datetime.now(UTC))
        return left

    async def _next(self, claim_id: str) -> tuple[ReputationRow | None, int]:
        """The entry to tell, with the seller's standing as it is told in every try; and how many follow it."""
        async with self.database.reading() as session:
            rows = await storage.telling.untold(session, claim_id)
            row, left = (rows[0], len(rows) - 1) if rows else (None, 0)
            if row is None or row.told_standing:
                return row, left
            standing = await self._standing(session, row.seller_id, row.site)
        async with self.database.writing() as session:
            row.told_standing = await storage.telling.keep_standing(session, claim_id, row.version, standing)
        return row, left

    async def _standing(self, session: AsyncSession, seller_id: str, site: str) -> dict[str, Any]:
        found = await storage.standings.now_of(session, seller_id, site, datetime.now(UTC), self.terms)
        return _standing_told(found).model_dump(mode="json")


def name_of(row: ReputationRow) -> str:
    """The entry's id for the service: the same in every try."""
    return f"{row.claim_id}/{row.version}"


def _standing_told(found: Standing) -> StandingTold:
    return StandingTold(
        level=found.level,
        real=found.real,
        terms=found.terms.version,
        counts=Counts(**asdict(found.counts)),
        window=Window(days=found.window.days, since=found.since, until=found.at),
    )


def _told(row: ReputationRow) -> EntryTold:
    return EntryTold(
        id=name_of(row),
        seller_id=row.seller_id,
        site=row.site,
        claim_id=row.claim_id,
        version=row.version,
        order_id=row.order_id,
        line_id=row.line_id,
        impact=row.impact,
        rule=row.rule,
        mediated=row.mediated,
        at=row.at,
        standing=StandingTold.model_validate(row.told_standing),
    )
