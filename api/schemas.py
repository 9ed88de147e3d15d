"""What comes in: strict bodies; and the JSON Schema that tells a client what an action takes right now."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from claims.evidence import MOST_AT_ONCE
from claims.guidance import LINK, LONGEST_LINK, LONGEST_STEP, MOST_STEPS, STEP, fault_of_link, fault_of_step
from claims.inputs import NOTE_LIMIT, NOTES
from claims.inputs import Field as InputField
from claims.model import Action, Actor, Input
from claims.opening import SOLUTIONS
from claims.orders import LONGEST_ID, Address, Order, OrderItem, Person, fault_of_id
from claims.process import Choice
from claims.reasons import REASONS

MOST_MONEY = 10**15  # minor units
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:", re.ASCII)  # what is read as a date must look like one: no Unix times
_TYPES = {"integer": "integer", "boolean": "boolean", "string": "string"}


def _plain(text: str) -> str:
    if any(ord(c) < 32 and c not in "\n\r\t" for c in text):
        raise ValueError("control characters are not allowed")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it is not valid Unicode") from None
    return text


def _id(text: str) -> str:
    if fault := fault_of_id(text):
        raise ValueError(f"it {fault}")
    return text


def _step(text: str) -> str:
    if fault := fault_of_step(_plain(text)):
        raise ValueError(f"it {fault}")
    return text


def _link(text: str) -> str:
    if fault := fault_of_link(_plain(text)):
        raise ValueError(f"it {fault}")
    return text


def _reason(code: str) -> str:
    if code not in REASONS:
        raise ValueError("it is no code of the catalogue of reasons")
    return code


def _written_out(value: Any) -> Any:
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("it is no time like 2026-11-23T08:30:00Z")
    return value


def _year(instant: datetime) -> datetime:
    if not (1970 <= instant.year <= 2100 and 1970 <= instant.astimezone(UTC).year <= 2100):
        raise ValueError("the year must be 1970 to 2100")
    return instant


def _is_none(value: Any) -> bool:
    return value is None


def _is_empty(value: Any) -> bool:
    return not value


_PLAIN = Field(json_schema_extra={"pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"})
_ID = Field(json_schema_extra={"pattern": r"^[^\x00-\x1f\x7f/\\]+$"})  # all that a pattern can say of it
Id = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID), AfterValidator(_id), _ID]
Short = Annotated[str, StringConstraints(max_length=300), AfterValidator(_plain), _PLAIN]
NoteText = Annotated[str, StringConstraints(min_length=1, max_length=NOTE_LIMIT), AfterValidator(_plain), _PLAIN]
StepText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_STEP),
    AfterValidator(_step),
    Field(json_schema_extra={"pattern": STEP}),
]
Link = Annotated[
    str,
    StringConstraints(max_length=LONGEST_LINK),
    AfterValidator(_link),
    Field(json_schema_extra={"format": "uri", "pattern": LINK}),
]
Amount = Annotated[int, Field(ge=0, le=MOST_MONEY)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_year)]
Plain = Annotated[str, StringConstraints(max_length=LONGEST_ID), AfterValidator(_plain), _PLAIN]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_plain), _PLAIN]
Code = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z_]*$")]


_Reason = Annotated[str, AfterValidator(_reason), Field(json_schema_extra={"enum": list(REASONS)})]


class Body(BaseModel):
    """A request's body: unknown fields are refused, and a number is a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AddressBody(Body):
    lines: Annotated[list[Short], Field(max_length=6)] = []
    city: Short = ""
    region: Short = ""
    postal_code: Short = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = Field("", description="ISO 3166-1 alpha-2")


class PersonBody(Body):
    """Who it is. What is left out stays as it was told before; a new person reads English."""

    id: Id
    name: Short = ""
    email: Short = ""
    language: Annotated[str, StringConstraints(pattern=r"^(en|es|pt)?$")] = ""
    address: AddressBody = AddressBody()

    def person(self) -> Person:
        address = self.address.model_dump() | {"lines": tuple(self.address.lines)}
        return Person(self.id, self.name, self.email, self.language, Address(**address))


class LineBody(Body):
    line_id: Id
    seller: PersonBody
    product: Annotated[Short, StringConstraints(min_length=1)]
    category: Short = ""
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    unit_price: Annotated[int, Field(ge=0, le=10**12, description="minor units")]
    freight: Annotated[int, Field(ge=0, le=10**12, description="minor units, of the whole line")] = 0
    promised_at: Annotated[Instant | None, Field(strict=False)] = None
    delivered_at: Annotated[Instant | None, Field(strict=False, description="left out: not delivered yet")] = None
    dispatch_by: Annotated[
        Instant | None, Field(strict=False, description="until when the seller promised to hand it over")
    ] = None
    dispatched_at: Annotated[Instant | None, Field(strict=False)] = None
    cancelled_at: Annotated[Instant | None, Field(strict=False)] = None
    cancelled_by: Literal["", "buyer", "seller", "platform"] = ""
    fulfilled_by: Annotated[
        Literal["seller", "platform"], Field(description="platform: it stores and sends the goods itself")
    ] = "seller"

    def item(self) -> OrderItem:
        plain = {name: getattr(self, name) for name in OrderItem.__dataclass_fields__ if name != "seller"}
        return OrderItem(seller=self.seller.person(), **plain)


