"""What a run was and what it found, as a page in Markdown."""

from collections import Counter
from typing import Any

from claims.table import STEPS
from tests.chaos.books import Books
from tests.chaos.checks import Violation
from tests.chaos.journal import Journal, Plan
from tests.chaos.town import KINDS
from tests.chaos.word import orphaned_texts


def page(plan: Plan, journal: Journal, books: Books, violations: list[Violation]) -> str:
    seconds, counts = journal.totals()
    parts = [
        f"Seed {plan.seed}: {plan.claims:,} claims, {plan.kills} kills, a day of the policy in {plan.day:g} s; "
        f"it took {seconds / 60:.1f} minutes.",
        _table("what happened", "how often", _happened(journal, counts, books)),
        _table("killed (SIGKILL)", "times", _kills(journal)),
        _table("other faults", "times", _faults(journal, counts)),
        _table("the clients' answers", "times", _answers(counts)),
        _table("how claims ended", "claims", _endings(books)),
        _table("violations", "number", Counter(v.kind for v in violations).most_common() or [("none", 0)]),
    ]
    if unused := _unused(books):
        parts.append("Rows of the process that no claim took this time: " + ", ".join(unused) + ".")
    return "\n\n".join(parts) + "\n"


def _happened(journal: Journal, counts: Counter[str], books: Books) -> list[tuple[str, Any]]:
    acks = len({e["command"] for e in journal.of("ack")})
    steps = sum(len(kept.events) for kept in books.claims.values())
    return [
        ("claims", len(books.claims)),
        ("steps in timelines", steps),
        ("requests", counts["requests"]),
        ("requests sent again by clients", counts["retries"]),
        ("commands acknowledged", acks),
        ("commands refused", len({e["command"] for e in journal.of("refused")})),
        ("refunds booked", sum(t.kind == "refund" for t in books.transfers.values())),
        ("refunds that bounced", sum(t.kind == "bounce" for t in books.transfers.values())),
        ("labels printed", sum(len(kept.labels) for kept in books.claims.values())),
        ("texts of refused steps left behind", orphaned_texts(books)),
        ("latest a step of the clock was recorded, in s", f"{_latest(books):.1f}"),
    ]


def _kills(journal: Journal) -> list[tuple[str, Any]]:
    kills = Counter(e["process"] for e in journal.of("kill"))
    return [*((name, kills[name]) for name in KINDS), ("in all", kills.total())]


def _faults(journal: Journal, counts: Counter[str]) -> list[tuple[str, Any]]:
    sums: Counter[str] = Counter()
    names = {"cut": "connections cut", "answer lost": "answers lost", "held": "links held up"}
    for name, number in counts.items():
        what, _, where = name.partition(": ")
        if what in names:
            sums[f"{names[what]}, {where}"] += number
        elif what in ("frozen", "ended by itself") and number:
            sums[f"{what}: {where}"] += number
    for entry in journal.of("bank"):
        sums[f"bank: {entry['fault'].replace('_', ' ')}"] += 1
    return sorted(sums.items())


def _answers(counts: Counter[str]) -> list[tuple[str, int]]:
    kinds = ("definite", "try again", "no answer")
    return sorted((name, number) for name, number in counts.items() if name.startswith(kinds))


def _endings(books: Books) -> list[tuple[str, int]]:
    def ending(kept: Any) -> str:
        claim = kept.claim
        by = f" (by the {claim.closed_by})" if claim.closed_by else ""
        return (
            f"open, {claim.stage}"
            if claim.open
            else f"{claim.code}{by}" + (", after an appeal" if claim.appealed else "")
        )

    return sorted(Counter(ending(kept) for kept in books.claims.values()).items())


def _unused(books: Books) -> list[str]:
    taken = {(e.event["action"], e.event["by"]) for kept in books.claims.values() for e in kept.events}
    rows = dict.fromkeys((s.action, by) for s in STEPS for by in s.by.split())
    return [f"{action} by the {by}" for action, by in rows if (action, by) not in taken]


def _latest(books: Books) -> float:
    late = [
        (e.recorded_at - e.at).total_seconds()
        for kept in books.claims.values()
        for e in kept.events
        if e.event["by"] == "clock"
    ]
    return max(late, default=0.0)


def _table(left: str, right: str, rows: Any) -> str:
    lines = [f"| {left} | {right} |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join(lines)
