"""Moving all dates of a file by one number of days, and remembering it so that importing again changes nothing."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url

from ops.importing.cells import instant
from ops.importing.decoding import Unusable

MOST_DAYS = 36_500


@dataclass(frozen=True)
class Shift:
    """`days`, or as many whole days as bring the newest date to just before `until`."""

    days: int | None
    until: datetime
    again: bool = False  # an offset of this file that was used before is used again


def shift(text: str, now: datetime, zone: ZoneInfo | None) -> Shift:
    """`again`, `now`, `+3000d`, or the ISO 8601 date to bring the newest one to. Raises Unusable."""
    if text in ("again", "now"):
        return Shift(None, now, text == "again")
    if re.fullmatch("[+-]?[0-9]{1,5}d", text) and abs(int(text[:-1])) <= MOST_DAYS:
        return Shift(int(text[:-1]), now)
    try:
        return Shift(None, instant(text, zone or ZoneInfo("UTC")))
    except ValueError as error:
        raise Unusable(f"--shift-dates={text}: it takes 'now', days like +3000d, or a date of ISO 8601.") from error


def days_between(newest: datetime | None, until: datetime) -> int:
    """Whole days to add to `newest` so that it is at most one day before `until`."""
    return (until - newest).days if newest else 0


class Memory:
    """The offsets that files were imported with, beside the database (in var/ for PostgreSQL)."""

    def __init__(self, database_url: str, file: Path) -> None:
        url = make_url(database_url)
        local = url.drivername.startswith("sqlite") and url.database and url.database != ":memory:"
        folder = Path(url.database).parent if local and url.database else Path("var")
        self._path = folder / "shifts.json"
        self._key = _digest(database_url, file)

    def recall(self) -> int | None:
        days = self._read().get(self._key)
        return days if isinstance(days, int) else None

    def remember(self, days: int) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._read() | {self._key: days}, indent=1))
        fresh.replace(self._path)

    def _read(self) -> dict[str, object]:
        try:
            read = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}


def moved(days: int) -> timedelta:
    """The offset, or Unusable when it is absurd."""
    if abs(days) > MOST_DAYS:
        raise Unusable(f"Moving the dates by {days:+,} days is more than {MOST_DAYS:,}.")
    return timedelta(days=days)


def utc_now() -> datetime:
    return datetime.now(UTC)


def _digest(url: str, file: Path) -> str:
    digest = hashlib.sha256(url.encode())
    with file.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
