"""Orders as a marketplace knows them: who bought what from whom, what was paid, and when it came."""

from dataclasses import dataclass, field
from datetime import datetime

from claims.model import SELLER, OrderLine

LONGEST_ID = 100


def fault_of_id(text: str) -> str:
    """Why this cannot be an id that stands in a link, or an empty text: the one rule for files and the API."""
    if not 0 < len(text) <= LONGEST_ID:
        return f"is not 1 to {LONGEST_ID} characters long"
    if not text.isprintable() or text != text.strip():
        return "holds a character that cannot be seen"
    return "is no id: it holds a slash, or nothing but dots" if set(text) & {"/", "\\"} or not text.strip(".") else ""


@dataclass(frozen=True)
class Address:
    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""  # ISO 3166-1 alpha-2


@dataclass(frozen=True)
class Person:
    """A buyer or a seller. Names, addresses and mail addresses never leave the database but for the label and mail."""

    id: str
    name: str = ""
    email: str = ""
    language: str = "en"
    address: Address = field(default_factory=Address)


@dataclass(frozen=True)
class OrderItem:
    """One line of an order. Money in minor units of the order's currency; freight is that of the whole line."""

    line_id: str
    seller: Person
    product: str
    quantity: int
    unit_price: int
    freight: int = 0
    category: str = ""
    promised_at: datetime | None = None
    delivered_at: datetime | None = None  # None: not delivered yet
    dispatch_by: datetime | None = None  # until when the seller promised to hand it over
    dispatched_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str = ""  # buyer | seller | platform, of what is cancelled
    fulfilled_by: str = SELLER  # or platform: it stores and sends the goods itself

    @property
    def total(self) -> int:
        return self.quantity * self.unit_price + self.freight


@dataclass(frozen=True)
class Order:
    id: str
    site: str
    currency: str  # ISO 4217
    purchased_at: datetime
    buyer: Person
    items: tuple[OrderItem, ...]


def snapshot(order: Order, item: OrderItem) -> OrderLine:
    """The line as a claim keeps it for ever; ids only, no names."""
    return OrderLine(
        site=order.site,
        order_id=order.id,
        line_id=item.line_id,
        buyer_id=order.buyer.id,
        seller_id=item.seller.id,
        product=item.product,
        category=item.category,
        quantity=item.quantity,
        unit_price=item.unit_price,
        freight=item.freight,
        currency=order.currency,
        purchased_at=order.purchased_at,
        promised_at=item.promised_at,
        delivered_at=item.delivered_at,
        cross_border=_cross_border(order.buyer.address.country, item.seller.address.country),
        fulfilled_by=item.fulfilled_by,
    )


def _cross_border(buyer: str, seller: str) -> bool:
    return bool(buyer and seller) and buyer != seller
