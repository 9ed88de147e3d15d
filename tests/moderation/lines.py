"""The labelled lines: which codes a text deserves. The half is the line's digest's, so a line cannot choose its own."""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HALVES = ("dev", "held_out")


@dataclass(frozen=True)
class Line:
    codes: frozenset[str]  # empty: a clean text
    language: str
    role: str
    text: str


def half_of(text: str) -> str:
    return HALVES[hashlib.sha256(text.encode()).digest()[0] % 2]


@cache
def lines(half: str) -> tuple[Line, ...]:
    with Path(__file__).with_name(f"{half}.tsv").open(encoding="utf-8", newline="") as file:
        return tuple(_line(row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _line(row: dict[str, str]) -> Line:
    codes = frozenset(row["codes"].split("+")) - {"clean"}
    return Line(codes, row["language"], row["role"], row["text"])
