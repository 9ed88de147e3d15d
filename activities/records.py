"""Writing claims down. These are the only writers of claims; they are short, idempotent local activities."""

from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from temporalio import activity

import storage.claims
import storage.notices
from claims.model import Claim, Command
from claims.notices import Notice, of_event, of_reminder
from claims.recording import Outcome, Recorded, Recording
from claims.schedule import Reminder
from storage.database import Database


class RecordActivities:
    def __init__(self, database: Database, mails: bool = False) -> None:
        self.database = database
        self.mails = mails

    @activity.defn
    async def record(self, recording: Recording) -> Recorded:
        """Store a turn, its timeline entries, its answer and its notices in one transaction; once."""
        try:
            return await self._record(recording)
        except IntegrityError:
            other = await self._in_the_way(recording.claim)
            if other in ("", recording.claim.id):
                raise  # two recordings of one version at the same moment: the retry sees which was first
            return Recorded(Outcome.TAKEN, other=other)

    @activity.defn
    async def remind(self, claim: Claim, reminder: Reminder) -> tuple[str, ...]:
        """Put a reminder into its inbox, once. Answers the keys of what is to be mailed."""
        notices = [of_reminder(claim, reminder)]
        async with self.database.writing() as session:
            await storage.notices.add(session, claim.id, notices, self.mails, reminder.at)
        return self._to_mail(notices)

    @activity.defn
    async def note_refusal(self, seen: Claim, command: Command, refusal: tuple[str, str]) -> Recorded:
        """Keep a refused signal where it can be found, unless the claim it was refused on is out of date."""
        async with self.database.writing() as session:
            standing = await storage.claims.find(session, seen.id)
            if standing and standing.version != seen.version:
                return Recorded(Outcome.MOVED, standing)
            await storage.claims.note_refusal(session, seen.id, command, *refusal)
        return Recorded(Outcome.STORED)

    @activity.defn
    async def recall(self, claim_id: str) -> Claim | None:
        """The claim as it stands in the store."""
        async with self.database.reading() as session:
            return await storage.claims.find(session, claim_id)

    async def _record(self, recording: Recording) -> Recorded:
        claim = recording.claim
        notices = [n for event in recording.events for n in of_event(claim, event)]
        async with self.database.writing() as session:
            recorded = await storage.claims.record(session, recording)
            if recorded.outcome != Outcome.STORED:
                return recorded
            await storage.notices.add(session, claim.id, notices, self.mails, datetime.now(UTC))
        return Recorded(Outcome.STORED, mail=self._to_mail(notices))

    def _to_mail(self, notices: list[Notice]) -> tuple[str, ...]:
        return tuple(n.key for n in notices if self.mails and n.person)

    async def _in_the_way(self, claim: Claim) -> str:
        async with self.database.reading() as session:
            return await storage.claims.contested(session, claim.line.order_id, claim.line.line_id)
