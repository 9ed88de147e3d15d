"""An outside reputation service hears of every verdict, in its order; while it is away no claim waits for it."""

import asyncio
import os
import signal
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from standardwebhooks import Webhook
from temporalio.api.history.v1 import HistoryEvent
from temporalio.testing import ActivityEnvironment

from api.desk import Desk
from ops.engine import Engine, free_port
from ops.sweeper import Sweeper
from ops.untold import nobodys
from storage import migrate
from storage.tables import ReputationRow
from tests.house import House, OpenClaim, Sale, house_on, key, settings_for, soon
from tests.processes import Process, caller, street
from tests.test_processes import opened, wait
from tests.test_replay import IN_ORDERS
from tests.test_reputation_service import KEY, taken
from tests.test_sweeper import last_found
from tests.translation_servers import Asked, Said, Server, serving
from workflows.reputation import telling
from workflows.runs import Runs

pytestmark = pytest.mark.xdist_group("told")  # what it is set up with is dear


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outside() -> AsyncIterator[Server]:
    async with serving(taken) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(engine: Engine, outside: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The house with such a service, on a database of its own: a sweep looks at all of its ledger."""
    url = f"sqlite:///{tmp_path_factory.mktemp('told') / 'amends.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with house_on(engine, settings_for(url, reputation_url=outside.url, reputation_key=KEY)) as made:
        yield made


async def refunded(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def counted(house: House) -> OpenClaim:
    """A claim that counts: the seller was silent, and a mediator awarded a part."""
    claim = await house.claim()
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=5000)
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


def about(outside: Server, claim: OpenClaim) -> list[Asked]:
    """What came in about this claim, tries and all."""
    return [asked for asked in outside.asked if asked.body["claim_id"] == claim.id]


def heard(outside: Server, claim: OpenClaim) -> list[tuple[int, str, str]]:
    """What the service knows of a claim: each id once, as it came first."""
    first = {asked.headers["idempotency-key"]: asked.body for asked in reversed(about(outside, claim))}
    ids = dict.fromkeys(asked.headers["idempotency-key"] for asked in about(outside, claim))
    return [(first[i]["version"], first[i]["impact"], first[i]["rule"]) for i in ids]


async def ledger(claim: OpenClaim) -> list[ReputationRow]:
    async with claim.house.database.reading() as session:
        rows = select(ReputationRow).where(ReputationRow.claim_id == claim.id).order_by(ReputationRow.version)
        return list(await session.scalars(rows))


async def all_told(claim: OpenClaim) -> list[tuple[int, str, str]]:
    """The claim's ledger, once all of it is told."""

    async def done() -> list[ReputationRow]:
        rows = await ledger(claim)
        return rows if rows and all(row.told_at for row in rows) else []

    return [(row.version, row.impact, row.rule) for row in await soon(done)]


@pytest.mark.long
async def test_a_verdict_is_told_with_ids_and_no_names(told: House, outside: Server) -> None:
    claim = await refunded(told)
    entries = await all_told(claim)
    assert heard(outside, claim) == entries
    (asked,) = about(outside, claim)
    body = Webhook(KEY.encode()).verify(asked.raw, asked.headers)
    assert body["id"] == f"{claim.id}/{entries[0][0]}"
    assert (body["seller_id"], body["order_id"], body["line_id"]) == (claim.sale.seller, claim.sale.order_id, "1")
    assert (body["impact"], body["rule"], body["mediated"]) == ("not_affected", "refunded_in_time", False)
    assert body["standing"]["counts"]["sales"] == 1
    assert [mark for mark in IN_ORDERS if mark in asked.raw.decode()] == []


async def test_a_correction_by_an_appeal_is_a_second_entry(told: House, outside: Server) -> None:
    claim = await counted(told)
    await all_told(claim)
    await claim.did("seller", "appeal")
    await claim.did("mediator", "rule", amount=0)

    async def corrected() -> bool:
        return len(await all_told(claim)) == 2

    await soon(corrected)
    entries = await all_told(claim)
    assert heard(outside, claim) == entries
    assert [impact for _, impact, _ in heard(outside, claim)] == ["affected", "not_affected"]
    assert [asked.body["mediated"] for asked in about(outside, claim)] == [True, True]


async def test_what_was_not_taken_is_told_again_under_the_same_id(told: House, outside: Server) -> None:
    outside.next = [Said(lost=True)]
    claim = await refunded(told)
    entries = await all_told(claim)
    assert heard(outside, claim) == entries
    tries = about(outside, claim)
    assert len(tries) == 2
    assert len({(asked.raw, asked.headers["webhook-id"]) for asked in tries}) == 1


async def test_one_that_was_refused_is_told_no_more_and_a_sweep_says_so(told: House, outside: Server) -> None:
    outside.next = [Said(422)]
    claim = await refunded(told)

    async def refused() -> bool:
        return bool((await ledger(claim))[0].refused)

    await soon(refused)
    assert await told.temporal.get_workflow_handle(telling(claim.id)).result() == "told"
    for _ in range(2):
        found = (await sweep(told, claim))["refused_by_reputation_service"]
        assert (found["repaired"], found["facts"]["status"]) == (False, 422)
    assert len(about(outside, claim)) == 1
    await sweep(told, claim, thorough=True)  # whoever has mended the service has it told once more
    await all_told(claim)
    assert len(about(outside, claim)) == 2
    assert await sweep(told, claim) == {}


async def sweep(house: House, *claims: OpenClaim, thorough: bool = False) -> dict[str, Any]:
    """What one sweep finds of these claims, by kind."""
    desk = Desk(Runs(house.temporal), house.database, True, translates=house.desk.translates)
    await ActivityEnvironment().run(Sweeper(desk, tells=True).sweep, thorough)
    return await last_found(house, *claims)


@pytest.mark.long
async def test_a_service_that_is_down_holds_up_no_claim_and_hears_it_later(
    engine: Engine, tmp_path: Path, outside: Server
) -> None:
    """Nobody listens; a claim is counted, closed and corrected; then somebody listens."""
    url, port = f"sqlite:///{tmp_path / 'amends.db'}", free_port()
    await asyncio.to_thread(migrate.upgrade, url)
    more = {"reputation_url": f"http://127.0.0.1:{port}/", "reputation_key": KEY}
    async with house_on(engine, settings_for(url, **more)) as house:
        claim = await counted(house)
        await claim.did("seller", "appeal")
        await claim.did("mediator", "rule", amount=0)
        handle = house.temporal.get_workflow_handle(claim.id)
        assert await handle.result() == "no_coverage"
        assert not [e async for e in handle.fetch_history_events() if failed_update(e)]
        assert [row.told_at for row in await ledger(claim)] == [None, None]
        async with serving(taken, port) as late:
            entries = await all_told(claim)
            assert heard(late, claim) == entries
    assert len(entries) == 2


def failed_update(event: HistoryEvent) -> bool:
    """A second telling that finds the first under way is no failure of the step that asked for it."""
    return event.workflow_execution_update_completed_event_attributes.outcome.HasField("failure")


async def test_what_nobody_told_a_sweep_begins(engine: Engine, told: House, outside: Server) -> None:
    """The service was set only after these claims had ended."""
    before = told.settings.model_copy(update={"reputation_url": ""})
    async with house_on(engine, before) as unset:
        claims = [await refunded(unset) for _ in range(3)]
    assert [about(outside, claim) for claim in claims] == [[], [], []]
    oldest = await ActivityEnvironment().run(nobodys, told.database, told.temporal, 2)
    assert oldest == [claim.id for claim in claims[:2]]
    assert (await sweep(told, claims[0]))["told_again"]["repaired"]
    for claim in claims:
        entries = await all_told(claim)
        assert heard(outside, claim) == entries
    assert await sweep(told, *claims) == {}


async def test_what_is_under_way_a_sweep_leaves_alone(told: House, outside: Server) -> None:
    outside.next = [Said(503, headers={"Retry-After": "1"})]
    claim = await refunded(told)

    async def tried() -> bool:
        return bool(about(outside, claim))

    await soon(tried)
    assert await sweep(told, claim) == {}
    await all_told(claim)
    assert len(about(outside, claim)) == 2


# --- workers that are killed


class Kept(ThreadingHTTPServer):
    """A service in a thread of its own: keeps each id once, and the order in which they came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.known: dict[str, bytes] = {}
        self.came = 0
        self.kill_at: dict[int, Process] = {}  # at the so-many-th request, before it is answered

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Taking(BaseHTTPRequestHandler):
    server: Kept

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Webhook(KEY.encode()).verify(body, dict(self.headers))
        name = self.headers["Idempotency-Key"]
        assert self.server.known.setdefault(name, body) == body
        self.server.came += 1
        if worker := self.server.kill_at.pop(self.server.came, None):
            os.kill(worker.pid, signal.SIGKILL)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def keeping() -> Iterator[Kept]:
    server = Kept()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.long
def test_a_worker_killed_before_the_services_answer_tells_it_again(engine: Engine, tmp_path: Path) -> None:
    """SIGKILL while the service has the second verdict and its answer is on the way."""
    url = f"sqlite:///{tmp_path / 'amends.db'}"
    migrate.upgrade(url)
    with keeping() as service, street(engine, url, tmp_path) as house:
        house.environment |= {"AMENDS_REPUTATION_URL": service.url, "AMENDS_REPUTATION_KEY": KEY}
        worker, api = house.worker(), house.api()
        service.kill_at = {2: worker}
        first = settled(api)
        wait(lambda: service.came == 1)
        second = settled(api, lambda: worker.exit_code() and house.worker())
        wait(lambda: service.came == 3)
        third = settled(api)
        wait(lambda: told_in(url) == 3)
        assert [name.partition("/")[0] for name in service.known] == [first, second, third]
        assert service.came == 4  # one of them twice, with the same body


def settled(api: str, meanwhile: Callable[[], Any] = lambda: None) -> str:
    """A claim that its seller refunds; what happens while they wait for the answer, and then they ask again."""
    sale = Sale(time.monotonic_ns())
    claim_id, headers = opened(api, sale), key()
    with caller(api, "seller", sale.seller) as seller:
        refund = partial(seller.post, f"/v1/claims/{claim_id}/actions/refund", json={}, headers=headers)
        with ThreadPoolExecutor(1) as hand:
            asked = hand.submit(refund)
            meanwhile()
            asked.result()
        assert refund().status_code == 200
    return claim_id


def told_in(url: str) -> int:
    """How many entries stand as told."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
        return int(file.execute("SELECT count(told_at) FROM reputation_entries").fetchone()[0])
