"""What an operator reads on a workflow's page: who must act, until when, what happens then, and the offers so far."""

from claims.guards import clock_time
from claims.model import Actor, Claim
from claims.money import show
from claims.process import waiting_on
from claims.schedule import Coming, schedule


def summary(claim: Claim) -> str:
    """One line that stays true for the whole life of the claim."""
    return f"{claim.reason.code} · order {claim.line.order_id} line {claim.line.line_id} · {_money(claim, claim.total)}"


def details(claim: Claim) -> str:
    """Markdown for the workflow's current details."""
    parts = [_headline(claim), _offers(claim), _return(claim), _refunds(claim), _reputation(claim), _exclusion(claim)]
    return "\n\n".join(part for part in parts if part)


def timer_summary(claim: Claim) -> str:
    return f"{waiting_on(claim)} until {clock_time(claim.due_at)}"


def _headline(claim: Claim) -> str:
    if not claim.open:
        return f"**Closed:** {claim.code} (by the {claim.closed_by}); the buyer has {_money(claim, claim.paid)}."
    coming = schedule(claim)
    then = f" Then: {_then(coming[0])}." if coming else ""
    waits = f"Waiting for the **{waiting_on(claim)}** until {clock_time(claim.due_at)}."
    return f"**{claim.stage.capitalize()}.** {waits}{then}"


def _then(coming: Coming) -> str:
    return f"`{coming.action}`, which leads to {coming.stage}"


def _offers(claim: Claim) -> str:
    rows = [f"- offer {o.number}: {o.percent} % ({_money(claim, o.amount)}), {o.status}" for o in claim.offers]
    return "\n".join(rows)


def _return(claim: Claim) -> str:
    parcel = claim.parcel
    return f"Return {parcel.number}: {parcel.status} {parcel.tracking_number}".rstrip() if parcel else ""


def _refunds(claim: Claim) -> str:
    rows = [f"- refund {r.number}: {_money(claim, r.amount)}, {r.status}, asked {r.tries}x" for r in claim.refunds]
    return "\n".join(rows)


def _reputation(claim: Claim) -> str:
    return f"Reputation of the {Actor.SELLER}: {claim.verdict.impact} ({claim.verdict.rule})"


def _exclusion(claim: Claim) -> str:
    asked = claim.exclusion
    return f"Exclusion {asked.state}: {asked.cause}, due {clock_time(asked.due_at)}" if asked else ""


def _money(claim: Claim, amount: int) -> str:
    return show(amount, claim.line.currency)
