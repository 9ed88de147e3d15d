"""Search attributes: how operators find claims in the Web UI. Ids and codes only, no personal data."""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from claims.model import Claim
from claims.process import waiting_on

STAGE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ClaimStage")
WAITING_ON: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ClaimWaitingOn")
REASON: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ClaimReason")
SELLER: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ClaimSeller")
SITE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ClaimSite")
IMPACT: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ClaimImpact")
DUE: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("ClaimDue")
ALL: tuple[SearchAttributeKey[Any], ...] = (STAGE, WAITING_ON, REASON, SELLER, SITE, IMPACT, DUE)

Shown = dict[str, str | datetime | None]


def shown(claim: Claim) -> Shown:
    """What the attributes say of a claim, by name."""
    return {
        STAGE.name: str(claim.stage),
        WAITING_ON.name: waiting_on(claim),
        REASON.name: claim.reason.code,
        SELLER.name: claim.line.seller_id,
        SITE.name: claim.line.site,
        IMPACT.name: str(claim.verdict.impact),
        DUE.name: claim.due_at,
    }


def at_start(claim: Claim) -> TypedSearchAttributes:
    values = shown(claim)
    pairs = [SearchAttributePair(key, values[key.name]) for key in ALL if values[key.name] is not None]
    return TypedSearchAttributes(pairs)


def changes(before: Shown, after: Shown) -> list[Any]:
    """The upserts that make `before` into `after`; none when they say the same."""
    moved = [key for key in ALL if before[key.name] != after[key.name]]
    return [key.value_unset() if after[key.name] is None else key.value_set(after[key.name]) for key in moved]
