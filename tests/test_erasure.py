"""Erasing a person: nothing personal is left anywhere, and all that was done can still be read and verified."""

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from alembic import command
from sqlalchemy import MetaData, create_engine, text, update

import storage.claims
import storage.erasure
import storage.labels
import storage.orders
import storage.texts
from storage import migrate
from storage.database import Database
from storage.erasure import PLACES
from storage.tables import TextRow
from tests.house import SECRET, House, OpenClaim, key
from tests.postgres import Server

PARTIES = ("buyer", "seller")
NOTHING = dict.fromkeys(PLACES, 0)


class Marked:
    """A claim with a return label, whose people, addresses and texts all carry marks of their own."""

    def __init__(self, claim: OpenClaim) -> None:
        self.claim, self.house, self.sale = claim, claim.house, claim.sale

    def marks(self, party: str) -> list[str]:
        tag = f"{party[0]}{self.sale.order_id.replace('-', '')}q"
        return [f"{kind}{tag}" for kind in ("Nam", "mail", "Street", "City", "Region", "Zip", "Wrote", "Again")]

    async def delete(self, party: str, role: str = "platform") -> Any:
        return await delete(self.house, self.claim.who(party), role)

    async def label(self) -> Any:
        async with self.house.as_("buyer", self.sale.buyer) as buyer:
            return await buyer.get(f"/v1/claims/{self.claim.id}/return/label")


async def delete(house: House, person: str, role: str = "platform") -> Any:
    async with house.as_(role, "market") as caller:
        return await caller.delete(f"/v1/people/{person}")


async def push(marked: Marked) -> None:
    body = marked.sale.body()
    for party, person in (("buyer", body["buyer"]), ("seller", body["lines"][0]["seller"])):
        name, mail, street, city, region, postal_code, _, _ = marked.marks(party)
        address = {"lines": [street], "city": city, "region": region, "postal_code": postal_code, "country": "MX"}
        person |= {"name": name, "email": f"{mail}@example.com", "address": address}
    async with marked.house.as_("platform", "market") as platform:
        assert (await platform.put(f"/v1/orders/{marked.sale.order_id}", json=body)).is_success


async def opened(house: House) -> Marked:
    """The claim is open, and the label is made."""
    sale = await house.order()
    marked = Marked(OpenClaim(house, sale, ""))
    await push(marked)
    body = {"order_id": sale.order_id, "line_id": "1", "reason": "not_working", "message": marked.marks("buyer")[6]}
    async with house.as_("buyer", sale.buyer) as buyer:
        answer = await buyer.post("/v1/claims", json=body, headers=key(f"opens-{sale.order_id}"))
    marked.claim.id = answer.json()["id"]
    await marked.claim.did("seller", "guide", note=marked.marks("seller")[6])
    await marked.claim.did("seller", "grant_return", note=marked.marks("seller")[7] + " and so on" * 300)
    await marked.claim.until(lambda c: c["return"]["tracking_number"])
    return marked


async def closed(house: House) -> Marked:
    marked = await opened(house)
    for news in ("shipped", "delivered"):
        await marked.claim.carrier(news, (await marked.claim.seen())["return"]["tracking_number"])
    await marked.claim.did("seller", "reject_return")
    await marked.claim.did("mediator", "request_evidence", party="buyer")
    await marked.claim.did("buyer", "give_evidence", note=marked.marks("buyer")[7])
    await marked.claim.did("mediator", "rule", amount=1000, note=f"Ruling on {marked.claim.id}")
    await marked.claim.until(lambda c: c["stage"] == "closed")
    return marked


async def dump(house: House) -> str:
    """Every column of every row of every table, as text."""
    return await asyncio.to_thread(_dump, house.settings.database_url)


def _dump(url: str) -> str:
    if url.startswith("postgresql"):
        return subprocess_dump(url)
    engine, found = create_engine(url), []
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(table.select()):
                found += [v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row]
    engine.dispose()
    return "\n".join(found)


