"""Encryption of payloads: off by default, and the whole house with it on."""

import asyncio
import base64
import hashlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure

import settings as configuration
from api.app import create_app
from ops.engine import Engine
from tests import scenes, told
from tests.house import House, OpenClaim, house_on, settings_for, soon
from tests.house import key as idempotency_key
from tests.test_reset import reset, resettable
from tests.test_signals import refusals, signal
from workflows.codec import ENCRYPTED, KEY_ID, Cipher, KeyMissing, KeyRing, PayloadDamaged
from workflows.connection import connect

FIELDS = ("buyer_id", "unit_price", "not_working", "Waiting for", "ord-", "buyer-", "tracking_number")


def key(seed: str = "another") -> str:
    """Not random here, so that every test process names its tests alike."""
    return base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode()


OLD, NEW = f"2026-01:{key('old')}", f"2026-11:{key('new')}"
BOTH = f"{NEW},{OLD}"


# --- the ring


def of(text: str) -> Cipher:
    return Cipher(KeyRing.of(text))


PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"buyer_id": "ana"}')


async def test_what_was_locked_opens_and_says_nothing_of_itself() -> None:
    (locked,) = await of(OLD).encode([PLAIN])
    assert (locked.metadata["encoding"], locked.metadata[KEY_ID]) == (ENCRYPTED, b"2026-01")
    assert b"ana" not in locked.SerializeToString()
    assert b"json" not in locked.SerializeToString()
    assert await of(OLD).decode([locked]) == [PLAIN]
    assert await of(BOTH).decode([locked]) == [PLAIN]


async def test_the_first_key_locks_and_no_two_payloads_are_locked_alike() -> None:
    one, other = await of(BOTH).encode([PLAIN, PLAIN])
    assert one.metadata[KEY_ID] == b"2026-11"
    assert one.data != other.data


async def test_what_is_not_encrypted_passes_with_keys_and_without() -> None:
    assert await of(BOTH).decode([PLAIN]) == [PLAIN]
    assert await of("").decode([PLAIN]) == [PLAIN]
    assert await of("").encode([PLAIN]) == [PLAIN]


@pytest.mark.parametrize(("ring", "word"), [(NEW, "is not in"), ("", "is not set")], ids=["others", "none"])
async def test_a_key_that_is_not_there_is_named(ring: str, word: str) -> None:
    (locked,) = await of(OLD).encode([PLAIN])
    with pytest.raises(KeyMissing, match=f"key '2026-01'.*{word}") as raised:
        await of(ring).decode([locked])
    assert raised.value.key_id == "2026-01"


async def test_a_changed_payload_does_not_open_nor_does_one_under_another_id() -> None:
    (locked,) = await of(OLD).encode([PLAIN])
    changed = Payload(metadata=locked.metadata, data=locked.data[:-1] + bytes([locked.data[-1] ^ 1]))
    short = Payload(metadata=locked.metadata, data=locked.data[:5])
    same_key = f"{OLD},renamed:{OLD.partition(':')[2]}"
    renamed = Payload(metadata={"encoding": ENCRYPTED, KEY_ID: b"renamed"}, data=locked.data)
    for payload in (changed, short, renamed):
        with pytest.raises(PayloadDamaged):
            await of(same_key).decode([payload])


