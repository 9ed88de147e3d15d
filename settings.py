"""Every setting, once. Read from the environment (AMENDS_...) and from an optional file `.env`."""

import logging
import sys
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import structlog
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from activities import reputation_terms
from activities.reputation_service import secret_of
from claims.model import Actor
from claims.standing.terms import Terms
from workflows.codec import KeyRing

SHORTEST_SECRET = 32
SHORTEST_BYTES = 24  # of a key that is written in base64, by Standard Webhooks
SIGNED_IN = tuple(str(actor) for actor in (Actor.BUYER, Actor.SELLER, Actor.MEDIATOR))  # the roles of people
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Mode(StrEnum):
    EMBEDDED = "embedded"  # `make run`: our own engine, dev tokens, a clock that can be moved
    PRODUCTION = "production"


class Settings(BaseSettings):
    """The connection to Temporal has its own convention: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and so on."""

    model_config = SettingsConfigDict(env_prefix="AMENDS_", env_file=".env", extra="ignore", hide_input_in_errors=True)

    mode: Mode = Field(Mode.PRODUCTION, description="`embedded` (set by `make run`) or `production`")
    token_secret: SecretStr = Field(
        SecretStr(""), description="signs and verifies tokens (HS256); 32 characters or more; `make run` makes its own"
    )
    token_audience: str = Field("amends", description="the audience that a token must name")
    database_url: str = Field("sqlite:///var/amends.db", description="SQLite or PostgreSQL, as SQLAlchemy writes it")
    evidence_url: str = Field(
        "var/evidence",
        description="where uploaded files lie: a folder, file:///folder, s3://bucket/prefix or memory://",
    )
    refunds_per_second: float = Field(50.0, gt=0, description="at most so many refunds a second are asked for")
    body_limit_bytes: int = Field(2**20, ge=1024, description="a request's body has at most so many bytes")
    requests_per_minute: int = Field(
        3000,
        ge=0,
        le=1_000_000,
        description="at most so many from each caller, ten times as many from platform and carrier; 0: no limit",
    )
    streams_per_caller: int = Field(
        20,
        ge=0,
        le=100_000,
        description="at most so many open streams for each caller, ten times as many for platform; 0: no limit",
    )
    stream_seconds: float = Field(
        3600.0, ge=0, le=7 * 86400, description="a stream ends after so long, and its client connects again"
    )
    update_timeout_seconds: float = Field(10.0, gt=0, description="an act that takes longer is answered 202")
    sweep_minutes: int = Field(5, ge=0, description="so often the sweeper looks after all claims; 0: never")
    smtp_url: SecretStr = Field(
        SecretStr(""), description="smtp://user:password@host:port or smtps://...; empty: no mail is sent"
    )
    mail_from: str = Field("claims@localhost", description="the sender of notices by mail")
    translator: Literal["embedded", "deepl", "libretranslate", "off"] = Field(
        "embedded", description="who translates messages: `embedded`, `deepl`, `libretranslate` or `off`"
    )
    translator_url: str = Field(
        "", description="where a LibreTranslate-compatible server is reached; for DeepL only if not its own address"
    )
    translator_key: SecretStr = Field(SecretStr(""), description="the key for DeepL or the LibreTranslate server")
    translation_timeout_seconds: float = Field(
        10.0, gt=0, le=300, description="a translation that takes longer is tried again later"
    )
    public_url: str = Field("http://127.0.0.1:8080", description="where people reach the API; links in mails")
    carrier_country: str = Field("BR", description="country of the postal operator in S10 numbers (ISO 3166)")
    sscc_prefix: str = Field("7890000", description="GS1 company prefix of the labels' SSCC")
    own_hosts: str = Field(
        "", description="hosts, separated by commas, whose links people may send; that of `AMENDS_PUBLIC_URL` is one"
    )
    moderator_url: str = Field("", description="an outside moderator, asked by POST beside our own rules; empty: none")
    moderator_key: SecretStr = Field(
        SecretStr(""), description="signs what the outside moderator is asked (HMAC-SHA256); 32 characters or more"
    )
    moderator_timeout_seconds: float = Field(
        1.0, gt=0, le=30, description="the outside moderator answers within so long, or our own rules decide alone"
    )
    reputation_url: str = Field(
        "", description="an outside reputation service, told by POST of every verdict that is posted; empty: none"
    )
    reputation_key: SecretStr = Field(
        SecretStr(""),
        description="signs what it is told, as Standard Webhooks do; `whsec_...`, or 32 characters or more",
    )
    reputation_timeout_seconds: float = Field(
        5.0, gt=0, le=20, description="the reputation service answers within so long, or is told again later"
    )
    reputation_terms: str = Field(
        "", description="a JSON file with the marketplace's own terms of reputation; empty: the published ones alone"
    )
    oidc_issuer: str = Field(
        "", description="the OpenID provider that signs people in to the pages, by its issuer; empty: none"
    )
    oidc_client_id: str = Field("", description="who we are to the OpenID provider")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="the secret that goes with it")
    oidc_scopes: str = Field("openid profile", description="what the OpenID provider is asked for; `openid` is needed")
    oidc_role_claim: str = Field(
        "roles", description="where an ID token names the person's roles, with dots inside: `realm_access.roles`"
    )
    oidc_roles: str = Field(
        "", description="their names for our roles: vendedor:seller,comprador:buyer,...; empty: the same names"
    )
    oidc_person_claim: str = Field(
        "sub", description="where an ID token holds the person's id in the marketplace, as orders name people"
    )
    trial_pace: int = Field(
        1, ge=1, le=10**6, description="embedded mode only: every duration of the policy divided by this, for trials"
    )
    payload_keys: SecretStr = Field(
        SecretStr(""), description="encrypts what Temporal keeps: id:key,id:key; the first encrypts; empty: off"
    )
    codec_callers: Literal["loopback", "ops", "all"] = Field(
        "loopback", description="whom the codec server serves: `loopback`, `ops` (by token) or `all` who reach it"
    )
    codec_origins: str = Field(
        "http://127.0.0.1:8233,http://localhost:8233",
        description="where the Web UI is shown, for the codec server's CORS",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("payload_keys")
    @classmethod
    def _keys_are_keys(cls, value: SecretStr) -> SecretStr:
        KeyRing.of(value.get_secret_value())
        return value

    @field_validator("evidence_url")
    @classmethod
    def _evidence_has_a_place(cls, value: str) -> str:
        scheme, found, rest = value.partition("://")
        if not value or (found and scheme not in ("file", "s3", "memory")) or (scheme == "s3" and not rest):
            raise ValueError("AMENDS_EVIDENCE_URL is a folder, file:///folder, s3://bucket/prefix or memory://")
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _roles_are_roles(cls, value: str) -> str:
        _pairs(value)
        return value

    @field_validator("oidc_role_claim", "oidc_person_claim")
    @classmethod
    def _claim_is_named(cls, value: str, field: ValidationInfo) -> str:
        if not value.strip():
            raise ValueError(f"AMENDS_{str(field.field_name).upper()} must name a claim of the ID token")
        return value

    @field_validator("reputation_terms")
    @classmethod
    def _terms_are_terms(cls, value: str) -> str:
        reputation_terms.load(value)
        return value

    @model_validator(mode="after")
    def _secret_is_set(self) -> Self:
        secret = self.token_secret.get_secret_value()
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < 8 or "change" in secret.lower():
            raise ValueError(
                f"AMENDS_TOKEN_SECRET must be set to a random text of {SHORTEST_SECRET} characters or more"
            )
        return self

    @model_validator(mode="after")
    def _moderator_is_signed_for(self) -> Self:
        if self.moderator_url and not self.moderator_url.startswith(("https://", "http://")):
            raise ValueError("AMENDS_MODERATOR_URL must be an http or https address")
        if self.moderator_url and len(self.moderator_key.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"AMENDS_MODERATOR_KEY must be a random text of {SHORTEST_SECRET} characters or more")
        return self

    @model_validator(mode="after")
    def _reputation_is_signed_for(self) -> Self:
        if self.reputation_url and not self.reputation_url.startswith(("https://", "http://")):
            raise ValueError("AMENDS_REPUTATION_URL must be an http or https address")
        if self.reputation_url and not _signs(self.reputation_key.get_secret_value()):
            raise ValueError(
                f"AMENDS_REPUTATION_KEY must be a random text of {SHORTEST_SECRET} characters or more, "
                "or whsec_ and at least 24 random bytes in base64"
            )
        return self

    @model_validator(mode="after")
    def _provider_is_reached(self) -> Self:
        if self.oidc_issuer and not _is_safe(self.oidc_issuer):
            raise ValueError("AMENDS_OIDC_ISSUER must be an https address; http is for this machine's own loopback")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret.get_secret_value()):
            raise ValueError("AMENDS_OIDC_CLIENT_ID and AMENDS_OIDC_CLIENT_SECRET must be set: it asks who we are")
        if self.oidc_issuer and "openid" not in self.oidc_scopes.split():
            raise ValueError("AMENDS_OIDC_SCOPES must have openid among them")
        return self

    @model_validator(mode="after")
    def _pace_is_for_trials(self) -> Self:
        if self.trial_pace != 1 and not self.embedded:
            raise ValueError("AMENDS_TRIAL_PACE is for the embedded mode only")
        return self

    @model_validator(mode="after")
    def _translator_is_reached(self) -> Self:
        if self.translator == "deepl" and not self.translator_key.get_secret_value():
            raise ValueError("AMENDS_TRANSLATOR_KEY must be set: DeepL asks for a key")
        if self.translator == "libretranslate" and not self.translator_url.startswith(("http://", "https://")):
            raise ValueError("AMENDS_TRANSLATOR_URL must say where the LibreTranslate server is: http:// or https://")
        return self

    @cached_property
    def terms(self) -> tuple[Terms, ...]:
        """All versions of all sites' terms of reputation: the published ones and the marketplace's own."""
        return reputation_terms.load(self.reputation_terms)

    @cached_property
    def oidc_role_names(self) -> tuple[tuple[str, str], ...]:
        """The provider's name of a role and ours, pair by pair."""
        return _pairs(self.oidc_roles) or tuple((name, name) for name in SIGNED_IN)

    @property
    def embedded(self) -> bool:
        return self.mode == Mode.EMBEDDED


