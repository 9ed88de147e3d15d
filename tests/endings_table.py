"""What the endings in the browser came to, as a table after a run in which all of them were tried."""

import pytest
from _pytest.terminal import TerminalReporter

from claims.reasons import LANGUAGES
from tests.browsing import NARROW, WIDE

_SIGNS = {"passed": "ok", "failed": "FAILED", "skipped": "-"}


@pytest.fixture
def told(request: pytest.FixtureRequest, record_property: object) -> None:
    """Notes which ending, in which language and at which width, the test is about."""
    given = request.node.callspec.params
    cell = f"{given['language']} {given['width']}" if "language" in given else "no scripts"
    request.node.user_properties.append(("ending", (given["ending"], cell)))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    found: dict[str, dict[str, str]] = {}
    for outcome, sign in _SIGNS.items():
        for report in terminalreporter.stats.get(outcome, []):
            for ending, cell in (value for name, value in report.user_properties if name == "ending"):
                found.setdefault(ending, {})[cell] = sign
    if sum(len(cells) for cells in found.values()) > len(found) + 1:  # more than the short run has
        _write(terminalreporter, found)


def _write(reporter: TerminalReporter, found: dict[str, dict[str, str]]) -> None:
    columns = [*(f"{language} {width}" for language in LANGUAGES for width in (NARROW, WIDE)), "no scripts"]
    cells = [found[ending].get(column, "") for ending in found for column in columns]
    tried = [cell for cell in cells if cell]
    reporter.section("endings in the browser", sep="-")
    reporter.write_line(f"{'':16}" + "".join(f"{column:>12}" for column in columns))
    for ending in found:
        reporter.write_line(f"{ending:16}" + "".join(f"{found[ending].get(column, ''):>12}" for column in columns))
    reporter.write_line(f"{tried.count('ok')} of {len(tried)} endings were reached.")
