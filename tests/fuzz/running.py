"""Runs of random fire: rounds of hypothesis, each with a seed of its own, in one or several processes."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.machine import Claiming
from tests.fuzz.world import Tally, Watched

LIVES = 60  # order lines of a round
STEPS = 50  # rules tried on each
engine.MAX_SHRINKING_SECONDS = 40  # hypothesis gives itself 300


class Fault(NamedTuple):
    number: int  # of the round
    text: str


def round_of(
    run: int, number: int, process: Watched | None = None, shrunk: bool = True, lives: int = LIVES
) -> tuple[Tally, Fault | None]:
    """One round of a run's seed, the same whenever it is asked for; with the violation found, made small."""
    tally = Tally()
    fault = _fire(run, number, process, tally, _settings(lives, Phase.generate))
    if fault and shrunk:
        fault = _fire(run, number, process, Tally(), _settings(lives, Phase.generate, Phase.shrink)) or fault
    return tally, fault


def _fire(run: int, number: int, process: Watched | None, tally: Tally, how: settings) -> Fault | None:
    machine = type("Claiming", (Claiming,), {"process": process or Watched(), "tally": tally})
    try:
        run_state_machine_as_test(seed(run * 1_000_003 + number)(machine), settings=how)
    except Exception as broken:
        return Fault(number, _text(broken))
    return None


def rounds(run: int, steps: int, processes: int) -> Iterator[tuple[Tally, Fault | None]]:
    """Rounds until so many steps were taken, or one found a violation."""
    done = 0
    with ProcessPoolExecutor(processes) as pool:
        ahead = {pool.submit(round_of, run, number) for number in range(processes)}
        number = processes
        while ahead:
            ready, ahead = wait(ahead, return_when=FIRST_COMPLETED)
            for tally, fault in map(Future.result, ready):
                done += tally.steps
                steps = 0 if fault else steps
                yield tally, fault
            while done < steps and len(ahead) < processes:
                ahead.add(pool.submit(round_of, run, number))
                number += 1


def _settings(lives: int, *phases: Phase) -> settings:
    return settings(
        max_examples=lives,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=phases,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def _text(broken: BaseException) -> str:
    told = "\n".join(getattr(broken, "__notes__", []))
    return f"{type(broken).__name__}: {broken}\n{told}"
