"""The rules under random fire in short: what `make fuzz` does at length (tests/fuzz/), and that it can fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from claims.table import STEPS
from tests.fuzz.breaks import BREAKS
from tests.fuzz.running import round_of
from tests.fuzz.world import Tally

ROOT = Path(__file__).parent.parent
RUN = 7  # the seed; the same steps every time
# What is seldom met from anywhere: the scene that it is near to.
NEAR = {
    "a claim before this one is a bar to its appeal": "claimed again after a refund",
    "a line claimed again is no bar to an appeal": "claimed again and refunded",
    "an appeal that comes to nothing is judged anew": "returning after a ruling for the seller",
    "an offer that was taken back is fair": "withdrawn and mediated",
}
SAMPLE = (
    "an offer may round to all, or to what was declined",
    "a total refund leaves out the freight",
    "what bounced counts as paid",
    "the clock acts at the very instant due",
)


def fired(rounds: int, lives: int) -> Tally:
    total = Tally()
    for number in range(rounds):
        tally, fault = round_of(RUN, number, shrunk=False, lives=lives)
        assert fault is None, fault.text
        total.add(tally)
    return total


def rows(tally: Tally) -> set[int]:
    return {row for row, _, _ in tally.rows}


def found(break_: str, monkeypatch: pytest.MonkeyPatch, rounds: int) -> str:
    """What the fire says of a broken rule; empty when it finds nothing."""
    process = BREAKS[break_](monkeypatch)
    for number in range(rounds):
        _, fault = round_of(RUN, number, process, shrunk=False, only=NEAR.get(break_, ""))
        if fault:
            return fault.text
    return ""


def test_random_fire_breaks_no_promise(capsys):
    tally = fired(rounds=1, lives=25)
    with capsys.disabled():
        print(f"\nrandom fire: {tally.steps} steps, {len(rows(tally))} of {len(STEPS)} rows fired")
    assert tally.steps > 500
    assert tally.taken > 150


@pytest.mark.parametrize("name", SAMPLE)
def test_random_fire_finds_what_is_broken(name, monkeypatch):
    assert "Error" in found(name, monkeypatch, rounds=3)


@pytest.mark.long
def test_random_fire_takes_every_row(capsys):
    tally = fired(rounds=24, lives=60)
    with capsys.disabled():
        print(f"\nrandom fire: {tally.steps} steps")
    assert [STEPS[n] for n in range(len(STEPS)) if n not in rows(tally)] == []


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in BREAKS if name not in SAMPLE])
def test_random_fire_finds_whatever_is_broken(name, monkeypatch):
    assert "Error" in found(name, monkeypatch, rounds=24), f"nothing is found: {name}"


@pytest.mark.long
def test_the_command_says_what_it_did_and_which_violation_it_found():
    command = [sys.executable, "-m", "tests.fuzz", "--steps", "2000", "--seed", "3", "--processes", "1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout
    assert f"of {len(STEPS)} rows fired" in run.stdout
