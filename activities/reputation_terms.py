"""The marketplace's own terms of reputation: read from a JSON file, and the shape that they have there and at the API.

Rates are in per cent as texts with at most two decimals, "4.5": a binary fraction could not be compared exactly.
"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from claims.orders import LONGEST_ID, fault_of_id
from claims.standing.terms import DEFAULT, PUBLISHED, Level, Maxima, Metric, Terms

_LEVELS = (Level.GREEN, Level.LIGHT_GREEN, Level.YELLOW, Level.ORANGE)
_MOST = 1000  # terms in a file
Rate = Annotated[
    str,
    StringConstraints(pattern=r"^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?)$"),
    Field(description='per cent with at most two decimals, as a text: "4.5"', examples=["4.5"]),
]
Least = Annotated[int, Field(ge=1, le=1_000_000)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class MaximaGiven(_Given):
    """The highest rates with which a level is held; null or left out: this metric does not decide."""

    level: Literal["5_green", "4_light_green", "3_yellow", "2_orange"]
    claims: Rate | None = None
    mediations: Rate | None = None
    cancellations: Rate | None = None
    delays: Rate | None = None


class Bites(_Given):
    """The number of sales counted in a metric from which it can cost a level."""

    claims: Least = 3
    mediations: Least = 3
    cancellations: Least = 1
    delays: Least = 1


class Figures(_Given):
    """Windows, volumes and maxima of one version of terms."""

    maxima: Annotated[
        list[MaximaGiven], Field(min_length=4, max_length=4, description="of the four levels, best first")
    ]
    busy: Annotated[int, Field(ge=0, le=10**9, description="with so many sales in the short window it alone is used")]
    window_days: Annotated[int, Field(ge=1, le=3650)] = 60
    long_window_days: Annotated[int, Field(ge=1, le=3650)] = 365
    more_than: Annotated[int, Field(ge=0, le=10**9, description="a level is shown with more sales than this")] = 10
    bites: Bites = Bites()

    @model_validator(mode="after")
    def _fit_together(self) -> "Figures":
        if tuple(m.level for m in self.maxima) != _LEVELS:
            raise ValueError(f"maxima are of these levels in this sequence: {', '.join(_LEVELS)}")
        if self.long_window_days < self.window_days:
            raise ValueError("long_window_days is less than window_days")
        for metric in Metric:
            _check_sequence(metric, [_hundredths(getattr(m, metric)) for m in self.maxima])
        return self

    def terms(self, site: str, version: str, since: datetime) -> Terms:
        return Terms(
            site=site,
            version=version,
            maxima=tuple(
                Maxima(Level(m.level), **{x: _hundredths(getattr(m, x)) for x in Metric}) for m in self.maxima
            ),
            busy=self.busy,
            window=timedelta(days=self.window_days),
            long_window=timedelta(days=self.long_window_days),
            more_than=self.more_than,
            bites=tuple((x, getattr(self.bites, x)) for x in Metric),
            since=since,
        )


class TermsGiven(Figures):
    """One version of a site's terms. `site` may be empty: of every site that has none of its own."""

    site: Annotated[str, StringConstraints(max_length=LONGEST_ID)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]
    since: Annotated[AwareDatetime, Field(strict=False, description="in force from this instant on")]

    @model_validator(mode="after")
    def _site_is_an_id(self) -> "TermsGiven":
        if self.site and (fault := fault_of_id(self.site)):
            raise ValueError(f"site {fault}")
        return self

    def made(self) -> Terms:
        return self.terms(self.site, self.version, self.since.astimezone(UTC))


def load(path: str) -> tuple[Terms, ...]:
    """The published terms and the marketplace's own from this file, if any. Raises ValueError, a sentence."""
    return (*PUBLISHED, *_own(Path(path))) if path else PUBLISHED


def _own(path: Path) -> list[Terms]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"the file is not JSON in UTF-8: {error}") from error
    if not isinstance(rows, list) or len(rows) > _MOST:
        raise ValueError(f"the file must hold a list of at most {_MOST} terms")
    found = [_one(number, row) for number, row in enumerate(rows, 1)]
    _check_unique(found)
    return found


def _one(number: int, row: object) -> Terms:
    try:
        return TermsGiven.model_validate(row).made()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "all of it"
        raise ValueError(f"terms {number}, {where}: {first['msg'].removeprefix('Value error, ')}") from None


def _check_unique(found: list[Terms]) -> None:
    versions = Counter(t.version for t in (DEFAULT, *PUBLISHED, *found))
    if twice := next((v for v, times in versions.items() if times > 1), None):
        raise ValueError(f"version {twice} is there twice; each version needs a name of its own")
    begins = Counter((t.site, t.since) for t in (*PUBLISHED, *found))
    if both := next((b for b, times in begins.items() if times > 1), None):
        raise ValueError(f"two terms of site '{both[0]}' are in force from {both[1].isoformat()} on; which one holds?")


def _check_sequence(metric: Metric, maxima: list[int | None]) -> None:
    """A worse level never asks more than a better one: else no rate would lead to it."""
    limits = [float("inf") if m is None else m for m in maxima]
    if limits != sorted(limits):
        raise ValueError(f"a better level allows more {metric} than a worse one")


def _made(given: MaximaGiven) -> Maxima:
    return Maxima(Level(given.level), **{metric: _hundredths(getattr(given, metric)) for metric in Metric})


def _hundredths(rate: str | None) -> int | None:
    if rate is None:
        return None
    whole, _, decimals = rate.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))
