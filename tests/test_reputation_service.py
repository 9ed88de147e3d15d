"""What the outside reputation service is told, against a real server on loopback that misbehaves as it is told to."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr, ValidationError
from sqlalchemy import delete
from standardwebhooks import Webhook
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

import storage.orders
import storage.telling
from activities.reputation import ReputationActivities
from activities.reputation_service import EntryTold, RefusedThere, ReputationService, TryLater, service_of
from activities.retry_after import seconds_of
from claims.model import Claim, Impact, Verdict
from claims.orders import Order, OrderItem, Person
from settings import Settings
from storage.database import Database
from storage.tables import ReputationRow
from tests.house import SECRET
from tests.recordings import new_claim, tag
from tests.translation_servers import Asked, Said, Server, serving

KEY = "k3y-of-the-reputation-service-0123456789"
NOW = datetime.now(UTC)


def taken(asked: Asked) -> Said:
    return Said(body=b"{}")


@pytest.fixture
async def outside() -> AsyncIterator[Server]:
    async with serving(taken) as server:
        yield server


@pytest.fixture
async def service(outside: Server) -> AsyncIterator[ReputationService]:
    made = ReputationService(f"{outside.url}/entries", KEY, 20)
    yield made
    await made.close()


def entry(version: int = 3) -> EntryTold:
    counts = {"sales": 1, "claims": 0, "mediations": 0, "cancellations": 0, "delays": 0}
    window = {"days": 365, "since": NOW - timedelta(days=365), "until": NOW}
    standing = {"level": "none", "real": "none", "terms": "MLM/1", "counts": counts, "window": window}
    return EntryTold.model_validate(
        {"id": f"clm_1/{version}", "seller_id": "s-1", "site": "MLM", "claim_id": "clm_1", "version": version,
         "order_id": "o-1", "line_id": "1", "impact": "affected", "rule": "no_solution_in_time", "mediated": True,
         "at": NOW, "standing": standing}
    )  # fmt: skip


def hmac_of(asked: Asked, key: bytes) -> str:
    """The signature by the words of Standard Webhooks, without its library."""
    signed = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.raw
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


# --- one POST


async def test_an_entry_is_posted_whole_with_its_id_as_key(outside: Server, service: ReputationService) -> None:
    await service.tell(entry())
    (asked,) = outside.asked
    assert asked.path == "/entries"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["idempotency-key"] == asked.headers["webhook-id"] == asked.body["id"] == "clm_1/3"
    assert asked.body == json.loads(entry().model_dump_json())


async def test_the_signature_is_that_of_standard_webhooks(outside: Server, service: ReputationService) -> None:
    await service.tell(entry())
    (asked,) = outside.asked
    assert asked.headers["webhook-signature"] == hmac_of(asked, KEY.encode())
    assert abs(time.time() - int(asked.headers["webhook-timestamp"])) < 60
    assert Webhook(KEY.encode()).verify(asked.raw, asked.headers)["id"] == "clm_1/3"


async def test_a_key_as_standard_webhooks_write_it_is_taken_by_its_bytes(outside: Server) -> None:
    key = bytes(range(32))
    service = ReputationService(outside.url, f"whsec_{base64.b64encode(key).decode()}", 20)
    await service.tell(entry())
    await service.close()
    assert outside.asked[0].headers["webhook-signature"] == hmac_of(outside.asked[0], key)


async def test_each_try_is_signed_anew(outside: Server, service: ReputationService) -> None:
    await service.tell(entry())
    await asyncio.sleep(1.1)  # the timestamp's next second
    await service.tell(entry())
    first, second = outside.asked
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert second.headers["webhook-signature"] == hmac_of(second, KEY.encode())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 409])
async def test_what_the_service_takes_or_knows_is_told(
    outside: Server, service: ReputationService, status: int
) -> None:
    outside.next = [Said(status)]
    await service.tell(entry())
    assert len(outside.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422, 451])
async def test_what_the_service_will_never_take_is_refused(
    outside: Server, service: ReputationService, status: int
) -> None:
    outside.next = [Said(status)]
    with pytest.raises(RefusedThere) as refused:
        await service.tell(entry())
    assert refused.value.status == status


@pytest.mark.parametrize("status", [301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])
async def test_anything_else_may_pass_and_a_redirect_is_not_followed(
    outside: Server, service: ReputationService, status: int
) -> None:
    outside.next = [Said(status, headers={"Location": f"{outside.url}/elsewhere"})]
    with pytest.raises(TryLater, match=str(status)):
        await service.tell(entry())
    assert [asked.path for asked in outside.asked] == ["/entries"]


async def test_a_line_that_is_cut_before_the_answer_may_pass(outside: Server, service: ReputationService) -> None:
    outside.next = [Said(lost=True)]
    with pytest.raises(TryLater):
        await service.tell(entry())


async def test_a_status_is_enough_of_an_answer(outside: Server, service: ReputationService) -> None:
    outside.next = [Said(200, b"{", cut=True)]
    await service.tell(entry())


async def test_a_slow_service_is_not_waited_for(outside: Server) -> None:
    service = ReputationService(outside.url, KEY, 0.2)
    outside.next = [Said(after=30)]
    async with asyncio.timeout(10):
        with pytest.raises(TryLater, match="in time"):
            await service.tell(entry())
    await service.close()


async def test_an_answer_that_drips_in_is_not_waited_for() -> None:
    """A byte every tenth of a second: each read is in time, the whole never."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.1)

    listening = await asyncio.start_server(drip, "127.0.0.1", 0)
    service = ReputationService(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/", KEY, 0.4)
    async with asyncio.timeout(10):
        with pytest.raises(TryLater, match="in time"):
            await service.tell(entry())
    await service.close()
    listening.close()


async def test_nobody_listening_may_pass() -> None:
    service = ReputationService("http://127.0.0.1:1/", KEY, 20)
    with pytest.raises(TryLater, match="reached"):
        await service.tell(entry())
    await service.close()


async def test_it_is_told_again_when_it_said(outside: Server, service: ReputationService) -> None:
    outside.next = [Said(503, headers={"Retry-After": "120"}), Said(503, headers={"Retry-After": "later"}), Said(503)]
    waits = []
    for _ in range(3):
        with pytest.raises(TryLater) as later:
            await service.tell(entry())
        waits.append(later.value.seconds)
    assert waits == [120.0, None, None]


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("0", 0, 0),
        ("90", 90, 90),
        (timedelta(hours=2), 3600, 7200),
        (timedelta(hours=-2), 0, 0),
        ("9" * 400, 86400, 86400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400, 86400),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_a_day_at_most(said: str | timedelta, least: float, most: float) -> None:
    date = isinstance(said, timedelta)  # made here: a test's name is the same whenever it is collected
    found = seconds_of(format_datetime(NOW + said, usegmt=True) if date else said)
    assert found is not None
    assert least <= found <= most


@pytest.mark.parametrize("said", ["", "-5", "soon", "1.5", "Mon, 99 Foo 2026", "²"])
def test_a_retry_after_that_says_nothing_is_none(said: str) -> None:
    assert seconds_of(said) is None


def test_the_entry_in_the_documentation_is_one() -> None:
    page = (Path(__file__).parent.parent / "docs" / "reputation-service.md").read_text()
    body = page[page.index('{"id": ') :].partition("\n\n")[0]
    assert json.loads(EntryTold.model_validate_json(body).model_dump_json()) == json.loads(body)


# --- the settings


def configured(url: str, key: str = KEY, **more: Any) -> Settings:
    return Settings(
        _env_file=None, token_secret=SecretStr(SECRET), reputation_url=url, reputation_key=SecretStr(key), **more
    )


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("ftp://x", KEY),
        ("x", KEY),
        ("https://x", ""),
        ("https://x", "short"),
        ("https://x", "whsec_no-base64-of-anything-at-all-is-this"),
        ("https://x", "whsec_" + base64.b64encode(bytes(21)).decode()),
    ],
)
def test_an_address_needs_a_scheme_and_a_key(url: str, key: str) -> None:
    with pytest.raises(ValidationError, match="AMENDS_REPUTATION_") as error:
        configured(url, key)
    assert "whsec_no" not in str(error.value)


