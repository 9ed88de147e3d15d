"""A policy at another pace, for trials: every duration is shorter, nothing else is another, and its version says so."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from claims.policy import DEFAULT
from ops.engine import Engine
from tests.house import house_on, iso, settings_for


def test_every_duration_is_divided_and_nothing_else_changes() -> None:
    faster = DEFAULT.at_pace(86400)
    for field in fields(DEFAULT):
        before, after = getattr(DEFAULT, field.name), getattr(faster, field.name)
        if isinstance(before, timedelta):
            assert after == before / 86400, field.name
        elif field.name not in ("version", "reminders"):
            assert after == before, field.name
    assert faster.reminders == (timedelta(seconds=1), timedelta(seconds=0.25))
    assert faster.version == "default/1 x86400"


def test_the_usual_pace_is_the_policy_itself() -> None:
    assert DEFAULT.at_pace(1) is DEFAULT


def test_in_production_there_is_no_other_pace() -> None:
    with pytest.raises(ValidationError, match="embedded mode only"):
        settings_for("sqlite://", mode="production", trial_pace=2)
    assert settings_for("sqlite://", mode="production", trial_pace=1).trial_pace == 1


async def test_a_claim_is_opened_under_the_policy_of_that_pace(engine: Engine, sqlite_url: str) -> None:
    async with house_on(engine, settings_for(sqlite_url, trial_pace=3600)) as house:
        claim = await house.claim(delivered_at=iso(datetime.now(UTC)))
        seen = await claim.seen()
        assert seen["policy"]["version"] == "default/1 x3600"
        given = datetime.fromisoformat(seen["due_at"]) - datetime.fromisoformat(seen["opened_at"])
        assert given == timedelta(seconds=72)
