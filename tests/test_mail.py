"""Notices by mail, over a real SMTP server on loopback that can be told to misbehave."""

import asyncio
import email
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from sqlalchemy import select
from temporalio.exceptions import ApplicationError

import storage.notices
import storage.orders
from activities.mail import MailActivities, Mailbox
from claims.model import Actor
from claims.notices import Notice
from claims.orders import Order, OrderItem, Person
from ops.engine import Engine, free_port
from storage.database import Database
from storage.tables import NoticeRow
from tests.house import PATIENCE, House, OpenClaim, house_on, settings_for, soon

DUE = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass
class PostOffice:
    """An SMTP server's own part: keeps the letters it takes, and refuses what it is told to."""

    port: int = field(default_factory=free_port)
    letters: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)  # address: what is said to it
    content_refused: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # every address that was tried
    slow: float = 0.0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, _: Any) -> str:
        self.asked.append(address)
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        await asyncio.sleep(self.slow)
        for address in envelope.rcpt_tos:
            if address in self.content_refused:
                return self.content_refused[address]
        letter = email.message_from_bytes(envelope.content or b"", policy=policy.default)
        self.letters.append(letter)  # type: ignore[arg-type]
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if letter["To"] == address]


@contextmanager
def serving(office: PostOffice, **more: Any) -> Iterator[PostOffice]:
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **more)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with serving(PostOffice()) as made:
        yield made


def url(office: PostOffice, login: str = "") -> str:
    return f"smtp://{login}127.0.0.1:{office.port}"


# --- notices that wait to be mailed


@pytest_asyncio.fixture(scope="session")
async def database(sqlite_url: str) -> Any:
    made = Database(sqlite_url)
    yield made
    await made.close()


@dataclass(frozen=True)
class Parties:
    """Two people, and a claim with one notice waiting for each."""

    database: Database
    claim_id: str
    buyer: Person
    seller: Person

    async def states(self) -> list[tuple[str, str, str]]:
        async with self.database.reading() as session:
            rows = await storage.notices.of_claim(session, self.claim_id, "step")
        return [(row.role, row.mail, row.mail_error) for row in rows]

    async def keys(self) -> list[str]:
        async with self.database.reading() as session:
            return [row.key for row in await storage.notices.of_claim(session, self.claim_id, "step")]

    def activities(self, office: PostOffice, login: str = "") -> MailActivities:
        mailbox = Mailbox.of_url(url(office, login), "claims@market.example")
        return MailActivities(self.database, mailbox, "https://market.example")


async def parties(database: Database, **changes: Any) -> Parties:
    """`changes` may give another address or language to `buyer` or `seller`."""
    tag = f"mail{os.getpid()}-{next(_numbers)}"
    people = {
        role: Person(f"{role}-{tag}", "Somebody", f"{role}-{tag}@example.com", language)
        for role, language in (("buyer", "pt"), ("seller", "es"))
    }
    for role, values in changes.items():
        people[role] = Person(**vars(people[role]) | values)
    made = Parties(database, f"clm_{tag}", people["buyer"], people["seller"])
    await _put(made)
    return made


async def _put(parties: Parties) -> None:
    item = OrderItem("1", parties.seller, "Lamp", 1, 100)
    order = Order(f"ord-{parties.claim_id}", "MLB", "BRL", DUE, parties.buyer, (item,))
    both = ((Actor.BUYER, parties.buyer), (Actor.SELLER, parties.seller))
    notices = [_notice(parties.claim_id, actor, person) for actor, person in both]
    async with parties.database.writing() as session:
        await storage.orders.put(session, [order], DUE)
        await storage.notices.add(session, parties.claim_id, notices, True, DUE)


def _notice(claim_id: str, actor: Actor, person: Person) -> Notice:
    facts = {"action": "offer_partial_refund", "waiting_on": "buyer", "due_at": DUE.isoformat()}
    return Notice(f"{claim_id}/2/{actor}", actor, person.id, "step", facts)


# --- one activity