class OrderBody(Body):
    site: Id
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(description="ISO 4217")
    purchased_at: Annotated[Instant, Field(strict=False)]
    buyer: PersonBody
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=200)]

    def order(self, order_id: str) -> Order:
        items = tuple(line.item() for line in self.lines)
        return Order(order_id, self.site, self.currency, self.purchased_at, self.buyer.person(), items)


Used = Annotated[
    list[Id], Field(max_length=MOST_AT_ONCE, description="ids of uploads of yours, as POST /v1/attachments answered")
]


class OpenBody(Body):
    order_id: Id
    line_id: Id
    reason: Annotated[Code, Field(json_schema_extra={"enum": list(REASONS)})]
    quantity: int = 1
    wanted: Code = Field("", description="a wish that binds nobody", json_schema_extra={"enum": ["", *SOLUTIONS]})
    message: NoteText
    attachments: Annotated[Used, Field(exclude_if=_is_empty)] = []


class ActBody(Body):
    """What an action takes; which of these, and within which limits, stands in the claim's `actions`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"note": "..."}, {"percent": 30}, {"offer": 1}]})

    percent: int | None = None
    offer: int | None = None
    amount: Annotated[int | None, Field(description="minor units of the claim's currency")] = None
    return_first: bool | None = None
    party: Annotated[Actor | None, Field(strict=False)] = None
    code: Code | None = None
    note: NoteText | None = None
    # Left out of the digest of a body without them, as in OpenBody: it is the same request as before they were there.
    granted: Annotated[bool | None, Field(exclude_if=_is_none)] = None
    steps: Annotated[list[StepText] | None, Field(min_length=1, max_length=MOST_STEPS, exclude_if=_is_none)] = None
    link: Annotated[Link | None, Field(exclude_if=_is_none)] = None
    attachments: Annotated[Used, Field(exclude_if=_is_empty)] = []

    def given(self) -> Input:
        return Input(**self.model_dump(exclude={"note", "steps", "link", "attachments"}))

    def guidance(self) -> dict[str, Any] | None:
        """What an explanation has beside its text."""
        return {"steps": self.steps or [], "link": self.link} if self.steps or self.link else None


class MessageBody(Body):
    text: NoteText
    to: Annotated[Actor | None, Field(strict=False, description="for mediators: buyer or seller")] = None
    attachments: Used = []


class HelpedBody(Body):
    helped: bool


class QuickReplyBody(Body):
    texts: Annotated[
        dict[Literal["en", "es", "pt"], NoteText],
        Field(min_length=1, description="by language; may name {buyer}, {product} and {order}"),
    ]
    reasons: Annotated[list[_Reason], Field(max_length=len(REASONS), description="none: for all")] = []


class ReadBody(Body):
    up_to: Annotated[Id, Field(description="a message's id")]


class ProfileBody(Body):
    language: Annotated[str, StringConstraints(pattern=r"^(en|es|pt)$")]
    originals: bool = Field(False, description="read as written, without translations")


_STEP = {"type": "string", "minLength": 1, "maxLength": LONGEST_STEP, "pattern": STEP}
_NOTES = {
    Action.GUIDE: "It charges before it starts.",
    Action.ASK_EXCLUSION: "The carrier's own report says that the parcel was dropped.",
    Action.DECIDE_EXCLUSION: "The carrier's report confirms it.",
}
_GUIDANCE: dict[str, Any] = {
    "steps": {"type": "array", "minItems": 1, "maxItems": MOST_STEPS, "items": _STEP},
    "link": {"type": "string", "maxLength": LONGEST_LINK, "pattern": LINK},
}


def input_schema(choice: Choice) -> tuple[dict[str, Any], dict[str, Any]]:
    """A JSON Schema of the body that the action takes now, and a body that works as it is."""
    properties = {f.name: _property(f) for f in choice.fields}
    properties["note"] = {"type": "string", "minLength": 1, "maxLength": NOTE_LIMIT}
    properties["attachments"] = {"type": "array", "items": {"type": "string"}, "maxItems": MOST_AT_ONCE}
    required = [f.name for f in choice.fields if f.required]
    example = _example(choice)
    if choice.action in NOTES:
        required.append("note")
        example["note"] = _NOTES[choice.action]
    if choice.action == Action.GUIDE:
        properties |= _GUIDANCE
        example["steps"] = ["Charge it for an hour.", "Hold the button."]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    if choice.action == Action.RULE:
        schema["oneOf"] = [{"required": [f.name]} for f in choice.fields]
    return schema, example


def _property(field: InputField) -> dict[str, Any]:
    limits = {"enum": list(field.choices), "minimum": field.minimum, "maximum": field.maximum}
    return {"type": _TYPES[field.kind]} | {k: v for k, v in limits.items() if v not in (None, [])}


def _example(choice: Choice) -> dict[str, Any]:
    given = choice.example.input if choice.example else Input()
    return {name: value for name, value in vars(given).items() if value is not None}
