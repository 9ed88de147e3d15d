"""When a stream is refused, when it ends, and what it may cost while it lasts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event

import api.news
import api.stream
import storage.claims
from api.tokens import Caller, Role
from storage.database import Database
from storage.tables import ThreadRow
from tests.hearing import Line, line_to
from tests.house import House, OpenClaim
from tests.talking import many, post, soon

pytestmark = pytest.mark.long

LOOK, READ = ("FROM threads", " IN "), "FROM feed"  # at how far all have come; at what one has to tell


@pytest_asyncio.fixture
async def line(house: House) -> AsyncIterator[Line]:
    async with line_to(house) as made:
        yield made


async def test_what_is_no_position_of_this_claim_is_refused(line: Line) -> None:
    claim = await line.house.claim()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"last": 3}, "position_unknown"),
        ({"after": 3}, "position_unknown"),
        ({"after": 10**17}, "position_unknown"),
        ({"after": "x"}, "invalid_request"),
        ({"after": -1}, "invalid_request"),
        ({"after": ""}, "invalid_request"),
        ({"last": "٣".encode()}, "invalid_request"),
        ({"after": 1, "headers": {"Last-Event-ID": "1.0"}}, "invalid_request"),
        ({"colour": "red"}, "unknown_parameter"),
    ]
    for given, code in wrong:
        headers = dict(given.pop("headers", {}))
        if isinstance(given.get("last"), bytes):
            headers = {"Last-Event-ID": given.pop("last")}
        async with line.heard(claim, "seller", headers=headers, **given) as ear:
            assert (ear.answer.status_code, ear.answer.json()["code"]) == (422, code), given
            assert ear.answer.headers["content-type"] == "application/problem+json"
    assert not line.streams.open
    assert not line.desk.watch.waiting


async def test_strangers_and_nobody_are_refused_before_the_first_byte(line: Line) -> None:
    claim, other = await line.house.claim(), await line.house.claim()
    async with line.heard(other, "buyer", headers=line.house.headers("buyer", claim.sale.buyer)) as ear:
        assert (ear.answer.status_code, ear.answer.json()["code"]) == (404, "not_found")
    async with line.heard(claim, "buyer", headers={"Authorization": "Bearer x"}) as ear:
        assert (ear.answer.status_code, ear.answer.json()["code"]) == (401, "bad_token")


async def test_only_so_many_at_once_for_each_caller(house: House) -> None:
    claim = await house.claim()
    async with line_to(house, streams_per_caller=2, requests_per_minute=1000) as line:
        async with line.heard(claim, "buyer") as one, line.heard(claim, "buyer") as two:
            assert (one.answer.status_code, two.answer.status_code) == (200, 200)
            assert one.answer.headers["ratelimit-policy"] == '"caller";q=1000;w=60'
            async with line.heard(claim, "buyer") as third:
                problem = third.answer.json()
                assert (third.answer.status_code, problem["code"]) == (429, "too_many_streams")
                assert "2 open streams" in problem["detail"]
                assert int(third.answer.headers["retry-after"]) > 0
            async with line.heard(claim, "seller") as other:
                assert other.answer.status_code == 200
        await soon(lambda: not line.streams.open)
        async with line.heard(claim, "buyer") as again:
            assert again.answer.status_code == 200


@pytest.mark.long
async def test_who_goes_away_is_forgotten_and_nobody_looks_when_nobody_listens(line: Line) -> None:
    claim = await line.house.claim()
    asked = Asked(line.desk.database, *LOOK)
    async with line.heard(claim, "buyer") as one, line.heard(claim, "seller") as two:
        await one.up_to(2)
        await two.up_to(2)
        assert (line.desk.watch.waiting, line.streams.open.total()) == (2, 2)
        before = asked.count
        await soon(lambda: asked.count > before)
    await soon(lambda: not line.streams.open)
    assert not line.desk.watch.waiting
    await asyncio.sleep(0.5)
    before = asked.count
    await asyncio.sleep(1)
    assert asked.count == before
    async with line.heard(claim, "buyer", last=2) as again:
        await post(claim, "buyer", "Hello?")
        assert [t.kind for t in await again.up_to(3)] == ["message"]


class Asked:
    """Counts the queries that hold all of these words."""

    def __init__(self, database: Database, *words: str) -> None:
        self.count, self._words = 0, words
        event.listen(database._readers.sync_engine, "before_cursor_execute", self._look)

    def _look(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        self.count += all(word in statement for word in self._words)


@pytest.mark.long
async def test_one_look_serves_all_who_listen(line: Line) -> None:
    claims = [await line.house.claim() for _ in range(3)]
    asked = Asked(line.desk.database, *LOOK)
    async with (
        line.heard(claims[0], "buyer"),
        line.heard(claims[1], "buyer"),
        line.heard(claims[2], "seller"),
    ):
        await soon(lambda: line.desk.watch.waiting == 3)
        before = asked.count
        await asyncio.sleep(2)
        assert 1 <= asked.count - before <= 9  # four a second, and not twelve


@pytest.mark.long
async def test_a_stream_ends_with_its_token(line: Line) -> None:
    claim = await line.house.claim()
    token = line.app.state.tokens.sign(Caller(claim.sale.buyer, Role.BUYER), seconds=5)
    async with line.heard(claim, "buyer", headers={"Authorization": f"Bearer {token}"}) as ear:
        assert [t.kind for t in await ear.rest()] == ["step", "message"]
    async with line.heard(claim, "buyer", headers={"Authorization": f"Bearer {token}"}) as ear:
        assert ear.answer.status_code == 401
    assert not line.streams.open


async def test_a_stream_ends_after_a_while_and_has_told_all_by_then(house: House) -> None:
    claim = await house.claim()
    await many(claim, 60)
    async with line_to(house, stream_seconds=0.0) as line:
        last, heard = 0, []
        while last < 62:
            async with line.heard(claim, "seller", last=last) as ear:
                told = await ear.rest()
            assert told
            heard += [t.id for t in told]
            last = told[-1].id
        assert heard == list(range(1, 63))


async def test_a_stream_ends_when_the_server_does(line: Line) -> None:
    claim = await line.house.claim()
    async with line.heard(claim, "buyer") as ear:
        await ear.up_to(2)
        line.desk.watch.end()
        assert await ear.rest() == []
    async with line.heard(claim, "buyer") as late:
        assert [t.kind for t in await late.rest()] == ["step", "message"]


async def test_a_stream_ends_before_it_tells_whom_the_claim_is_hidden_from(line: Line) -> None:
    """For a mediator the claim is there when its 72 hours have passed. Then this claim's clock is put back."""
    claim = await line.house.claim()
    await skipped(claim, timedelta(hours=73))
    async with line.heard(claim, "mediator") as ear:
        await ear.up_to(2)
        await skipped(claim, timedelta())
        await post(claim, "buyer", "Between us.")
        assert await ear.rest() == []
    async with line.heard(claim, "mediator", last=2) as ear:
        assert ear.answer.status_code == 404


