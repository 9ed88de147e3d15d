"""The database schema. Rows never leave this room; money is in minor units, instants are UTC."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, LargeBinary, String, Text, false, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from claims.model import Stage
from claims.rulings import CODES

_UNTOLD = "told_at IS NULL"
_LEFT = "erased_at IS NOT NULL AND key <> ''"
AT_MEDIATORS = f"mediated AND stage <> '{Stage.CLOSED}'"  # as the indexes have it, and so the queries
RULED = f"closed_at IS NOT NULL AND code IN ({', '.join(repr(code) for code in CODES)})"
_CONTESTED = ", ".join(f"'{s}'" for s in (Stage.NEGOTIATION, Stage.RETURN, Stage.MEDIATION))


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, to the microsecond, on both databases. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012
        datetime: Instant(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        str: String(),
        int: BigInteger(),
    }


class PersonRow(Table):
    """Personal data of buyers and sellers: here and on the label, nowhere else."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    language: Mapped[str]
    address: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class OrderRow(Table):
    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    buyer_id: Mapped[str] = mapped_column(index=True)
    currency: Mapped[str]
    purchased_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OrderLineRow(Table):
    __tablename__ = "order_lines"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line_id: Mapped[str] = mapped_column(primary_key=True)
    seller_id: Mapped[str] = mapped_column(index=True)
    product: Mapped[str]
    folded: Mapped[str] = mapped_column(server_default="")  # the product as it is searched
    category: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[int]
    freight: Mapped[int]
    promised_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    dispatch_by: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str] = mapped_column(server_default="")
    fulfilled_by: Mapped[str] = mapped_column(server_default="seller")

    __table_args__ = (Index("lines_of_product", "seller_id", "product"),)


class SaleRow(Table):
    """What one seller sold in one order, as far as it counts for the standing. Made from orders and ledger, and can
    be made again from them."""

    __tablename__ = "sales"
    __table_args__ = (
        Index("sales_counted", "seller_id", "site", "bought_at", "day", "claims", "mediations", "cancelled",
              "late_after"),
        Index("sales_claimed", "seller_id", "site", "bought_at", sqlite_where=text("claims > 0"),
              postgresql_where=text("claims > 0")),
    )  # fmt: skip

    order_id: Mapped[str] = mapped_column(primary_key=True)
    seller_id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    bought_at: Mapped[datetime]
    day: Mapped[int]  # of the purchase, from 1970 in UTC; midnight belongs to the day before, as in a window
    claims: Mapped[int]  # on it that count
    mediations: Mapped[int]  # ... and came before a mediator
    cancelled: Mapped[bool]  # by the seller
    late_after: Mapped[datetime | None]  # after this instant it is late; null: never


class StandingRow(Table):
    """The standing of a seller at the end of a day, or as it was last seen on it."""

    __tablename__ = "standings"

    seller_id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1970, in UTC
    level: Mapped[str]
    real: Mapped[str]
    sales: Mapped[int]
    claims: Mapped[int]
    mediations: Mapped[int]
    cancellations: Mapped[int]
    delays: Mapped[int]
    window_days: Mapped[int]
    terms: Mapped[str]  # their version
    at: Mapped[datetime]


