"""The embedded translator: neural between English and Portuguese, rules between Portuguese and Spanish."""

import asyncio
from pathlib import Path
from typing import Protocol

from activities.translation.apertium import MODES, PACKAGE, Apertium
from activities.translation.keeping import Keeping
from activities.translation.neural import Neural
from activities.translation.port import LONGEST_TEXT, GivenUp, NotAvailable, Translated, TryLater

_PIVOT = "pt"


class Engine(Protocol):
    engine: str
    ways: frozenset[tuple[str, str]]

    async def translated(self, texts: list[str], source: str, target: str) -> list[str]: ...

    async def close(self) -> None: ...


class Embedded:
    name = "embedded"

    def __init__(self, seconds: float, modes: Path = MODES) -> None:
        self._seconds = seconds
        self.neural = Neural(seconds)
        self.apertium = Apertium(seconds, modes)

    async def translate(self, text: str, source: str, target: str) -> Translated:
        if len(text) > LONGEST_TEXT:
            raise GivenUp(f"a text has at most {LONGEST_TEXT} characters")
        steps = self._steps(source, target)

        async def through(cores: list[str]) -> list[str]:
            cores = await self.neural.respelled(cores, source)
            for engine, one, other in steps:
                cores = await engine.translated(cores, one, other)
            return cores

        try:
            async with asyncio.timeout(self._seconds):
                done = await Keeping(text, through).translated()
        except TimeoutError:
            raise TryLater("the engines did not answer in time") from None
        route = ">".join([source, *(other for _, _, other in steps)])
        return Translated(done, " + ".join(dict.fromkeys(engine.engine for engine, _, _ in steps)), route)

    async def close(self) -> None:
        await asyncio.gather(self.neural.close(), self.apertium.close())

    def _steps(self, source: str, target: str) -> list[tuple[Engine, str, str]]:
        """The engines one after the other, with their directions: one, or two through Portuguese."""
        engines: list[Engine] = [self.neural, self.apertium]
        for legs in ([(source, target)], [(source, _PIVOT), (_PIVOT, target)]) if source != target else ():
            found = [(engine, *leg) for leg in legs for engine in engines if leg in engine.ways]
            if len(found) == len(legs):
                return found
        needed = f"; it takes Debian's package {PACKAGE}" if "es" in (source, target) else ""
        raise NotAvailable(f"no translation from {source} to {target} here{needed}")
