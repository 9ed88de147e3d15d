"""What a claim can do to the seller's standing, for those who may know of it."""

from datetime import UTC, datetime
from typing import Any

import storage.foresight
from api.desk import Desk
from api.tokens import Caller, Role
from claims.model import Claim
from claims.process import let_time_pass
from claims.standing.explained import per_cent, rate
from claims.standing.outlook import Outlook
from claims.standing.standing import Standing

Json = dict[str, Any]


async def outlook_of(desk: Desk, caller: Caller, claim: Claim, now: datetime) -> Outlook | None:
    """By one look at the database. `now` is by the claim's clock; the standing goes by the wall's."""
    if caller.role == Role.BUYER:
        return None
    async with desk.database.reading() as session:
        outlook = await storage.foresight.outlook(session, claim, datetime.now(UTC), desk.terms)
    return outlook.given(let_time_pass(claim, now).claim)


def effect_view(outlook: Outlook | None, after: Claim) -> Json | None:
    """What it does to the standing when the claim comes to stand like this."""
    if outlook is None:
        return None
    effect = outlook.effect(after)
    return {"before": _level(effect.before), "after": _level(effect.after)}


def _level(stands: Standing) -> Json:
    number, sales = stands.counts.claims, stands.counts.sales
    claims = {"numerator": number, "denominator": sales, "per_cent": per_cent(rate(number, sales))}
    return {"level": stands.level, "real": stands.real, "claims": claims}