class ProtectionRow(Table):
    """That the platform shows a level of a seller for a time. The last one of a seller and site holds."""

    __tablename__ = "protections"
    __table_args__ = (Index("protections_of", "seller_id", "site", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    seller_id: Mapped[str]
    site: Mapped[str]
    level: Mapped[str]
    until: Mapped[datetime]
    cause: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class ClaimRow(Table):
    """One claim: the columns are for finding it, `state` is all of it."""

    __tablename__ = "claims"
    __table_args__ = (
        Index(
            "one_contested_claim_per_line",
            "order_id",
            "line_id",
            unique=True,
            sqlite_where=text(f"stage IN ({_CONTESTED})"),
            postgresql_where=text(f"stage IN ({_CONTESTED})"),
        ),
        Index("claims_by_due", "stage", "due_at"),
        Index("claims_of_buyer", "buyer_id", "waiting_on", "stage"),  # counted on every page that a party sees
        Index("claims_of_seller", "seller_id", "waiting_on", "stage"),
        Index("claims_of_mediators", "mediated", "waiting_on", "stage"),
        Index("claims_of_line", "order_id", "line_id"),
        Index(
            "claims_at_mediators",
            "stage",
            "waiting_on",
            "priority",
            sqlite_where=text(AT_MEDIATORS),
            postgresql_where=text(AT_MEDIATORS),
        ),
        Index(
            "claims_ruled",
            "reason",
            "site",
            "closed_at",
            "id",
            "claimed",
            sqlite_where=text(RULED),
            postgresql_where=text(RULED),
        ),
        Index("exclusions_asked", "exclusion", "exclusion_due_at"),
        Index(
            "claims_counted",
            "seller_id",
            "opened_at",
            "reason",
            "impact",
            "stage",
            "site",
            "order_id",
            "line_id",
            "currency",
            "claimed",
            "refunded",
            "protect_until",
            "answered_at",
            "closed_at",
        ),  # all that advice reads
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str]
    line_id: Mapped[str]
    buyer_id: Mapped[str]
    seller_id: Mapped[str]
    site: Mapped[str]
    reason: Mapped[str]
    stage: Mapped[str]
    waiting_on: Mapped[str]
    due_at: Mapped[datetime | None]
    impact: Mapped[str]
    code: Mapped[str]
    priority: Mapped[int]
    mediated: Mapped[bool]  # mediators see it: it was in mediation, its refund failed, an exclusion was asked for
    version: Mapped[int]
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    digest: Mapped[str]  # of the last entry of the timeline
    exclusion: Mapped[str] = mapped_column(server_default="")  # asked | granted | denied
    exclusion_due_at: Mapped[datetime | None]  # when a decision was or is due
    currency: Mapped[str] = mapped_column(server_default="")
    claimed: Mapped[int] = mapped_column(server_default="0")  # all that the claim is about, in minor units
    refunded: Mapped[int] = mapped_column(server_default="0")  # what the provider says the buyer has of it
    protect_until: Mapped[datetime | None]  # the seller's window
    answered_at: Mapped[datetime | None]  # the seller's first step, or message to the buyer
    closed_at: Mapped[datetime | None]
    state: Mapped[dict[str, Any]]


class EventRow(Table):
    """The timeline: append-only, numbered without gaps, each entry sealed with the digest of the one before."""

    __tablename__ = "claim_events"
    __table_args__ = (Index("one_event_per_command", "claim_id", "command_id", unique=True),)

    claim_id: Mapped[str] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    command_id: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    event: Mapped[dict[str, Any]]
    digest: Mapped[str]


class TextRow(Table):
    """What people wrote. The timeline knows only the id and the salted digest, so a text can be erased."""

    __tablename__ = "texts"

    id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(index=True)
    person: Mapped[str]
    role: Mapped[str]
    body: Mapped[str] = mapped_column(Text())
    folded: Mapped[str] = mapped_column(Text(), server_default="")  # for searching: no case, no accents
    guidance: Mapped[dict[str, Any] | None]  # steps and a link, of an explanation
    language: Mapped[str] = mapped_column(server_default="")
    language_by: Mapped[str] = mapped_column(server_default="")  # text | profile: what told the language
    salt: Mapped[str]
    digest: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]


class ThreadRow(Table):
    """How far a claim's feed has come. Whoever adds to it holds this row until the commit, so that none is missed."""

    __tablename__ = "threads"

    claim_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class FeedRow(Table):
    """All that happens on a claim's screen, in one order: steps, messages, translations, reads."""

    __tablename__ = "feed"

    claim_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]  # step | message | translation | read
    ref: Mapped[str]  # sequence | message id | message id/language | role/position
    at: Mapped[datetime]


class MessageRow(Table):
    """One message of a claim's thread; its words are in `texts`."""

    __tablename__ = "messages"
    __table_args__ = (Index("messages_of_claim", "claim_id", "position", unique=True),)

    id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str]
    position: Mapped[int]  # in the feed
    command_id: Mapped[str] = mapped_column(unique=True)
    body: Mapped[str]  # digest of the request that brought it; empty for the note of a step
    text_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # text | guidance | note
    action: Mapped[str]  # of the step that a note came with
    sender: Mapped[str]
    person: Mapped[str] = mapped_column(index=True)
    receiver: Mapped[str]  # buyer | seller | mediator | all
    stage: Mapped[str]
    moderation: Mapped[str]  # clean | rejected: then only its author sees it
    reasons: Mapped[list[Any]]  # of the rejection
    helped: Mapped[str]  # guidance: asked | yes | no; else empty
    created_at: Mapped[datetime]


class TranslationRow(Table):
    """A message in another language, or the wish for it. What was translated before is found by the source's digest."""

    __tablename__ = "translations"
    __table_args__ = (Index("translations_wanted", "state", "wanted_at"),)

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]  # pending | done | unavailable | failed
    fresh: Mapped[bool]  # asked for again: what is known does not do
    body: Mapped[str] = mapped_column(Text())
    folded: Mapped[str] = mapped_column(Text())
    engine: Mapped[str]
    route: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)  # of engine, route and source text
    wanted_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ReadRow(Table):
    """That one side has read the thread up to a position of the feed."""

    __tablename__ = "reads"

    claim_id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person: Mapped[str]
    at: Mapped[datetime]


class ProfileRow(Table):
    """How a person wants to read: the language they chose, and whether as it was written."""

    __tablename__ = "profiles"

    role: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    originals: Mapped[bool]


class QuickReplyRow(Table):
    """What a seller often writes, by language; with no reasons it is for all."""

    __tablename__ = "quick_replies"

    seller_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, Any]]
    reasons: Mapped[list[Any]]
    updated_at: Mapped[datetime]


class AnswerRow(Table):
    """What an idempotency key was answered with: the claim as it stood after the step."""

    __tablename__ = "answers"

    command_id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]  # digest of the request's body
    claim_id: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    state: Mapped[dict[str, Any]]


