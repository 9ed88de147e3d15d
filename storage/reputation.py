"""The seller's ledger of verdicts: an entry when a claim is decided, another when the decision is corrected."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

import storage.sales
from claims.model import Claim, Stage
from storage.tables import EventRow, ReputationRow


@dataclass(frozen=True)
class Entry:
    claim_id: str
    version: int
    impact: str
    rule: str
    at: datetime


async def post(session: AsyncSession, claim: Claim) -> bool:
    """Add the claim's verdict unless the ledger's last entry for this claim says the same; its sale counts by it."""
    await storage.sales.hold(session, [claim.line.order_id])
    rows = select(ReputationRow).where(ReputationRow.claim_id == claim.id).order_by(ReputationRow.version.desc())
    last = await session.scalar(rows.limit(1))
    mediated = await came_to_mediation(session, claim.id, claim.version)
    said = (claim.verdict.impact, claim.verdict.rule, mediated)
    if last and (last.version >= claim.version or (last.impact, last.rule, last.mediated) == said):
        return False
    session.add(
        ReputationRow(
            claim_id=claim.id,
            version=claim.version,
            seller_id=claim.line.seller_id,
            site=claim.line.site,
            order_id=claim.line.order_id,
            line_id=claim.line.line_id,
            impact=claim.verdict.impact,
            rule=claim.verdict.rule,
            mediated=mediated,
            at=claim.updated_at,
        )
    )
    await session.flush()
    await storage.sales.refresh(session, [claim.line.order_id])
    return True


async def came_to_mediation(session: AsyncSession, claim_id: str, version: int) -> bool:
    """Whether the claim had come before a mediator by this version, by its timeline."""
    steps = select(EventRow.event["stage"].as_string()).where(EventRow.claim_id == claim_id)
    return Stage.MEDIATION in set(await session.scalars(steps.where(EventRow.sequence <= version)))


async def of_claim(session: AsyncSession, claim_id: str) -> list[Entry]:
    """The entries of one claim, oldest first; the last one counts."""
    rows = select(ReputationRow).where(ReputationRow.claim_id == claim_id).order_by(ReputationRow.version)
    return [_entry(r) for r in await session.scalars(rows)]


def of_seller(seller_id: str, site: str | None = None) -> Select[ReputationRow]:
    """The entries of a seller, on one site or all, newest first, for paging."""
    rows = select(ReputationRow).where(ReputationRow.seller_id == seller_id)
    rows = rows.where(ReputationRow.site == site) if site else rows
    return rows.order_by(ReputationRow.at.desc(), ReputationRow.claim_id, ReputationRow.version.desc())


def _entry(row: ReputationRow) -> Entry:
    return Entry(row.claim_id, row.version, row.impact, row.rule, row.at)
