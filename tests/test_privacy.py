"""No personal data in Temporal, nor in a log: claims whose people and texts are marked, and a search of everything."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio import activity
from temporalio.exceptions import ApplicationError

import worker
from activities.returns import LabelActivities
from claims.model import Claim
from ops.engine import Engine, Ports, free_port
from storage import migrate
from tests import pictures, record_histories, scenes, told
from tests.conftest import PAGE
from tests.house import PATIENCE, House, OpenClaim, Sale, house_on, key, settings_for, soon, upload
from tests.processes import caller, street
from tests.test_mail import PostOffice, serving, url

NAME, STREET, CITY, ZIP, MAIL, WORDS = "Zqname", "Zqstreet", "Zqcity", "Zqzip", "zqmail", "Zqwords"
MARKS = [NAME, STREET, CITY, ZIP, MAIL, WORDS]
PEOPLE = ("buyer", "seller", "mediator")
SHORT = ("return_rejected", "reset_in_negotiation", "evidence_asked_and_given")  # the long form takes all


class MarkedHouse(House):
    """A house whose people, addresses and texts are marked."""

    async def order(self, **changes: Any) -> Sale:
        sale = await super().order(**changes)
        async with self.as_("platform", "market") as platform:
            await platform.put(f"/v1/orders/{sale.order_id}", json=marked_order(sale, **changes))
        return sale

    async def open(self, sale: Sale, reason: str = "not_working") -> OpenClaim:
        body = {"order_id": sale.order_id, "line_id": "1", "reason": reason, "message": f"{WORDS} opening"}
        async with self.as_("buyer", sale.buyer) as buyer:
            photo = await upload(buyer, pictures.from_a_phone(), name=f"{WORDS}.jpg")
            body["attachments"] = [photo["id"]]
            answer = await buyer.post("/v1/claims", json=body, headers=key())
        assert answer.status_code == 201, answer.text
        return MarkedClaim(self, sale, answer.json()["id"])


class MarkedClaim(OpenClaim):
    """A claim on which everybody has something to say, also with what is refused."""

    async def act(self, role: str, action: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
        body.setdefault("note", f"{WORDS} of the {role}: {action}")
        if action == "guide":
            body |= {"steps": [f"{WORDS} step"], "link": f"https://www.example.com/{WORDS}"}
        return await super().act(role, action, headers, **body)


def marked_order(sale: Sale, **changes: Any) -> dict[str, Any]:
    body = sale.body(**changes)
    address = {"lines": [STREET], "city": CITY, "region": CITY, "postal_code": ZIP, "country": "MX"}
    for person in (body["buyer"], body["lines"][0]["seller"]):
        mail = f"{MAIL}-{person['id']}@example.com"
        person |= {"name": f"{NAME} {person['id']}", "email": mail, "address": address}
    return body


@asynccontextmanager
async def marked_house(engine: Engine, database_url: str, **settings: Any) -> AsyncIterator[MarkedHouse]:
    async with house_on(engine, settings_for(database_url, **settings)) as made:
        yield MarkedHouse(made.settings, made.app, made.database, made.temporal, made.translator)


@pytest.fixture
def office() -> Iterator["Unkind"]:
    """A mail server that refuses people, and names them as it does."""
    with serving(Unkind()) as made:
        yield made


class Unkind(PostOffice):
    """Refuses some people for ever, or everybody for now; a mail that is tried again would hold its claim's clock."""

    full = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.full:
            return f"451 no room for {address}"
        if sum(address.encode()) % 2:
            self.asked.append(address)
            return f"550 {address} is not known here"
        return await super().handle_RCPT(server, session, envelope, address, options)


async def all_drives(house: MarkedHouse, paths: tuple[str, ...]) -> None:
    """Claims over these paths, two at a time, and what the API refuses of them."""
    room = asyncio.Semaphore(2)

    async def drive(name: str) -> None:
        async with room:
            await refused(await record_histories.PATHS[name](house))

    await asyncio.gather(*(drive(name) for name in paths))


async def refused(claim: OpenClaim) -> None:
    """What cannot be done is refused, whatever is written with it."""
    for role, action in (
        ("buyer", "rule"),
        ("seller", "accept_return"),
        ("mediator", "give_evidence"),
        ("buyer", "guide"),
    ):
        assert (await claim.act(role, action, code=f"{WORDS} code")).status_code >= 400


