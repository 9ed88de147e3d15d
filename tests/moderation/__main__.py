"""`make moderation-eval`: precision and recall for each code and language, on both halves of the labelled lines."""

import argparse
from collections.abc import Iterable

from claims.moderation import CODES, moderate
from tests.moderation.lines import SETS, Line, lines

LANGUAGES = ("en", "es", "pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="print the lines judged wrongly, of the dev set only")
    wants_misses = parser.parse_args().misses
    print("| code | language | " + " | ".join(f"{name} P | {name} R | {name} lines" for name in SETS) + " |")
    print("|---|---|" + "---:|---:|---:|" * len(SETS))
    for code in (*CODES, "any"):
        for language in (*LANGUAGES, "all"):
            scores = [score(name, code, language) for name in SETS]
            print(f"| {code} | {language} | " + " | ".join(_cells(*counts) for counts in scores) + " |")
    if wants_misses:
        _print_misses()


def score(name: str, code: str, language: str = "all") -> tuple[int, int, int]:
    """How many lines are rejected rightly, wrongly, and how many should be; `any`: for whatever code."""
    chosen = [line for line in lines(name) if language in ("all", line.language)]
    said = [_has(code, judged(line)) for line in chosen]
    due = [_has(code, line.codes) for line in chosen]
    right = sum(s and d for s, d in zip(said, due, strict=True))
    return right, sum(said) - right, sum(due)


def judged(line: Line) -> frozenset[str]:
    return frozenset(reason.code for reason in moderate(line.text, line.role))


def _has(code: str, codes: Iterable[str]) -> bool:
    return bool(codes) if code == "any" else code in codes


def _cells(right: int, wrong: int, due: int) -> str:
    precision = f"{100 * right / (right + wrong):.1f}" if right + wrong else "-"
    recall = f"{100 * right / due:.1f}" if due else "-"
    return f"{precision} | {recall} | {due}"


def _print_misses() -> None:
    for line in lines("dev"):
        if judged(line) != line.codes:
            print(f"{line.role:7} due {sorted(line.codes)} said {sorted(judged(line))}: {line.text}")


if __name__ == "__main__":
    main()