async def test_each_person_is_written_to_in_their_language(database: Database, office: PostOffice) -> None:
    both = await parties(database)
    assert await both.activities(office).send_mail(await both.keys()) == 2
    (pt,), (es,) = office.to(both.buyer.email), office.to(both.seller.email)
    assert (pt["Subject"], es["Subject"]) == ("Um reembolso parcial foi oferecido", "Se ofreció un reembolso parcial")
    assert "Prazo: 2026-03-05 12:30 UTC" in pt.get_content()
    assert "Vence: 2026-03-05 12:30 UTC" in es.get_content()


async def test_a_letter_has_its_sender_a_link_and_an_id_of_its_own(database: Database, office: PostOffice) -> None:
    both = await parties(database)
    await both.activities(office).send_mail(await both.keys())
    (letter,) = office.to(both.seller.email)
    assert letter["From"] == "claims@market.example"
    assert f"https://market.example/v1/claims/{both.claim_id}" in letter.get_content()
    assert letter["Message-ID"] == f"<{both.claim_id}.2.seller@amends>"
    assert len({other["Message-ID"] for other in office.letters}) == 2


async def test_a_language_that_is_not_spoken_reads_english(database: Database, office: PostOffice) -> None:
    both = await parties(database, seller={"language": "fr"})
    await both.activities(office).send_mail(await both.keys())
    assert office.to(both.seller.email)[0]["Subject"] == "A partial refund was offered"


async def test_a_letter_holds_no_names(database: Database, office: PostOffice) -> None:
    both = await parties(database)
    await both.activities(office).send_mail(await both.keys())
    assert len(office.letters) == 2
    assert not [letter for letter in office.letters if "Somebody" in letter.as_string()]


async def test_run_again_the_activity_sends_nothing_again(database: Database, office: PostOffice) -> None:
    both = await parties(database)
    mail = both.activities(office)
    assert [await mail.send_mail(await both.keys()) for _ in range(3)] == [2, 0, 0]
    assert len(office.letters) == 2
    assert await both.states() == [("buyer", "sent", ""), ("seller", "sent", "")]


async def test_the_letters_of_two_steps_at_once_go_out_once_each(database: Database, office: PostOffice) -> None:
    """As when a claim takes two steps while the mail server is slow: each step's workflow mails its own notices."""
    both, office.slow = await parties(database), 0.2
    mail, (first, second) = both.activities(office), await both.keys()
    await asyncio.gather(mail.send_mail([first]), mail.send_mail([second]))
    assert len(office.letters) == 2


async def test_an_address_the_server_refuses_is_given_up_and_the_others_go_out(
    database: Database, office: PostOffice
) -> None:
    both = await parties(database)
    office.refusals[both.buyer.email] = "550 no such mailbox"
    mail = both.activities(office)
    await mail.send_mail(await both.keys())
    assert await both.states() == [("buyer", "failed", "address_refused"), ("seller", "sent", "")]
    assert await mail.send_mail(await both.keys()) == 0
    assert office.asked.count(both.buyer.email) == 1
    assert len(office.letters) == 1


async def test_who_has_no_address_is_noted_and_the_others_go_out(database: Database, office: PostOffice) -> None:
    both = await parties(database, buyer={"email": ""})
    await both.activities(office).send_mail(await both.keys())
    assert await both.states() == [("buyer", "failed", "no_address"), ("seller", "sent", "")]


async def test_an_address_that_is_refused_for_now_is_tried_again(database: Database, office: PostOffice) -> None:
    both = await parties(database)
    office.refusals[both.buyer.email] = "451 greylisted, come back in five minutes"
    mail = both.activities(office)
    with pytest.raises(ApplicationError):
        await mail.send_mail(await both.keys())
    office.refusals.clear()
    await mail.send_mail(await both.keys())
    assert len(office.to(both.buyer.email)) == 1


async def test_a_letter_that_is_refused_for_good_holds_nobody_up(database: Database, office: PostOffice) -> None:
    both = await parties(database)
    office.content_refused[both.buyer.email] = "554 looks like spam"
    await both.activities(office).send_mail(await both.keys())
    assert len(office.to(both.seller.email)) == 1