async def test_without_an_address_nobody_is_told() -> None:
    assert service_of(configured("", "")) is None
    made = service_of(configured("https://reputation.example", "whsec_" + base64.b64encode(bytes(range(24))).decode()))
    assert made
    await made.close()


# --- the activity: which entry, in which order, and what becomes of it


@pytest_asyncio.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


@pytest.fixture
def activities(database: Database, service: ReputationService) -> ReputationActivities:
    return ReputationActivities(database, service)


async def posted(activities: ReputationActivities, versions: int = 1) -> Claim:
    """A claim on a seller's one sale, with so many entries in the ledger: versions 5, 8, 11 and so on."""
    claim = new_claim(tag())
    await sold(activities, claim, claim.line.order_id)
    for number in range(versions):
        impact = (Impact.AFFECTED, Impact.NOT_AFFECTED)[number % 2]
        verdict = Verdict(impact, f"rule_{number}")
        answered = await activities.post_verdict(replace(claim, version=5 + 3 * number, verdict=verdict))
        assert answered == [f"{claim.id}/{5 + 3 * n}" for n in range(number + 1)]
    return claim


async def sold(activities: ReputationActivities, claim: Claim, order_id: str) -> None:
    """An order of one line from the claim's seller, nine days ago."""
    item = OrderItem(claim.line.line_id, Person(claim.line.seller_id), "Lamp", 2, 5000)
    order = Order(order_id, claim.line.site, "MXN", NOW - timedelta(days=9), Person(claim.line.buyer_id), (item,))
    async with activities.database.writing() as session:
        await storage.orders.put(session, [order], NOW)


