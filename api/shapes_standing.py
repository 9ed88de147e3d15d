"""The shapes of the standing: what goes out, and the bodies that come in."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from activities.reputation_terms import Figures
from api.schemas import Body, Id, Instant
from api.shapes import Shape
from claims.model import Impact
from claims.standing.terms import Level, Metric

PerCent = Annotated[
    str, Field(description='per cent, rounded up to hundredths: "0.34"; compared with a maximum it is exact')
]
Shown = Literal["1_red", "2_orange", "3_yellow", "4_light_green", "5_green"]


class CountsSeen(Shape):
    """Sales of the window, and how many of them count in each metric. A sale counts once in each."""

    sales: int
    claims: int
    mediations: int
    cancellations: int
    delays: int


class WindowSeen(Shape):
    """Sales bought after `since` and up to `until` are counted."""

    days: int
    kind: Literal["short", "long"] = Field(description="long: of fewer sales than `busy` in the short one")
    since: datetime
    until: datetime


class RateSeen(Shape):
    metric: Metric
    numerator: int
    denominator: int
    per_cent: PerCent
    least: int = Field(description="with fewer than so many it never costs a level")
    allows: Level = Field(description="the level if there were only this metric")
    maxima: dict[str, PerCent | None] = Field(description="by level; null: it does not decide there")


class ProtectionSeen(Shape):
    level: Level
    until: datetime
    cause: str
    by: str
    at: datetime
    holds: bool = Field(description="it is the last one given, and has not ended")


class StandingSeen(Shape):
    site: str
    at: datetime
    level: Level = Field(description="what is shown: the real one, or a better one that is protected")
    real: Level = Field(description="what the rates make")
    protected_until: datetime | None
    protection: ProtectionSeen | None
    window: WindowSeen
    counts: CountsSeen
    rates: list[RateSeen]
    held_by: list[Metric] = Field(description="the metrics without which the real level would be better")
    missing_sales: int = Field(description="until there is a level at all")
    terms: str = Field(description="their version")
    links: dict[str, str]


class Standings(Shape):
    seller_id: str
    sites: list[StandingSeen]
    links: dict[str, str]


class DaySeen(Shape):
    """The standing as it was last looked at on a day (UTC)."""

    day: date
    level: Level
    real: Level
    counts: CountsSeen
    window_days: int
    terms: str
    at: datetime


class HistorySeen(Shape):
    seller_id: str
    site: str
    days: list[DaySeen]
    next: str | None


class LedgerEntry(Shape):
    claim_id: str
    version: int
    site: str
    order_id: str
    line_id: str
    impact: Impact
    rule: str
    mediated: bool = Field(description="the claim had come before a mediator")
    at: datetime
    sentence: str
    sentences: dict[str, str] = Field(description="by language")


class Ledger(Shape):
    """Every verdict on a seller, newest first. Of a claim's entries the one with the highest version counts."""

    seller_id: str
    entries: list[LedgerEntry]
    next: str | None


class Protections(Shape):
    seller_id: str
    site: str
    protections: list[ProtectionSeen]
    next: str | None


class TermsSeen(Shape):
    site: str = Field(description="empty: of every site without its own")
    version: str
    since: datetime
    in_force: bool
    busy: int = Field(description="with so many sales in the short window it alone is used")
    window_days: int
    long_window_days: int
    more_than: int = Field(description="a level is shown with more sales than this")
    bites: dict[str, int] = Field(description="by metric: the number from which it can cost a level")
    maxima: dict[str, dict[str, PerCent | None]] = Field(description="by level and metric")


class TermsListed(Shape):
    terms: list[TermsSeen]


class ProtectionBody(Body):
    """The level to show until an instant. One that has passed ends the protection."""

    site: Id
    level: Shown
    until: Annotated[Instant, Field(strict=False)]
    cause: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")] = Field(
        description="a code of the marketplace's own, like `disaster`"
    )


def _differ(values: list[datetime]) -> list[datetime]:
    if len(set(values)) < len(values):
        raise ValueError("an instant is there twice")
    return values


_TRIED: dict[str, Any] = {
    "site": "MLB",
    "terms": {
        "busy": 60,
        "maxima": [
            {"level": "5_green", "claims": "1.5", "cancellations": "0.5", "delays": "6"},
            {"level": "4_light_green", "claims": "2.5", "cancellations": "1.5", "delays": "10"},
            {"level": "3_yellow", "claims": "4.5", "cancellations": "3.5", "delays": "18"},
            {"level": "2_orange", "claims": "8", "cancellations": "4", "delays": "22"},
        ],
    },
    "at": ["2025-11-01T00:00:00Z"],
}


class TrialBody(Body):
    """Terms to be tried on the past of a site."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TRIED]})

    site: Id
    terms: Figures
    at: Annotated[
        list[Annotated[Instant, Field(strict=False)]],
        Field(min_length=1, max_length=12, description="past instants: what had happened by then is looked at"),
        AfterValidator(_differ),
    ]
    sellers: Annotated[tuple[Id, ...], Field(strict=False, max_length=200, description="these alone; empty: all")] = ()


class Change(Shape):
    seller_id: str
    before: Level
    after: Level


class TrialAt(Shape):
    at: datetime
    terms: str = Field(description="the version in force then")
    before: dict[str, int] = Field(description="sellers by level, by the terms in force then")
    after: dict[str, int] = Field(description="sellers by level, by the tried ones")
    changed: int
    changes: list[Change] = Field(description="the first 100 sellers whose level would change, by id")


class Trial(Shape):
    site: str
    sellers: int
    results: list[TrialAt]
