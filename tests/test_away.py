"""The engine, the database or the worker away: real processes killed, frozen and started again under a running API."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.engine import Engine, Ports, free_port
from storage import migrate
from tests import postgres
from tests.house import Sale, key
from tests.processes import Street, caller, street

SOON = 5.0  # seconds; the door itself gives up after 1.6, the rest is for a busy machine. It waited 12 once.


class Claim:
    """A claim over HTTP with its people."""

    def __init__(self, url: str) -> None:
        self.sale, self.url = Sale(time.monotonic_ns()), url
        self.platform = caller(url, "platform", "market")
        self.buyer, self.seller = caller(url, "buyer", self.sale.buyer), caller(url, "seller", self.sale.seller)
        assert self.platform.put(f"/v1/orders/{self.sale.order_id}", json=self.sale.body()).status_code == 201
        self.id = ""

    def open(self, named: dict[str, str]) -> httpx.Response:
        body = {"order_id": self.sale.order_id, "line_id": "1", "reason": "damaged", "message": "It is torn."}
        answer = self.buyer.post("/v1/claims", json=body, headers=named)
        self.id = answer.json()["id"] if answer.status_code == 201 else ""
        return answer

    def opened(self) -> "Claim":
        assert self.open(key()).status_code == 201
        return self

    def offer(self, named: dict[str, str], percent: int = 20) -> httpx.Response:
        url = f"/v1/claims/{self.id}/actions/offer_partial_refund"
        return self.seller.post(url, json={"percent": percent}, headers=named)

    def read(self) -> dict[str, Any]:
        answer = self.buyer.get(f"/v1/claims/{self.id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def steps(self) -> list[str]:
        return [e["action"] for e in self.platform.get(f"/v1/claims/{self.id}/events").json()["events"]]


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine for one test, with a store, so that it can be killed and started again."""
    engine = Engine(Ports(free_port(), free_port(), free_port()), tmp_path / "temporal.db")
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'amends.db'}"
    migrate.upgrade(url)
    return url


def is_away(answer: httpx.Response, what: str) -> bool:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.elapsed.total_seconds() < SOON
    return (answer.status_code, answer.json()["code"]) == (503, f"{what}_unavailable")


def until(works: Any, seconds: float = 180) -> httpx.Response:
    """Ask again as a client would, until it is no 503 any more."""
    deadline = time.monotonic() + seconds
    while (answer := works()).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    return answer


@pytest.mark.long
def test_with_the_engine_down_reads_work_and_writes_can_be_sent_again(
    own_engine: Engine, database: str, tmp_path: Path
) -> None:
    with street(own_engine, database, tmp_path) as house:
        house.worker()
        url = house.api()
        claim, another = Claim(url).opened(), Claim(url)
        own_engine.kill()
        offering, opening = key(), key()
        asked = (lambda: claim.offer(offering), lambda: another.open(opening), lambda: claim.buyer.get("/readyz"))
        with ThreadPoolExecutor() as at_once:
            *refused, ready = at_once.map(lambda ask: ask(), asked)
        assert [is_away(answer, "engine") for answer in refused] == [True, True]
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "database": True, "engine": False})
        assert claim.read()["offers"] == []
        assert claim.buyer.get("/v1/claims").json()["claims"][0]["id"] == claim.id
        own_engine.start()
        assert until(lambda: claim.offer(offering)).status_code == 200
        assert until(lambda: another.open(opening)).status_code == 201
        assert (claim.steps(), another.steps()) == (["open", "offer_partial_refund"], ["open"])
        assert claim.offer(offering).json()["offers"][0]["percent"] == 20


@pytest.mark.long
def test_an_api_that_never_met_the_engine_says_so_too(own_engine: Engine, database: str, tmp_path: Path) -> None:
    with street(own_engine, database, tmp_path) as house:
        house.worker()
        claim = Claim(house.api()).opened()
        own_engine.kill()
        second = Claim(house.api())
        second.id, second.seller = claim.id, caller(second.url, "seller", claim.sale.seller)
        assert is_away(second.offer(key()), "engine")
        assert second.platform.get(f"/v1/claims/{claim.id}").status_code == 200
        own_engine.start()


