"""Thousands of races on real claims: `python -m tests.races --rounds 5000 --seed 1 [--postgres] [--only accept]`.

Each round starts two who want different things of one claim, some milliseconds apart, checks what came of it and
that everything agrees afterwards; at the end it prints how often who won and with which code the other one lost.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

import activities.embedded_bank
import api.openings
import storage.claims
import storage.ledger
from claims.model import Claim
from claims.opening import open_claim
from claims.policy import DEFAULT, Policy
from ops.engine import Engine, Ports, free_port
from storage import migrate
from tests.house import House, OpenClaim, house_on, settings_for
from tests.postgres import postgres
from tests.race_acts import Came, after, clock_of
from tests.race_checks import Refusal, Story, balanced, explained, hold, settled, told
from tests.race_gate import Gate, Honest, both, held_up
from tests.race_table import TABLE, Race
from workflows.claim import GRACE
from workflows.connection import leave

LANES = 8  # rounds at once
APART = (0.02, 0.1)  # seconds by which one may start before the other, in one round or another
POLICY: ContextVar[Policy] = ContextVar("the policy of claims opened in this round", default=DEFAULT)


@dataclass
class Tally:
    """What came of the rounds of one race."""

    rounds: int = 0
    together: int = 0  # rounds in which both were under way at the same time
    orders: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, order: str, codes: list[str], together: bool) -> None:
        self.rounds += 1
        self.together += together
        self.orders[order] += 1
        self.codes.update(codes)


async def round_of(race: Race, claim: OpenClaim, rng: random.Random, gate: Gate, tally: Tally) -> None:
    """One round on a claim that stands as the race wants it. Raises Objection."""
    before = await settled(claim.house, claim.id) if race.quiet else await stored(claim)
    if race.timed and before.due_at is None:
        return  # the date came before the race could begin
    paid_before = await refunds(claim)
    wait = (held_up(rng) if race.timed else both(rng)) if race.gated and rng.random() < 0.5 else None
    times: dict[str, tuple[float, float]] = {}
    with gate.shut(claim.id, wait):
        a, b = await asyncio.gather(
            _timed(times, "A", after(await _delay(race, claim, before, rng), race.a.go(claim, before))),
            _timed(times, "B", after(0 if race.timed else rng.uniform(0, rng.choice(APART)), race.b.go(claim, before))),
        )
    story = await told(claim.house, claim.id)
    _judge(race, {"A": a, "B": b}, story, before)
    if race.timed and wait and a.took is None and claim.id in gate.passed:
        _in_time_wins(*gate.passed[claim.id], before)
    hold(await refunds(claim) - paid_before <= race.moves, "paid twice")
    for came in (a, b):
        if came.refusal and rng.random() < 0.1:
            await _what_is_allowed_works(claim, came.refusal)
    codes = [f"{side} {came.code}" for side, came in (("A", a), ("B", b)) if came.code]
    tally.add(_order(a, b), codes, times["A"][0] < times["B"][1] and times["B"][0] < times["A"][1])


def _judge(race: Race, came: dict[str, Came], story: Story, before: Claim) -> None:
    """Whether the rules allow this outcome, and whoever lost was told why."""
    order = _order(came["A"], came["B"])
    hold(order in race.orders, f"came to '{order}', the rules allow {race.orders}: {came}")
    for side, one in came.items():
        if one.code and one.code != "moot":
            hold(one.code in race.codes.get(side, set()), f"{side} lost with '{one.code}', not {race.codes}")
        if one.refusal:
            explained(one.refusal, story, before.version)


def _in_time_wins(accepted: datetime, sent: datetime, before: Claim) -> None:
    """What was accepted at its date or before, and was not longer under way than the clock's grace, has not lost."""
    assert before.due_at
    hold(accepted > before.due_at or sent > before.due_at + GRACE / 2, f"accepted {accepted}, due {before.due_at}")


async def _timed(times: dict[str, tuple[float, float]], side: str, run: Any) -> Came:
    began = time.monotonic()
    came: Came = await run
    times[side] = (began, time.monotonic())
    return came


async def _delay(race: Race, claim: OpenClaim, before: Claim, rng: random.Random) -> float:
    """When A starts, in seconds from now: at random, or around the claim's date."""
    if not race.timed:
        return rng.uniform(0, rng.choice(APART)) + rng.uniform(0, race.head_start)
    assert before.due_at
    left = (before.due_at - await clock_of(claim.house, claim.id)).total_seconds()
    return left - rng.uniform(0, rng.choice((0.1, 1))) + rng.uniform(0, 0.02)


def _order(a: Came, b: Came) -> str:
    if a.took is not None and b.took is not None:
        return "A=B" if a.took == b.took else "A B" if a.took < b.took else "B A"
    return "A" if a.took is not None else "B" if b.took is not None else ""


async def stored(claim: OpenClaim) -> Claim:
    async with claim.house.database.reading() as session:
        found = await storage.claims.find(session, claim.id)
    assert found
    return found


async def refunds(claim: OpenClaim) -> int:
    async with claim.house.database.reading() as session:
        moved = await storage.ledger.transfers_of(session, claim.sale.order_id, "1")
    return len([1 for _, kind, _ in moved if kind == "refund"])


async def _what_is_allowed_works(claim: OpenClaim, refusal: Refusal) -> None:
    """Every action that the refusal names, with the example that the claim gives for it."""
    role = str(refusal.command.by)
    seen = {a["action"]: a["example"] for a in (await claim.seen(role))["actions"]}
    for action in refusal.allowed:
        if action in seen:
            url = f"/v1/claims/{claim.id}/actions/{action}?preview=true"
            async with claim.house.as_(role, claim.who(role)) as caller:
                answer = await caller.post(url, json=seen[action])
            hold(answer.status_code == 200, f"'{action}' was allowed and does not work: {answer.text}")


