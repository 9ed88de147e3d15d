"""The shapes of foresight: how far it is to the other levels, the days ahead, and what if."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from api.schemas import Body, Id
from api.shapes import Shape
from api.shapes_standing import CountsSeen, PerCent
from claims.standing.terms import Level, Metric

MOST = 1_000_000  # of anything in one question
MOST_EXCLUDED = 100
_LEVELS = "by level; null: this metric alone cannot bring it about"


class HeadroomSeen(Shape):
    """How many more, or fewer, of the window's sales have to count in one metric, all else as it is."""

    metric: Metric
    worse: dict[str, int | None] = Field(description=f"how many more until that level or a worse one, {_LEVELS}")
    better: dict[str, int | None] = Field(description=f"how many fewer until that level or a better one, {_LEVELS}")


class Stood(Shape):
    """A standing in short."""

    at: datetime
    level: Level = Field(description="what is shown: the real one, or a better one that is protected")
    real: Level = Field(description="what the rates make")
    protected_until: datetime | None
    window_days: int
    counts: CountsSeen
    per_cent: dict[str, PerCent] = Field(description="by metric")
    held_by: list[Metric] = Field(description="the metrics without which the real level would be better")
    terms: str = Field(description="their version")


class StoodWithRoom(Stood):
    headroom: list[HeadroomSeen]


class TurnSeen(Stood):
    leaving: CountsSeen = Field(description="what has left the window that was used until then")


class Forecast(Shape):
    """If nothing is sold, claimed or decided any more, and what is to be sent goes out in time."""

    seller_id: str
    site: str
    now: StoodWithRoom
    days: list[TurnSeen] = Field(
        description="the midnights (UTC) on which something that counts leaves, or the level or the window is another"
    )


class WhatIf(Shape):
    seller_id: str
    site: str
    now: StoodWithRoom
    then: StoodWithRoom


def _differ(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) < len(ids):
        raise ValueError("a claim is there twice")
    return ids


More = Annotated[int, Field(ge=0, le=MOST)]


class WhatIfBody(Body):
    """What is supposed beside what there is."""

    site: Id
    sales: Annotated[More, Field(description="bought now")] = 0
    claims: Annotated[More, Field(description="that count, each on a sale of the window that does not count yet")] = 0
    cancellations: Annotated[More, Field(description="by the seller, each of another sale of the window")] = 0
    delays: Annotated[More, Field(description="sales of the window handed over late")] = 0
    excluded: Annotated[
        tuple[Id, ...],
        Field(strict=False, max_length=MOST_EXCLUDED, description="claims of the seller's that would not count"),
        AfterValidator(_differ),
    ] = ()
