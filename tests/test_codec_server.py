"""The codec server as a real process over HTTP, asked as the Web UI and the command line ask."""

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.tokens import Caller, Role, Tokens
from ops.codec_server import LARGEST
from ops.engine import Engine, free_port, program
from tests.house import SECRET, house_on, settings_for
from tests.processes import Process
from tests.test_codec import BOTH, NEW, OLD, of
from tests.test_codec import PLAIN as PAYLOAD

UI = "http://127.0.0.1:8233"
WAYS = ("/decode", "/encode", "/download")
pytestmark = [pytest.mark.xdist_group("codec server"), pytest.mark.long]  # what it is set up with is dear


def environment(**more: str) -> dict[str, str]:
    return {"AMENDS_TOKEN_SECRET": SECRET, "AMENDS_PAYLOAD_KEYS": BOTH} | more


class Server:
    """A codec server process and its address."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        log = folder / f"codec-{self.port}.log"
        log.touch()
        line = [sys.executable, "-m", "ops.codec_server", "--port", str(self.port)]
        self.process = Process(line, environment(**more), log)

    def ready(self) -> "Server":
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz").is_success:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.process.log.read_text())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("codec"))
    yield made.ready()
    made.process.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("codec"), AMENDS_CODEC_CALLERS="ops")
    yield made.ready()
    made.process.stop()


def sent(*payloads: Any) -> dict[str, Any]:
    """What the Web UI sends: metadata and data in base64."""
    return {
        "payloads": [{"metadata": {k: b64(v) for k, v in p.metadata.items()}, "data": b64(p.data)} for p in payloads]
    }


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def locked(keys: str = BOTH) -> Any:
    (payload,) = await of(keys).encode([PAYLOAD])
    return payload


def ask(server: Server, way: str, body: Any, **headers: str) -> httpx.Response:
    given = {"Origin": UI, "X-Namespace": "default"} | headers
    return httpx.post(f"{server.url}{way}?preserveStorageRefs=true", json=body, headers=given)


@pytest.mark.parametrize("way", ["/decode", "/download", "/amends/decode"])
@pytest.mark.parametrize("keys", [NEW, OLD], ids=["new", "old"])
async def test_it_opens_what_either_key_locked_and_leaves_the_rest(server: Server, way: str, keys: str) -> None:
    answer = ask(server, way, sent(await locked(keys), PAYLOAD))
    assert answer.status_code == 200, answer.text
    assert answer.json() == sent(PAYLOAD, PAYLOAD)
    assert answer.headers["access-control-allow-origin"] == UI


async def test_it_locks_what_a_worker_can_open(server: Server) -> None:
    (made,) = ask(server, "/encode", sent(PAYLOAD)).json()["payloads"]
    assert base64.b64decode(made["metadata"]["encryption-key-id"]) == b"2026-11"
    assert ask(server, "/decode", {"payloads": [made]}).json() == sent(PAYLOAD)


@pytest.mark.parametrize("way", WAYS)
def test_a_browser_may_ask_from_the_web_ui_and_from_nowhere_else(server: Server, way: str) -> None:
    names = "authorization,authorization-extras,content-type,x-namespace"
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": names}
    asked = httpx.options(f"{server.url}{way}", headers=wanted | {"Origin": UI})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == UI
    assert "POST" in asked.headers["access-control-allow-methods"]
    allowed = asked.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in names.split(","))
    foreign = {"Origin": "http://elsewhere.example"}
    refused = httpx.options(f"{server.url}{way}", headers=wanted | foreign)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert ask(server, way, sent(PAYLOAD), **foreign).json()["code"] == "foreign_origin"


async def test_what_it_cannot_open_is_said_by_the_keys_name(server: Server) -> None:
    payload = await locked()
    payload.metadata["encryption-key-id"] = b"2025-12"
    answer = ask(server, "/decode", sent(payload))
    assert (answer.status_code, answer.json()["code"]) == (400, "payload_unreadable")
    assert "'2025-12'" in answer.json()["detail"]
    assert answer.headers["access-control-allow-origin"] == UI  # else the Web UI could not show it


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"payloads": 5}', b'{"payloads": [5]}', b"\xff",
                                  b"[" * 100_000])  # fmt: skip
def test_what_is_no_list_of_payloads_is_refused(server: Server, body: bytes) -> None:
    answer = httpx.post(f"{server.url}/decode", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_payloads")


def test_a_body_too_large_is_not_read(server: Server) -> None:
    answer = httpx.post(f"{server.url}/decode", content=b" " * (LARGEST + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_what_would_be_kept_elsewhere_is_not_here(server: Server) -> None:
    reference = {"payloads": [{"externalPayloads": [{"sizeBytes": "5"}]}]}
    answer = ask(server, "/download", reference)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_kept_here")
    assert ask(server, "/decode", reference).json() == reference


async def test_with_tokens_only_operators_are_served(guarded: Server) -> None:
    tokens, body = Tokens(SECRET, "amends"), sent(await locked())
    assert ask(guarded, "/decode", body).json()["code"] == "bad_token"
    for role in Role:
        answer = ask(guarded, "/decode", body, Authorization=f"Bearer {tokens.sign(Caller('ops-7', role))}")
        assert answer.status_code == (200 if role == Role.OPS else 403), role
    expired = tokens.sign(Caller("ops-7", Role.OPS), seconds=-1)
    assert ask(guarded, "/decode", body, Authorization=f"Bearer {expired}").status_code == 401


def test_callers_from_elsewhere_are_not_served_by_default(server: Server) -> None:
    """A proxy on this machine says for whom it asks; uvicorn takes its word, and others' it does not."""
    answer = ask(server, "/decode", sent(PAYLOAD), **{"X-Forwarded-For": "192.0.2.7"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_on_loopback")


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("", "AMENDS_PAYLOAD_KEYS is not set"),
        pytest.param("x:y", "AMENDS_PAYLOAD_KEYS: entry 1", marks=pytest.mark.long),
    ],
)
def test_without_good_keys_it_does_not_start(tmp_path: Path, keys: str, word: str) -> None:
    process = Server(tmp_path, AMENDS_PAYLOAD_KEYS=keys).process
    assert process.exit_code() == 2
    assert word in process.log.read_text()


