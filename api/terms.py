"""The terms of reputation: those in force, those to come, and what others would have made of the past."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

import storage.trials
from api.deps import CallerDep, DeskDep, needs, only
from api.documented import GATE, WRITES, Json, answers
from api.door import Door
from api.problems import problem
from api.schemas import Id
from api.shapes_standing import TermsListed, Trial, TrialBody
from api.standing_views import terms_view
from api.tokens import READS_ALL, Caller, Role
from claims.standing.terms import DEFAULT, Level, Terms, coming, in_force
from storage.trials import Result, TooMuch

router = APIRouter(prefix="/v1/reputation", tags=["sellers"], route_class=Door)

MOST = 20_000  # orders looked at in one trial; the operator's has no limit
_Trier = Annotated[Caller, Depends(needs(Role.PLATFORM, Role.AUDITOR))]


@router.get("/terms", summary="The terms in force and those to come", responses=answers(TermsListed, 401, 403, *GATE))
async def terms(desk: DeskDep, caller: CallerDep, site: Annotated[Id | None, Query()] = None) -> Json:
    """Of one site, or of all that have terms of their own; `site` empty: of every other one."""
    only(caller, Role.SELLER, Role.MEDIATOR, *READS_ALL)
    now = datetime.now(UTC)
    sites = [site] if site else sorted({t.site for t in (DEFAULT, *desk.terms)})
    return {"terms": [view for one in sites for view in _of_site(one, now, desk.terms)]}


@router.post(
    "/trials",
    summary="What other terms would have made of the past (roles platform, auditor); changes nothing",
    responses=answers(Trial, 403, *WRITES),
)
async def trials(body: TrialBody, desk: DeskDep, caller: _Trier) -> Json:
    """Real levels, without protection, by what had happened by each instant. A seller without orders counts nowhere."""
    now = datetime.now(UTC)
    instants = tuple(sorted(at.astimezone(UTC) for at in body.at))
    if instants[-1] > now:
        raise problem(422, "not_past", f"{instants[-1].isoformat()} is not past: trials are made on what happened.")
    other = body.terms.terms(body.site, "tried", instants[0])
    trial = storage.trials.Trial(body.site, other, instants, desk.terms, body.sellers, MOST)
    try:
        sellers, results = await storage.trials.run(desk.database, trial)
    except TooMuch:
        sentence = f"More than {MOST:,} orders: name fewer sellers, or have the operator run make reputation-try."
        raise problem(422, "trial_too_large", sentence) from None
    return {"site": body.site, "sellers": sellers, "results": [_result(r) for r in results]}


def _of_site(site: str, now: datetime, versions: tuple[Terms, ...]) -> list[dict[str, Any]]:
    current = terms_view(in_force(site, now, versions), in_force=True)
    return [current, *(terms_view(t, in_force=False) for t in coming(site, now, versions))]


def _result(result: Result) -> dict[str, Any]:
    levels = {level: 0 for level in Level}
    changes = [{"seller_id": seller, "before": t.before, "after": t.after} for seller, t in result.changes]
    return {
        "at": result.at,
        "terms": result.terms.version,
        "before": levels | result.before,
        "after": levels | result.after,
        "changed": result.changed,
        "changes": changes,
    }