def subprocess_dump(url: str) -> str:
    """The same of PostgreSQL: every row as its own text, bytes as they are."""
    return asyncio.run(_rows(url))


async def _rows(url: str) -> str:
    database, found = Database(url), []
    async with database.reading() as session:
        names = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for name in list(names):
            found += list(await session.scalars(text(f'SELECT t::text FROM "{name}" t')))  # noqa: S608 our own tables
        labels = await session.scalars(text("SELECT pdf FROM labels"))
        found += [bytes(pdf).decode("latin-1") for pdf in labels]
    await database.close()
    return "\n".join(found)


def left(said: str, marks: list[str]) -> list[str]:
    return [mark for mark in marks if mark in said]


async def verified(marked: Marked) -> bool:
    async with marked.house.database.reading() as session:
        return await storage.claims.verify_chain(session, marked.claim.id)


def words_on(pdf: bytes) -> str:
    return str(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range())


# --- what goes, and what stays


async def test_nothing_of_an_erased_person_is_left_and_the_rest_stands(any_house: House) -> None:
    marked = await closed(any_house)
    before, events = await marked.claim.seen("buyer"), await marked.claim.events()
    assert left(await dump(any_house), marked.marks("buyer")) == marked.marks("buyer")
    printed = words_on((await marked.label()).content)
    assert all(mark in printed for mark in marked.marks("buyer")[2:4])
    answer = await marked.delete("buyer")
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == NOTHING | {"people": 1, "answers": 2, "texts": 2, "labels": 1}
    said = await dump(any_house)
    assert left(said, marked.marks("buyer")) == []
    assert left(said, marked.marks("seller")) == marked.marks("seller")
    assert await marked.claim.seen("buyer") == before
    assert await verified(marked)
    for was, now in zip(events, await marked.claim.events(), strict=True):
        gone = was["by"] == "buyer" and was["note"] is not None
        assert now == was | ({"note": None, "note_erased": True} if gone else {})


async def test_a_label_that_was_erased_is_gone_and_its_numbers_stay(any_house: House) -> None:
    marked = await closed(any_house)
    await marked.delete("seller")
    answer = await marked.label()
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")
    async with any_house.as_("buyer", marked.sale.buyer) as buyer:
        numbers = await buyer.get(f"/v1/claims/{marked.claim.id}/return")
    assert numbers.json()["tracking_number"]
    again = await marked.delete("buyer")  # the other party later
    assert again.json()["rows"]["labels"] == 0
    assert left(await dump(any_house), [*marked.marks("buyer"), *marked.marks("seller")]) == []
    async with any_house.database.reading() as session:
        kept = await storage.labels.find(session, marked.claim.id, 1)
    assert kept
    assert kept.pdf == b""  # what it says is compressed: the dump would not show it
    assert await verified(marked)


async def test_auditors_see_that_a_text_was_erased_and_never_the_others(house: House) -> None:
    marked = await closed(house)
    await marked.delete("buyer")
    async with house.as_("auditor") as auditor:
        found = (await auditor.get(f"/v1/claims/{marked.claim.id}/events")).json()["events"]
    assert [e["note"] for e in found if e["note"]] == []
    assert {e["by"] for e in found if e["note_erased"]} == {"buyer"}


async def test_erasing_again_changes_nothing_and_answers_the_same(house: House) -> None:
    marked = await closed(house)
    first = (await marked.delete("buyer")).json()
    assert (await marked.delete("buyer")).json() == first
    async with house.database.reading() as session:
        kept = await storage.erasure.history(session, marked.sale.buyer)
    assert [(e.person, e.by) for e in kept] == [(marked.sale.buyer, "market")]


