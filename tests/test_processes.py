"""The house as real processes: races through two API servers, and workers killed at the worst moment."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

import settings
from ops.engine import Engine
from tests.house import Sale, key
from tests.processes import Street, caller, street


def push(url: str, sale: Sale) -> None:
    with caller(url, "platform", "market") as platform:
        assert platform.put(f"/v1/orders/{sale.order_id}", json=sale.body()).status_code == 201


def opening(sale: Sale) -> dict[str, str]:
    return {"order_id": sale.order_id, "line_id": "1", "reason": "damaged", "message": "The box was torn open."}


def opened(url: str, sale: Sale) -> str:
    push(url, sale)
    with caller(url, "buyer", sale.buyer) as buyer:
        answer = buyer.post("/v1/claims", json=opening(sale), headers=key())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.long
def test_fifty_parallel_openings_through_two_processes_make_one_claim(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    with street(engine, database_url, tmp_path) as house:
        house.worker()
        urls = [house.api(), house.api()]
        sale = Sale(time.monotonic_ns())
        push(urls[0], sale)
        callers = [caller(url, "buyer", sale.buyer) for url in urls]

        def attempt(number: int) -> httpx.Response:
            return callers[number % 2].post("/v1/claims", json=opening(sale), headers=key())

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(attempt, range(50)))
        assert sorted(a.status_code for a in answers) == [201] + [409] * 49
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"claim_already_open"}
        assert len(callers[0].get("/v1/claims").json()["claims"]) == 1


@pytest.mark.long
def test_a_worker_killed_between_the_banks_commit_and_its_answer_refunds_once(
    engine: Engine, sqlite_url: str, tmp_path: Path
) -> None:
    with street(engine, sqlite_url, tmp_path) as house:
        worker, url = house.worker(), house.api()
        sale = Sale(time.monotonic_ns())
        claim_id = opened(url, sale)
        platform = caller(url, "platform", "market")
        faults = f"/v1/dev/claims/{claim_id}/refunds/1/faults"
        assert platform.post(faults, json={"fault": "slow_answer"}).status_code == 200
        with caller(url, "seller", sale.seller) as seller:
            assert seller.post(f"/v1/claims/{claim_id}/actions/refund", json={}, headers=key()).status_code == 200
        wait(lambda: len(ledger(platform, claim_id)) == 1)  # the money has moved, the bank has not answered
        worker.kill()
        assert platform.get(f"/v1/claims/{claim_id}").json()["stage"] == "settling"
        house.worker()
        wait(lambda: platform.get(f"/v1/claims/{claim_id}").json()["stage"] == "closed", 60)
        assert [t["amount"] for t in ledger(platform, claim_id)] == [5500]


def ledger(platform: httpx.Client, claim_id: str) -> list[dict[str, object]]:
    """The refunds of a claim in the embedded bank's books."""
    books = platform.get(f"/v1/dev/claims/{claim_id}/ledger").json()
    assert books["balance"] == 0
    return [t for t in books["transfers"] if t["kind"] == "refund"]


def wait(check: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not check():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.1)


@pytest.mark.long
def test_a_worker_that_is_stopped_drains_and_one_that_is_killed_loses_nothing(
    engine: Engine, sqlite_url: str, tmp_path: Path
) -> None:
    with street(engine, sqlite_url, tmp_path) as house:
        first, url = house.worker(), house.api()
        sale = Sale(time.monotonic_ns())
        claim_id = opened(url, sale)
        assert first.stop() == 0
        second = house.worker()
        second.kill()
        house.worker()
        with caller(url, "seller", sale.seller) as seller:
            answer = seller.post(f"/v1/claims/{claim_id}/actions/escalate", json={}, headers=key())
        assert answer.json()["stage"] == "mediation", answer.text


def test_a_default_or_missing_secret_refuses_to_start(engine: Engine, sqlite_url: str, tmp_path: Path) -> None:
    house = Street(engine, sqlite_url, tmp_path)
    house.environment["AMENDS_TOKEN_SECRET"] = "changeme-changeme-changeme-changeme"
    process = house.start("worker", [sys.executable, "worker.py"])
    assert process.exit_code() == 2
    assert "AMENDS_TOKEN_SECRET" in process.log.read_text()
    assert "changeme" not in process.log.read_text()


@pytest.mark.parametrize("secret", ["", "short", "changeme-changeme-changeme-changeme", "a" * 40])
def test_a_default_or_missing_secret_is_none(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("AMENDS_TOKEN_SECRET", secret)
    with pytest.raises(ValidationError) as refused:
        settings.load()
    said = settings.explain(refused.value)
    assert "AMENDS_TOKEN_SECRET" in said
    assert secret == "" or secret not in said
