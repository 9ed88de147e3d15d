"""Runs of random fire: rounds of hypothesis, each with a seed of its own, in one or several processes."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from importlib import import_module
from pkgutil import walk_packages
from typing import NamedTuple
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture import engine, providers
from hypothesis.internal.constants_ast import Constants, constants_from_module
from hypothesis.stateful import run_state_machine_as_test

import claims
from tests.fuzz.machine import Claiming
from tests.fuzz.world import Tally, Watched

LIVES = 60  # order lines of a round
STEPS = 50  # rules tried on each
engine.MAX_SHRINKING_SECONDS = 40  # hypothesis gives itself 300


def _constants_of_the_rules() -> Constants:
    """The numbers and words in claims/, which hypothesis likes to draw.

    By itself it takes those of every module of ours that happens to be loaded: a seed would then mean other steps
    in another company, and after each edit anywhere.
    """
    found = Constants()
    for name in sorted(module.name for module in walk_packages(claims.__path__, "claims.")):
        found |= constants_from_module(import_module(name))
    return found


_RULES = _constants_of_the_rules()


class Fault(NamedTuple):
    number: int  # of the round
    text: str


def round_of(
    run: int, number: int, process: Watched | None = None, shrunk: bool = True, lives: int = LIVES, only: str = ""
) -> tuple[Tally, Fault | None]:
    """One round of a run's seed, the same whenever it is asked for; with the violation found, made small.

    `only`: the scene that every life begins with, instead of any.
    """
    tally, given = Tally(), {"process": process or Watched(), "only": only}
    fault = _fire(run, number, given | {"tally": tally}, _settings(lives, Phase.generate))
    if fault and shrunk:
        how = _settings(lives, Phase.generate, Phase.shrink)
        fault = _fire(run, number, given | {"tally": Tally()}, how) or fault
    return tally, fault


def _fire(run: int, number: int, given: dict[str, object], how: settings) -> Fault | None:
    machine = type("Claiming", (Claiming,), given)
    try:
        with patch.object(providers.HypothesisProvider, "_local_constants", _RULES):
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
