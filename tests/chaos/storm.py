"""The storm: which process is killed, frozen or cut off, and when. Planned by the seed, carried out by pid."""

import asyncio
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.journal import Journal, Plan
from tests.chaos.town import Town, kind

_TARGETS = {"api-1": 3, "api-2": 3, "worker-1": 4, "worker-2": 4, "temporal": 4, "postgresql": 4}
_AHEAD = 0.05  # by how much of the whole the kills may be ahead of the claims


@dataclass(frozen=True)
class Kill:
    """SIGKILL to one process, or to two at once; it stays away for `pause` seconds."""

    targets: tuple[str, ...]
    gap: float  # seconds since the one before
    pause: float


@dataclass(frozen=True)
class Freeze:
    """SIGSTOP for some seconds: the process is there and does not answer."""

    target: str
    seconds: float


def kills(plan: Plan) -> list[Kill]:
    """As many as the plan says, every process among them; two that fall together count as two."""
    dice = random.Random(f"{plan.seed}/kills")
    names = list(_TARGETS)
    found: list[Kill] = []
    left = plan.kills
    while left > 0:
        two = left > 1 and dice.random() < 0.15
        first = names[len(found)] if len(found) < len(names) else dice.choices(names, list(_TARGETS.values()))[0]
        targets = (first, dice.choice([n for n in names if n != first])) if two else (first,)
        pause = dice.choice((0.0, 0.0, dice.uniform(0, 2), dice.uniform(1, 6)))
        found.append(Kill(targets, dice.uniform(0.3, 1.7) * plan.gap, pause))
        left -= len(targets)
    return found


async def until(check: Callable[[], bool]) -> None:
    """Wait until it is so."""
    while not check():  # noqa: ASYNC110 it hangs on several things that do not know of each other
        await asyncio.sleep(0.1)


class Storm:
    def __init__(self, town: Town, plan: Plan, journal: Journal) -> None:
        self.town, self.plan, self.journal = town, plan, journal
        self.done = len(journal.of("kill"))
        self.finished_claims = 0  # told by the run
        self._busy = asyncio.Lock()  # one process at a time is killed or frozen, but for two at once

    @property
    def over(self) -> bool:
        return self.done >= self.plan.kills

    def may_start(self, started: int) -> bool:
        """Whether another claim may begin: claims are spread over the kills."""
        return self.over or started / self.plan.claims <= self.done / self.plan.kills + _AHEAD

    async def kill(self) -> None:
        """All the kills of the plan that are left."""
        before = self.done
        for each in kills(self.plan):
            if before > 0:
                before -= len(each.targets)
                continue
            await asyncio.sleep(each.gap)
            await until(self._may_go_on)
            async with self._busy:
                await self._carry_out(each)

    async def freeze(self) -> None:
        """Now and then a process stands still, until cancelled."""
        dice = random.Random(f"{self.plan.seed}/freezes")
        while True:
            await asyncio.sleep(dice.uniform(3, 9) * self.plan.gap)
            target, seconds = dice.choice(list(_TARGETS)), dice.uniform(0.5, 6)
            async with self._busy:
                await self._freeze(Freeze(target, seconds))

    async def cut(self) -> None:
        """Connections break, stall, or lose an answer, until cancelled."""
        dice = random.Random(f"{self.plan.seed}/cuts")
        proxies = list(self.town.proxies.values())
        while True:
            await asyncio.sleep(dice.uniform(0.1, 0.6) * self.plan.gap)
            proxy, what = dice.choice(proxies), dice.random()
            if what < 0.4:
                proxy.cut()
            elif what < 0.85:
                proxy.lose_answers(dice.randint(1, 4))
            else:
                await proxy.hold(dice.uniform(0.3, 4))

    def calm(self) -> None:
        for proxy in self.town.proxies.values():
            proxy.heal()

    def _may_go_on(self) -> bool:
        """Whether another process may be killed: kills are spread over the claims."""
        return self.done / self.plan.kills <= self.finished_claims / self.plan.claims + _AHEAD

    async def _carry_out(self, kill: Kill) -> None:
        struck = [self.town.processes[name] for name in kill.targets]
        await until(lambda: not any(p.held for p in struck))  # one that ended by itself is being started
        for process in struck:
            pid = process.pid
            self.town.supervisor.kill(process)
            self.done += 1
            self.journal.note("kill", process=kind(process.name), name=process.name, pid=pid)
        await asyncio.sleep(kill.pause)
        await asyncio.gather(*(self.town.supervisor.start(p) for p in struck))

    async def _freeze(self, freeze: Freeze) -> None:
        process = self.town.processes[freeze.target]
        if process.held:
            return
        process.signal(signal.SIGSTOP)
        self.journal.counts[f"frozen: {kind(process.name)}"] += 1
        try:
            await asyncio.sleep(freeze.seconds)
        finally:
            process.signal(signal.SIGCONT)