def _pairs(written: str) -> tuple[tuple[str, str], ...]:
    """name:role,name:role taken apart at each last colon: a provider's names may have colons of their own."""
    pairs = [part.strip().rpartition(":")[::2] for part in written.split(",") if part.strip()]
    if any(not theirs or ours not in SIGNED_IN for theirs, ours in pairs):
        raise ValueError(f"AMENDS_OIDC_ROLES is name:role,name:role; our roles are {', '.join(SIGNED_IN)}")
    return tuple(pairs)


def _is_safe(address: str) -> bool:
    """Whether what is said with this address stays between the two: TLS, or no network at all."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _signs(key: str) -> bool:
    """Whether what the reputation service is told can be signed with this."""
    try:
        return len(key) >= SHORTEST_SECRET and len(secret_of(key)) >= SHORTEST_BYTES
    except ValueError:
        return False


@cache
def load() -> Settings:
    """The settings of this process. Raises pydantic's ValidationError, which names each variable that is wrong."""
    return Settings()


_LINES: list[Any] = [  # tracebacks without the values of variables: those may be people's data
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
]


def start_logging(settings: Settings) -> None:
    """Log at the level that the settings say, one line each, to standard error."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiosqlite").setLevel(max(level, logging.INFO))  # below, it says what is written: people's data
    logging.getLogger("authlib").setLevel(max(level, logging.INFO))  # below, it says the secret of a sign-in
    logging.getLogger("deepl").setLevel(max(level, logging.INFO))  # the same
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # where it is when a line is written
        processors=_LINES,
    )


def explain(error: ValidationError) -> str:
    """What is wrong with the environment, a line for each setting, without its value."""
    lines = [f"  {_variable(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
    return "\n".join(["These settings are missing or wrong:", *lines, ""])


def _variable(location: tuple[int | str, ...]) -> str:
    return f"AMENDS_{str(location[0]).upper()}" if location else "environment"
