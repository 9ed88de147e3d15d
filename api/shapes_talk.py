"""The shapes of what goes out of a claim's thread: messages, receipts, profiles."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.shapes import ClaimSeen, Shape
from claims.model import Action, Actor, Stage
from claims.thread import Kind


class Person(Shape):
    role: Actor
    person: str


class Original(Shape):
    text: str
    language: str | None
    told_by: Literal["text", "profile"] | None = Field(description="what told the language")


class Translation(Shape):
    language: str
    state: Literal["pending", "done", "unavailable", "failed"]
    text: str | None = Field(description="of an explanation with its steps, a line for each")
    engine: str | None
    route: str | None = Field(description="like es>pt>en")
    at: datetime | None


class Objection(Shape):
    code: str
    found: str = Field(description="the piece that was objected to")
    sentences: dict[str, str] = Field(description="for the author, by language")


class Guidance(Shape):
    """What an explanation has beside its text."""

    steps: list[str] = Field(description="in the reader's language, where there is a translation of each")
    original_steps: list[str]
    link: str | None
    helped: Literal["asked", "yes", "no"] = Field(description="what the buyer says: see the message's `answer`")


class Moderation(Shape):
    status: Literal["clean", "rejected"]
    reasons: list[Objection] = Field(description="why only its author sees it")


class FileSent(Shape):
    id: str
    name: str | None = Field(description="null: erased, or the reader is an auditor")
    media_type: str
    size: int = Field(description="bytes")
    content: str | None = Field(description="where the file itself is; null: erased")


class Message(Shape):
    id: str
    claim_id: str
    position: int = Field(description="in the claim's feed: the id of its server-sent event")
    kind: Kind
    action: Action | None = Field(description="the step that a note came with")
    from_: Person = Field(alias="from")
    to: Literal["buyer", "seller", "mediator", "all"]
    mine: bool
    stage: Stage
    text: str | None = Field(description="as the reader is to see it: translated, where there is a translation")
    language: str | None
    original: Original | None
    translation: Translation | None = Field(description="into the reader's language")
    guidance: Guidance | None = Field(description="null unless the seller explains the product")
    attachments: list[FileSent]
    created_at: datetime
    read_at: datetime | None
    moderation: Moderation
    erased: bool


class Writing(Shape):
    to: list[Actor] = Field(description="whom the reader may write to now")
    code: str | None
    why_not: str | None


class Limits(Shape):
    characters: int
    attachments: int


class Thread(Shape):
    messages: list[Message]
    next: str | None
    unread: int
    writing: Writing
    limits: Limits


class Found(Shape):
    messages: list[Message]
    next: str | None


class Answered(Shape):
    message: Message
    claim: ClaimSeen | None = Field(description="after a yes, which has closed it")


class Receipt(Shape):
    up_to: str
    unread: int = Field(description="messages that are left")


class QuickReplySeen(Shape):
    name: str
    own: bool = Field(description="of the seller; else the house's")
    reasons: list[str] = Field(description="none: for all")
    language: str = Field(description="of the text")
    text: str = Field(description="with the claim's facts for {buyer}, {product} and {order}, if one was named")
    texts: dict[str, str] = Field(description="by language, as they were saved")


class QuickReplyLimits(Shape):
    replies: int = Field(description="of one seller")
    characters: int


class QuickReplies(Shape):
    replies: list[QuickReplySeen] = Field(description="the seller's own first")
    placeholders: list[str]
    limits: QuickReplyLimits


class ProfileSeen(Shape):
    language: str
    originals: bool
