"""Days as a window counts them: from 1970 in UTC, midnight belonging to the day that it ends."""

from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def day_of(instant: datetime) -> int:
    """The day of an instant, counted from 1970 in UTC; midnight belongs to the day before, as in a window."""
    return (instant - _EPOCH - _TICK) // DAY


def midnight(day: int) -> datetime:
    """The instant with which a day ends."""
    return _EPOCH + (day + 1) * DAY
