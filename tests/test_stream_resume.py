"""Connections that break at any byte, while people write, read and act: the pieces together are the feed, once each."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

import storage.feed
import storage.translations
from claims.model import Actor
from ops.engine import Engine
from storage.tables import MessageRow, TranslationRow
from storage.translations import DONE, Made
from tests.hearing import SOON, Line, Told, line_to
from tests.house import House, OpenClaim
from tests.processes import Street
from tests.talking import listed, post, read, reject

Choose = Callable[[], Line]
READS = {"buyer": "es", "seller": "en"}
LATER = 0.4  # seconds without news after which a reader hangs up, too


async def talk(claim: OpenClaim, chance: random.Random, rounds: int) -> set[str]:
    """Everybody at once, each so many times; answers the messages that were rejected, as author/id."""
    rejected: set[str] = set()
    over = asyncio.Event()  # they are not cancelled: what was written down then would not be told to us
    others = [asyncio.create_task(_offend(claim, rejected, over)), asyncio.create_task(_translate(claim, over))]
    try:
        writing = [_write(claim, role, chance, rounds) for role in ("buyer", "seller")]
        await asyncio.gather(*writing, _haggle(claim))
        while await _translated(claim):
            pass
    finally:
        over.set()
        await asyncio.gather(*others)
    return rejected


async def _write(claim: OpenClaim, role: str, chance: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        await post(claim, role, "¿Qué tal? " * chance.randrange(1, 40))
        if theirs := [m for m in (await listed(claim, role, "messages")) if not m["mine"]]:
            await read(claim, role, theirs[-1]["id"])


async def _haggle(claim: OpenClaim) -> None:
    for offer in (1, 2, 3):
        await claim.did("seller", "offer_partial_refund", percent=10 * offer, note="And so?")
        await claim.did("buyer", "decline_offer", offer=offer, note="No.")


async def _offend(claim: OpenClaim, rejected: set[str], over: asyncio.Event) -> None:
    while not over.is_set():
        for by, to in ((Actor.BUYER, Actor.SELLER), (Actor.SELLER, Actor.BUYER)):
            rejected.add(f"{by}/{await reject(claim, by, to)}")
        await asyncio.sleep(0.1)


async def _translate(claim: OpenClaim, over: asyncio.Event) -> None:
    while not over.is_set():
        await _translated(claim)
        await asyncio.sleep(0.05)


async def _translated(claim: OpenClaim) -> int:
    """Make what is wished for: the seller reads English."""
    waiting = select(MessageRow.id).join(TranslationRow).where(MessageRow.claim_id == claim.id)
    async with claim.house.database.reading() as session:
        ids = list(await session.scalars(waiting.where(TranslationRow.state == "pending")))
        wishes = [wish for message_id in ids for wish in await storage.translations.wishes(session, message_id)]
    for wish in wishes:
        async with claim.house.database.writing() as session:
            await storage.translations.settle(
                session, wish, Made(DONE, "How are you?", "t", "es>en"), datetime.now(UTC)
            )
    return len(wishes)


async def hear(
    choose: Choose, claim: OpenClaim, role: str, chance: random.Random, done: asyncio.Event
) -> list[list[Told]]:
    """Connect, hang up somewhere, connect with the last id, until all has come; answers the pieces."""
    pieces: list[list[Told]] = []
    last, end = 0, -1
    while last != end:
        if done.is_set() and end < 0:
            end = await choose().end(claim)
        try:
            async with choose().heard(claim, role, last=last) as ear:
                assert ear.answer.status_code == 200, ear.answer.text
                pieces.append(await ear.cut(chance.choice((1, 300, 2000, 9000, 40_000)), LATER))
        except httpx.TransportError:  # its process was killed
            await asyncio.sleep(0.1)
            continue
        last = pieces[-1][-1].id if pieces[-1] else last
    return pieces


async def expected(claim: OpenClaim, role: str, rejected: set[str]) -> list[tuple[int, str, str]]:
    """What this party is to be told, by what was done: all but what was kept from it and others' translations."""
    async with claim.house.database.reading() as session:
        feed = await storage.feed.after(session, claim.id, 0, 100_000)
        messages = [await session.get_one(MessageRow, e.ref.partition("/")[0]) for e in feed if e.kind == "message"]
    hidden = {name.partition("/")[2] for name in rejected if not name.startswith(role)}
    at, theirs = {str(m.position): m.id for m in messages}, {m.id for m in messages if m.sender != role}
    told = []
    for entry in feed:
        name, _, rest = entry.ref.partition("/")
        if entry.kind == "read":
            told.append((entry.position, entry.kind, at[rest]))
        elif name not in hidden and (entry.kind != "translation" or (name in theirs and rest == READS[role])):
            told.append((entry.position, entry.kind, name))
    return told


async def check(choose: Choose, claim: OpenClaim, rounds: int, seed: int) -> None:
    chance, done = random.Random(seed), asyncio.Event()
    async with claim.house.as_("seller", claim.sale.seller) as seller:
        (await seller.put("/v1/profile", json={"language": "en"})).raise_for_status()

    async def talked() -> set[str]:
        try:
            return await talk(claim, chance, rounds)
        finally:
            done.set()

    readers = [(role, random.Random(f"{seed}{role}{n}")) for role in ("buyer", "seller") for n in (1, 2)]
    hearing = [hear(choose, claim, role, own, done) for role, own in readers]
    rejected, *heard = await asyncio.wait_for(asyncio.gather(talked(), *hearing), 20 * SOON)
    for (role, _), pieces in zip(readers, heard, strict=True):
        told = [event.name for piece in pieces for event in piece if event.kind]
        assert told == await expected(claim, role, rejected), f"seed {seed}"
        kinds = {kind for _, kind, _ in told}
        assert kinds == {"step", "message", "read", "translation"}
        print(f"{role}: {len(told)} events over {len(pieces)} connections")
        assert len(pieces) > 2


@pytest.mark.long
async def test_pieces_of_broken_connections_are_the_feed_without_gap_or_double(house: House) -> None:
    """The long form below does it on both databases."""
    async with line_to(house) as one, line_to(house) as two:
        claim, chance = await house.claim(), random.Random(1)
        await check(lambda: chance.choice((one, two)), claim, rounds=6, seed=1)


@pytest.mark.long
async def test_the_same_for_long_over_processes_that_are_killed(
    any_house: House, engine: Engine, tmp_path: Path
) -> None:
    async with processes(any_house, engine, tmp_path) as (lines, kill):
        for seed in (1,):
            chance, claim = random.Random(seed), await any_house.claim()
            killing = asyncio.create_task(kill(chance))
            try:
                await check(lambda: chance.choice(lines), claim, rounds=12, seed=seed)  # noqa: B023
            finally:
                killing.cancel()


@asynccontextmanager
async def processes(
    house: House, engine: Engine, folder: Path
) -> AsyncIterator[tuple[list[Line], Callable[[random.Random], Awaitable[None]]]]:
    """Two API processes, and how to kill one of them every few seconds and start it again at the same address."""
    street = Street(engine, house.settings.database_url, folder, house.temporal.namespace)
    lines = [Line(house, await asyncio.to_thread(street.api)) for _ in "12"]

    async def kill(chance: random.Random) -> None:
        while True:
            await asyncio.sleep(chance.uniform(5, 9))  # longer than a start takes on a busy machine
            victim = chance.choice(street.processes)
            victim.kill()
            victim.start()

    try:
        yield lines, kill
    finally:
        await asyncio.to_thread(street.close)
