"""A claim as the cases tell it, walked through the real table of steps."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from claims.model import PLATFORM, Action, Actor, Claim, Command, Input
from claims.opening import Opening, open_claim
from claims.policy import DEFAULT
from claims.process import PROCESS, Process
from claims.reasons import REASONS
from tests.reputation.tables import span
from tests.world import START, line

# What a case says, the action and what comes with it; {} is a number.
_SAID = {
    "seller guides": ("guide", {}),
    "seller refunds": ("refund", {}),
    "seller grants return": ("grant_return", {}),
    "seller offers {} %": ("offer_partial_refund", {"percent": int}),
    "seller withdraws offer {}": ("withdraw_offer", {"offer": int}),
    "seller escalates": ("escalate", {}),
    "seller accepts return": ("accept_return", {}),
    "seller rejects return": ("reject_return", {}),
    "seller appeals": ("appeal", {}),
    "buyer accepts offer {}": ("accept_offer", {"offer": int}),
    "buyer declines offer {}": ("decline_offer", {"offer": int}),
    "buyer closes": ("close", {}),
    "buyer closes as {}": ("close", {"code": str}),
    "buyer cancels return": ("cancel_return", {}),
    "buyer appeals": ("appeal", {}),
    "mediator rules {}": ("rule", {"amount": int}),
    "mediator rules return first": ("rule", {"return_first": True}),
    "bank pays {}": ("refunded", {"refund": int}),
    "bank refuses {}": ("refund_failed", {"refund": int}),
    "bank takes back {}": ("refund_bounced", {"refund": int}),
    "label made": ("label_made", {"parcel": 1, "tracking_number": "T1"}),
    "shipped": ("ship", {"tracking_number": "T1"}),
    "delivered": ("deliver", {"tracking_number": "T1"}),
    "lost": ("lose", {"tracking_number": "T1"}),
}


def walk(story: str, process: Process = PROCESS) -> Claim:
    """The claim after everything that the case tells: `reason; 10h seller refunds; 20h seen`."""
    steps = [step.strip() for step in story.split(";")]
    goods: dict[str, Any] = {"fulfilled_by": PLATFORM} if steps[0] == "sent by the platform" and steps.pop(0) else {}
    protects = steps.pop(0).split()[1:] if steps[0].startswith("protects ") else DEFAULT.protects
    reason = steps.pop(0) if steps[0] in REASONS else "not_working"
    goods |= {"delivered_at": None} if reason == "not_received" else {}
    policy = replace(DEFAULT, protects=tuple(protects))
    claim = open_claim("clm_1", line(**goods), (), Opening(reason, 1), policy, START)
    claim = replace(claim, verdict=process.judge(claim))
    for step in steps:
        at, _, said = step.partition(" ")
        claim = _after(claim, said, span(at), process)
    return claim


def _after(claim: Claim, said: str, at: timedelta, process: Process) -> Claim:
    if said == "seen":
        return process.let_time_pass(claim, START + at).claim
    return process.advance(claim, command(said), START + at).claim


def command(said: str) -> Command:
    """The command that these words are."""
    for words, (action, takes) in _SAID.items():
        match = re.fullmatch(re.escape(words).replace(r"\{\}", r"(\w+)"), said)
        if match and (match.groups() or "{}" not in words):
            given = {k: v(match.group(1)) if isinstance(v, type) else v for k, v in takes.items()}
            return Command(Action(action), Actor(_who(said)), Input(**given))
    raise ValueError(f"nobody does this: {said!r}")


def _who(said: str) -> str:
    first = said.split()[0]
    return first if first in {*Actor} else "carrier"
