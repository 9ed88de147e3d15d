"""Posting the verdict of a claim to the seller's ledger."""

from collections.abc import Iterable
from datetime import UTC, datetime

from temporalio import activity

import storage.reputation
import storage.standings
from claims.model import Claim
from claims.standing.terms import PUBLISHED, Terms
from storage.database import Database


class ReputationActivities:
    """`terms`: all versions of all sites."""

    def __init__(self, database: Database, terms: Iterable[Terms] = PUBLISHED) -> None:
        self.database, self.terms = database, tuple(terms)

    @activity.defn
    async def post_verdict(self, claim: Claim) -> bool:
        """Post the claim's verdict; posting it again changes nothing. Answers whether an entry was added."""
        async with self.database.writing() as session:
            added = await storage.reputation.post(session, claim)
            if added:
                seller, site = claim.line.seller_id, claim.line.site
                await storage.standings.record(session, seller, site, datetime.now(UTC), self.terms)
            return added
