"""One seller recomputed by the pure function from orders and timelines, and held against what is kept of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

import storage.recount
import storage.sales
from claims.standing.events import Cancelled, Event, Judged, Sold, fold
from claims.standing.standing import judge, standing
from claims.standing.terms import Terms, in_force
from storage.recount import Books


@dataclass(frozen=True)
class Difference:
    """`kind`: verdict_missing, verdict_differs, verdict_without_step, sale_missing, sale_differs, sale_without_order or
    standing_differs. `what`: the claim, order or site."""

    kind: str
    seller_id: str
    what: str
    sentence: str


async def differences(
    session: AsyncSession, seller_id: str, versions: Sequence[Terms], now: datetime
) -> list[Difference]:
    """All that differs of one seller, in one consistent view."""
    books = await storage.recount.books(session, seller_id)
    found = [*_verdicts(seller_id, books), *_sales(seller_id, books)]
    for site in sorted({e.site for e in books.events if isinstance(e, Sold)} | {row.site for row in books.sales}):
        terms = in_force(site, now, versions)
        kept = judge(await storage.sales.windows(session, seller_id, site, terms, now), terms, now)
        pure = standing(_known(books.events, site, now), terms, now)
        if (kept.real, kept.counts, kept.window) != (pure.real, pure.counts, pure.window):
            sentence = f"kept {kept.real} {kept.counts}, recomputed {pure.real} {pure.counts}"
            found.append(Difference("standing_differs", seller_id, site, sentence))
    return found


def _verdicts(seller_id: str, books: Books) -> Iterator[Difference]:
    by_steps = {e.claim_id: e for e in books.events if isinstance(e, Judged)}
    for claim_id in sorted(by_steps.keys() | books.ledger.keys()):
        step, entry = by_steps.get(claim_id), books.ledger.get(claim_id)
        if entry is None and step:
            yield Difference("verdict_missing", seller_id, claim_id, f"{step.impact} is not in the ledger")
        elif step is None and entry:
            yield Difference("verdict_without_step", seller_id, claim_id, f"no step says {entry.impact}")
        elif step and entry and (step.impact, step.mediated) != (entry.impact, entry.mediated):
            sentence = f"ledger {_said(entry)}, timeline {_said(step)}"
            yield Difference("verdict_differs", seller_id, claim_id, sentence)


def _sales(seller_id: str, books: Books) -> Iterator[Difference]:
    """Table sales against the orders and the ledger that it is made from."""
    sold = [e for e in books.events if not isinstance(e, Judged)]
    wanted = {s.order_id: storage.sales.row_of(s) for s in fold([*sold, *books.ledger.values()]) if s.stands}
    kept = {row.order_id: {name: getattr(row, name) for name in storage.sales.COLUMNS} for row in books.sales}
    for order_id in sorted(wanted.keys() | kept.keys()):
        want, have = wanted.get(order_id), kept.get(order_id)
        if have is None:
            yield Difference("sale_missing", seller_id, order_id, "is not in table sales")
        elif want is None:
            yield Difference("sale_without_order", seller_id, order_id, "is in table sales, and is no sale")
        elif want != have:
            other = {name: (have[name], want[name]) for name in want if want[name] != have[name]}
            yield Difference("sale_differs", seller_id, order_id, f"kept and recomputed: {other}")


def _known(events: Sequence[Event], site: str, now: datetime) -> Iterator[Event]:
    """The events of one site. What was said of a later instant (a claim whose time was skipped, an order cancelled as
    of tomorrow) is known already, and counts from when it was said."""
    lines = {(e.order_id, e.line_id) for e in events if isinstance(e, Sold) and e.site == site}
    for event in events:
        if isinstance(event, Judged):
            if event.site == site:
                yield replace(event, at=min(event.at, now))
        elif (event.order_id, event.line_id) in lines:
            yield replace(event, at=min(event.at, now)) if isinstance(event, Cancelled) else event


def _said(verdict: Judged) -> str:
    return f"{verdict.impact}{', mediated' if verdict.mediated else ''}"
