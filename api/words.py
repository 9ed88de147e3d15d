"""What people write, before it goes anywhere: moderated, its language told, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

import storage.profiles
import storage.texts
from activities.moderator import Moderator
from activities.translation.languages import detect
from api import requests
from api.tokens import Caller
from claims.guidance import whole
from claims.inputs import NOTE_LIMIT
from claims.model import Invalid, Note
from claims.moderation import Reason
from claims.reasons import LANGUAGES
from storage.database import Database
from storage.texts import Tongue


class Rejected(Exception):
    """Moderation does not let a text pass. `reasons` as JSON: code, what was found, and sentences by language."""

    def __init__(self, reasons: tuple[dict[str, Any], ...]) -> None:
        super().__init__(", ".join(r["code"] for r in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Words:
    """A text that was looked at. `guidance`: the steps and the link of an explanation."""

    text: str
    tongue: Tongue
    reasons: tuple[dict[str, Any], ...] = ()
    guidance: dict[str, Any] | None = None


class Reader:
    """Looks at every text before it is kept."""

    def __init__(self, database: Database, moderator: Moderator) -> None:
        self.database, self.moderator = database, moderator

    async def look(self, caller: Caller, text: str, guidance: dict[str, Any] | None = None) -> Words:
        """Tell its language and what moderation objects to, the steps included. Raises Invalid when it is too long."""
        words = whole(text, guidance["steps"]) if guidance else text
        if len(words) > NOTE_LIMIT:
            sentence = f"A text, with its steps, has at most {NOTE_LIMIT} characters; this one has {len(words)}."
            raise Invalid("text_too_long", sentence)
        async with self.database.reading() as session:
            profile = await storage.profiles.find(session, caller.role, caller.id)
        found = detect(words, profile.language)
        reasons = await self.moderator.judge(words, found.language, caller.role)
        return Words(text, Tongue(found.language, found.by), tuple(_told(r) for r in reasons), guidance)

    async def pass_(self, caller: Caller, text: str, guidance: dict[str, Any] | None = None) -> Words:
        """As look(), of a text that comes with a step: one that is objected to raises Rejected."""
        words = await self.look(caller, text, guidance)
        if words.reasons:
            raise Rejected(words.reasons)
        return words

    async def approve(self, caller: Caller, texts: Mapping[str, str]) -> None:
        """Of texts by language that are not said to anybody yet: what is objected to raises Rejected."""
        judged = [await self.moderator.judge(text, language, caller.role) for language, text in texts.items()]
        if reasons := [reason for found in judged for reason in found]:
            raise Rejected(tuple(_told(r) for r in reasons))


async def keep(session: AsyncSession, caller: Caller, claim_id: str, words: Words, now: datetime) -> Note:
    """Store the text under a new id; answers what the timeline may hold of it."""
    by = (str(caller.role), caller.id)
    return await storage.texts.keep(
        session, requests.text_id(), claim_id, by, words.text, now, words.tongue, words.guidance
    )


def _told(reason: Reason) -> dict[str, Any]:
    sentences = {language: reason.sentence(language) for language in LANGUAGES}
    return {"code": reason.code, "found": reason.found, "sentences": sentences}
