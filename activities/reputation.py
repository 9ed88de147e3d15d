"""Posting the verdict of a claim to the seller's ledger."""

from temporalio import activity

import storage.reputation
from claims.model import Claim
from storage.database import Database


class ReputationActivities:
    def __init__(self, database: Database) -> None:
        self.database = database

    @activity.defn
    async def post_verdict(self, claim: Claim) -> bool:
        """Post the claim's verdict; posting it again changes nothing. Answers whether an entry was added."""
        async with self.database.writing() as session:
            return await storage.reputation.post(session, claim)
