"""Portuguese and Spanish by Apertium's rules: Debian's package `apertium-es-pt`, where it is installed."""

import re
import shutil
import subprocess
from functools import cache
from itertools import count
from pathlib import Path

from activities.translation.pipes import Pipe
from activities.translation.port import TryLater

PACKAGE = "apertium-es-pt"
MODES = Path("/usr/share/apertium/modes")
_MODE = {("es", "pt"): "es-pt_BR", ("pt", "es"): "pt-es"}  # people who write to each other here read Brazil's
_SPECIAL = re.compile(r"[\\^$\[\]{}/@<>]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Apertium:
    """A long-lived pipeline for each direction. Without the package it has no ways at all."""

    def __init__(self, seconds: float, modes: Path = MODES) -> None:
        self.engine = f"{PACKAGE} {_version()}".strip()
        self.pipes = {
            way: Pipe(_command(modes / f"{mode}.mode"), end=b"\0", seconds=seconds)
            for way, mode in _MODE.items()
            if installed(modes / f"{mode}.mode")
        }
        self.ways = frozenset(self.pipes)
        self._numbers = count(10**6)  # one ends each message, and so its answer

    async def translated(self, texts: list[str], source: str, target: str) -> list[str]:
        """Each sentence translated by itself. Raises TryLater."""
        last = f"\n{next(self._numbers)}[]".encode()  # without the brackets the tagger waits for more
        asked = "\n".join(f"{escaped(' '.join(text.split()))}[]" for text in texts).encode() + last
        answer = await self.pipes[source, target].ask(asked, whole=lambda answer: answer.endswith(last))
        lines = [unescaped(line) for line in answer.removesuffix(last).decode().split("\n")]
        if len(lines) != len(texts):
            raise TryLater("the engine lost a sentence")
        return lines

    async def close(self) -> None:
        for pipe in self.pipes.values():
            await pipe.close()


def installed(mode: Path) -> bool:
    return mode.exists() and shutil.which("lt-proc") is not None


def escaped(text: str) -> str:
    """With a backslash before what has a meaning in Apertium's stream."""
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\0", "")


def unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text.replace("[]", ""))


def _command(mode: Path) -> list[str]:
    """The stages of the mode file, each answering message by message (`-z`), unknown words without a mark (`-n`).

    The end of one is the end of all: else those that live on may wait for ever. The group (0) is the pipeline's own.
    """
    stages = mode.read_text().replace("$1", "-n").replace("$2", "").strip().split("|")
    flushed = [re.sub(r"^\s*(\S+)", r"\1 -z", stage) for stage in stages]
    return ["/bin/sh", "-c", " | ".join(f"{{ {stage}; kill -9 0; }}" for stage in flushed)]


@cache
def _version() -> str:
    """As Debian's list of packages says; empty where there is none."""
    if not (lister := shutil.which("dpkg-query")):
        return ""
    said = subprocess.run([lister, "-W", "-f", "${Version}", PACKAGE], capture_output=True, text=True)  # noqa: S603
    return said.stdout.strip()
