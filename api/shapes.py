"""The shapes of what goes out, for the documentation. Clients expect fields and words that they do not know yet."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from claims.model import Action, Actor, Impact, OfferStatus, RefundStatus, ReturnStatus, Stage
from claims.standing.terms import Level

FORESEEN = (
    "what it does to the seller's standing; null for buyers, and in answers to acts, which are repeated as they were"
)
Waited = Literal["buyer", "seller", "mediator", "carrier", "bank", "nobody"]


class Shape(BaseModel):
    """Fields that are always there; what may be missing is null."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Money(Shape):
    amount: int = Field(description="minor units")
    currency: str = Field(description="ISO 4217")


class ReasonSaid(Shape):
    code: str
    group: str
    texts: dict[str, str] = Field(description="by language")


class Rated(Shape):
    """The rate of claims: sales of the window that have one that counts, of all of them."""

    numerator: int
    denominator: int
    per_cent: str = Field(description='rounded up to hundredths: "0.34"')


class Coming(Shape):
    """A step that the clock will take unless somebody acts before."""

    at: datetime
    action: Action
    waiting_on: Waited = Field(description="whose silence brings it about")
    stage: Stage = Field(description="after it")
    impact: Impact = Field(description="after it")


class Foreseen(Shape):
    """The seller's standing at one point of a claim."""

    level: Level = Field(description="what is shown")
    real: Level = Field(description="what the rates make")
    claims: Rated


class Foresight(Shape):
    """The seller's standing now, and as this would make it with all else as it is; it changes with the verdict."""

    before: Foreseen
    after: Foreseen


class ComingSeen(Coming):
    reputation: Foresight | None = Field(description=FORESEEN)


class ClaimListed(Shape):
    """A claim in a list."""

    id: str
    version: int
    site: str
    order_id: str
    line_id: str
    buyer_id: str
    seller_id: str
    product: str
    reason: ReasonSaid
    wanted: str | None = Field(description="the solution that the buyer wishes for")
    stage: Stage
    waiting_on: Waited
    due_at: datetime | None
    then: Coming | None = Field(description="what happens if nobody acts")
    needs_me: bool
    priority: int
    total: Money
    code: str | None = Field(description="the resolution, once there is one")
    impact: Impact
    opened_at: datetime
    updated_at: datetime


class Line(Shape):
    product: str
    category: str
    quantity: int
    unit_price: Money
    freight: Money
    purchased_at: datetime
    promised_at: datetime | None
    delivered_at: datetime | None
    cross_border: bool


class Amounts(Shape):
    product: Money
    freight: Money
    total: Money
    refunded: Money


class Outcome(Shape):
    code: str
    closed_by: Actor | None
    closed_at: datetime
    benefits: list[Actor]
    refunded: Money


class Offered(Shape):
    offer: int
    percent: int
    amount: Money
    status: OfferStatus
    made_at: datetime
    in_time: bool


class ReturnSeen(Shape):
    id: str
    number: int
    status: ReturnStatus
    granted_at: datetime
    tracking_number: str | None
    label: str | None = Field(description="where the label is")


class RefundSeen(Shape):
    refund: int
    amount: Money
    status: RefundStatus
    requested_at: datetime
    tries: int
    by_hand: bool


class Appeal(Shape):
    by: Actor | None
    running: bool
    possible_until: datetime | None


class Protecting(Shape):
    action: Action
    until: datetime


class Changing(Shape):
    """One thing that would change the verdict."""

    code: str
    actions: list[Action] = Field(description="of the seller that would do it")
    until: datetime | None
    texts: dict[str, str] = Field(description="for the seller, by language; hours are those of the site")


class Verdict(Shape):
    """What the claim does to the seller's reputation, and why."""

    impact: Impact
    rule: str = Field(description="that decided: a stable code")
    sentence: str = Field(description="the rule in English")
    texts: dict[str, str] = Field(description="the rule by language")
    acted_at: datetime | None = Field(description="compared with the limit")
    limit: datetime | None = Field(description="until when a solution protects")
    final: bool = Field(description="it changes no more, but by an appeal or an exclusion that corrects it")
    would_protect: list[Protecting]
    would_change: list[Changing] = Field(description="soonest first; empty for the buyer")


class CauseSaid(Shape):
    code: str
    texts: dict[str, str] = Field(description="by language")


class ExclusionSeen(Shape):
    """The seller's request that a claim be left out of the reputation."""

    state: Literal["asked", "granted", "denied"]
    cause: CauseSaid
    asked_at: datetime
    due_at: datetime = Field(description="of the decision")
    overdue: bool = Field(description="asked, and not decided by then; a late decision counts all the same")
    decided_at: datetime | None


class ReminderPlanned(Shape):
    at: datetime
    to: Actor
    due_at: datetime


class PolicyPinned(Shape):
    version: str


class Then(Shape):
    """The claim after an action."""

    stage: Stage
    waiting_on: Waited
    due_at: datetime | None
    code: str | None
    impact: Impact
    refund: Money = Field(description="that it asks the bank for")
    reputation: Foresight | None = Field(description=FORESEEN)


class ActionOffered(Shape):
    action: Action
    method: Literal["POST"]
    href: str
    due_at: datetime | None
    input: dict[str, Any] = Field(description="the JSON Schema of its body")
    example: dict[str, Any] = Field(description="a body that works as it is")
    effects: list[str]
    then: Then


class WhyNot(Shape):
    action: Action
    code: str
    why: str


class ClaimSeen(ClaimListed):
    """A claim as its reader sees it: all of its screen."""

    quantity: int
    line: Line
    amounts: Amounts
    protect_until: datetime
    asked: Actor | None = Field(description="whose evidence the mediator wants")
    award: Money | None
    outcome: Outcome | None
    offers: list[Offered]
    return_: ReturnSeen | None = Field(alias="return")
    refunds: list[RefundSeen]
    appeal: Appeal
    reputation: Verdict
    exclusion: ExclusionSeen | None = Field(description="null: not asked for, or the reader is the buyer")
    schedule: list[ComingSeen]
    reminders: list[ReminderPlanned]
    policy: PolicyPinned
    attachments: str = Field(description="where its files are")
    actions: list[ActionOffered]
    not_available: list[WhyNot]


class Followed(Shape):
    href: str
    position: int = Field(description="all that comes after it is told there; this answer knows what came before")


class ClaimRead(ClaimSeen):
    """The claim as it is now, and where it is followed."""

    unread: int = Field(description="messages to the caller that wait to be read")
    stream: Followed


class ClaimAfter(ClaimSeen):
    """The claim after the action, as it was first answered; of a preview, as it would be."""

    preview: bool
    foresight: Foresight | None = Field(description="of a preview: what the step does to the seller's standing")


class ClaimFound(ClaimListed):
    unread: int = Field(description="messages to the caller that wait to be read")


class Claims(Shape):
    claims: list[ClaimFound]
    next: str | None = Field(description="the cursor of the next page")


class Entry(Shape):
    """One step taken."""

    sequence: int
    at: datetime
    action: Action
    by: Actor
    person: str | None
    via: str
    stage: Stage
    waiting_on: Waited
    due_at: datetime | None
    impact: Impact
    input: dict[str, int | bool | str]
    effects: list[str]
    note: str | None
    note_erased: bool = Field(description="its writer was erased, and so was the note")
    note_digest: str | None


class Timeline(Shape):
    events: list[Entry]
    next: str | None


class RefusedSignal(Shape):
    at: datetime
    action: Action
    by: Actor
    person: str
    code: str
    sentence: str


class RefusedSignals(Shape):
    refusals: list[RefusedSignal]
