"""The header Retry-After: when whoever has no time now wants to be asked again."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(days=1)  # who says more, or nonsense, is asked again after a day


def seconds_of(said: str) -> float | None:
    """Seconds from now, of a header that says seconds or a date; None when it says neither. A day at most."""
    try:
        if said.isdecimal():
            return min(float(said), _LONGEST.total_seconds())
        at = parsedate_to_datetime(said)
        wait = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, wait), _LONGEST.total_seconds())
