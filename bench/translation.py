"""`python -m bench.translation`: milliseconds a message, messages a second, and memory of the embedded engines."""

import asyncio
import os
import time
from itertools import permutations
from pathlib import Path

from activities.translation.embedded import Embedded
from activities.translation.port import LANGUAGES, NotAvailable
from bench.translation_eval import read


async def main() -> None:
    translator = Embedded(60.0)
    rows = read("claims.tsv")
    for source, target in permutations(LANGUAGES, 2):
        try:
            await _direction(translator, [row[source] for row in rows], source, target)
        except NotAvailable as error:
            print(f"{source} > {target}: {error}")
    await _together(translator, [row["pt"] for row in rows])
    leaders = [translator.neural.pipe.pid, *(pipe.pid for pipe in translator.apertium.pipes.values())]
    for name, group in (("neural", leaders[:1]), ("Apertium", leaders[1:])):
        print(f"memory of {name}: {sum(_resident(leader) for leader in group if leader) / 1024:.0f} MiB")
    await translator.close()


async def _direction(translator: Embedded, texts: list[str], source: str, target: str) -> None:
    await translator.translate(texts[0], source, target)  # loads what is needed
    took = sorted([await _one(translator, text, source, target) for text in texts])
    p50, p95 = took[len(took) // 2], took[len(took) * 95 // 100]
    print(f"{source} > {target}: p50 {p50 * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms a message")


async def _one(translator: Embedded, text: str, source: str, target: str) -> float:
    started = time.perf_counter()
    await translator.translate(text, source, target)
    return time.perf_counter() - started


async def _together(translator: Embedded, texts: list[str], callers: int = 16, messages: int = 400) -> None:
    waiting = iter(texts[number % len(texts)] for number in range(messages))

    async def caller() -> None:
        for text in waiting:
            await translator.translate(text, "pt", "en")

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    print(f"pt > en, {callers} callers: {messages / (time.perf_counter() - started):.0f} messages a second")


def _resident(leader: int) -> int:
    """Of all processes of the group, in KiB; what they share counts once for each. Linux only."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == leader:
                found += int(
                    next(x for x in (folder / "status").read_text().splitlines() if x.startswith("VmRSS")).split()[1]
                )
        except (ProcessLookupError, FileNotFoundError, StopIteration):
            continue
    return found


if __name__ == "__main__":
    asyncio.run(main())
