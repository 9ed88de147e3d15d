"""A second oracle of the standing: a recount by brute force that imports nothing of the product.

Everything is whole microseconds since 1970 and exact fractions. A window is a list of days counted back from now, one
by one; a sale is looked at when it was bought in one of them. The levels are climbed from the worst to the best. The
figures are typed in again from the facts of the trade.
"""

from calendar import timegm
from fractions import Fraction
from typing import Any

_DAY = 24 * 60 * 60 * 1_000_000
_LEVELS = ("1_red", "2_orange", "3_yellow", "4_light_green", "5_green")
_LARGE = ("6 / 3 / 22", "3 / 2.5 / 15", "1.5 / 1 / 10", "1 / 0.5 / 8")
_MIDDLE = ("7 / 9 / 26", "5.5 / 7 / 18", "3.5 / 2.5 / 12", "2.5 / 1.5 / 10")
# Claims / cancellations / delays in per cent, from orange to green; sales for which 60 days are enough; days else.
FIGURES = {
    "MLB": (("8 / 4 / 22", "4.5 / 3.5 / 18", "2 / 1.5 / 10", "1 / 0.5 / 6"), 60, 365),
    "MLA": (_LARGE, 50, 365),
    "MLM": (_LARGE, 40, 365),
    "MCO": (_MIDDLE, 60, 365),
    "MLC": (_MIDDLE, 40, 365),
    "MLU": (_MIDDLE, 25, 120),
    "MEC": (("8 / 11 / 30", "6 / 8 / 20", "4 / 3 / 12", "4 / 3 / 12"), 20, 120),
    "MPE": (("8 / 9 / 26", "4.5 / 7 / 18", "2 / 2.5 / 12", "2 / 2.5 / 12"), 20, 120),
}
_OTHERS = (_LARGE, 50, 365)


def recount(
    events: list[Any], seller: str, site: str, now: Any, shown: tuple[str, Any] | None = None
) -> dict[str, Any]:
    """Counts, days looked back, real and shown level of the seller on the site, from everybody's events."""
    figures, enough, longer = FIGURES.get(site, _OTHERS)
    told = [e for e in events if _micro(e.at) <= _micro(now)]
    orders = {e.order_id for e in told if _kind(e) == "Sold" and (e.seller_id, e.site) == (seller, site)}
    sales = [sale for order in orders if (sale := _sale(told, order, seller, site, _micro(now)))]
    days, looked_at = 60, _bought_in(sales, 60, _micro(now))
    if len(looked_at) < enough:
        days, looked_at = longer, _bought_in(sales, longer, _micro(now))
    counts = tuple([len(looked_at), *(sum(sale[what] for sale in looked_at) for what in range(1, 5))])
    real = _climb(counts, figures)
    return {"counts": counts, "days": days, "real": real, "shown": _shown(real, shown, _micro(now))}


def _kind(event: Any) -> str:
    return type(event).__name__


def _micro(instant: Any) -> int:
    return timegm(instant.utctimetuple()) * 1_000_000 + instant.microsecond


def _bought_in(sales: list[tuple[int, ...]], days: int, now: int) -> list[tuple[int, ...]]:
    """Those bought on one of so many days, each of which ends at now's time of day and has that instant in it."""
    back = [(now - _DAY * number, now - _DAY * (number + 1)) for number in range(days)]
    return [sale for sale in sales if any(sale[0] in range(last, first, -1) for last, first in back)]


def _sale(told: list[Any], order: str, seller: str, site: str, now: int) -> tuple[int, ...] | None:
    """(bought, claims, mediations, cancellations, delays), the four 0 or 1; None: the buyer took it all back."""
    about = [e for e in told if e.order_id == order]
    ours = [e for e in about if _kind(e) == "Sold" and (e.seller_id, e.site) == (seller, site)]
    lines = {e.line_id: e for e in sorted(ours, key=lambda e: _micro(e.at), reverse=True)}
    ends = {name: _ended_by(about, name) for name in lines}
    if all(end == "buyer" for end in ends.values()):
        return None
    last = _last_verdicts([e for e in about if _kind(e) == "Judged" and (e.seller_id, e.site) == (seller, site)])
    counting = [v for v in last if v.impact == "affected"]
    late = [sold for sold in lines.values() if _late(about, sold, now)]
    bought = min(_micro(e.at) for e in ours)
    seller_did = [end for end in ends.values() if end == "seller"]
    return bought, *(int(bool(x)) for x in (counting, [v for v in counting if v.mediated], seller_did, late))


def _ended_by(about: list[Any], line: str) -> str | None:
    told = [(_micro(e.at), str(e.by)) for e in about if _kind(e) == "Cancelled" and e.line_id == line]
    return sorted(told)[0][1] if told else None


def _late(about: list[Any], sold: Any, now: int) -> bool:
    if sold.by_platform or not sold.dispatch_by:
        return False
    until = _micro(sold.dispatch_by)
    mine = [e for e in about if _kind(e) != "Judged" and e.line_id == sold.line_id]
    if [e for e in mine if _kind(e) == "Cancelled" and _micro(e.at) <= until]:
        return False
    sent = sorted(_micro(e.at) for e in mine if _kind(e) == "Dispatched")
    return (sent[0] if sent else now) > until


def _last_verdicts(judged: list[Any]) -> list[Any]:
    return [v for v in judged if not [w for w in judged if w.claim_id == v.claim_id and w.version > v.version]]


def _climb(counts: tuple[int, ...], figures: tuple[str, ...]) -> str:
    """The highest level that can be reached: one is passed over when the next better has the same maxima."""
    sales, claims, _, cancellations, delays = counts
    if sales < 11:
        return "none"
    if claims < 3:
        claims = 0
    reached = "1_red"
    for name, maxima in zip(_LEVELS[1:], figures, strict=True):
        limits = [Fraction(part.strip()) for part in maxima.split("/")]
        rates = [Fraction(100 * part, sales) for part in (claims, cancellations, delays)]
        if not [1 for rate, limit in zip(rates, limits, strict=True) if rate > limit]:
            reached = name
    return reached


def _shown(real: str, shown: tuple[str, Any] | None, now: int) -> str:
    if shown is None or _micro(shown[1]) <= now:
        return real
    order = ("none", *_LEVELS)
    return order[max(order.index(real), order.index(shown[0]))]
