"""`python -m tests.chaos`: real processes killed at random, then everything checked. Exit code 1 on violations."""

import argparse
import asyncio
import json
import random
import signal
import sys
import time
import warnings
from dataclasses import asdict
from pathlib import Path

from tests.chaos.journal import Plan
from tests.chaos.reaper import Reaper
from tests.chaos.report import page
from tests.chaos.run import Run
from tests.chaos.verdict import at_the_end, while_open
from workflows.connection import leave

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = 5.0  # seconds


def arguments(line: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--claims", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--kills", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, help="of the plan: stories, bodies, kills, faults (default: by chance)")
    parser.add_argument("--day", type=float, default=DAY, help="seconds that a day of the policy takes (default: 5)")
    parser.add_argument("--in-flight", type=int, default=40, help="claims played at a time (default: 40)")
    parser.add_argument("--gap", type=float, default=7.0, help="mean seconds between two kills (default: 7)")
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="go on with an interrupted run, by its own plan")
    parser.add_argument("--folder", type=Path, help="where the run is kept; one that is there is gone on with")
    return parser.parse_args(line)


def plan(given: argparse.Namespace) -> Plan:
    seed = given.seed if given.seed is not None else random.randrange(10**6)
    pace = round(86400 / given.day)
    return Plan(seed, given.claims, given.kills, pace, given.in_flight, given.gap, round(time.time(), 3))


async def play(folder: Path, wanted: Plan, reaper: Reaper) -> int:
    """The whole run; the number of violations."""
    run = Run(folder, wanted, reaper)
    print(f"seed {run.plan.seed}, folder {folder}; interrupted, it goes on with --resume {folder}", flush=True)
    try:
        await run.storm()
        print("the storm is over; looking at what is open ...", flush=True)
        violations = await while_open(run)
        await run.wake()
        print("every claim should have ended; looking at everything ...", flush=True)
        books, more = await at_the_end(run)
    finally:
        run.count_faults()
        await run.close()
    violations += more
    text = page(run.plan, run.journal, books, violations)
    (folder / "report.md").write_text(text)
    (folder / "violations.json").write_text(json.dumps([asdict(v) for v in violations], indent=1))
    print(f"\n{text}")
    for violation in violations[:50]:
        print(f"VIOLATION {violation.kind}: {violation.claim} {violation.why}")
    return len(violations)


def main() -> int:
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    given = arguments()
    wanted = plan(given)
    folder = (given.resume or given.folder or ROOT / "runs" / f"chaos-{wanted.seed}").resolve()
    if given.resume and not (folder / "plan.json").exists():
        print(f"there is no run in {folder}", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    reaper = Reaper()
    try:
        return 1 if asyncio.run(_interruptible(folder, wanted, reaper)) else 0
    except KeyboardInterrupt:
        print(f"interrupted; go on with --resume {folder}", file=sys.stderr)
        return 130
    finally:
        reaper.close()


async def _interruptible(folder: Path, wanted: Plan, reaper: Reaper) -> int:
    """SIGTERM ends it as Ctrl-C does."""
    task = asyncio.current_task()
    if task:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await play(folder, wanted, reaper)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


if __name__ == "__main__":
    leave(main())
