"""What the API needs for files: the store, the examiner, and a bounded number of files in its memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from fastapi import Request
from starlette.datastructures import UploadFile

from activities.evidence.apart import Examiner
from activities.evidence.examine import too_large
from activities.evidence.examined import MOST_BYTES, NotEvidence
from activities.evidence.store import Store
from api.problems import problem
from api.tokens import Caller

_AT_ONCE, _OF_EACH = 24, 3  # files in the memory of this process, and of one caller; the others wait at their socket
_SECONDS = 60  # in which a file must have come in


class Evidence:
    """`url` of the store, as storage settings say it."""

    def __init__(self, url: str) -> None:
        self.store, self.examiner = Store(url), Examiner()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._callers: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def received(self, request: Request, caller: Caller) -> AsyncIterator[bytes]:
        """The file that is the request's body, while there is room for it. Raises NotEvidence, or 400 and 415."""
        async with self._place(caller):
            yield await _body(request)

    @asynccontextmanager
    async def posted(self, file: UploadFile, caller: Caller) -> AsyncIterator[bytes]:
        """A file of a form, which waits on the disk until there is room for it. Raises NotEvidence."""
        if (size := file.size or 0) > MOST_BYTES:
            raise NotEvidence("file_too_large", too_large(size))
        async with self._place(caller):
            yield await file.read()

    @asynccontextmanager
    async def _place(self, caller: Caller) -> AsyncIterator[None]:
        own = self._callers.setdefault(f"{caller.role}/{caller.id}", asyncio.Semaphore(_OF_EACH))
        async with own, self._room:
            yield


async def _body(request: Request) -> bytes:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise problem(415, "not_as_it_is", "A file comes as it is, without a Content-Encoding.")
    content = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise NotEvidence("file_too_large", too_large(len(content)))
    except TimeoutError:
        raise problem(400, "body_too_slow", f"The file was not here after {_SECONDS} s; send it again.") from None
    return bytes(content)
