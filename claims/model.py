"""What a claim is: plain frozen values, shared by every other room."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from claims.policy import Policy, ReasonTerms

SELLER, PLATFORM = "seller", "platform"  # who stores and sends the goods of an order line


class Stage(StrEnum):
    NEGOTIATION = "negotiation"
    RETURN = "return"
    MEDIATION = "mediation"
    SETTLING = "settling"
    CLOSED = "closed"


class Actor(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    MEDIATOR = "mediator"
    CARRIER = "carrier"
    BANK = "bank"
    CLOCK = "clock"  # time is an actor: it takes the steps that nobody else took


class Action(StrEnum):
    OPEN = "open"  # the first entry of every timeline; not a row of the table
    GUIDE = "guide"
    OFFER_PARTIAL_REFUND = "offer_partial_refund"
    WITHDRAW_OFFER = "withdraw_offer"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    EXPIRE_OFFER = "expire_offer"
    ESCALATE = "escalate"
    CLOSE = "close"
    REFUND = "refund"
    GRANT_RETURN = "grant_return"
    LABEL_MADE = "label_made"
    LAPSE_LABEL = "lapse_label"
    EXPIRE_RETURN = "expire_return"
    CANCEL_RETURN = "cancel_return"
    SHIP = "ship"
    DELIVER = "deliver"
    LOSE = "lose"
    ACCEPT_RETURN = "accept_return"
    REJECT_RETURN = "reject_return"
    REQUEST_EVIDENCE = "request_evidence"
    GIVE_EVIDENCE = "give_evidence"
    RECALL_MEDIATOR = "recall_mediator"
    RULE = "rule"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    REFUND_BOUNCED = "refund_bounced"  # the bank takes back what had succeeded
    RETRY_REFUND = "retry_refund"
    PAY_BY_HAND = "pay_by_hand"
    APPEAL = "appeal"
    ASK_EXCLUSION = "ask_exclusion"  # that a claim which counts be left out of the seller's reputation
    DECIDE_EXCLUSION = "decide_exclusion"


class OfferStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"  # the buyer let it lapse, or closed the claim over it
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class ReturnStatus(StrEnum):
    WANTED = "wanted"  # granted; the label is being made
    LABEL_READY = "label_ready"
    LABEL_LAPSED = "label_lapsed"  # no new parcels; the scan of one handed over in time may still come
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LOST = "lost"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ABANDONED = "abandoned"  # a mediator was called while the goods were still with the buyer


class RefundStatus(StrEnum):
    PENDING = "pending"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    BOUNCED = "bounced"  # succeeded, then taken back by the bank


class Impact(StrEnum):
    PENDING = "pending"
    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    NOT_APPLIES = "not_applies"


@dataclass(frozen=True)
class OrderLine:
    """What was sold: one line of an order as it stood when the claim was opened. Money in minor units."""

    site: str
    order_id: str
    line_id: str
    buyer_id: str
    seller_id: str
    product: str
    category: str
    quantity: int
    unit_price: int
    freight: int  # of the whole line
    currency: str  # ISO 4217
    purchased_at: datetime
    promised_at: datetime | None = None
    delivered_at: datetime | None = None  # None: not delivered yet
    cross_border: bool = False
    fulfilled_by: str = SELLER  # or PLATFORM


@dataclass(frozen=True)
class Offer:
    number: int
    percent: int
    amount: int
    made_at: datetime
    in_time: bool
    status: OfferStatus = OfferStatus.PENDING


@dataclass(frozen=True)
class Return:
    number: int
    granted_at: datetime
    status: ReturnStatus = ReturnStatus.WANTED
    tracking_number: str = ""


@dataclass(frozen=True)
class Refund:
    number: int
    amount: int
    requested_at: datetime
    status: RefundStatus = RefundStatus.PENDING
    tries: int = 1
    by_hand: bool = False


@dataclass(frozen=True)
class Closing:
    """The buyer ended the claim."""

    code: str
    at: datetime


@dataclass(frozen=True)
class Exclusion:
    """The seller's request that the claim be left out of his reputation; there is one at most."""

    cause: str  # of claims/exclusions.py
    asked_at: datetime
    due_at: datetime  # the mediator's decision; late it counts all the same
    granted: bool | None = None  # None: not decided yet
    decided_at: datetime | None = None

    @property
    def state(self) -> str:
        """asked, granted or denied."""
        return {None: "asked", True: "granted", False: "denied"}[self.granted]