async def run(
    house: House, races: tuple[Race, ...], rounds: dict[str, int], seed: int, lanes: int = LANES
) -> dict[str, Tally]:
    """So many rounds of each race, in a random order. Raises one Objection that names every race that has one."""
    tallies = {race.name: Tally() for race in races}
    objections: dict[str, str] = {}
    plan = [race for race in races for _ in range(rounds[race.name])]
    random.Random(seed).shuffle(plan)
    timed, others = (iter([r for r in plan if r.timed == kind]) for kind in (True, False))
    gate = Gate()
    with ExitStack() as wired:
        wired.enter_context(patch.object(activities.embedded_bank, "_SLOW_SECONDS", 0.5))
        wired.enter_context(patch.object(api.openings, "open_claim", _open_under_policy))
        if hasattr(house, "desk"):  # in this process
            wired.enter_context(gate.before(house.desk))
            wired.enter_context(patch.object(house, "_transport", Honest(house._transport)))
        telling = asyncio.create_task(_tell(tallies, len(plan)))
        await asyncio.gather(
            *(_lane(house, others, f"{seed}/{n}", gate, tallies, objections) for n in range(lanes)),
            *(_lane(house, timed, f"{seed}/timed/{n}", gate, tallies, objections) for n in range(2 * lanes)),
        )
    telling.cancel()
    await balanced(house)
    hold(not objections, "\n".join(f"{name}: {words}" for name, words in objections.items()))
    return tallies


async def _tell(tallies: dict[str, Tally], planned: int) -> None:
    """Progress, now and then, for whoever watches."""
    while True:
        await asyncio.sleep(30)
        print(f"{sum(t.rounds for t in tallies.values())} of {planned} rounds", file=sys.stderr, flush=True)


async def _lane(
    house: House, plan: Iterator[Race], seed: str, gate: Gate, tallies: dict[str, Tally], objections: dict[str, str]
) -> None:
    """One round after another; a race that has met an objection is not run again."""
    rng, supplies = random.Random(seed), {}
    for race in plan:
        if race.name in objections:
            continue
        POLICY.set(race.policy)
        supply = supplies.setdefault(race.name, race.supply(house))
        try:
            claim = await _claim_from(supply, race)
            if claim is None:
                del supplies[race.name]
            else:
                await round_of(race, claim, rng, gate, tallies[race.name])
        except Exception as error:
            objections[race.name] = f"lane {seed}, round {tallies[race.name].rounds}: {error!r}"


async def _claim_from(supply: AsyncIterator[OpenClaim], race: Race) -> OpenClaim | None:
    """The next claim as the race wants it; None where its date came before it was ready."""
    try:
        return await anext(supply)
    except AssertionError:
        if race.timed:
            return None
        raise


def _open_under_policy(claim_id: str, line: Any, earlier: Any, asked: Any, policy: Policy, now: Any) -> Claim:
    return open_claim(claim_id, line, earlier, asked, POLICY.get(), now)


def shares(races: tuple[Race, ...], rounds: int) -> dict[str, int]:
    """How many rounds of each, `rounds` in all or a few more."""
    all_of_it = sum(r.often for r in races)
    return {r.name: -(-rounds * r.often // all_of_it) for r in races}


def one_sided(races: tuple[Race, ...], tallies: dict[str, Tally]) -> list[str]:
    """Outcomes that are possible and never came."""
    return [f"{r.name}: {o}" for r in races for o in r.orders if not tallies[r.name].orders[o]]


def table(tallies: dict[str, Tally]) -> str:
    """The tallies as a table in Markdown."""
    lines = ["| race | rounds | together | A | B | A, then B | B, then A | one step | how the other lost |",
             "|---|--:|--:|--:|--:|--:|--:|--:|---|"]  # fmt: skip
    for name, t in tallies.items():
        counts = [t.rounds, t.together, *(t.orders[o] or "" for o in ("A", "B", "A B", "B A", "A=B"))]
        codes = ", ".join(f"{code} {n}" for code, n in t.codes.most_common())
        lines.append("| " + " | ".join([name, *map(str, counts), codes]) + " |")
    lines.append(f"| all | {sum(t.rounds for t in tallies.values())} | {sum(t.together for t in tallies.values())} |")
    return "\n".join(lines)


@contextmanager
def _database(on_postgres: bool, folder: Path) -> Iterator[str]:
    with postgres() if on_postgres else nullcontext() as server:
        url = server.new_database() if server else f"sqlite:///{folder / 'amends.db'}"
        migrate.upgrade(url)
        yield url


async def _main(engine: Engine, url: str, asked: argparse.Namespace) -> None:
    races = tuple(r for r in TABLE if asked.only in r.name)
    async with house_on(engine, settings_for(url, log_level="WARNING")) as house:
        began = time.monotonic()
        tallies = await run(house, races, shares(races, asked.rounds), asked.seed)
        print(table(tallies))
        print(f"\nseed {asked.seed}, {'PostgreSQL' if asked.postgres else 'SQLite'}, {time.monotonic() - began:.0f} s")
        if missing := one_sided(races, tallies):
            print("never came:", "; ".join(missing))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL; without it on SQLite")
    parser.add_argument("--only", default="", help="races whose name contains this")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _database(asked.postgres, Path(folder)) as url:
        engine = Engine(
            Ports(free_port(), free_port(), free_port()), more={"limit.historyCount.suggestContinueAsNew": "400"}
        )
        engine.start()
        quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))  # Resets make it chatter
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=quiet)))
        os.environ["TEMPORAL_ADDRESS"] = engine.address
        try:
            asyncio.run(_main(engine, url, asked))
        finally:
            engine.stop()


if __name__ == "__main__":
    main()
    leave(0)
