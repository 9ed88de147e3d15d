"""The codes that a rule or a route may say no with, as they stand in the code; and those that only programs meet."""

import ast
from collections.abc import Iterator
from pathlib import Path

from api import problems
from claims.guards import WHY
from claims.model import Actor
from claims.recording import PUT_BACK
from claims.table import STEPS

HERE = Path(__file__).parent.parent
ROOMS = ("claims", "api", "storage", "workflows", "activities/evidence")
PERSONS = {Actor.BUYER, Actor.SELLER, Actor.MEDIATOR}
# The calls that name a code, and which of their arguments it is.
_CALLS = {"Refused": 0, "Invalid": 0, "Stale": 0, "NotEvidence": 0, "Fault": 0, "problem": 1, "Writing": 1}
# No form of ours can bring these about: they are of headers, tokens, signals, orders that are pushed, and the like.
MACHINES = {
    *("bad_token", "header_twice", "headers_too_large", "if_match_invalid", "not_json", "not_as_it_is"),
    *("idempotency_key_invalid", "idempotency_key_missing", "no_such_format", "unknown_field", "unknown_parameter"),
    *("cancelled_in_part", "line_twice", "unknown_currency"),  # orders
    *("operator_missing", "no_such_refund", "tracking_number_missing", "position_unknown"),
    *("claims_open", "personal_data", "not_past", "trial_too_large"),  # of the marketplace and its auditors
}


def said() -> dict[str, list[str]]:
    """Every code that is written out, and where."""
    found: dict[str, list[str]] = {}
    for file in sorted(file for room in ROOMS for file in (HERE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            for code in _codes(node):
                found.setdefault(code, []).append(f"{file.relative_to(HERE)}:{node.lineno}")  # type: ignore[attr-defined]
    return found


def of_guards() -> set[str]:
    """What the table refuses a person."""
    steps = (step for step in STEPS if PERSONS & set(step.by.split()))
    return {WHY[guard][0] for step in steps for guard in step.needs.split()}


def of_the_framework() -> set[str]:
    """What has no rule of ours behind it."""
    return {*problems._CODES.values(), "http_error", "database_unavailable", "store_unavailable", PUT_BACK[0]}


def met() -> set[str]:
    """Every code that somebody at a page can meet."""
    return (set(said()) | of_guards() | of_the_framework()) - MACHINES


def _codes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = _CALLS.get(name, len(node.args))
        yield from _texts(node.args[place]) if place < len(node.args) else ()
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
        code, sentence = node.value.elts  # such as: return "wrong_stage", f"..."
        yield from _texts(code) if isinstance(sentence, ast.JoinedStr) else ()


def _texts(node: ast.expr) -> list[str]:
    """The text, or the texts that are chosen from."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []
