"""The embedded translator: neural between English and Portuguese, rules between Portuguese and Spanish."""

import asyncio
from typing import Protocol

from activities.translation.apertium import PACKAGE, Apertium
from activities.translation.neural import Neural
from activities.translation.port import LONGEST_TEXT, GivenUp, NotAvailable, Translated

_PIVOT = "pt"


class Engine(Protocol):
    engine: str
    ways: frozenset[tuple[str, str]]

    async def sentences(self, texts: list[str], source: str, target: str, seconds: float) -> list[str]: ...

    async def close(self) -> None: ...


class Embedded:
    name = "embedded"

    def __init__(self, seconds: float, engines: list[Engine] | None = None) -> None:
        self._seconds = seconds
        self._engines: list[Engine] = [Neural(), Apertium()] if engines is None else engines

    async def translate(self, text: str, source: str, target: str) -> Translated:
        if len(text) > LONGEST_TEXT:
            raise GivenUp(f"a text has at most {LONGEST_TEXT} characters")
        steps = self._steps(source, target)
        lines = text.split("\n")
        for engine, one, other in steps:
            lines = await engine.sentences(lines, one, other, self._seconds)
        route = ">".join([source, *(other for _, _, other in steps)])
        return Translated("\n".join(lines), " + ".join(dict.fromkeys(e.engine for e, _, _ in steps)), route)

    async def close(self) -> None:
        await asyncio.gather(*(engine.close() for engine in self._engines))

    def _steps(self, source: str, target: str) -> list[tuple[Engine, str, str]]:
        """The engines one after the other, with their directions: one, or two through Portuguese."""
        for legs in ([(source, target)], [(source, _PIVOT), (_PIVOT, target)]):
            found = [(engine, *leg) for leg in legs for engine in self._engines if leg in engine.ways]
            if len(found) == len(legs):
                return found
        needed = f"; it takes Debian's package {PACKAGE}" if "es" in (source, target) else ""
        raise NotAvailable(f"no translation from {source} to {target} here{needed}")
