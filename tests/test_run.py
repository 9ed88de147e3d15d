"""`make run` for real: the supervisor with everything it starts, in a folder of its own, with all usual ports taken."""

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.home import Home
from tests.running import ROOT, SECONDS, Run
from tests.test_codec import OLD

USUAL = (7233, 8233, 8080)
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("run")]


def alive(pid: int) -> bool:
    """Whether the process does anything any more; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: list[int], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(alive(pid) for pid in pids)


@contextmanager
def usual_ports_taken() -> Iterator[None]:
    with ExitStack() as stack:
        for port in USUAL:
            taken = stack.enter_context(socket.socket())
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody else has it: taken all the same
            taken.listen()
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "var"


@pytest.fixture
def runs(folder: Path) -> Iterator[list[Run]]:
    """Whatever a test starts is gone after it, also when it fails."""
    started: list[Run] = []
    yield started
    for run in started:
        run.process.kill()
        run.process.wait()


def test_it_starts_on_free_ports_stops_in_order_and_remembers_its_claims(folder: Path, runs: list[Run]) -> None:
    with usual_ports_taken():
        runs.append(first := Run(folder))
        first.until_ready()
        check_addresses(first)
        check_private(folder)
        check_demo(first)
        check_second_start(first)
        before = newest_negotiation(first)
        children = list(first.children().values())
        began = time.monotonic()
        assert first.stop() == 0, first.said
        assert time.monotonic() - began < 60
        assert gone(children, 0)
        assert re.findall(r"Stopping the (\w+)", first.said) == ["api", "worker", "engine"]

        runs.append(second := Run(folder))
        second.until_ready()
        check_claim_goes_on(second, before)
        check_killed(second)


def test_when_a_child_dies_it_says_which_and_ends_with_an_error(folder: Path, runs: list[Run]) -> None:
    """After a kill: the folder of the test before is as a crash left it."""
    runs.append(run := Run(folder))
    children = run.until_ready().children()
    os.kill(children["worker"], signal.SIGKILL)
    assert run.process.wait(90) == 1
    assert "The worker ended by itself" in run.said
    assert gone(list(children.values()), 0)


def test_interrupted_while_it_starts_it_leaves_nothing(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path / "var"))
    deadline = time.monotonic() + SECONDS
    while not (lock := tmp_path / "var" / "lock").exists() or "uvicorn" not in lock.read_text():
        assert time.monotonic() < deadline, run.said
        time.sleep(0.05)
    children = list(run.children().values())
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(90) == 0, run.said
    assert gone(children, 0)


def check_addresses(run: Run) -> None:
    where = run.noted()["addresses"]
    ports = {int(address.rpartition(":")[2]) for address in where.values()}
    assert len(ports) == 3
    assert not ports & set(USUAL)
    assert all(address in run.said for address in where.values())
    assert "swagger" in httpx.get(f"{where['api']}/docs").text.lower()
    assert httpx.get(where["ui"], follow_redirects=True).is_success


def check_private(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.rglob("*"))
    assert len((folder / "secret").read_text()) >= 32


def all_orders(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """Page after page."""
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/v1/orders", params={"limit": 100} | cursor).raise_for_status().json()
        yield from page["orders"]
        if not page["next"]:
            return
        cursor = {"cursor": page["next"]}


def check_demo(run: Run) -> None:
    with run.client() as client:
        claims = client.get("/v1/claims", params={"limit": 100}).raise_for_status().json()["claims"]
        orders = list(all_orders(client))
    assert {c["stage"] for c in claims} == {"negotiation", "return", "mediation", "settling", "closed"}
    closed = {c["code"] for c in claims if c["stage"] == "closed"}
    assert closed == {"seller_explained_functions", "partial_refunded", "payment_refunded", "item_returned",
                      "coverage_decision", "no_coverage"}  # fmt: skip
    assert {o["currency"] for o in orders} == {"MXN", "BRL", "ARS", "CLP", "USD"}
    past = [o for o in orders if o["id"].startswith("past-")]
    assert len(orders) - len(past) == 20
    assert len(past) > 300


def check_second_start(run: Run) -> None:
    line = [sys.executable, "-m", "ops.run", "--folder", str(run.folder)]
    second = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 1
    assert "already" in second.stderr
    assert run.noted()["addresses"]["api"] in second.stderr
    assert run.process.poll() is None


def newest_negotiation(run: Run) -> dict[str, Any]:
    with run.client() as client:
        wanted = {"stage": "negotiation", "waiting_on": "seller", "sort": "due_at"}
        return client.get("/v1/claims", params=wanted).raise_for_status().json()["claims"][0]


def check_claim_goes_on(run: Run, before: dict[str, Any]) -> None:
    with run.client() as client:
        assert client.get(f"/v1/claims/{before['id']}").json()["due_at"] == before["due_at"]
        assert len(client.get("/v1/claims", params={"limit": 100}).json()["claims"]) == 17
        client.post(f"/v1/dev/claims/{before['id']}/fast-forward", json={"hours": 73}).raise_for_status()
        events = client.get(f"/v1/claims/{before['id']}/events").json()["events"]
    assert (events[-1]["by"], events[-1]["action"], events[-1]["stage"]) == ("clock", "escalate", "mediation")


def check_killed(run: Run) -> None:
    """Not even a kill of the supervisor leaves anything running for long."""
    children = list(run.children().values())
    run.process.kill()
    assert gone(children)


def test_only_one_can_hold_the_folder(tmp_path: Path) -> None:
    assert Home(tmp_path / "var").take()
    assert not Home(tmp_path / "var").take()


def test_with_keys_it_encrypts_and_its_web_ui_is_told_where_to_decrypt(
    tmp_path: Path, runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENDS_PAYLOAD_KEYS", OLD)
    runs.append(run := Run(tmp_path / "var"))
    run.until_ready()
    addresses = run.noted()["addresses"]
    ui, codec = addresses["ui"], addresses["codec"]
    assert httpx.get(f"{ui}/api/v1/settings").json()["Codec"]["Endpoint"] == codec
    (found,) = httpx.get(f"{ui}/api/v1/namespaces/default/workflows?pageSize=1").json()["executions"]
    where = f"{ui}/api/v1/namespaces/default/workflows/{found['execution']['workflowId']}/history"
    begun = httpx.get(where).json()["history"]["events"][0]["workflowExecutionStartedEventAttributes"]
    sealed = {"payloads": begun["input"]["payloads"]}
    plain = httpx.post(f"{codec}/decode", json=sealed, headers={"Origin": ui}).json()["payloads"][0]
    assert "buyer_id" not in base64.b64decode(sealed["payloads"][0]["data"]).decode(errors="replace")
    assert "buyer_id" in base64.b64decode(plain["data"]).decode()
    assert run.stop() == 0
    assert re.findall(r"Stopping the (\w+)", run.said) == ["api", "worker", "codec", "engine"]


def test_a_wrong_key_is_named_before_anything_starts(
    tmp_path: Path, runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENDS_PAYLOAD_KEYS", "2026:nonsense")
    runs.append(run := Run(tmp_path / "var"))
    assert run.process.wait(90) == 1
    assert "AMENDS_PAYLOAD_KEYS: entry 1" in run.said
    assert "nonsense" not in run.said
    assert "Starting" not in run.said