@pytest.mark.parametrize("address", ["two\nlines@example.com", "no address at all", "one@example.com, two@example.com"])
async def test_an_address_that_is_none_is_given_up_and_the_others_go_out(
    database: Database, office: PostOffice, address: str
) -> None:
    both = await parties(database, buyer={"email": address})
    await both.activities(office).send_mail(await both.keys())
    assert [state[:2] for state in await both.states()] == [("buyer", "failed"), ("seller", "sent")]
    assert len(office.letters) == 1


# --- a server that is away, or that does not let us in


class Doorman:
    """Lets in who says the right word."""

    def __init__(self, word: bytes) -> None:
        self.word = word

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == self.word, handled=False)


@contextmanager
def guarded(office: PostOffice, word: bytes) -> Iterator[PostOffice]:
    doors = {"auth_required": True, "auth_require_tls": False, "authenticator": Doorman(word)}
    with serving(office, **doors):
        yield office


async def test_a_server_that_is_away_is_tried_again_later(database: Database) -> None:
    both, office = await parties(database), PostOffice()
    mail = both.activities(office)
    with pytest.raises(ApplicationError) as raised:
        await mail.send_mail(await both.keys())
    assert (raised.value.type, raised.value.non_retryable) == ("MailUnavailable", False)
    assert [state[1] for state in await both.states()] == ["pending", "pending"]
    with serving(office):
        assert await mail.send_mail(await both.keys()) == 2
    assert len(office.letters) == 2


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_login_that_is_refused_is_told_apart_and_loses_nothing(database: Database) -> None:
    both = await parties(database)
    with guarded(PostOffice(), b"changed") as office, pytest.raises(ApplicationError) as raised:
        await both.activities(office, "user:old@").send_mail(await both.keys())
    assert (raised.value.type, raised.value.non_retryable) == ("MailLogin", False)
    assert "old" not in str(raised.value)
    assert [state[1] for state in await both.states()] == ["pending", "pending"]
    with guarded(PostOffice(), b"old") as office:
        assert await both.activities(office, "user:old@").send_mail(await both.keys()) == 2
    assert len(office.letters) == 2


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_login_that_is_missing_is_told_apart(database: Database) -> None:
    both = await parties(database)
    with guarded(PostOffice(), b"word") as office, pytest.raises(ApplicationError) as raised:
        await both.activities(office).send_mail(await both.keys())
    assert raised.value.type == "MailLogin"


async def test_what_went_out_before_the_server_left_does_not_go_out_again(database: Database) -> None:
    both, office = await parties(database), PostOffice()
    office.content_refused[both.seller.email] = "451 try again later"
    mail = both.activities(office)
    with serving(office):
        with pytest.raises(ApplicationError):
            await mail.send_mail(await both.keys())
        assert await both.states() == [("buyer", "sent", ""), ("seller", "pending", "")]
        office.content_refused.clear()
        assert await mail.send_mail(await both.keys()) == 1
    assert [len(office.to(p.email)) for p in (both.buyer, both.seller)] == [1, 1]


async def test_without_a_mailbox_nothing_is_sent(database: Database) -> None:
    both = await parties(database)
    assert await MailActivities(database, None, "https://market.example").send_mail(await both.keys()) == 0
    assert [state[1] for state in await both.states()] == ["pending", "pending"]


# --- where the mail is handed over


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 587, None, None, False)),
        ("smtp://mail.example:25", ("mail.example", 25, None, None, False)),
        ("smtps://mail.example", ("mail.example", 465, None, None, True)),
        ("smtps://u:p@mail.example:4650", ("mail.example", 4650, "u", "p", True)),
        ("smtp://me%40example.com:p%3A%2F%40@mail.example", ("mail.example", 587, "me@example.com", "p:/@", False)),
        ("smtp://[::1]:2525", ("::1", 2525, None, None, False)),
    ],
)
def test_a_mailbox_is_read_from_its_url(given: str, expected: tuple[object, ...]) -> None:
    box = Mailbox.of_url(given, "claims@market.example")
    assert (box.host, box.port, box.user, box.password, box.tls) == expected
    assert box.sender == "claims@market.example"


@pytest.mark.parametrize("given", ["mail.example", "http://mail.example", "smtp://", "smtps:mail.example", "smtp:///x"])
def test_a_url_that_is_no_mailbox_is_refused_without_being_shown(given: str) -> None:
    with pytest.raises(ValueError, match=r"^AMENDS_SMTP_URL must look like smtp://user:password@host:port$"):
        Mailbox.of_url(given, "claims@market.example")


