"""`python -m ops.erase PERSON...`: erase people, as the API does; again after a restore, for example."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

from pydantic import ValidationError

import settings as configuration
import storage.erasure
from activities.evidence.clearing import clear
from activities.evidence.store import Store, StoreAway
from storage.database import Database
from storage.erasure import ClaimsOpen, PersonUnknown

BY = "ops.erase"


async def erase(database_url: str, evidence_url: str, people: list[str]) -> list[str]:
    """Erase each that can be; answers a sentence for each that cannot, and says the others as they are done."""
    database, store, faults = Database(database_url), Store(evidence_url), []
    for person in people:
        try:
            async with database.writing() as session:
                done = await storage.erasure.erase(session, person, BY, datetime.now(UTC))
            await clear(database, store, person)
            rows = ", ".join(f"{count} of {place}" for place, count in done.rows.items())
            sys.stdout.write(f"{person}: erased {done.at:%Y-%m-%d %H:%M} UTC by {done.by} ({rows})\n")
        except PersonUnknown:
            faults.append(f"{person}: there is no such person")
        except ClaimsOpen as error:
            faults.append(f"{person}: {error.count} open claims still need the name and address")
        except StoreAway as error:
            faults.append(f"{person}: erased, but the store of their files does not answer ({error}); do it again")
    await database.forget()
    await database.close()
    return faults


async def erased(database_url: str) -> list[str]:
    """A line for each erasure there was, oldest first."""
    database = Database(database_url)
    async with database.reading() as session:
        found = await storage.erasure.history(session)
    await database.close()
    return [f"{e.at:%Y-%m-%dT%H:%M:%SZ} {e.person} {e.by}" for e in found]


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Erases people: names, addresses, what they wrote and uploaded, return labels."
    )
    parser.add_argument("people", nargs="*", metavar="PERSON", help="the marketplace's id; none: list what was erased")
    given = parser.parse_args()
    try:
        settings = configuration.load()
    except ValidationError as error:
        sys.stderr.write(configuration.explain(error))
        return 2
    if not given.people:
        sys.stdout.write("".join(f"{line}\n" for line in asyncio.run(erased(settings.database_url))))
        return 0
    faults = asyncio.run(erase(settings.database_url, settings.evidence_url, given.people))
    sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
