"""`python -m bench.translation_eval`: quality of the embedded engines, measured, written into docs/translation.md."""

import asyncio
import csv
import re
import sys
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from sacrebleu.metrics import CHRF

from activities.translation.embedded import Embedded
from activities.translation.port import LANGUAGES

ROOT = Path(__file__).parent.parent
_DATA = ROOT / "tests/data/translation"
_PAGE = ROOT / "docs/translation.md"
_PLACE = re.compile(r"(<!-- measured -->\n).*?(<!-- /measured -->)", re.DOTALL)
FLOORS = {("en", "pt"): 71, ("pt", "en"): 75, ("es", "pt"): 68, ("pt", "es"): 69, ("en", "es"): 58, ("es", "en"): 68}


@dataclass(frozen=True)
class Line:
    way: tuple[str, str]
    source: str
    output: str
    reference: str

    @property
    def chrf(self) -> float:
        return float(CHRF().sentence_score(self.output, [self.reference]).score)


def read(name: str) -> list[dict[str, str]]:
    """The sentences of a file, by language."""
    with (_DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


async def translated(translator: Embedded, rows: list[dict[str, str]], way: tuple[str, str]) -> list[Line]:
    source, target = way
    found = [await translator.translate(row[source], source, target) for row in rows]
    return [Line(way, row[source], one.text, row[target]) for row, one in zip(rows, found, strict=True)]


def chrf(lines: list[Line]) -> float:
    """0 to 100, of all lines together (chrF2, as sacrebleu computes it)."""
    return float(CHRF().corpus_score([line.output for line in lines], [[line.reference for line in lines]]).score)


async def measure() -> str:
    """The table and the worst lines, as Markdown."""
    translator = Embedded(60.0)
    rows = read("claims.tsv")
    by_way = {way: await translated(translator, rows, way) for way in permutations(LANGUAGES, 2)}
    hasty = await translated(translator, read("sloppy.tsv"), ("pt", "en"))
    careless = await translator.neural.translated([line.source for line in hasty], "pt", "en")
    await translator.close()
    bare = [Line(line.way, line.source, output, line.reference) for line, output in zip(hasty, careless, strict=True)]
    worst = sorted((line for lines in by_way.values() for line in lines), key=lambda line: line.chrf)[:10]
    return "\n".join([*_table(by_way, len(rows)), "", *_about_haste(bare, hasty), "", *_worst(worst), ""])


def _table(by_way: dict[tuple[str, str], list[Line]], number: int) -> list[str]:
    head = [f"{number} sentences, each in three languages; chrF of all of them together.", ""]
    rows = [f"| {a} > {b} | {chrf(lines):.1f} | {FLOORS[a, b]} |" for (a, b), lines in by_way.items()]
    return [*head, "| direction | chrF | floor |", "|---|---|---|", *rows]


def _about_haste(bare: list[Line], hasty: list[Line]) -> list[str]:
    return [
        f"{len(hasty)} lines of hasty Portuguese (no accents, `vc`, `pq`, capitals), pt > en: chrF {chrf(bare):.1f} as",
        f"the engine reads them, {chrf(hasty):.1f} with what is done before and after it.",
    ]


def _worst(lines: list[Line]) -> list[str]:
    rows = [f"| {'>'.join(x.way)} | {x.chrf:.0f} | {x.source} | {x.output} | {x.reference} |" for x in lines]
    return ["The ten worst:", "", "| | chrF | written | translated | reference |", "|---|---|---|---|---|", *rows]


if __name__ == "__main__":
    measured = asyncio.run(measure())
    _PAGE.write_text(_PLACE.sub(lambda found: found[1] + measured + found[2], _PAGE.read_text()))
    sys.stdout.write(measured)
