"""The shapes of what goes out around the claims: orders, labels, tracking, notices, the ledger, health, trials."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.shapes import ClaimListed, Money, Shape
from claims.buckets import Bucket
from claims.evidence import Purpose, Visibility


class OrderLineSeen(Shape):
    line_id: str
    seller_id: str
    product: str
    category: str
    quantity: int
    unit_price: Money
    freight: Money = Field(description="of the whole line")
    total: Money = Field(description="of the whole line, with its freight")
    promised_at: datetime | None
    delivered_at: datetime | None
    dispatch_by: datetime | None
    dispatched_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: Literal["buyer", "seller", "platform"] | None
    fulfilled_by: Literal["seller", "platform"]
    status: Literal["delivered", "on_its_way", "cancelled"]
    open_claim: str | None


class OrderSeen(Shape):
    id: str
    site: str
    currency: str
    purchased_at: datetime
    buyer_id: str
    lines: list[OrderLineSeen]
    claims: list[ClaimListed]
    needs_me: bool


class OrderStored(OrderSeen):
    changed: bool


class Orders(Shape):
    orders: list[OrderSeen]
    next: str | None


class Counted(Shape):
    bucket: Bucket
    claims: int


class Queue(Shape):
    buckets: list[Counted]
    needs_me: int
    claims: int = Field(description="all that the caller sees")


class ReasonListed(Shape):
    code: str
    position: int
    group: str
    tag: str
    texts: dict[str, str]
    can_count: bool
    solutions: list[str]
    refunds_freight: bool
    photo: Literal["needed", "helpful", "none"] = Field(description="of what is wrong; claims are taken without")


class Catalogue(Shape):
    reasons: list[ReasonListed]


class LabelTold(Shape):
    claim_id: str
    number: int
    tracking_number: str
    sscc: str
    codes: dict[str, str] = Field(description="what each code on the label says")


class TrackingTaken(Shape):
    event_id: str
    tracking_number: str
    kind: str
    at: datetime
    claim_id: str
    outcome: Literal["taken", "noted", "received"]
    sentence: str = Field(description="why it changes nothing, when it was noted only")


class NoticeSeen(Shape):
    id: int
    claim_id: str
    kind: Literal["step", "reminder", "message"]
    facts: dict[str, str]
    created_at: datetime
    read_at: datetime | None


class Inbox(Shape):
    notices: list[NoticeSeen]
    next: str | None


class AttachmentSeen(Shape):
    """An uploaded file, as it was made anew."""

    id: str
    name: str | None = Field(description="null: erased, or the reader is an auditor")
    media_type: str
    size: int = Field(description="bytes")
    sha256: str | None
    width: int | None = Field(description="pixels")
    height: int | None
    pages: int | None = Field(description="of a PDF")
    purpose: Purpose
    visibility: Visibility = Field(description="whom it is shown to, beside its owner and the mediators")
    by: Literal["buyer", "seller", "mediator"]
    mine: bool
    claim_id: str | None = Field(description="null: not used yet")
    message_id: str | None
    created_at: datetime
    used_at: datetime | None
    erased_at: datetime | None
    frozen: bool = Field(description="submitted to mediation: it stays as it is")
    content: str | None = Field(description="where the file itself is")


class AttachmentsSeen(Shape):
    attachments: list[AttachmentSeen]
    next: str | None


class Found(Shape):
    """One thing that was not as it should be; what is not repaired needs a person."""

    kind: str
    claim_id: str
    repaired: bool
    facts: dict[str, Any]


class Sweep(Shape):
    started_at: datetime
    finished_at: datetime
    claims: int = Field(description="open in the database")
    workflows: int = Field(description="running on the engine")
    timelines: int
    findings: list[Found]


class Sweeps(Shape):
    sweeps: list[Sweep]
    next: str | None


class Erased(Shape):
    """What was erased of a person."""

    person_id: str
    erased_at: datetime
    by: str
    rows: dict[str, int] = Field(description="how many of each place")


class Alive(Shape):
    status: Literal["ok"]


class Ready(Shape):
    ready: bool
    database: bool
    engine: bool


class TokenMade(Shape):
    token: str
    expires_in: int


class ClockMoved(Shape):
    claim_id: str
    now: datetime


class Transfer(Shape):
    key: str
    kind: str
    amount: int


class BankBooks(Shape):
    currency: str
    balance: int
    transfers: list[Transfer]


class FaultOrdered(Shape):
    refund: int
    fault: str
    times: int
