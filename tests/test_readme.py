"""The README is true: its walk runs as it stands, and its settings are the settings."""

import os
import re
import subprocess
import sys
from pathlib import Path

from ops.engine import Engine
from ops.settings_table import README, written
from tests.processes import street

BLOCKS = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


def walk() -> str:
    """All blocks of the walk, as one script that stops at the first fault."""
    return "set -euo pipefail\n" + "\n".join(BLOCKS.findall(README.read_text()))


def test_the_walk_through_a_claim_runs_as_it_stands(engine: Engine, sqlite_url: str, tmp_path: Path) -> None:
    with street(engine, sqlite_url, tmp_path) as house:
        house.worker()
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # this Python answers the walk's questions
        environment = os.environ | {"API": house.api(), "PATH": programs}
        done = subprocess.run(["bash", "-c", walk()], cwd=tmp_path, env=environment, capture_output=True, text=True)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF-")
    assert "The seller granted the return in time, so the claim does not count." in done.stdout
    assert "No solution came in time, so the claim counts against the seller." in done.stdout


def test_the_readme_names_every_setting_with_its_default() -> None:
    assert README.read_text() == written(README.read_text()), "run: python -m ops.settings_table"
