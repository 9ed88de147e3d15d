"""The verdict of a claim in words: the rule that decided, and what would change it, in three languages."""

from datetime import datetime
from typing import Any

from babel import Locale
from babel.dates import format_datetime, get_timezone
from babel.lists import format_list

from api.formats import amount
from claims.forecast import Change, changes, would_protect
from claims.model import Actor, Claim
from claims.reasons import LANGUAGES
from claims.reputation import final
from claims.sentences import ACTS, CHANGES, VERDICTS
from claims.sites import zone

Json = dict[str, Any]
# The day, the hour and whose hour it is: a sentence is also read far from the site.
_PATTERNS = {
    "en": "EEEE, MMMM d, HH:mm ZZZZ",
    "es": "EEEE d 'de' MMMM, HH:mm ZZZZ",
    "pt": "EEEE, d 'de' MMMM, HH:mm ZZZZ",
}


def verdict_view(claim: Claim, actor: Actor | None, now: datetime) -> Json:
    """What the claim does to the seller's reputation, and why; and what would change it, which is not for the buyer."""
    ahead = () if actor == Actor.BUYER else changes(claim, now)
    verdict = claim.verdict
    return {
        "impact": verdict.impact,
        "rule": verdict.rule,
        "sentence": VERDICTS[verdict.rule]["en"],
        "texts": VERDICTS[verdict.rule],
        "acted_at": verdict.acted_at,
        "limit": verdict.limit,
        "final": final(claim),
        "would_protect": [{"action": a, "until": claim.protect_until} for a in would_protect(claim, now)],
        "would_change": [_change(claim, change) for change in ahead],
    }


def _change(claim: Claim, change: Change) -> Json:
    texts = {language: _sentence(claim, change, language) for language in LANGUAGES}
    return {"code": change.code, "actions": list(change.acts), "until": change.until, "texts": texts}


def _sentence(claim: Claim, change: Change, language: str) -> str:
    acts = [ACTS[a][language] for a in change.acts if a in ACTS]
    until = clock_time(change.until, claim.line.site, language) if change.until else ""
    offered = amount(change.amount, claim.line.currency, language)
    acting = format_list(acts, "or", language)
    sentence = CHANGES[change.code][language].format(acts=acting, until=until, amount=offered)
    return sentence[:1].upper() + sentence[1:]


def clock_time(instant: datetime, site: str, language: str) -> str:
    """Such as "Tuesday, November 24, 14:05 GMT-03:00": the day and hour by the site's own clock."""
    zoned = get_timezone(zone(site))
    return format_datetime(instant, _PATTERNS[language], zoned, Locale.parse(language))