async def skipped(claim: OpenClaim, by: timedelta) -> None:
    async with claim.house.database.writing() as session:
        await storage.claims.set_skipped(session, claim.id, by)


async def test_a_comment_comes_while_nothing_happens(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.stream.COMMENT == 15
    monkeypatch.setattr(api.stream, "COMMENT", 0.1)
    claim = await line.house.claim()
    async with line.heard(claim, "buyer") as ear:
        waiting = asyncio.create_task(ear.rest())
        await soon(lambda: ear.comments > 4)
        line.desk.watch.end()
        await waiting


async def test_a_feed_that_was_taken_over_with_gaps_is_read_without_a_rush(line: Line) -> None:
    """The thread's position may lie beyond the last entry: then nobody asks again and again."""
    claim = await line.house.claim()
    async with line.house.database.writing() as session:
        thread = await session.get(ThreadRow, claim.id)
        assert thread
        thread.position = 9
    asked = Asked(line.desk.database, READ)
    async with line.heard(claim, "seller") as ear:
        await ear.up_to(2)
        await asyncio.sleep(1)
        assert asked.count < 5
        await post(claim, "buyer", "Hello?")
        assert [t.name[:2] for t in await ear.up_to(10)] == [(10, "message")]


@pytest.mark.long
async def test_who_does_not_listen_any_more_is_not_read_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that takes nothing off its socket: what waits for it is bounded, the others hear, and it is given up."""
    assert (api.stream.PATIENCE, api.news.MOST) == (60, 25)
    monkeypatch.setattr(api.stream, "PATIENCE", 3)
    claim = await line.house.claim()
    await many(claim, 300)
    asked = Asked(line.desk.database, READ)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(line.url.rpartition(":")[2]), limit=1024)
    head = line.house.headers("seller", claim.sale.seller)["Authorization"]
    try:
        writer.write(f"GET /v1/claims/{claim.id}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {head}\r\n\r\n".encode())
        await reader.readexactly(100)
        before = -1
        while before != asked.count:
            before = asked.count
            await asyncio.sleep(1)
        assert 1 <= asked.count < 300 // 25
        assert len(await line.all(claim, "buyer")) == 302
        await soon(lambda: not line.streams.open)
    finally:
        writer.transport.abort()


async def test_with_the_database_away_it_is_a_problem_and_no_stream(house: House) -> None:
    claim = await house.claim()
    async with line_to(house) as line:
        line.app.state.desk.database = Database("sqlite:////nowhere/at/all.db")
        async with line.heard(claim, "buyer") as ear:
            assert (ear.answer.status_code, ear.answer.json()["code"]) == (503, "database_unavailable")
        assert not line.streams.open
