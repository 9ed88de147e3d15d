"""What clients were told, held against the books: what was acknowledged is there, what was refused is not."""

from collections.abc import Iterator
from typing import Any

from api.requests import digest as short_digest
from tests.chaos.books import Books
from tests.chaos.checks import Violation
from tests.chaos.clients import Clients, Who, digest
from tests.chaos.journal import Journal


def acknowledged(journal: Journal) -> dict[str, dict[str, Any]]:
    """The first acknowledgement of each command, by its id."""
    found: dict[str, dict[str, Any]] = {}
    for entry in journal.of("ack"):
        found.setdefault(entry["command"], entry)
    return found


def what_was_acknowledged_is_told(books: Books, journal: Journal) -> Iterator[Violation]:
    for command, entry in acknowledged(journal).items():
        kept = books.claims.get(entry["claim"])
        told = {e.command_id: e.sequence for e in kept.events} if kept else {}
        if command not in told:
            yield Violation("an acknowledged command is not in the timeline", entry["claim"], f"{entry['path']}")
        elif told[command] > entry["version"]:  # an answer may show clock rows that fell due after the step
            yield Violation("a command was acknowledged as another step", entry["claim"], f"{entry['version']}")
        if kept and command not in kept.answers:
            yield Violation("an answer is not stored", entry["claim"], entry["path"])


def what_was_refused_is_not_told(books: Books, journal: Journal) -> Iterator[Violation]:
    commands = {e.command_id: kept.row.id for kept in books.claims.values() for e in kept.events}
    acked = acknowledged(journal)
    for entry in journal.of("refused"):
        if entry["command"] in commands and entry["command"] not in acked:
            why = f"{entry['path']}: {entry['status']} {entry['code']}"
            yield Violation("a refused command was carried out", commands[entry["command"]], why)


def carriers_word_counts_once(books: Books, journal: Journal) -> Iterator[Violation]:
    for entry in journal.of("carrier"):
        event = books.carrier.get(entry["event"])
        kept = books.claims[entry["claim"]]
        told = short_digest("carrier", entry["event"]) in {e.command_id for e in kept.events}
        if event is None or event.outcome not in ("taken", "noted"):
            yield Violation("a carrier's event is lost", entry["claim"], entry["event"])
        elif (event.outcome == "taken") != told:
            why = f"{entry['event']} is {event.outcome}: {event.sentence}"
            yield Violation("a carrier's event is not what the timeline says", entry["claim"], why)


def bounces_are_told(books: Books, journal: Journal) -> Iterator[Violation]:
    for entry in journal.of("bank"):
        kept = books.claims[entry["claim"]]
        name = f"bounce/{entry['number']}"
        if entry["fault"] == "bounced" and name not in {e.command_id for e in kept.events}:
            yield Violation("an acknowledged command is not in the timeline", entry["claim"], name)


def orphaned_texts(books: Books) -> int:
    """Texts that no timeline names: of steps that were refused while a process was killed."""
    named = {e.event["note"]["id"] for kept in books.claims.values() for e in kept.events if e.event["note"]}
    return len(books.texts.keys() - named)


async def answers_repeat(clients: Clients, journal: Journal) -> list[Violation]:
    """Every acknowledged request, sent once more with its key, is answered as it was."""
    found = []
    for entry in acknowledged(journal).values():
        reply = await clients.ask(Who(*entry["who"]), "POST", entry["path"], entry["body"], entry["key"])
        if not reply.ok or digest(reply.body) != entry["digest"]:
            code = reply.body.get("code", "")
            why = f"{entry['path']} {entry['key']}: {reply.status} {code}"
            found.append(Violation("an answer does not repeat", entry["claim"], why))
    return found
