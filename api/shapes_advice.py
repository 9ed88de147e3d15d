"""The shapes of the advice for a seller."""

from datetime import datetime

from pydantic import Field

from api.shapes import Shape

_HUNDREDTHS = "hundredths of a per cent, rounded half up"
_LANGUAGES = "by language"


class MoneyOfReason(Shape):
    """Minor units. What was claimed is what was refunded, kept and is undecided; currencies are never added."""

    currency: str = Field(description="ISO 4217")
    claimed: int
    refunded: int = Field(description="the provider says so")
    kept: int = Field(description="what the seller keeps of claims that have ended")
    undecided: int = Field(description="the rest of those that have not")


class CostOfReason(Shape):
    """What the reason costs of the claims rate of a site."""

    site: str
    sales: int = Field(description="of the standing's window, whose counted claims are all these")
    rate: int = Field(description=f"by so much the claims rate would be lower without them; {_HUNDREDTHS}")


class ReasonMixed(Shape):
    reason: str
    texts: dict[str, str] = Field(description=_LANGUAGES)
    claims: int
    share: int | None = Field(description=f"of all claims; {_HUNDREDTHS}; null: of none")
    counted: int = Field(description="against the seller")
    money: list[MoneyOfReason]
    costs: list[CostOfReason]


class Answering(Shape):
    """How the claims that count were answered: late + never + in_time = counted."""

    counted: int
    late: int = Field(description="first answered after the window")
    never: int = Field(description="not answered at all")
    in_time: int = Field(description="answered inside the window, but not with a solution that protects")
    protectable: int | None = Field(
        description="the share (late + never) of counted that answering inside the window with a refund, a granted "
        f"return or a fair offer would have protected; {_HUNDREDTHS}; null: none counts"
    )


class Took(Shape):
    """Whole seconds from the opening on; nearest ranks. Null: it has not happened yet."""

    count: int = Field(description="claims in which it has happened")
    median: int | None
    p90: int | None


class MainIssue(Shape):
    """The reason that costs most, and what to do."""

    reason: str
    texts: dict[str, str] = Field(description=_LANGUAGES)
    remedy: dict[str, str] = Field(description=_LANGUAGES)


class Advised(Shape):
    claims: int = Field(description="opened in the period")
    sales: int = Field(description="bought in the period")
    per_100_sales: int | None = Field(description="claims, in hundredths: 250 are 2.50 of 100 sales; null: no sales")
    reasons: list[ReasonMixed] = Field(description="most claims first")
    answering: Answering
    first_answer: Took = Field(description="the seller's first step or message to the buyer")
    resolution: Took = Field(description="until the claim ended")
    enough: bool = Field(description="whether there are enough claims to name a main issue")
    minimum: int = Field(description="claims that are enough")
    too_few: dict[str, str] | None = Field(description="a sentence that says so, by language")
    main_issue: MainIssue | None
    answer_sooner: dict[str, str] | None = Field(
        description="what to do, by language, when most claims that count were not answered in the window"
    )


class ProductAdvised(Advised):
    product: str


class ClaimsRate(Shape):
    """What the reasons' costs are parts of: the claims rate of the seller's standing at the period's end."""

    site: str
    window_days: int
    sales: int
    claims: int = Field(description="sales with a claim that counts")
    rate: int | None = Field(description=_HUNDREDTHS)


class SellersAdvice(Shape):
    seller_id: str
    site: str | None
    product: str | None
    since: datetime = Field(description="claims opened and sales bought after this instant")
    until: datetime
    rates: list[ClaimsRate]
    all: Advised = Field(description="all products together, or the one that was asked for")
    products: list[ProductAdvised] = Field(description="those with most claims first")
    next: str | None
