"""Portuguese and Spanish by Apertium's rules: Debian's package `apertium-es-pt`, where it is installed."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from activities.translation.pipes import Pipe

PACKAGE = "apertium-es-pt"
_MODES = Path("/usr/share/apertium/modes")
_MODE = {("es", "pt"): "es-pt_BR", ("pt", "es"): "pt-es"}  # people who write to each other here read Brazil's
_SPECIAL = re.compile(r"[\\^$\[\]{}/@<>]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Apertium:
    """A long-lived pipeline for each direction. Without the package it has no ways at all."""

    def __init__(self) -> None:
        self.engine = f"{PACKAGE} {_version()}".strip()
        self._pipes = {way: Pipe(_command(mode), end=b"\0") for way, mode in _MODE.items() if installed(mode)}
        self.ways = frozenset(self._pipes)

    async def sentences(self, texts: list[str], source: str, target: str, seconds: float) -> list[str]:
        """Each sentence translated by itself, at most so many seconds for all. Raises TryLater."""
        asked = "\n".join(f"{escaped(' '.join(text.split()))}[]" for text in texts)
        answer = await self._pipes[source, target].ask(asked.encode(), seconds)
        return [unescaped(line) for line in answer.decode().split("\n")]

    async def close(self) -> None:
        for pipe in self._pipes.values():
            await pipe.close()


def installed(mode: str) -> bool:
    return (_MODES / f"{mode}.mode").exists() and shutil.which("lt-proc") is not None


def escaped(text: str) -> str:
    """With a backslash before what has a meaning in Apertium's stream."""
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\0", "")


def unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text.replace("[]", ""))


def _command(mode: str) -> list[str]:
    """The stages of the mode file, each answering message by message (`-z`), unknown words without a mark (`-n`)."""
    if not installed(mode):
        return []
    stages = (_MODES / f"{mode}.mode").read_text().replace("$1", "-n").replace("$2", "").strip().split("|")
    return ["/bin/sh", "-c", " | ".join(re.sub(r"^\s*(\S+)", r"\1 -z", stage) for stage in stages)]


@cache
def _version() -> str:
    """As Debian's list of packages says; empty where there is none."""
    if not (lister := shutil.which("dpkg-query")):
        return ""
    said = subprocess.run([lister, "-W", "-f", "${Version}", PACKAGE], capture_output=True, text=True)  # noqa: S603
    return said.stdout.strip()
