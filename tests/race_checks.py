"""What must be true of a claim whatever raced on it: told once, in one order, paid once, the same everywhere."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError

import storage.claims
import storage.ledger
import storage.reputation
from activities.refunds import refund_key
from claims.forecast import prospects
from claims.model import Actor, Claim, Command, Event, RefundStatus, Refused
from claims.owed import owed
from claims.process import PROCESS, advance, waiting_on
from claims.reputation import decided
from storage.codec import claim_from_json
from storage.tables import ClaimRow, TextRow
from tests.house import House
from workflows.claim import ClaimWorkflow

_MOVED = {RefundStatus.SUCCEEDED, RefundStatus.BOUNCED}


class Objection(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True)
class Refusal:
    """A 409 as it came: to whom, for which command, between which instants of the claim's clock, with which words."""

    command: Command
    began: datetime
    ended: datetime
    code: str
    sentence: str
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """All that is stored of one claim. `states`: the claim after each entry of its timeline, told anew by the rules."""

    claim: Claim
    events: list[Event]
    states: list[Claim]
    transfers: list[tuple[str, str, int]]
    others: tuple[str, ...]  # ids of other claims on the order line


SOON = 15  # seconds that the ledger and the workflow may lag; all of them pass where a safeguard is taken away


def _time() -> float:
    return asyncio.get_running_loop().time()


def hold(true: bool, words: str) -> None:
    if not true:
        raise Objection(words)


async def settled(house: House, claim_id: str, seconds: float = 60) -> Claim:
    """The stored claim once no errand is under way."""
    deadline = _time() + seconds
    while True:
        async with house.database.reading() as session:
            claim = await storage.claims.find(session, claim_id)
        if claim and owed(claim) is None:
            return claim
        hold(_time() < deadline, f"an errand never ends: {claim and owed(claim)}")
        await asyncio.sleep(0.02)


async def told(house: House, claim_id: str) -> Story:
    """The claim's story, once it has been checked: no gaps, sealed, one order that explains it, all agree."""
    await settled(house, claim_id)
    async with house.database.reading() as session:
        row = await session.get(ClaimRow, claim_id)
        events = await storage.claims.events(session, claim_id)
        chained = await storage.claims.verify_chain(session, claim_id)
        opening = await storage.claims.find_answer(session, events[0].id)
        transfers = await storage.ledger.transfers_of(session, row.order_id, row.line_id)
        on_line = await storage.claims.earlier(session, row.order_id, row.line_id)
        texts = set(await session.scalars(select(TextRow.id).where(TextRow.claim_id == claim_id)))
    claim = claim_from_json(row.state)
    hold(chained, "the chain of the timeline is broken")
    hold([e.sequence for e in events] == list(range(1, claim.version + 1)), "the timeline has gaps")
    hold(opening is not None, "the opening has no answer")
    states = retold(opening.claim, events)
    hold(states[-1] == claim, f"the timeline does not lead to the stored claim: {_difference(states[-1], claim)}")
    _columns_agree(row, claim)
    _money_agrees(claim, transfers)
    hold(texts >= {e.note.id for e in events if e.note}, "a text of the timeline is lost")
    await _workflow_agrees(house, claim)
    await _reputation_agrees(house, claim)
    return Story(claim, events, states, transfers, tuple(e.claim_id for e in on_line if e.claim_id != claim_id))


def retold(opening: Claim, events: list[Event]) -> list[Claim]:
    """The claim after each entry when the rules take the entries one by one: the one order that explains it all."""
    states = [opening]
    for event in events[1:]:
        if event.by == Actor.CLOCK:
            claim, made = PROCESS.take_due_step(states[-1])
            hold(made == event, f"the clock's entry {event.sequence} is not what was due")
        else:
            command = Command(event.action, event.by, event.input, event.id, event.person, event.via, event.note)
            turn = advance(states[-1], command, event.at)
            hold(turn.events == (event,), f"entry {event.sequence} ({event.action}) is not what the rules make of it")
            claim = turn.claim
        states.append(claim)
    return states


def explained(refusal: Refusal, story: Story, since: int) -> None:
    """The refusal says what the rules say of some state since the race began, and what it allows was allowed."""
    states = story.states[since - 1 :]
    if refusal.code == "claim_already_open":
        hold(any(other in refusal.sentence for other in story.others), f"no such claim: {refusal.sentence}")
        after = states
    else:
        after = _from_refusing(refusal, states, bool(story.others))
        hold(bool(after), f"no state of the claim refuses like that: {refusal.code}: {refusal.sentence}")
    offered = [_allowed(s, refusal.command.by, at) for s in _told(after, story) for at in _between(refusal)]
    hold(refusal.allowed in offered, f"never allowed: {refusal.allowed}, only {set(offered)}")


