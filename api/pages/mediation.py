"""The mediators' desk: their queue, and the earlier rulings that a claim room shows them."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

import api.mediation
import api.rulings
from api.claims import ReasonCode
from api.desk import Desk
from api.pages.asked import address, chosen, searched
from api.pages.names import names
from api.pages.render import page
from api.pages.texts import utc_now
from api.pages.visitor import Visitor
from api.tokens import Caller, Role
from claims.mediation import Heap
from claims.reasons import REASONS

PAGE = 20
View = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What the address asks for. What is none of ours is left out, as it is in no link."""

    bucket: Heap | None
    reason: ReasonCode | None
    q: str | None
    cursor: str | None

    @property
    def kept(self) -> dict[str, str]:
        """What the links to other pages of this list take along."""
        named = {"bucket": self.bucket, "reason": self.reason, "q": self.q}
        return {name: str(value) for name, value in named.items() if value}


async def queue(request: Request, desk: Desk, caller: Caller, visitor: Visitor) -> HTMLResponse:
    """Claims by heap, the most urgent first. What is searched for is looked for on all heaps."""
    asked = _asked(request)
    found = await api.mediation.desk_of_mediators(
        desk, caller, bucket=asked.bucket, reason=asked.reason, q=asked.q, limit=PAGE, cursor=asked.cursor
    )
    rows = [await _row(desk, claim) for claim in found["claims"]]
    people = await names(desk, {claim[party] for claim in found["claims"] for party in ("buyer_id", "seller_id")})
    links = {
        "fresh": address("/claims", asked.kept, cursor=asked.cursor),
        "first_page": address("/claims", asked.kept) if asked.cursor else "",
        "next_page": address("/claims", asked.kept, cursor=found["next"]) if found["next"] else "",
    }
    more = {"asked": asked, "counts": found["counts"], "rows": rows, "people": people, "links": links}
    return page(request, visitor, "mediation_queue.html", buckets=Heap, reasons=REASONS, **more)


async def rulings_of(desk: Desk, caller: Caller, claim_id: str) -> View | None:
    """Earlier rulings on the same reason, for mediators; nobody else is shown them."""
    return await api.rulings.similar(claim_id, desk, caller) if caller.role == Role.MEDIATOR else None


def _asked(request: Request) -> Asked:
    given = request.query_params
    q, heap = searched(given.get("q", "")), chosen(Heap, given.get("bucket", "")) or Heap.DECIDE
    return Asked(
        bucket=None if q else heap,
        reason=chosen(ReasonCode, given.get("reason", "")),
        q=q or None,
        cursor=given.get("cursor"),
    )


async def _row(desk: Desk, claim: View) -> View:
    """With the date that counts on its heap, and the claim's own time at the page's: it may have been skipped."""
    waits = claim["exclusion"] and claim["exclusion"]["state"] == "asked"
    due = claim["exclusion"]["due_at"] if waits and claim["stage"] == "closed" else claim["due_at"]
    now = await desk.now(claim["id"])
    return claim | {"due": due, "now": now, "shown_until": due and due - (now - utc_now())}