@pytest.mark.parametrize("line", [["worker.py"], ["-m", "uvicorn", "api.app:create_app", "--factory", "--port", "0"]])
@pytest.mark.long
def test_with_wrong_keys_neither_worker_nor_api_starts(tmp_path: Path, line: list[str]) -> None:
    log = tmp_path / "log"
    log.touch()
    wrong = OLD[:-8]
    process = Process([sys.executable, *line], environment(AMENDS_PAYLOAD_KEYS=wrong), log)
    assert process.exit_code() != 0
    assert "entry 1 has no key" in log.read_text()
    assert wrong.partition(":")[2] not in log.read_text()


async def test_the_command_line_reads_and_sends_through_it(engine: Engine, sqlite_url: str, server: Server) -> None:
    async with house_on(engine, settings_for(sqlite_url, payload_keys=BOTH)) as house:
        claim = await house.claim()

        async def cli(*words: str) -> str:
            line = [str(program()), "workflow", *words, "--workflow-id", claim.id, "--address", engine.address,
                    "--namespace", house.temporal.namespace, "--codec-endpoint", server.url]  # fmt: skip
            done = await asyncio.to_thread(subprocess.run, line, check=True, capture_output=True, text=True)
            return done.stdout

        offer = json.dumps({"operator": "ops-7", "percent": 40})
        await cli("signal", "--name", "offer_partial_refund", "--input", offer)
        await claim.until(lambda c: c["offers"])
        shown = json.loads(await cli("show", "--output", "json"))["events"][0]
        given = shown["workflowExecutionStartedEventAttributes"]["input"]["payloads"][0]["data"]
        assert json.loads(base64.b64decode(given))["claim"]["line"]["buyer_id"] == claim.sale.buyer
        handle = house.temporal.get_workflow_handle(claim.id)
        signals = [e.workflow_execution_signaled_event_attributes async for e in handle.fetch_history_events()
                   if e.HasField("workflow_execution_signaled_event_attributes")]  # fmt: skip
        assert b"ops-7" not in signals[0].input.SerializeToString()
