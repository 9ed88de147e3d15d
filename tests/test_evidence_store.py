"""The store of files: the same functions on disk, in memory and on a local S3 server."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from activities.evidence.store import Missing, Store, StoreAway
from ops.engine import free_port
from storage.attachments import new_key
from tests.house import SECRET, settings_for

pytestmark = pytest.mark.xdist_group("s3")
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that speaks S3 in a process of its own, with a bucket."""
    port, log = free_port(), tmp_path_factory.mktemp("s3") / "log"
    line = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as out, pytest.MonkeyPatch.context() as patched:
        server = subprocess.Popen(line, stdout=out, stderr=out, start_new_session=True)
        try:
            _wait(server, port, log)
            url = f"http://127.0.0.1:{port}"
            httpx.put(f"{url}/evidence").raise_for_status()
            given = {"ACCESS_KEY_ID": "us", "SECRET_ACCESS_KEY": "s", "REGION": "us-east-1", "ENDPOINT_URL": url}
            for name, value in given.items():
                patched.setenv(f"AWS_{name}", value)
            yield "s3://evidence/a/prefix"
        finally:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


@pytest.fixture(params=["folder", "file", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store of each kind."""
    if request.param == "s3":
        return Store(request.getfixturevalue("s3"))
    return Store(
        {"folder": str(tmp_path / "new"), "file": f"file://{tmp_path}/new", "memory": "memory://"}[request.param]
    )


async def keys_of(store: Store, instant: datetime) -> set[str]:
    return {key async for batch in store.older_than(instant) for key in batch}


async def test_what_was_put_is_got_until_it_is_deleted(store: Store) -> None:
    key, content = new_key(), os.urandom(100_000)
    await store.put(key, content)
    assert await store.get(key) == content
    await store.delete(key)
    with pytest.raises(Missing):
        await store.get(key)
    await store.delete(key)


async def test_what_is_there_is_never_written_over(store: Store) -> None:
    key = new_key()
    await store.put(key, b"first")
    await store.put(key, b"second")
    assert await store.get(key) == b"first"


async def test_it_lists_what_is_older(store: Store) -> None:
    keys = {new_key() for _ in range(3)}
    await asyncio.gather(*(store.put(key, b"x") for key in keys))
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert keys <= await keys_of(store, soon)
    assert not keys & await keys_of(store, soon - timedelta(hours=1))
    for key in keys:
        await store.delete(key)


async def test_two_stores_at_one_place_see_the_same(store: Store) -> None:
    if store.url == "memory://":
        return  # which forgets: it is each process's own
    key = new_key()
    await store.put(key, b"shared")
    assert await Store(store.url).get(key) == b"shared"


async def test_a_store_that_does_not_answer_is_away(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    nowhere = Store(s3)
    for asked in (nowhere.put("ab/c", b"x"), nowhere.get("ab/c"), nowhere.delete("ab/c")):
        with pytest.raises(StoreAway):
            await asked


async def test_a_bucket_that_is_not_there_is_away_not_empty(s3: str) -> None:
    with pytest.raises(StoreAway):
        await Store("s3://another/prefix").put("ab/c", b"x")


async def test_a_folder_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreAway):
        await Store(str(tmp_path / "file" / "in it")).put("ab/c", b"x")


def test_on_disk_nobody_else_looks_in(tmp_path: Path) -> None:
    asyncio.run(Store(str(tmp_path / "new")).put("ab/c", b"x"))
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_place_that_is_none_is_refused_by_the_settings() -> None:
    for wrong in ("", "s3://", "ftp://somewhere/x", "gs://bucket"):
        with pytest.raises(ValidationError):
            settings_for("sqlite://", evidence_url=wrong, token_secret=SECRET)