async def test_a_later_order_fills_the_person_anew_and_can_be_erased_again(any_house: House) -> None:
    marked = await closed(any_house)
    first = (await marked.delete("buyer")).json()
    await push(marked)
    assert left(await dump(any_house), marked.marks("buyer")[:6]) == marked.marks("buyer")[:6]
    second = (await marked.delete("buyer")).json()
    assert second["erased_at"] > first["erased_at"]
    assert second["rows"] == NOTHING | {"people": 1}
    assert left(await dump(any_house), marked.marks("buyer")) == []


# --- who may, and when


async def test_a_person_with_open_claims_is_not_erased(house: House) -> None:
    marked = await opened(house)
    for party in PARTIES:
        answer = await marked.delete(party)
        assert (answer.status_code, answer.json()["code"]) == (409, "claims_open")
        assert answer.json()["detail"].startswith("1 open claims still need")
    assert left(await dump(house), marked.marks("buyer")[:7]) == marked.marks("buyer")[:7]
    assert (await marked.label()).status_code == 200


async def test_only_the_platform_erases_and_only_who_is_there(house: House) -> None:
    marked = await closed(house)
    for role in ("buyer", "seller", "mediator", "carrier", "ops", "auditor"):
        assert (await marked.delete("buyer", role)).status_code == 403
    assert (await delete(house, "nobody-knows")).status_code == 404
    assert (await delete(house, "x" * 101)).status_code == 422
    assert left(await dump(house), marked.marks("buyer")) == marked.marks("buyer")


async def test_erasures_at_the_same_time_are_one(any_house: House) -> None:
    marked = await closed(any_house)
    answers = await asyncio.gather(*(marked.delete("buyer") for _ in range(6)))
    assert len({str(a.json()) for a in answers}) == 1, [a.text for a in answers]


# --- the claim afterwards


async def test_the_key_of_an_erased_request_no_longer_answers(house: House) -> None:
    marked = await closed(house)
    body = {
        "order_id": marked.sale.order_id,
        "line_id": "1",
        "reason": "not_working",
        "message": marked.marks("buyer")[6],
    }
    async with house.as_("buyer", marked.sale.buyer) as buyer:
        before = await buyer.post("/v1/claims", json=body, headers=key(f"opens-{marked.sale.order_id}"))
        await marked.delete("buyer")
        after = await buyer.post("/v1/claims", json=body, headers=key(f"opens-{marked.sale.order_id}"))
    assert before.status_code == 201
    assert (after.status_code, after.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_claim_of_an_erased_person_can_still_be_appealed_and_returned(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "escalate")
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=1000)
    await claim.until(lambda c: c["stage"] == "closed")
    assert (await delete(house, claim.sale.buyer)).status_code == 200
    await claim.did("buyer", "appeal", note="After all")
    await claim.did("mediator", "rule", return_first=True)
    await claim.until(lambda c: c["return"] and c["return"]["tracking_number"])
    async with house.as_("buyer", claim.sale.buyer) as buyer:
        printed = words_on((await buyer.get(f"/v1/claims/{claim.id}/return/label")).content)
    assert claim.sale.buyer in printed  # the id stands where the name stood
    assert f"Name of {claim.sale.buyer}" not in printed


# --- the bytes on the disk


@pytest.mark.long
async def test_sqlites_files_hold_nothing_of_who_was_erased(house: House) -> None:
    folder = Path(house.settings.database_url.removeprefix("sqlite:///")).parent
    claims = await asyncio.gather(*(closed(house) for _ in range(4)))
    for marked in claims[:3]:
        await push(marked)
        await marked.delete("buyer")
        await marked.delete("seller")
    # By another process: closing one of SQLite's files in this one drops its locks, and others may then corrupt it.
    files = [str(file) for file in folder.glob("amends.db*")]
    bytes_of = (await asyncio.to_thread(subprocess.run, ["cat", *files], capture_output=True, check=True)).stdout
    gone = [mark for marked in claims[:3] for party in PARTIES for mark in marked.marks(party)]
    there = [mark for marked in claims[3:] for party in PARTIES for mark in marked.marks(party)]
    assert [mark for mark in there if mark.encode() not in bytes_of] == []
    assert [mark for mark in gone if mark.encode() in bytes_of] == []