async def tell(activities: ReputationActivities, claim: Claim) -> int:
    left: int = await ActivityEnvironment().run(activities.tell_reputation, claim.id)
    return left


async def rows(activities: ReputationActivities, claim: Claim) -> list[ReputationRow]:
    async with activities.database.reading() as session:
        return [await session.get_one(ReputationRow, (claim.id, v)) for v in (5, 8, 11)[: await many(session, claim)]]


async def many(session: Any, claim: Claim) -> int:
    found = [await session.get(ReputationRow, (claim.id, version)) for version in (5, 8, 11)]
    return sum(row is not None for row in found)


async def test_entries_are_told_in_the_order_of_their_versions(
    outside: Server, activities: ReputationActivities
) -> None:
    claim = await posted(activities, 3)
    assert [await tell(activities, claim) for _ in range(4)] == [2, 1, 0, 0]
    assert [asked.body["id"] for asked in outside.asked] == [f"{claim.id}/{v}" for v in (5, 8, 11)]
    assert [asked.body["impact"] for asked in outside.asked] == ["affected", "not_affected", "affected"]
    assert all(row.told_at for row in await rows(activities, claim))


async def test_until_it_is_told_each_posting_answers_the_entry(activities: ReputationActivities) -> None:
    """A worker that died after the ledger was written posts again; the telling is begun all the same."""
    claim = await posted(activities)
    again = replace(claim, version=5, verdict=Verdict(Impact.AFFECTED, "rule_0"))
    assert await activities.post_verdict(again) == [f"{claim.id}/5"]
    await tell(activities, claim)
    assert await activities.post_verdict(again) == []


async def test_the_seller_s_standing_of_that_moment_is_told(outside: Server, activities: ReputationActivities) -> None:
    claim = await posted(activities)
    await tell(activities, claim)
    standing = outside.asked[0].body["standing"]
    counts = {"sales": 1, "claims": 1, "mediations": 0, "cancellations": 0, "delays": 0}
    assert (standing["level"], standing["real"], standing["counts"]) == ("none", "none", counts)
    window = standing["window"]
    until = datetime.fromisoformat(window["until"])
    assert abs(until - datetime.now(UTC)) < timedelta(minutes=5)
    assert until - datetime.fromisoformat(window["since"]) == timedelta(days=window["days"])


@pytest.mark.parametrize("said", [Said(503), Said(lost=True), Said(429)])
async def test_a_second_try_is_the_same_to_the_byte(
    outside: Server, activities: ReputationActivities, said: Said
) -> None:
    """Also where the seller's standing has changed meanwhile: the service may compare what has the same key."""
    claim = await posted(activities)
    outside.next = [said]
    with pytest.raises(ApplicationError) as error:
        await tell(activities, claim)
    assert not error.value.non_retryable
    await sold(activities, claim, f"{claim.line.order_id}-2")
    assert await tell(activities, claim) == 0
    first, second = outside.asked
    assert first.raw == second.raw
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == f"{claim.id}/5"


