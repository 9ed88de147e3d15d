"""Where the files lie: on disk, in memory or in S3, by one setting and with the same code."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

PREFIX = "evidence"
_PATIENCE = {"timeout": "20s", "connect_timeout": "3s"}
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


class StoreAway(Exception):
    """The object store does not answer, or does not let us in."""


class Missing(Exception):
    """There is no such object."""


class Store:
    """Objects by key: written once, never changed. `url`: a folder, file:///folder, memory:// or s3://bucket/prefix.

    S3 takes the usual variables (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL ...). Nothing is opened before the
    first use. Methods raise StoreAway.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    async def put(self, key: str, content: bytes) -> None:
        """Keep it under a key that nothing is kept under; a second try of the same is no error."""
        with _told_apart():
            try:
                await obstore.put_async(self._objects, f"{PREFIX}/{key}", content, mode="create")
            except AlreadyExistsError:
                return

    async def get(self, key: str) -> bytes:
        """The bytes. Raises Missing."""
        with _told_apart():
            try:
                found = await obstore.get_async(self._objects, f"{PREFIX}/{key}")
                return bytes(await found.bytes_async())
            except FileNotFoundError:
                raise Missing(key) from None

    async def delete(self, key: str) -> None:
        """Delete it; what is not there is deleted."""
        with _told_apart():
            try:
                await obstore.delete_async(self._objects, f"{PREFIX}/{key}")
            except FileNotFoundError:
                return

    async def older_than(self, instant: datetime) -> AsyncIterator[list[str]]:
        """The keys of the objects that were last written before, some at a time."""
        with _told_apart():
            async for batch in obstore.list(self._objects, PREFIX, chunk_size=500):
                yield [o["path"].removeprefix(f"{PREFIX}/") for o in batch if o["last_modified"] < instant]

    @cached_property
    def _objects(self) -> ObjectStore:
        with _told_apart():
            return _opened(self.url)


def _opened(url: str) -> ObjectStore:
    if url.startswith("s3://"):
        plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")  # a server of one's own, beside us
        client: Any = _PATIENCE | {"allow_http": plain}
        return S3Store.from_url(url, client_options=client, retry_config=_RETRIES)
    if url == "memory://":
        return MemoryStore()
    folder = Path(url.removeprefix("file://")).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


@contextmanager
def _told_apart() -> Iterator[None]:
    """One name for all the ways in which a store can be away. The library's own words may name hosts and buckets."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreAway(type(error).__name__) from error
