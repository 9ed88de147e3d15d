"""The labelled lines: which codes a text deserves. A line's digest says whether rules may be tuned on it.

`held_out` was written before the rules; `later` after them and to get past them: the harder half to please."""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SETS = ("dev", "held_out", "later")


@dataclass(frozen=True)
class Line:
    codes: frozenset[str]  # empty: a clean text
    language: str
    role: str
    text: str


def may_be_tuned_on(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


@cache
def lines(name: str) -> tuple[Line, ...]:
    with Path(__file__).with_name(f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return tuple(_line(row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _line(row: dict[str, str]) -> Line:
    codes = frozenset(row["codes"].split("+")) - {"clean"}
    return Line(codes, row["language"], row["role"], row["text"])