async def test_the_wait_that_the_service_asks_for_is_kept(outside: Server, activities: ReputationActivities) -> None:
    claim = await posted(activities)
    outside.next = [Said(429, headers={"Retry-After": "77"}), Said(503)]
    delays = []
    for _ in range(2):
        with pytest.raises(ApplicationError) as error:
            await tell(activities, claim)
        delays.append(error.value.next_retry_delay)
    assert delays == [timedelta(seconds=77), None]


async def test_while_one_waits_the_next_is_not_told(outside: Server, activities: ReputationActivities) -> None:
    claim = await posted(activities, 2)
    outside.next = [Said(503), Said(503)]
    for _ in range(2):
        with pytest.raises(ApplicationError):
            await tell(activities, claim)
    assert {asked.body["version"] for asked in outside.asked} == {5}
    assert [await tell(activities, claim) for _ in range(2)] == [1, 0]
    assert outside.asked[-1].body["version"] == 8


async def test_what_is_refused_stays_as_refused_and_the_next_is_told(
    outside: Server, activities: ReputationActivities
) -> None:
    claim = await posted(activities, 2)
    outside.next = [Said(422)]
    assert [await tell(activities, claim) for _ in range(3)] == [1, 0, 0]
    assert [asked.body["version"] for asked in outside.asked] == [5, 8]
    first, second = await rows(activities, claim)
    assert (first.refused, first.told_at, second.refused) == (422, None, None)
    assert second.told_at
    async with activities.database.reading() as session:
        refusals = await storage.telling.refusals(session, 100_000)
    assert [(r.version, r.status) for r in refusals if r.claim_id == claim.id] == [(5, 422)]


async def test_what_was_refused_can_be_told_once_more(outside: Server, activities: ReputationActivities) -> None:
    claim = await posted(activities)
    outside.next = [Said(401)]
    await tell(activities, claim)
    async with activities.database.writing() as session:
        await storage.telling.have_refused_told_again(session)
    await tell(activities, claim)
    (row,) = await rows(activities, claim)
    assert row.told_at
    assert len(outside.asked) == 2
    async with activities.database.writing() as session:  # what was told is not told again
        await storage.telling.have_refused_told_again(session)
    await tell(activities, claim)
    assert len(outside.asked) == 2


async def test_two_at_once_tell_the_same(outside: Server, activities: ReputationActivities) -> None:
    """A worker that was cut off may still be at it while another has taken over."""
    claim = await posted(activities)
    outside.next = [Said(after=0.3), Said(after=0.3)]
    await asyncio.gather(tell(activities, claim), tell(activities, claim))
    assert len(outside.asked) == 2
    assert outside.asked[0].raw == outside.asked[1].raw


async def test_where_nothing_is_set_nothing_is_to_be_told(database: Database) -> None:
    alone = ReputationActivities(database)
    claim = replace(new_claim(tag()), version=5, verdict=Verdict(Impact.AFFECTED, "rule"))
    assert await alone.post_verdict(claim) == []
    assert await tell(alone, claim) == 0


async def test_the_claims_that_wait_come_oldest_first_and_all_of_them(database: Database) -> None:
    """More than a page of them, some at the same instant."""
    prefix, many = tag(), 1203
    async with database.writing() as session:
        for number in range(many):
            at = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(minutes=number // 3)
            session.add(
                ReputationRow(
                    claim_id=f"{prefix}-{number:04}", version=3, seller_id="s", site="MLM", order_id=f"{prefix}-o",
                    line_id="1", impact="affected", rule="r", at=at,
                )
            )  # fmt: skip
    async with database.reading() as session:
        found = [c async for c in storage.telling.claims_that_wait(session)]
    async with database.writing() as session:
        await session.execute(delete(ReputationRow).where(ReputationRow.order_id == f"{prefix}-o"))
    assert [c for c in found if c.startswith(prefix)] == [f"{prefix}-{number:04}" for number in range(many)]
