"""One run: the town is built, the plays are played while the storm rages, then everything is brought to its end."""

import asyncio
import random
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.chaos.clients import Clients, Unanswered
from tests.chaos.journal import Journal, Plan
from tests.chaos.play import Off, Play
from tests.chaos.reaper import Reaper
from tests.chaos.stories import STORIES
from tests.chaos.storm import Storm, until
from tests.chaos.town import Town
from tests.chaos.watcher import Watcher

_SAY_SECONDS = 5
_END_SECONDS = 600  # for one claim to end once its story is over


def casting(plan: Plan) -> list[str]:
    """Which story each claim is: every story as often as any other."""
    dice = random.Random(f"{plan.seed}/stories")
    cast: list[str] = []
    while len(cast) < plan.claims:
        deck = list(STORIES)
        dice.shuffle(deck)
        cast += deck
    return cast[: plan.claims]


class Run:
    def __init__(self, folder: Path, wanted: Plan, reaper: Reaper) -> None:
        self.journal = Journal(folder)
        self.plan = self.journal.plan(wanted)
        self.town = Town(folder, self.plan.pace, reaper)
        self.played = {e["play"] for e in self.journal.of("done")}
        self.started = 0
        self.sleepers: list[Play] = []
        self.begun = time.monotonic()

    async def storm(self) -> None:
        """Play all plays while the storm rages; afterwards all is up and connected, and some claims are still open."""
        self.begun = time.monotonic()
        await self.town.build()
        self.watcher = Watcher(self.town.postgres_port)
        dice = random.Random(f"{self.plan.seed}/clients")
        self.clients = Clients(self.town.entrances, self.town.secret, self.journal, dice)
        self._storm = Storm(self.town, self.plan, self.journal)
        self._storm.finished_claims = len(self.played)
        self._background = [self._start(c) for c in (self.watcher.watch(), self.town.supervisor.watch(), self._say())]
        weather = [self._start(c) for c in (self._storm.cut(), self._storm.freeze())]
        killer = self._start(self._storm.kill())
        try:
            await self._together(self._play_all(), killer)
        finally:
            for task in weather:
                await _end(task)
            self._storm.calm()

    async def wake(self) -> None:
        """See the claims to their end that were left open during the storm."""
        await asyncio.gather(*(self._finish(play) for play in self.sleepers))

    async def close(self) -> None:
        self.journal.add_time(time.monotonic() - self.begun)
        for task in getattr(self, "_background", []):
            await _end(task)
        if hasattr(self, "clients"):
            await self.clients.close()
        await self.town.close()

    def count_faults(self) -> None:
        """What the proxies did and what processes did by themselves, into the journal's counts."""
        for proxy in self.town.proxies.values():
            for what, number in proxy.counts.items():
                self.journal.counts[f"{what}: {proxy.name}"] += number
            proxy.counts.clear()
        for process in self.town.processes.values():
            self.journal.counts[f"ended by itself: {process.name.partition('-')[0]}"] += process.ended_by_itself
            process.ended_by_itself = 0

    async def _play_all(self) -> None:
        room = asyncio.Semaphore(self.plan.in_flight)
        tasks = []
        for number, story in enumerate(casting(self.plan)):
            if number in self.played:
                self.started += 1
                continue
            await room.acquire()
            await until(lambda: self._storm.may_start(self.started))
            self.started += 1
            tasks.append(self._start(self._play(number, story, room)))
        await asyncio.gather(*tasks)

    async def _play(self, number: int, story: str, room: asyncio.Semaphore) -> None:
        play = Play(number, story, self.plan, self.clients, self.watcher)
        try:
            with suppress(Off):
                await STORIES[story](play)
            if play.asleep:
                self.sleepers.append(play)
            else:
                await self._finish(play)
        except Unanswered as error:
            self.journal.note("hangs", play=number, story=story, claim=play.claim_id, why=str(error))
        finally:
            self._storm.finished_claims += 1
            room.release()

    async def _finish(self, play: Play) -> None:
        if await play.finish(_END_SECONDS):
            self.journal.note("done", play=play.number, story=play.story, claim=play.claim_id)
        else:
            self.journal.note("hangs", play=play.number, story=play.story, claim=play.claim_id, why="it does not end")

    async def _say(self) -> None:
        while True:
            await asyncio.sleep(_SAY_SECONDS)
            self.say()

    def say(self) -> None:
        """One line on how it goes."""
        plan, counts, storm = self.plan, self.journal.counts, self._storm
        away = ", ".join(p.name for p in self.town.processes.values() if p.held) or "none"
        print(
            f"{time.monotonic() - self.begun:6.0f} s  claims {storm.finished_claims}/{plan.claims} ended or left, "
            f"{len(self.watcher.open)} open  kills {storm.done}/{plan.kills}  "
            f"requests {counts['requests']}, retried {counts['retries']}  away: {away}",
            flush=True,
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return asyncio.create_task(work)

    async def _together(self, plays: Coroutine[Any, Any, None], killer: "asyncio.Task[None]") -> None:
        """Until both are done; what fails in one, or in the background, ends all."""
        wanted = {self._start(plays), killer}
        tasks = wanted | set(self._background)
        while wanted:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            wanted -= done
            tasks -= done


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
