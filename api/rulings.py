"""Earlier rulings on the same reason, over JSON: so that mediators rule alike on what is alike."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

import storage.profiles
import storage.rulings
from api.deps import CallerDep, DeskDep, only
from api.documented import READS, Json, answers
from api.door import Door
from api.schemas import Id
from api.shapes_mediation import SimilarRulings
from api.tokens import READS_ALL, Caller, Role
from api.views import money
from claims.model import Claim
from claims.rulings import ENOUGH, Ruling, practice
from storage.tables import TextRow, TranslationRow

router = APIRouter(prefix="/v1/claims", tags=["mediation"], route_class=Door)
SHOWN = 5
_SIMILAR = answers(SimilarRulings, 403, 404, *READS)


@router.get("/{claim_id}/similar-rulings", summary="Earlier rulings on the same reason", responses=_SIMILAR)
async def similar(claim_id: Id, desk: DeskDep, caller: CallerDep) -> Json:
    """Of the claim's own site, or of all sites while that one has too few. Auditors do not read what was written."""
    only(caller, Role.MEDIATOR, *READS_ALL)
    claim = await desk.find(caller, claim_id)
    async with desk.database.reading() as session:
        site, rulings = await _found(session, claim)
        shown = await _views(session, rulings[:SHOWN], caller)
    return {"reason": claim.reason.code, "site": site, "practice": _practice(rulings), "rulings": shown}


async def _found(session: AsyncSession, claim: Claim) -> tuple[str | None, list[Ruling]]:
    """The rulings, and the site that they are from."""
    site, reason = claim.line.site, claim.reason.code
    here = await storage.rulings.on(session, reason, claim.id, site)
    return (site, here) if len(here) >= ENOUGH else (None, await storage.rulings.on(session, reason, claim.id))


async def _views(session: AsyncSession, rulings: list[Ruling], caller: Caller) -> list[dict[str, Any]]:
    profile = await storage.profiles.find(session, caller.role, caller.id)
    claims = await storage.rulings.claims(session, rulings)
    language = "" if profile.originals else profile.language
    notes = await storage.rulings.notes(session, rulings, language)
    return [_view(r, claims[r.claim_id], notes.get(r.note_id), caller) for r in rulings]


def _practice(rulings: list[Ruling]) -> dict[str, Any]:
    found = practice(rulings)
    return {
        "rulings": found.rulings,
        "median_share": found.median,
        "returned_first": found.returned_first,
        "everything": found.everything,
        "nothing": found.nothing,
    }


def _view(
    ruling: Ruling, claim: Claim, note: tuple[TextRow, TranslationRow | None] | None, caller: Caller
) -> dict[str, Any]:
    return {
        "claim_id": ruling.claim_id,
        "claim": f"/v1/claims/{ruling.claim_id}",
        "ruled_at": ruling.at,
        "site": claim.line.site,
        "product": claim.line.product,
        "quantity": claim.quantity,
        "claimed": money(claim, ruling.claimed),
        "awarded": money(claim, ruling.awarded),
        "share": ruling.share,
        "return_first": ruling.return_first,
        "note": _note(*note, caller) if note else None,
    }


def _note(text: TextRow, made: TranslationRow | None, caller: Caller) -> dict[str, Any]:
    erased = text.erased_at is not None
    readable = caller.role != Role.AUDITOR and not erased
    return {
        "text": (made.body if made else text.body) if readable else None,
        "language": made.language if made else text.language or None,
        "original": text.body if readable else None,
        "original_language": text.language or None,
        "erased": erased,
    }