async def raced(house: MarkedHouse) -> None:
    """Texts of acts that lose a race inside the workflow, and signals beside them."""
    claim = await house.claim()
    await asyncio.gather(*(claim.act("seller", "refund", note=f"{WORDS} {n}") for n in range(8)))
    other = await house.claim()
    await other.did("seller", "guide")
    async with house.as_("seller", other.sale.seller) as seller:
        said = await seller.post(
            f"/v1/claims/{other.id}/messages", json={"text": f"{WORDS} in the chat"}, headers=key()
        )
    assert said.status_code == 201, said.text
    handle = house.temporal.get_workflow_handle(other.id)
    for name, payload in (("accept_offer", {"operator": "ops-7", "offer": 9}), ("offer_partial_refund", 5),
                          ("offer_partial_refund", {"operator": "ops-7", "percent": 30})):  # fmt: skip
        await handle.signal(name, payload)
    await other.until(lambda c: c["offers"])


async def turned(house: MarkedHouse) -> None:
    """A claim whose history was long enough to be followed by another run."""
    claim = await house.claim()
    handle = house.temporal.get_workflow_handle(claim.id)
    first = (await handle.describe()).run_id
    for _ in range(PAGE):
        await claim.did("seller", "guide")
        if (await handle.describe()).run_id != first:
            return
    raise AssertionError("the page was not turned")


async def searched(house: MarkedHouse) -> dict[str, list[str]]:
    """The places where a mark is found, once it is sure that there is something to find in them."""
    said = await told.all_said(house.temporal)
    everything = "\n".join(said.values())
    assert all(word in everything for word in ("clm_", "buyer_id", "Waiting for", "notices by mail", "ClaimSeller"))
    kept = await stored(house)
    assert all(mark in kept for mark in MARKS)
    return told.holding(said, MARKS)


async def stored(house: House) -> str:
    async with house.database.reading() as session:
        people = (await session.execute(text("SELECT name, email, CAST(address AS TEXT) FROM people"))).all()
        texts = (await session.execute(text("SELECT guidance FROM texts WHERE guidance IS NOT NULL"))).all()
        return str(people) + str(texts)


# --- Temporal


@pytest.mark.long
async def test_temporal_knows_no_names_addresses_or_texts(engine: Engine, sqlite_url: str, office: Unkind) -> None:
    async with marked_house(engine, sqlite_url, smtp_url=url(office)) as house:
        await all_drives(house, SHORT)
        await raced(house)
        await failed_mail(house, office)
        assert await searched(house) == {}


async def failed_mail(house: MarkedHouse, office: Unkind) -> None:
    """A mail that was refused for now: its failure stands in the engine."""
    office.full = True
    await house.claim()
    await said_in(house, "MailUnavailable")


async def test_a_label_that_cannot_be_made_names_nobody(engine: Engine, sqlite_url: str) -> None:
    async with marked_house(engine, sqlite_url, carrier_country="BRA") as house:
        claim = await house.claim()
        await claim.did("seller", "grant_return")
        await said_in(house, "LabelImpossible")
        assert told.holding(await told.all_said(house.temporal), MARKS) == {}


async def test_a_database_that_breaks_names_nobody(engine: Engine, tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'amends.db'}"
    await asyncio.to_thread(migrate.upgrade, database_url)
    async with marked_house(engine, database_url) as house:
        claim = await house.claim()
        async with house.database.writing() as session:
            await session.execute(text("DROP TABLE labels"))
            await session.execute(text(f"CREATE TABLE labels (claim_id TEXT CHECK (claim_id = '{NAME}'))"))
        await claim.did("seller", "grant_return")
        await said_in(house, "OperationalError")
        assert told.holding(await told.all_said(house.temporal), MARKS) == {}


async def said_in(house: House, word: str) -> None:
    """Wait until the engine has been told this."""

    async def said() -> bool:
        return word in "\n".join((await told.all_said(house.temporal, running=False)).values())

    await soon(said)


@pytest.mark.long
async def test_no_path_at_all_leaves_a_mark_in_the_engines_store(tmp_path: Path, sqlite_url: str, office: Unkind,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """All paths, and the bytes of the engine's own files."""
    store = tmp_path / "temporal.db"
    page = {"limit.historyCount.suggestContinueAsNew": str(PAGE)}
    engine = Engine(Ports(free_port(), free_port(), free_port()), store, more=page)
    engine.start()
    monkeypatch.setenv("TEMPORAL_ADDRESS", engine.address)
    try:
        async with marked_house(engine, sqlite_url, smtp_url=url(office)) as house:
            await all_drives(house, tuple(record_histories.PATHS.keys() - {"page_turned"}))
            await turned(house)  # with mail the page turns by itself, which that path does not expect
            await raced(house)
            await failed_mail(house, office)
            assert await searched(house) == {}
    finally:
        engine.stop()
    kept = bytes_of(tmp_path)
    assert b"clm_" in kept
    assert b"buyer_id" in kept
    assert [mark for mark in MARKS if mark.encode() in kept] == []


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("temporal.db*"))