@pytest.mark.parametrize(
    "wrong",
    ["nonsense", f"2026-01{key()}", f"{key()}:2026-01", f"a b:{key()}", f":{key()}", "k:", "k:c2hvcnQ=", "k:***",
     f"k:{key()}AAAA", f"k:{base64.b64encode(bytes(32)).decode()}", f"k:{key()},", f"k:{key()},k:{key()}"],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_its_name_and_not_its_value(wrong: str) -> None:
    with pytest.raises(ValidationError) as raised:
        settings_for("sqlite://", payload_keys=wrong)
    said = configuration.explain(raised.value)
    assert "AMENDS_PAYLOAD_KEYS: entry" in said
    secret_parts = [part for entry in wrong.split(",") for part in entry.split(":") if len(part) > 7]
    assert [part for part in secret_parts if part in said or part in str(raised.value)] == []


def test_keys_may_be_written_for_links_too() -> None:
    plain = base64.b64encode(bytes(range(224, 256))).decode()
    assert "+" in plain or "/" in plain
    KeyRing.of(f"k:{plain.replace('+', '-').replace('/', '_')}")


# --- the whole house


@pytest_asyncio.fixture(scope="module")
async def locked_house(engine: Engine, sqlite_url: str) -> AsyncIterator[House]:
    async with house_on(engine, settings_for(sqlite_url, payload_keys=OLD)) as made:
        yield made


async def lived(house: House) -> None:
    """Claims over every kind of path: offer, refund, return, failures, signals, a Reset, an appeal."""
    await scenes.delivered(house)
    await scenes.refund_failed(house)
    appealed = await scenes.appealed(house)
    await reset(appealed, (await resettable(appealed))[-1])
    await appealed.did("mediator", "rule", amount=5500)
    offered = await scenes.offered(house)
    await signal(offered, "decline_offer", {"operator": "ops-7", "offer": 1})
    await offered.until(lambda c: c["offers"][0]["status"] == "declined")
    await signal(offered, "accept_offer", {"operator": "ops-7", "offer": 1})
    assert [r["code"] for r in await refusals(offered)] == ["not_the_pending_offer"]
    answers = await asyncio.gather(*(offered.act("seller", "refund") for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [200] + [409] * 5
    await offered.until(lambda c: c["stage"] == "closed")


async def test_claims_live_encrypted_and_the_engine_can_read_nothing(locked_house: House) -> None:
    await lived(locked_house)
    seen = []
    async for run, events in told.histories(locked_house.temporal):
        for event in events:
            clear = without_signals_and_attributes(event)
            seen += [(run.workflow_id, clear, field) for field in FIELDS if field in clear]
    assert seen == []


def without_signals_and_attributes(event: Any) -> str:
    """An event's words without what is in the clear by nature: search attributes, and what came from outside."""
    copy = type(event)()
    copy.CopyFrom(event)
    for part in ("workflow_execution_started_event_attributes",
                 "upsert_workflow_search_attributes_event_attributes"):  # fmt: skip
        if copy.HasField(part):
            getattr(copy, part).ClearField("search_attributes")
    if copy.HasField("workflow_execution_signaled_event_attributes"):
        copy.workflow_execution_signaled_event_attributes.ClearField("input")
    return "\n".join(told.words(copy))


async def test_every_payload_of_ours_is_encrypted(locked_house: House) -> None:
    await scenes.labelled(locked_house)
    locked, loose = 0, []
    async for _, events in told.histories(locked_house.temporal):
        for payload in (p for event in events for p in told.payloads(without_bookkeeping(event))):
            locked += payload.metadata.get("encoding") == ENCRYPTED
            loose += [payload.data] if payload.metadata.get("encoding") != ENCRYPTED else []
    assert locked > 10
    assert [data for data in loose if b"operator" not in data] == []  # signals of the command line come as they are


def without_bookkeeping(event: Any) -> Any:
    """The event without the SDK's own note on a local activity: its name, number and times."""
    copy = type(event)()
    copy.CopyFrom(event)
    if copy.HasField("marker_recorded_event_attributes"):
        del copy.marker_recorded_event_attributes.details["data"]
    return copy


async def test_a_refusal_inside_the_workflow_is_told_as_ever_and_not_readable_in_the_engine(
    locked_house: House,
) -> None:
    claim = await locked_house.claim()
    answers = await asyncio.gather(*(claim.act("seller", "refund") for _ in range(8)))
    details = {a.json()["detail"] for a in answers if a.status_code == 409}
    assert details
    assert all("refund" in detail for detail in details)
    said = told.holding(await told.all_said(locked_house.temporal, running=False), sorted(details))
    assert said == {}


async def test_the_clock_still_moves_and_acts(locked_house: House) -> None:
    claim = await locked_house.claim()
    await claim.skip(73)
    assert (await claim.seen("buyer"))["stage"] == "mediation"


# --- switching on, off, and to another key, in the middle of a claim


@asynccontextmanager
async def moved_in(house: House, keys: str) -> AsyncIterator[House]:
    """The same house, its workers and its API started anew with these keys."""
    settings = settings_for(house.settings.database_url, payload_keys=keys)
    os.environ["TEMPORAL_NAMESPACE"] = house.temporal.namespace
    app = create_app(settings)
    async with LifespanManager(app):
        made = House(settings, app, house.database, await connect(keys), house.translator)
        await made.work(max_cached_workflows=0)
        try:
            yield made
        finally:
            await made.rest()


def of_house(house: House, claim: OpenClaim) -> OpenClaim:
    return OpenClaim(house, claim.sale, claim.id)


async def keys_used(claim: OpenClaim) -> list[str]:
    """The ids of the keys in the claim's newest run, in their order; empty for what is not encrypted."""
    handle = claim.house.temporal.get_workflow_handle(claim.id)
    found = [p async for e in handle.fetch_history_events() for p in told.payloads(without_bookkeeping(e))]
    return list(dict.fromkeys(p.metadata.get(KEY_ID, b"").decode() for p in found))


@pytest_asyncio.fixture
async def still_house(engine: Engine, sqlite_url: str) -> AsyncIterator[House]:
    """A house in a namespace of its own whose own workers rest: others are started over its database."""
    async with house_on(engine, settings_for(sqlite_url)) as made:
        await made.rest()
        yield made


async def test_a_claim_lives_on_when_encryption_comes_and_when_the_key_changes(still_house: House) -> None:
    async with moved_in(still_house, "") as house:
        claim = await house.claim()
        await claim.did("seller", "offer_partial_refund", percent=20)
    async with moved_in(still_house, OLD) as house:
        await of_house(house, claim).did("buyer", "decline_offer", offer=1)
    async with moved_in(still_house, f"{OLD},{NEW}") as house:  # first all learn to open with it ...
        await of_house(house, claim).did("seller", "offer_partial_refund", percent=30)
    async with moved_in(still_house, BOTH) as house:  # ... then it locks
        claim = of_house(house, claim)
        await claim.did("buyer", "accept_offer", offer=2)
        await claim.until(lambda c: c["stage"] == "closed")
        assert await keys_used(claim) == ["", "2026-01", "2026-11"]


@pytest.mark.long
@pytest.mark.parametrize(("keys", "why"), [(NEW, "which is not in"), ("", "is not set")], ids=["others", "none"])
async def test_a_worker_without_the_key_says_which_it_lacks_and_loses_nothing(
    still_house: House, keys: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with moved_in(still_house, OLD) as house:
        claim = await house.claim()
    wanted = f"encrypted with key '2026-01', .*{why}"
    async with moved_in(still_house, keys) as house:
        await house.temporal.get_workflow_handle(claim.id).signal("escalate", {"operator": "ops-7"})
        failure = await failure_of_task(house, claim.id)
    assert failure.application_failure_info.type == "KeyMissing"
    if not keys:  # with other keys the sentence is encrypted with them; in the log it is not
        assert re.search(wanted, failure.message)
    assert re.search(wanted, caplog.text)
    async with moved_in(still_house, BOTH) as house:
        await of_house(house, claim).until(lambda c: c["stage"] == "mediation")


async def test_an_api_without_the_key_says_so_and_the_same_request_works_when_it_has_it(still_house: House) -> None:
    async with moved_in(still_house, OLD) as house:
        claim = await house.claim()
        asked = idempotency_key()
        async with moved_in(still_house, BOTH) as other:  # the worker that answers may be either; in the end the new
            await house.rest()
            answer = await claim.act("seller", "offer_partial_refund", asked, percent=20)
            assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")
            assert "2026-11" not in answer.text
            again = await of_house(other, claim).act("seller", "offer_partial_refund", asked, percent=20)
            assert again.status_code == 200, again.text
            assert len(again.json()["offers"]) == 1


async def failure_of_task(house: House, workflow_id: str) -> Failure:
    """Wait until a workflow task has failed, and what it says of it."""

    async def found() -> list[Failure]:
        events = house.temporal.get_workflow_handle(workflow_id).fetch_history_events()
        return [e.workflow_task_failed_event_attributes.failure async for e in events
                if e.HasField("workflow_task_failed_event_attributes")]  # fmt: skip

    return (await soon(found))[0]