# --- the whole house


async def mails_of(claim: OpenClaim) -> list[str]:
    async with claim.house.database.reading() as session:
        return list(await session.scalars(select(NoticeRow.mail).where(NoticeRow.claim_id == claim.id)))


async def events_of(claim: OpenClaim) -> list[Any]:
    return [e async for e in claim.house.temporal.get_workflow_handle(claim.id).fetch_history_events()]


async def arrived(office: PostOffice, address: str, many: int = 1) -> list[EmailMessage]:
    deadline = time.monotonic() + PATIENCE
    while len(office.to(address)) < many:
        assert time.monotonic() < deadline, office.asked
        await asyncio.sleep(0.02)
    return office.to(address)


async def all_sent(claim: OpenClaim) -> bool:
    """What is noted of a letter only after the server has taken it."""
    return set(await mails_of(claim)) == {"sent"}


def mailing(engine: Engine, sqlite_url: str, office: PostOffice) -> Any:
    return house_on(engine, settings_for(sqlite_url, smtp_url=url(office), public_url="https://market.example"))


async def test_opening_a_claim_mails_the_seller(engine: Engine, sqlite_url: str, office: PostOffice) -> None:
    async with mailing(engine, sqlite_url, office) as house:
        claim = await house.claim()
        (letter,) = await arrived(office, f"{claim.sale.seller}@example.com")
        assert letter["Subject"] == "Se abrió un reclamo"
        assert claim.id in letter.get_content()
        await soon(lambda: all_sent(claim))
        assert len(await mails_of(claim)) == 1
        await claim.did("buyer", "close")
        await arrived(office, f"{claim.sale.seller}@example.com", 2)
        assert office.to(f"{claim.sale.buyer}@example.com") == []


async def test_a_reminder_is_mailed_to_whom_it_concerns(engine: Engine, sqlite_url: str, office: PostOffice) -> None:
    async with mailing(engine, sqlite_url, office) as house:
        claim = await house.claim()
        await arrived(office, f"{claim.sale.seller}@example.com")
        await claim.skip(50)
        await arrived(office, f"{claim.sale.seller}@example.com", 2)
        subjects = [letter["Subject"] for letter in office.letters]
        assert subjects == ["Se abrió un reclamo", "Pronto vence una respuesta"]
        assert office.to(f"{claim.sale.buyer}@example.com") == []


async def test_a_mail_server_that_is_down_holds_up_no_claim(engine: Engine, sqlite_url: str) -> None:
    office = PostOffice()
    async with mailing(engine, sqlite_url, office) as house:
        claim = await house.claim()
        await claim.did("seller", "refund")
        closed = await claim.until(lambda c: c["stage"] == "closed")
        assert closed["outcome"]["code"] == "payment_refunded"
        assert set(await mails_of(claim)) == {"pending"}
        ended = house.temporal.get_workflow_handle(claim.id).result()
        assert await asyncio.wait_for(ended, PATIENCE) == "payment_refunded"


@pytest.mark.long
async def test_the_letters_of_a_closed_claim_go_out_when_the_mail_server_is_back(
    engine: Engine, sqlite_url: str
) -> None:
    office = PostOffice()
    async with mailing(engine, sqlite_url, office) as house:
        claim = await house.claim()
        await claim.did("seller", "refund")
        await claim.until(lambda c: c["stage"] == "closed")
        assert set(await mails_of(claim)) == {"pending"}
        with serving(office):  # the first retry comes after five seconds
            await arrived(office, f"{claim.sale.seller}@example.com", 2)
            await arrived(office, f"{claim.sale.buyer}@example.com", 2)
            await soon(lambda: all_sent(claim))


async def test_without_a_mail_server_no_mail_workflow_is_started(house: House) -> None:
    claim = await house.claim()
    await claim.did("seller", "guide", note="Like this.")
    await claim.skip(50)
    events = await events_of(claim)
    assert events
    assert not [e for e in events if e.HasField("start_child_workflow_execution_initiated_event_attributes")]
    assert set(await mails_of(claim)) == {"none"}