@pytest.mark.long
def test_a_frozen_engine_is_away_and_what_it_had_taken_is_done_once(
    own_engine: Engine, database: str, tmp_path: Path
) -> None:
    with street(own_engine, database, tmp_path) as house:
        house.worker()
        claim = Claim(house.api()).opened()
        os.kill(own_engine.pid, signal.SIGSTOP)
        named = key()
        assert is_away(claim.offer(named), "engine")
        os.kill(own_engine.pid, signal.SIGCONT)
        assert until(lambda: claim.offer(named)).status_code == 200
        assert claim.steps() == ["open", "offer_partial_refund"]


@pytest.mark.long
def test_a_worker_that_is_away_makes_202_and_the_same_key_answers_later(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    house = Street(engine, database, tmp_path)
    house.environment["AMENDS_UPDATE_TIMEOUT_SECONDS"] = "1"
    try:
        worker = house.worker()
        claim = Claim(house.api()).opened()
        worker.kill()
        named = key()
        waiting = claim.offer(named)
        assert waiting.status_code == 202, waiting.text
        assert waiting.headers["location"] == f"/v1/claims/{claim.id}"
        assert int(waiting.headers["retry-after"]) >= 1
        house.worker()
        deadline = time.monotonic() + 180
        while (answer := claim.offer(named)).status_code == 202:
            assert time.monotonic() < deadline
        assert (answer.status_code, answer.json()["offers"][0]["percent"]) == (200, 20)
        assert claim.steps() == ["open", "offer_partial_refund"]
    finally:
        house.close()


@pytest.mark.long
def test_with_the_database_down_nothing_is_half_done(engine: Engine, tmp_path: Path) -> None:
    with postgres.postgres() as server:
        url = server.new_database()
        migrate.upgrade(url)
        with street(engine, url, tmp_path) as house:
            house.worker()
            claim = Claim(house.api()).opened()
            server.kill()
            named = key()
            assert until_503(lambda: claim.buyer.get("/readyz")).json()["database"] is False
            assert is_away(claim.offer(named), "database")
            assert is_away(claim.buyer.get(f"/v1/claims/{claim.id}"), "database")
            assert claim.buyer.get("/healthz").status_code == 200
            server.start()
            assert until(lambda: claim.offer(named)).status_code == 200
            assert claim.steps() == ["open", "offer_partial_refund"]
            assert claim.read()["version"] == 2


def until_503(ask: Any) -> httpx.Response:
    deadline = time.monotonic() + 120
    while (answer := ask()).status_code != 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return answer


@pytest.mark.long
def test_a_database_that_goes_while_a_step_is_taken_gets_it_once_when_it_is_back(
    engine: Engine, tmp_path: Path
) -> None:
    """The desk has read; then the database dies, and the engine holds the command until it is back."""
    with postgres.postgres() as server:
        url = server.new_database()
        migrate.upgrade(url)
        with street(engine, url, tmp_path) as house:
            worker = house.worker()
            house.environment["AMENDS_UPDATE_TIMEOUT_SECONDS"] = "2"
            claim = Claim(house.api()).opened()
            worker.kill()  # so that the command lies in the engine
            named = key()
            assert claim.offer(named).status_code == 202
            server.kill()
            house.worker()  # it takes the command and cannot record it
            time.sleep(3)
            server.start()
            deadline = time.monotonic() + 180
            while (answer := claim.offer(named)).status_code in (202, 503):
                assert time.monotonic() < deadline, answer.text
                time.sleep(0.2)
            assert answer.status_code == 200, answer.text
            assert claim.steps() == ["open", "offer_partial_refund"]