def _from_refusing(refusal: Refusal, states: list[Claim], claimed_again: bool) -> list[Claim]:
    """The states from the first one on that refuses with these words."""
    for number, state in enumerate(states):
        told = (state, replace(state, claimed_again=True)) if claimed_again else (state,)
        if any(_refuses(s, refusal, at) for s in told for at in _between(refusal)):
            return states[number:]
    return []


def _refuses(state: Claim, refusal: Refusal, at: datetime) -> bool:
    try:
        advance(state, refusal.command, at)
    except Refused as said:
        return (said.code, said.sentence) == (refusal.code, refusal.sentence)
    return False


def _told(states: list[Claim], story: Story) -> list[Claim]:
    return [*states, *(replace(s, claimed_again=True) for s in states if story.others)]


def _between(refusal: Refusal) -> tuple[datetime, datetime]:
    return refusal.began, refusal.ended


def _allowed(claim: Claim, actor: Actor, at: datetime) -> tuple[str, ...]:
    return tuple(str(p.choice.action) for p in prospects(claim, actor, at))


def _columns_agree(row: ClaimRow, claim: Claim) -> None:
    kept = (row.stage, row.waiting_on, row.due_at, row.version, row.code, row.impact, row.priority, row.updated_at)
    is_ = (claim.stage, waiting_on(claim), claim.due_at, claim.version, claim.code, claim.verdict.impact,
           claim.priority, claim.updated_at)  # fmt: skip
    hold(kept == is_, f"the columns say {kept}, the claim {is_}")


def _money_agrees(claim: Claim, transfers: list[tuple[str, str, int]]) -> None:
    """Every refund that the claim calls made is in the books once, and no other."""
    made = {refund_key(claim.id, r.number): r.amount for r in claim.refunds if r.status in _MOVED and not r.by_hand}
    booked = [(key, amount) for key, kind, amount in transfers if kind == "refund" and key.startswith(claim.id)]
    hold(sorted(made.items()) == sorted(booked), f"the claim says {made}, the books {booked}")
    back = {refund_key(claim.id, r.number) for r in claim.refunds if r.status == RefundStatus.BOUNCED}
    bounced = [key.removesuffix("/bounce") for key, kind, _ in transfers if kind == "bounce"]
    hold(sorted(back) == sorted(k for k in bounced if k.startswith(claim.id)), "bounces differ from the books")
    sums = {kind: sum(a for _, k, a in transfers if k == kind) for kind in ("capture", "refund", "bounce")}
    hold(sums["refund"] - sums["bounce"] <= sums["capture"], f"more came back than was paid: {sums}")


async def _reputation_agrees(house: House, claim: Claim) -> None:
    """The seller's ledger says what was decided, once; it is posted right after the step."""
    deadline = _time() + SOON
    while True:
        async with house.database.reading() as session:
            said = [(e.impact, e.rule) for e in await storage.reputation.of_claim(session, claim.id)]
        if not decided(claim) or said[-1:] == [(claim.verdict.impact, claim.verdict.rule)]:
            break
        hold(_time() < deadline, f"posted {said}, decided {claim.verdict}")
        await asyncio.sleep(0.05)
    hold(all(a != b for a, b in pairwise(said)), f"the same verdict was posted twice: {said}")
    hold(not said or decided(claim) or bool(claim.appealed), f"posted {said} of a claim that is not decided")


async def _workflow_agrees(house: House, claim: Claim) -> None:
    """The workflow has the claim as the database has it; it may still be at the end of its task."""
    handle = house.temporal.get_workflow_handle_for(ClaimWorkflow.run, claim.id)
    held, deadline = None, _time() + SOON
    while True:
        with suppress(WorkflowQueryFailedError, RPCError):  # a busy worker, or a run that has just been replaced
            held = await handle.query(ClaimWorkflow.current, rpc_timeout=timedelta(seconds=20))
        if held == claim:
            return
        differs = held and _difference(held, claim)
        hold(_time() < deadline, f"the workflow has another claim than the database: {differs}")
        await asyncio.sleep(0.05)


def _difference(one: Claim, other: Claim) -> dict[str, object]:
    names = one.__dataclass_fields__
    return {n: (getattr(one, n), getattr(other, n)) for n in names if getattr(one, n) != getattr(other, n)}


async def balanced(house: House) -> None:
    """The books of the whole house sum to zero."""
    async with house.database.reading() as session:
        hold(await storage.ledger.balance(session) == 0, "the books do not sum to zero")
