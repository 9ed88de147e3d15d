"""Translating what was written, once it has been accepted. A message is readable before; its translation follows."""

from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

import storage.translations
from activities.translation.port import LANGUAGES, GivenUp, NotAvailable, Translator, TryLater
from storage.database import Database
from storage.translations import DONE, FAILED, UNAVAILABLE, Made, Wish, digest_of


class DeliveryActivities:
    def __init__(self, database: Database, translator: Translator) -> None:
        self.database = database
        self.translator = translator

    @activity.defn
    async def translate(self, message_id: str) -> dict[str, str]:
        """Make the translations of a message that are pending; answers what became of each, by language.

        What can pass raises ApplicationError, after the others have been made. Names no text.
        """
        async with self.database.reading() as session:
            wishes = await storage.translations.wishes(session, message_id)
        later: TryLater | None = None
        became: dict[str, str] = {}
        for wish in wishes:
            try:
                became[wish.target] = await self._fulfil(wish)
            except TryLater as error:
                later = error
        if later:
            delay = timedelta(seconds=later.seconds) if later.seconds else None
            raise ApplicationError(f"translator: {later}", type="TranslatorBusy", next_retry_delay=delay) from None
        return became

    async def _fulfil(self, wish: Wish) -> str:
        made = await self._made(wish)
        async with self.database.writing() as session:
            await storage.translations.settle(session, wish, made, datetime.now(UTC))
        return made.state

    async def _made(self, wish: Wish) -> Made:
        if wish.source not in LANGUAGES:
            return Made(UNAVAILABLE)
        digest = digest_of(self.translator.name, wish.source, wish.target, wish.text)
        if not wish.fresh and (known := await self._known(digest)):
            return known
        try:
            found = await self.translator.translate(wish.text, wish.source, wish.target)
        except NotAvailable:
            return Made(UNAVAILABLE)
        except GivenUp as error:
            activity.logger.warning("a translation was given up: %s", error)
            return Made(FAILED)
        return Made(DONE, found.text, found.engine, found.route, digest)

    async def _known(self, digest: str) -> Made | None:
        async with self.database.reading() as session:
            return await storage.translations.known(session, digest)
