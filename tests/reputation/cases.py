"""All the cases, and which of them a set of rules gets wrong."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

from tests.reputation.sales_told import REAL, Story, seen, ways
from tests.reputation.tables import rows

VERDICTS = rows("verdicts.md", "What happens")
CASES = rows("standings.md", "Sales")
MAXIMA = rows("standings.md", "Maximum")
SO = {"claims": "claimed", "cancellations": "cancelled by seller", "delays": "due 2d ago"}


def expected(case: dict[str, str]) -> tuple[str, str, str]:
    return case["Counts"], case["Window"], case["Level"]


def at_maximum(row: dict[str, str]) -> Iterator[tuple[Story, str]]:
    """Exactly the maximum, one more, and one sale fewer; each with the level it makes."""
    for column, level in (("Held", row["Level"]), ("One more", row["Then"]), ("One sale fewer", row["Then"])):
        part, whole = map(int, re.findall(r"\d+", row[column])[:2])
        text = f"{whole - part} sold 5d ago; {part} sold 5d ago, {SO[row['Metric']]}"
        yield Story(row["Site"]).tell(text), level


def wrong(rules: SimpleNamespace = REAL) -> str:
    """The first case of a standing that these rules get wrong, or nothing."""
    for case in CASES:
        if any(seen(s) != expected(case) for s in ways(Story(case["Site"]).tell(case["Sales"]), rules)):
            return f"{case['#']} {case['Case']}"
    for row in MAXIMA:
        if any(s.real != level for story, level in at_maximum(row) for s in ways(story, rules)):
            return f"{row['#']} {row['Site']} {row['Metric']} {row['Level']}"
    return ""
