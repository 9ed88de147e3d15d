"""The rules under random fire: python -m tests.fuzz --steps 200000 --seed 1. Exit code 1 on a violation."""

import argparse
import sys
import time

from claims.table import STEPS
from tests.fuzz.running import Fault, round_of, rounds
from tests.fuzz.world import Tally


def main() -> int:
    asked = _arguments()
    began, total = time.perf_counter(), Tally()
    if asked.round is not None:
        return _tell(total, [round_of(asked.seed, asked.round)], began)
    done = rounds(asked.seed, asked.steps, asked.processes)
    return _tell(total, done, began, complete=asked.steps >= 200_000)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000, help="commands put through advance()")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--round", type=int, help="this round of the seed alone, to see its violation again")
    return parser.parse_args()


def _tell(total: Tally, done, began: float, complete: bool = False) -> int:
    faults: list[Fault] = []
    shown = 0
    for tally, fault in done:
        total.add(tally)
        faults += [fault] if fault else []
        if fault:
            print(f"\nVIOLATION in round {fault.number}: {fault.text}\n", flush=True)
        if total.steps - shown >= 10_000 or fault:
            shown = total.steps
            print(_progress(total, began), flush=True)
    print(_progress(total, began))
    print(_summary(total))
    never = _rows(total)
    for fault in faults:
        print(f"\nVIOLATION in round {fault.number} (--round {fault.number} shows it again): {fault.text}")
    if complete and never:
        print(f"\nNEVER FIRED: {', '.join(never)}")
    return 1 if faults or (complete and never) else 0


def _progress(total: Tally, began: float) -> str:
    spent = time.perf_counter() - began
    fired = len({row for row, _, _ in total.rows})
    return f"{total.steps:8} steps  {total.steps / spent:6.0f}/s  {fired} of {len(STEPS)} rows fired  {spent:4.0f} s"


def _summary(total: Tally) -> str:
    silent = total.steps - total.taken - sum(total.refused.values())
    refused = ", ".join(f"{code} {times}" for code, times in total.refused.most_common(8))
    return (
        f"{total.taken} steps changed a claim, {sum(total.refused.values())} were refused ({refused}, ...), "
        f"{silent} found nothing due\n"
        f"{total.openings} claims asked for on {total.lives} order lines, up to {total.claims_on_a_line} on one; "
        f"{total.probes} offers and ends tried besides"
    )


def _rows(total: Tally) -> list[str]:
    """Print how often each row was taken; answer those that never were, by stage and actor."""
    never = []
    for number, step in enumerate(STEPS):
        places = [(number, stage, actor) for stage in step.stages.split() for actor in step.by.split()]
        times = [total.rows[place] for place in places]
        told = " ".join(f"{stage}/{actor} {total.rows[n, stage, actor]}" for n, stage, actor in places)
        print(f"{sum(times):8}  {step.action} -> {step.to}  {told if len(places) > 1 else ''}".rstrip())
        never += [f"{step.action} {place[1:]}" for place, fired in zip(places, times, strict=True) if not fired]
    return never


if __name__ == "__main__":
    sys.exit(main())
