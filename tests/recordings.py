"""Claims to be stored, with names that no other test of the process has."""

import itertools
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from claims.model import Action, Actor, Claim, Command, Note, OrderLine
from claims.opening import Opening, open_claim, opened
from claims.policy import DEFAULT
from claims.recording import Recording

START = datetime(2026, 3, 2, 12, 0, 0, 123457, tzinfo=UTC)
SELLER, BUYER, CLOCK = Actor.SELLER, Actor.BUYER, Actor.CLOCK
_numbers = itertools.count(1)


def tag() -> str:
    """Unlike the tags of the house's own orders."""
    return f"st{os.getpid()}-{next(_numbers)}"


def line(name: str) -> OrderLine:
    return OrderLine(
        site="MLB", order_id=f"ord-{name}", line_id="1", buyer_id=f"b-{name}", seller_id=f"s-{name}",
        product="Lâmpada", category="home", quantity=2, unit_price=5000, freight=1001, currency="BRL",
        purchased_at=START - timedelta(days=9), delivered_at=START - timedelta(days=2),
    )  # fmt: skip


def new_claim(name: str, reason: str = "not_working", **of_line: Any) -> Claim:
    return open_claim(f"clm_{name}", replace(line(name), **of_line), (), Opening(reason, 1), DEFAULT, START)


def opening(claim: Claim) -> Recording:
    command = Command(Action.OPEN, BUYER, id=f"{claim.id}/open", person=claim.line.buyer_id, body="digest of the body")
    return Recording.of(claim, opened(claim, command), command)


def named(command: Command, claim: Claim) -> Command:
    given = command.input
    if command.action == Action.LABEL_MADE:
        given = replace(given, tracking_number=f"AA{claim.version:09}BR")
    note = Note(f"txt_{claim.id}-{claim.version}", "0" * 64) if command.by in (BUYER, SELLER) else None
    return replace(command, input=given, id=f"{claim.id}/{claim.version}", note=note, person="somebody")