# --- the search finds what it is to find


class Talkative(LabelActivities):
    """Says whose label it cannot make, in our own words, as a careless commit might."""

    @activity.defn
    async def make_label(self, claim: Claim) -> str:
        raise ApplicationError(f"no label for {NAME} {claim.line.buyer_id}", non_retryable=True)


class Startled(LabelActivities):
    """Meets an error that nobody foresaw, with people's data in its words and in its causes."""

    @activity.defn
    async def make_label(self, claim: Claim) -> str:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ValueError(f"cannot encode {STREET}") from error


async def test_a_careless_word_in_an_activity_would_be_found(
    engine: Engine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LabelActivities", Talkative)
    async with marked_house(engine, sqlite_url) as house:
        claim = await house.claim()
        await claim.did("seller", "grant_return")
        await said_in(house, "no label for")
        found = told.holding(await told.all_said(house.temporal), MARKS)
    assert set().union(*found.values()) == {NAME}
    assert {place.split()[0] for place in found} == {"history"}


async def test_an_unforeseen_error_is_told_without_its_words(
    engine: Engine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: Any, capfd: Any
) -> None:
    monkeypatch.setattr(worker, "LabelActivities", Startled)
    async with marked_house(engine, sqlite_url) as house:
        claim = await house.claim()
        await claim.did("seller", "grant_return")
        await said_in(house, "ValueError; the worker's log says where")
        assert told.holding(await told.all_said(house.temporal), MARKS) == {}
    assert [mark for mark in MARKS if mark in caplog.text + "".join(capfd.readouterr())] == []


async def test_a_text_in_a_command_summary_or_attribute_would_be_found(engine: Engine, sqlite_url: str) -> None:
    async with marked_house(engine, sqlite_url) as house:
        claim = await scenes.offered(house)
        handle = house.temporal.get_workflow_handle(claim.id)
        await handle.signal("accept_offer", {"operator": f"{NAME} the operator"})
        await claim.until(lambda c: True)
        await said_in(house, NAME)
        found = told.holding(await told.all_said(house.temporal), MARKS)
    assert any(place.startswith("history") for place in found)


# --- logs


@pytest.mark.long
@pytest.mark.parametrize("level", [pytest.param("INFO", marks=pytest.mark.long), "DEBUG"])
def test_the_logs_of_real_processes_name_nobody(
    engine: Engine, sqlite_url: str, tmp_path: Path, office: Unkind, level: str
) -> None:
    with street(engine, sqlite_url, tmp_path) as house:
        house.environment |= {"AMENDS_SMTP_URL": url(office), "AMENDS_LOG_LEVEL": level}
        house.worker()
        api = house.api()
        for _ in range(3):
            walk(api)
        deadline = time.monotonic() + PATIENCE
        while not office.asked:
            assert time.monotonic() < deadline, "no letter was tried"
            time.sleep(0.1)
        logs = {process.log.name: process.log.read_text(errors="replace") for process in house.processes}
    assert all(logs.values())
    lines = [line for log in logs.values() for line in log.splitlines() if re.search("|".join(MARKS), line)]
    assert [line[:300] for line in lines] == []


def walk(api: str) -> None:
    """One claim, with acts that work, acts that are refused, and bodies that cannot be read."""
    sale = Sale(time.monotonic_ns())
    with caller(api, "platform", "market") as platform:
        assert platform.put(f"/v1/orders/{sale.order_id}", json=marked_order(sale)).status_code == 201
        wrong = marked_order(sale) | {"currency": f"{NAME}"}
        assert platform.put(f"/v1/orders/{sale.order_id}", json=wrong).status_code == 422
    body = {"order_id": sale.order_id, "line_id": "1", "reason": "damaged", "message": WORDS}
    with caller(api, "buyer", sale.buyer) as buyer, caller(api, "seller", sale.seller) as seller:
        claim = buyer.post("/v1/claims", json=body, headers=key()).json()["id"]
        for who, action in ((seller, "guide"), (buyer, "rule"), (seller, "grant_return"), (buyer, "cancel_return")):
            who.post(f"/v1/claims/{claim}/actions/{action}", json={"note": WORDS}, headers=key())
        buyer.post("/v1/claims", content=f'{{"message": "{WORDS}', headers=key())