@dataclass(frozen=True)
class Verdict:
    """Whether the claim counts against the seller, the rule that decided, and the instants it compared."""

    impact: Impact
    rule: str
    acted_at: datetime | None = None
    limit: datetime | None = None


@dataclass(frozen=True)
class Claim:
    id: str
    line: OrderLine
    reason: ReasonTerms
    policy: Policy
    quantity: int  # claimed, of line.quantity
    product_amount: int  # price of the claimed quantity; offers are a percentage of it
    freight_amount: int  # share of the freight that a total refund adds
    wanted: str
    opened_at: datetime
    protect_until: datetime  # the seller's window for the reputation; never moves
    respond_by: datetime  # the seller's own clock; only a decline moves it
    due_at: datetime | None  # of whoever is waited for; None only when closed
    due_since: datetime  # when that date was set
    updated_at: datetime
    verdict: Verdict
    version: int = 0  # the number of steps recorded
    stage: Stage = Stage.NEGOTIATION
    offers: tuple[Offer, ...] = ()
    returns: tuple[Return, ...] = ()
    refunds: tuple[Refund, ...] = ()
    guided: bool = False
    asked: Actor | None = None  # whose evidence the mediator wants
    award: int = 0  # what the buyer is to have in all, on the merits
    ruled: bool = False  # ... and whether a mediator said so
    refund_granted_at: datetime | None = None  # the seller's first total refund
    return_granted_at: datetime | None = None  # the seller's first grant of a return
    closing: Closing | None = None
    code: str = ""  # the resolution
    closed_by: Actor | None = None
    closed_at: datetime | None = None
    appealed: Actor | None = None
    in_appeal: bool = False
    appeal_until: datetime | None = None
    exclusion: Exclusion | None = None
    claimed_again: bool = False  # the order line was, since; told by the desk, not recorded
    priority: int = 0  # rises when a mediator or the bank stays silent

    @property
    def total(self) -> int:
        """What a total refund gives, in minor units: all that the claim is about."""
        return self.product_amount + self.freight_amount

    @property
    def paid(self) -> int:
        """What the provider says the buyer has, in minor units."""
        return sum(r.amount for r in self.refunds if r.status == RefundStatus.SUCCEEDED)

    @property
    def offer(self) -> Offer | None:
        """The pending offer; there is at most one."""
        last = self.offers[-1] if self.offers else None
        return last if last and last.status == OfferStatus.PENDING else None

    @property
    def parcel(self) -> Return | None:
        """The return in hand, or the last one there was."""
        return self.returns[-1] if self.returns else None

    @property
    def refund(self) -> Refund | None:
        """The refund in hand, or the last one there was."""
        return self.refunds[-1] if self.refunds else None

    @property
    def open(self) -> bool:
        return self.stage != Stage.CLOSED


@dataclass(frozen=True)
class Note:
    """A text of the timeline: its id and salted digest. The text itself lives in the database only."""

    id: str
    digest: str


@dataclass(frozen=True)
class Input:
    """What came with an action. Which fields an action takes stands in claims/inputs.py."""

    percent: int | None = None
    offer: int | None = None
    amount: int | None = None
    return_first: bool | None = None
    party: Actor | None = None
    code: str | None = None
    refund: int | None = None
    parcel: int | None = None
    tracking_number: str | None = None
    granted: bool | None = None


@dataclass(frozen=True)
class Command:
    """One actor asking for one step."""

    action: Action
    by: Actor
    input: Input = field(default_factory=Input)
    id: str = ""  # the same id is the same command, for ever
    person: str = ""  # who it was: the subject of the token, or the operator behind a signal
    via: str = "api"
    note: Note | None = None
    expects: int | None = None  # If-Match: the version that the person had seen
    seen: int = 0  # the version that the desk saw in the database
    body: str = ""  # digest of the request that brought it; what its key is answered with is kept
    accepted_at: datetime | None = None  # None: at workflow time (signals)


@dataclass(frozen=True)
class Event:
    """One step taken: an entry of the timeline, numbered without gaps from 1."""

    sequence: int
    at: datetime
    action: Action
    by: Actor
    stage: Stage  # after the step
    waiting_on: str
    due_at: datetime | None
    impact: Impact
    id: str = ""
    person: str = ""
    via: str = "clock"
    input: Input = field(default_factory=Input)
    note: Note | None = None
    effects: tuple[str, ...] = ()


class Refused(Exception):
    """A rule said no. The code is for programs; the sentence is for a person, at most 200 characters."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Invalid(Refused):
    """What came with the command is not what the action takes."""


class Stale(Refused):
    """The claim has moved since the person saw it."""