class RefusalRow(Table):
    """Signals that the rules refused: they changed nothing, and here they can be found."""

    __tablename__ = "refusals"

    command_id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    action: Mapped[str]
    by: Mapped[str]
    person: Mapped[str]
    code: Mapped[str]
    sentence: Mapped[str]


class SkipRow(Table):
    """Embedded mode only: by how much a claim's clock is ahead of the wall."""

    __tablename__ = "skips"

    claim_id: Mapped[str] = mapped_column(primary_key=True)
    milliseconds: Mapped[int]


class TransferRow(Table):
    """The embedded refund provider's ledger: one transfer for each key, for ever."""

    __tablename__ = "ledger_transfers"

    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # capture | refund | bounce
    order_id: Mapped[str]
    line_id: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (Index("transfers_of_line", "order_id", "line_id"),)


class EntryRow(Table):
    """Double entry: the amounts of one transfer add up to zero."""

    __tablename__ = "ledger_entries"

    key: Mapped[str] = mapped_column(ForeignKey("ledger_transfers.key"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]


class FaultRow(Table):
    """Embedded mode only: what the refund provider is told to do wrong, for trials."""

    __tablename__ = "provider_faults"

    key: Mapped[str] = mapped_column(primary_key=True)
    fault: Mapped[str]
    left: Mapped[int]


class LabelRow(Table):
    __tablename__ = "labels"

    claim_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tracking_number: Mapped[str] = mapped_column(unique=True)
    sscc: Mapped[str] = mapped_column(unique=True)
    codes: Mapped[dict[str, Any]]
    pdf: Mapped[bytes] = mapped_column(LargeBinary())
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class CounterRow(Table):
    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class CarrierEventRow(Table):
    """What a carrier said, once for each of its event ids."""

    __tablename__ = "carrier_events"

    event_id: Mapped[str] = mapped_column(primary_key=True)  # carrier/its id
    body: Mapped[str]  # digest
    tracking_number: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    claim_id: Mapped[str]
    outcome: Mapped[str]
    sentence: Mapped[str]
    created_at: Mapped[datetime]


class NoticeRow(Table):
    """The in-app inbox, and what of it is still to be mailed."""

    __tablename__ = "notices"
    __table_args__ = (Index("notices_of", "role", "person", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    claim_id: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    person: Mapped[str]  # empty for the mediators, who share one inbox
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail: Mapped[str]  # none | pending | sent | failed
    mail_error: Mapped[str]


class ReputationRow(Table):
    """The seller's ledger: one entry each time the verdict of a claim was decided, or corrected."""

    __tablename__ = "reputation_entries"
    __table_args__ = (
        Index("reputation_of_seller", "seller_id", "at"),
        Index("reputation_untold", "at", sqlite_where=text(_UNTOLD), postgresql_where=text(_UNTOLD)),
    )

    claim_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seller_id: Mapped[str]
    site: Mapped[str]
    order_id: Mapped[str] = mapped_column(index=True)
    line_id: Mapped[str]
    impact: Mapped[str]
    rule: Mapped[str]
    mediated: Mapped[bool] = mapped_column(server_default=false())  # the claim had come before a mediator
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]  # when the outside reputation service took it
    told_standing: Mapped[dict[str, Any] | None]  # the seller's, as that service hears it: the same in every try
    refused: Mapped[int | None]  # the status with which that service refused it for good


class SweepRow(Table):
    """What a sweep over the claims found: ids, versions and codes, no personal data."""

    __tablename__ = "sweeps"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    claims: Mapped[int]
    workflows: Mapped[int]
    timelines: Mapped[int]
    findings: Mapped[list[Any]]


class ErasureRow(Table):
    """That a person was erased: the proof that it was done, and what to do again after a restore. No personal data."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    person: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    rows: Mapped[dict[str, Any]]


class EndedSessionRow(Table):
    """A session of the pages that somebody ended before its time. No personal data."""

    __tablename__ = "ended_sessions"

    digest: Mapped[str] = mapped_column(primary_key=True)  # of the cookie
    until: Mapped[datetime] = mapped_column(index=True)  # it would have been good


class AttachmentRow(Table):
    """An uploaded file; its bytes lie in the object store under `key`. The row is there before the object, and goes
    after it, so that no object is ever without a row."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("attachments_of", "owner", "owner_role"),
        Index("attachments_left_behind", "erased_at", sqlite_where=text(_LEFT), postgresql_where=text(_LEFT)),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    command_id: Mapped[str] = mapped_column(unique=True)  # of the upload: who, under which key
    body: Mapped[str]  # digest of what was uploaded
    owner_role: Mapped[str]
    owner: Mapped[str]
    claim_id: Mapped[str | None] = mapped_column(index=True)  # null: not used yet
    message_id: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]  # bytes, like sha256 of what is kept
    sha256: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    pages: Mapped[int | None]
    purpose: Mapped[str]  # problem | chat | return | mediation
    visibility: Mapped[str]  # both | mediator
    key: Mapped[str]  # random; empty: the object is deleted
    created_at: Mapped[datetime] = mapped_column(index=True)
    stored_at: Mapped[datetime | None]  # the object is there
    used_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # name and digests are gone, and so will be the object
