"""What foresight looks at: the counts of a seller's sales, the sale of a claim, and the sales that claims are on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import storage.reputation
import storage.sales
import storage.standings
from claims.model import Claim
from claims.standing.events import Sale, fold
from claims.standing.outlook import Outlook
from claims.standing.standing import Counts
from claims.standing.terms import DEFAULT, Terms, in_force
from storage.tables import ClaimRow


async def days(
    session: AsyncSession, seller_id: str, site: str, now: datetime, versions: Iterable[Terms]
) -> dict[int, Counts]:
    """The sales by day, as far back as any terms look that are in force or known to come."""
    coming = [t for t in versions if t.since > now and t.site in (site, DEFAULT.site)]
    longest = max(t.long_window for t in (in_force(site, now, versions), *coming))
    return await storage.sales.by_day(session, seller_id, site, now - longest, now)


async def outlook(session: AsyncSession, claim: Claim, now: datetime, versions: Iterable[Terms]) -> Outlook:
    """What the claim can do to its seller's standing, by what the ledger says now."""
    line = claim.line
    judged_on = await storage.standings.ground(session, line.seller_id, line.site, now, versions)
    sale = await storage.sales.find(session, line.order_id, line.seller_id)
    if sale and sale.site != line.site:
        sale = None  # the order was told otherwise since
    return Outlook(judged_on, sale, await storage.reputation.came_to_mediation(session, claim.id, claim.version))


async def sales_of(
    session: AsyncSession, seller_id: str, site: str, claim_ids: Sequence[str]
) -> tuple[list[Sale], set[str]]:
    """The sales that these claims are on; and those of the claims that are none of the seller's on the site."""
    mine = (ClaimRow.seller_id == seller_id, ClaimRow.site == site, ClaimRow.id.in_(claim_ids))
    found = {row.id: row.order_id for row in await session.execute(select(ClaimRow.id, ClaimRow.order_id).where(*mine))}
    sales = fold(await storage.sales.events(session, sorted(set(found.values()))))
    return [s for s in sales if (s.seller_id, s.site) == (seller_id, site)], set(claim_ids) - set(found)
