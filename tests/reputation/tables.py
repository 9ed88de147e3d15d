"""Reading the cases: Markdown tables, spans of time and instants as people write them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)  # of every standing; any instant would do
_UNITS = {"us": "microseconds", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_TERM = re.compile(r"([+-]?)(\d+)(us|d|h|m|s)")


def rows(name: str, column: str) -> list[dict[str, str]]:
    """The rows of the one table in this file that has this column, each by the heads of its columns."""
    found, heads = [], None
    for line in (HERE / name).read_text().splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.startswith("|") else None
        if cells is None:
            heads = None
        elif heads is None:
            heads = cells
        elif column in heads and not set(cells[0]) <= {"-"}:
            found.append(dict(zip(heads, cells, strict=True)))
    return found


def span(text: str) -> timedelta:
    """`72h`, `71h59m59s`, `60d-1us`: what is written, added up."""
    terms = _TERM.findall(text)
    if not terms or "".join("".join(t) for t in terms) != text:
        raise ValueError(f"no span of time: {text!r}")
    parts = (timedelta(**{_UNITS[unit]: int(sign + number)}) for sign, number, unit in terms)
    return sum(parts, timedelta())


def instant(text: str) -> datetime:
    """`now`, `3d ago`, `in 1us`."""
    if text == "now":
        return NOW
    if text.startswith("in "):
        return NOW + span(text.removeprefix("in "))
    if not text.endswith(" ago"):
        raise ValueError(f"no instant: {text!r}")
    return NOW - span(text.removesuffix(" ago"))