# --- the migration, and the command


@pytest.fixture(params=["sqlite", "postgres"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as it was before people could be erased, with a text and a label in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'amends.db'}"
    else:
        server: Server = request.getfixturevalue("postgres_server")
        url = server.new_database()
    command.upgrade(migrate.config(url), "0002")
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    database, now = Database(url), datetime(2026, 1, 1, tzinfo=None if url.startswith("sqlite") else UTC)
    async with database.writing() as session:
        await session.execute(
            text("INSERT INTO texts VALUES ('t', 'c', 'p', 'buyer', 'words', 's', 'd', :now)"), {"now": now}
        )
        label = text("INSERT INTO labels VALUES ('c', 1, 'T', 'S', '{}', :pdf, :now)")
        await session.execute(label, {"pdf": b"pdf", "now": now})
        await session.execute(
            text("INSERT INTO people VALUES ('p', 'Name', '', 'en', '{\"lines\": []}', :now)"), {"now": now}
        )
    await database.close()


def test_an_old_database_is_brought_forward_with_what_is_in_it(old_url: str) -> None:
    migrate.upgrade(old_url)
    migrate.check(old_url)

    async def erase() -> Any:
        database = Database(old_url)
        async with database.writing() as session:
            done = await storage.erasure.erase(session, "p", "market", datetime.now(UTC))
        await database.close()
        return done.rows

    assert asyncio.run(erase()) == NOTHING | {"people": 1, "texts": 1}


@pytest.mark.long
async def test_the_command_does_the_same(house: House) -> None:
    marked, waiting = await closed(house), await opened(house)
    people = [marked.sale.buyer, waiting.sale.buyer, f"nobody-{time.monotonic_ns()}"]
    environment = os.environ | {"AMENDS_TOKEN_SECRET": SECRET, "AMENDS_DATABASE_URL": house.settings.database_url}
    environment["AMENDS_EVIDENCE_URL"] = house.settings.evidence_url
    photo = await marked.claim.uploaded("buyer")
    line = [sys.executable, "-m", "ops.erase", *people]
    done = await asyncio.to_thread(subprocess.run, line, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{people[0]}: erased" in done.stdout
    async with house.as_("buyer", marked.sale.buyer) as buyer:
        assert (await buyer.get(photo["content"])).status_code == 410
    assert f"{people[1]}: 1 open claims" in done.stderr
    assert f"{people[2]}: there is no such person" in done.stderr
    assert left(await dump(house), marked.marks("buyer")) == []
    listed = await asyncio.to_thread(
        subprocess.run, line[:3], env=environment, capture_output=True, text=True, check=True
    )
    assert f" {people[0]} ops.erase\n" in listed.stdout


async def test_nobody_is_erased_while_their_opening_is_under_way(any_house: House) -> None:
    """The text is kept before the engine is asked; until the claim is recorded, only the text knows of it."""
    sale = await any_house.order()
    async with any_house.database.writing() as session:
        by = ("buyer", sale.buyer)
        await storage.texts.keep(
            session, f"txt_{sale.order_id}", f"clm_{sale.order_id}", by, "It is torn.", datetime.now(UTC)
        )
    async with any_house.as_("platform", "market") as platform:
        refused = await platform.delete(f"/v1/people/{sale.buyer}")
        assert (refused.status_code, refused.json()["code"]) == (409, "claims_open")
        async with any_house.database.writing() as session:
            an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
            of_it = update(TextRow).where(TextRow.id == f"txt_{sale.order_id}")
            await session.execute(of_it.values(created_at=an_hour_ago))
        assert (await platform.delete(f"/v1/people/{sale.buyer}")).status_code == 200
