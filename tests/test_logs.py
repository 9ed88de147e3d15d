"""The log of the rooms, wherever standard error goes."""

import io

import pytest
import structlog

from settings import start_logging
from tests.house import settings_for


def test_a_line_goes_to_where_standard_error_is_when_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", first)
    start_logging(settings_for("sqlite://"))
    monkeypatch.setattr("sys.stderr", second)
    first.close()
    structlog.get_logger().warning("engine_unavailable")
    assert "engine_unavailable" in second.getvalue()
