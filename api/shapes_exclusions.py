"""The shapes of exclusions: the causes there are, and the claims for which one was asked."""

from datetime import datetime

from pydantic import Field

from api.shapes import ExclusionSeen, Shape
from claims.model import Impact


class CauseListed(Shape):
    code: str
    position: int
    texts: dict[str, str] = Field(description="what the seller says happened, by language")
    evidence: dict[str, str] = Field(description="what would show it, by language")


class Causes(Shape):
    causes: list[CauseListed]


class ExclusionListed(ExclusionSeen):
    """An exclusion and the claim it is about. Why it was asked and decided stands in the claim's timeline."""

    claim_id: str
    order_id: str
    line_id: str
    seller_id: str
    site: str
    reason: str
    code: str = Field(description="the claim's resolution; empty while an appeal runs")
    closed_at: datetime | None = Field(description="null: an appeal runs, or money is owed again")
    impact: Impact
    claim: str = Field(description="where the claim is")


class Exclusions(Shape):
    exclusions: list[ExclusionListed]
    next: str | None
