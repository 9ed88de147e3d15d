"""A standing and its terms as they go out."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from claims.standing.explained import allowed, holding, missing_sales, per_cent, rate
from claims.standing.standing import Counts, Standing
from claims.standing.terms import Maxima, Metric, Terms
from storage.tables import ProtectionRow, StandingRow

Json = dict[str, Any]
_NEXT = ("forecast", "history", "verdicts", "protections")


def standing_view(seller_id: str, site: str, stands: Standing, protected: ProtectionRow | None) -> Json:
    return {
        "site": site,
        "at": stands.at,
        "level": stands.level,
        "real": stands.real,
        "protected_until": stands.protected_until,
        "protection": protected and protection_view(protected, stands.at, last=True),
        "window": _window(stands),
        "counts": counts_view(stands.counts),
        "rates": [_rate(stands, metric) for metric in Metric],
        "held_by": holding(stands),
        "missing_sales": missing_sales(stands),
        "terms": stands.terms.version,
        "links": _links(seller_id, site),
    }


def protection_view(row: ProtectionRow, now: datetime, *, last: bool) -> Json:
    same = {name: getattr(row, name) for name in ("level", "until", "cause", "by", "at")}
    return same | {"holds": last and now < row.until}


def counts_view(counts: Counts | StandingRow) -> Json:
    return {name: getattr(counts, name) for name in Counts.__dataclass_fields__}


def _links(seller_id: str, site: str) -> dict[str, str]:
    of_site = f"?site={quote(site, safe='')}"
    own = {name: f"{reputation_of(seller_id)}/{name}{of_site}" for name in _NEXT}
    return own | {"terms": f"/v1/reputation/terms{of_site}"}


def reputation_of(seller_id: str) -> str:
    """Where the standing is."""
    return f"/v1/sellers/{quote(seller_id, safe='')}/reputation"


def terms_view(terms: Terms, *, in_force: bool) -> Json:
    return {
        "site": terms.site,
        "version": terms.version,
        "since": terms.since,
        "in_force": in_force,
        "busy": terms.busy,
        "window_days": terms.window.days,
        "long_window_days": terms.long_window.days,
        "more_than": terms.more_than,
        "bites": {metric: terms.least(metric) for metric in Metric},
        "maxima": {m.level: {metric: _maximum(m, metric) for metric in Metric} for m in terms.maxima},
    }


def _window(stands: Standing) -> Json:
    kind = "short" if stands.window == stands.terms.window else "long"
    return {"days": stands.window.days, "kind": kind, "since": stands.since, "until": stands.at}


def _rate(stands: Standing, metric: Metric) -> Json:
    counts, terms = stands.counts, stands.terms
    return {
        "metric": metric,
        "numerator": counts.of(metric),
        "denominator": counts.sales,
        "per_cent": per_cent(rate(counts.of(metric), counts.sales)),
        "least": terms.least(metric),
        "allows": allowed(counts, terms, metric),
        "maxima": {m.level: _maximum(m, metric) for m in terms.maxima},
    }


def _maximum(maxima: Maxima, metric: Metric) -> str | None:
    found = maxima.of(metric)
    return None if found is None else per_cent(found)
