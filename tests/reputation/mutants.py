"""The rules of the standing and of the verdict with one thing changed in their text; each must fail a case.

A mutant is made in this process: the changed text is run as modules of another name beside the real ones.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

from claims import reputation
from claims.process import Judge, Process
from claims.standing import events, standing, terms
from tests.reputation.cases import VERDICTS
from tests.reputation.claims_told import walk
from tests.reputation.tables import span
from tests.world import START

_MODULES = {"events": events, "terms": terms, "standing": standing}  # each imports only those before it


class Change(NamedTuple):
    name: str
    module: str
    old: str
    new: str
    times: int = 1  # so often the old text stands there, and is changed


def _of(module: str, *changes: tuple[str, str, str] | tuple[str, str, str, int]) -> list[Change]:
    return [Change(name, module, *texts) for name, *texts in changes]


CHANGES = [
    *_of("standing",
        ("a sale exactly as old as the window is in it", "now - window < bought_at", "now - window <= bought_at"),
        ("a sale of now is not in the window", "bought_at <= now", "bought_at < now"),
        ("the short window is always used", "if busy else", "if True else"),
        ("the long window is always used", "if busy else", "if False else"),
        ("one more sale is needed for the short window", "windows.short.sales >= terms.busy",
         "windows.short.sales > terms.busy"),
        ("one sale less is enough for the short window", "windows.short.sales >= terms.busy",
         "windows.short.sales >= terms.busy - 1"),
        ("the sales of the long window switch to the short one", "windows.short.sales >=", "windows.long.sales >="),
        ("10 sales are enough for a level", "counts.sales <= terms.more_than", "counts.sales < terms.more_than"),
        ("12 sales are needed for a level", "counts.sales <= terms.more_than", "counts.sales <= terms.more_than + 1"),
        ("a rate equal to a maximum is above it", "number * WHOLE <= maximum", "number * WHOLE < maximum"),
        ("rates are rounded before they are compared", "number * WHOLE <= maximum * counts.sales",
         "round(number * WHOLE / counts.sales) <= maximum"),
        ("rates are cut to whole per cents", "number * WHOLE <= maximum * counts.sales",
         "number * 100 // counts.sales * 100 <= maximum"),
        ("rates are of the sales that nothing happened to", "maximum * counts.sales",
         "maximum * (counts.sales - number)"),
        ("rates are of one sale more", "maximum * counts.sales", "maximum * (counts.sales + 1)"),
        ("claims bite from 2 sales on", "number < terms.least(metric)", "number < terms.least(metric) - 1"),
        ("claims bite from 4 sales on", "number < terms.least(metric)", "number <= terms.least(metric)"),
        ("nothing has a minimum", "number < terms.least(metric) or ", ""),
        ("worse than orange is orange still", "next(held, Level.RED)", "next(held, Level.ORANGE)"),
        ("one good rate is enough", "if all(", "if any("),
        ("of equal maxima the worse level holds", "for m in terms.maxima if",
         "for m in reversed([m for i, m in enumerate(terms.maxima)"
         " if i in (1, 2, 3) or terms.maxima[0].claims != terms.maxima[1].claims][::-1]) if"),
        ("claims do not decide", "for x in Metric)", "for x in Metric if x != 'claims')"),
        ("cancellations do not decide", "for x in Metric)", "for x in Metric if x != 'cancellations')"),
        ("delays do not decide", "for x in Metric)", "for x in Metric if x != 'delays')"),
        ("what comes after now is counted", "if e.at <= now]", "]"),
        ("what happens now is not counted", "if e.at <= now]", "if e.at < now]"),
        ("what the buyer took back is a sale", "if not sale.stands:", "if not sale.lines:"),
        ("a sale counts as often as it has claims", "int(sale.claimed)",
         "sum(v.impact == 'affected' for v in sale.verdicts.values())"),
        ("a sale counts as often as it has lines", "return Counts(1,", "return Counts(len(sale.lines),"),
        ("every mediated claim is a mediation", "int(sale.mediated)",
         "int(any(v.mediated for v in sale.verdicts.values()))"),
        ("every counted claim is a mediation", "int(sale.mediated)", "int(sale.claimed)"),
        ("cancellations and delays are mixed up", "int(sale.cancelled), int(sale.late(now))",
         "int(sale.late(now)), int(sale.cancelled)"),
        ("protected at the very end still", "now < protection.until", "now <= protection.until"),
        ("protected for ever", "now < protection.until", "True"),
        ("never protected", "now < protection.until", "False"),
        ("the protected level is shown though the real one is better",
         "max(real, protection.level, key=lambda x: x.rank)", "protection.level"),
        ("the worse of both levels is shown", "max(real, protection", "min(real, protection"),
        ("the protected level is taken for the real one", "Standing(shown, real,", "Standing(shown, shown,"),
    ),
    *_of("events",
        ("whatever the buyer cancelled in part is no sale", "any(not _by(line, By.BUYER)",
         "all(not _by(line, By.BUYER)"),
        ("what the platform cancelled is no sale", "any(not _by(line, By.BUYER)",
         "any(not (_by(line, By.BUYER) or _by(line, By.PLATFORM))"),
        ("what the seller cancelled is no sale", "any(not _by(line, By.BUYER)", "any(not line.cancelled"),
        ("the platform's cancelling is the seller's", "any(_by(line, By.SELLER)",
         "any(_by(line, By.SELLER) or _by(line, By.PLATFORM)"),
        ("only what the seller cancelled whole is a cancellation", "any(_by(line, By.SELLER)",
         "all(_by(line, By.SELLER)"),
        ("a sale counts when all its claims do", "any(v.impact == Impact.AFFECTED for",
         "all(v.impact == Impact.AFFECTED for"),
        ("a claim counts while it is undecided", "any(v.impact == Impact.AFFECTED for",
         "any(v.impact in ('affected', 'pending') for"),
        ("remorse counts", "any(v.impact == Impact.AFFECTED for", "any(v.impact in ('affected', 'not_applies') for"),
        ("every claim counts", "any(v.impact == Impact.AFFECTED for", "any(v.impact for"),
        ("handed over at the instant due is late", "self.dispatched_at > due", "self.dispatched_at >= due"),
        ("not handed over is late at the instant due", "and now > self.late_after", "and now >= self.late_after"),
        ("due after now is late already", "and now > self.late_after", ""),
        ("what was never handed over is not late", "self.dispatched_at is None or self.dispatched_at > due",
         "self.dispatched_at is not None and self.dispatched_at > due"),
        ("a delay of the platform's is the seller's", "or self.sold.by_platform ", ""),
        ("what is cancelled is late too", " or (self.cancelled and self.cancelled.at <= due):", ":"),
        ("cancelling makes it in time", "(self.cancelled and self.cancelled.at <= due)", "self.cancelled"),
        ("at the last instant cancelling is too late", "self.cancelled.at <= due", "self.cancelled.at < due"),
        ("the last line due says whether a sale is late", "return min((line.late_after", "return max((line.late_after"),
        ("the first verdict of a claim holds", "event.version > known.version", "event.version < known.version"),
        ("the last telling of a cancellation holds", "min(known_end or event, event, key=lambda e: (e.at, e.by))",
         "max(known_end or event, event, key=lambda e: (e.at, e.by))"),
        ("the last telling of a dispatch holds", "min(known_dispatch or event", "max(known_dispatch or event"),
        ("every line is a sale of its own", "found.get(place) or Sale(", "Sale("),
        ("all sellers of an order have one sale", "place = (sold.seller_id, sold.site",
         "place = ('seller-1', sold.site"),
        ("a claim on an order is every seller's", "(judged.seller_id, judged.site", "('seller-1', judged.site"),
        ("one claim of a sale is enough to know", "sale_of.verdicts[judged.claim_id]", "sale_of.verdicts['']"),
    ),
    *_of("terms",
        ("61 days", "timedelta(days=60)", "timedelta(days=61)"),
        ("59 days", "timedelta(days=60)", "timedelta(days=59)"),
        ("366 days", "timedelta(days=365)", "timedelta(days=366)"),
        ("364 days", "timedelta(days=365)", "timedelta(days=364)"),
        ("121 days", "timedelta(days=120)", "timedelta(days=121)"),
        ("119 days", "timedelta(days=120)", "timedelta(days=119)"),
        ("cancellations bite from 3 on", "((Metric.CLAIMS, 3),", "((Metric.CLAIMS, 3), (Metric.CANCELLATIONS, 3),"),
        ("delays bite from 3 on", "((Metric.CLAIMS, 3),", "((Metric.CLAIMS, 3), (Metric.DELAYS, 3),"),
        ("a site without terms of its own has Brazil's", '"default/1", _LARGE, busy=50',
         '"default/1", _BRAZIL, busy=60'),
        *((f"{site}: other sales at the switch", f'"{site}/1", {figures}, busy={busy}',
           f'"{site}/1", {figures}, busy={busy + 1}')
          for site, figures, busy in (("MLB", "_BRAZIL", 60), ("MLA", "_LARGE", 50), ("MLM", "_LARGE", 40),
                                      ("MCO", "_MIDDLE", 60), ("MLC", "_MIDDLE", 40), ("MLU", "_MIDDLE", 25),
                                      ("MEC", "_ECUADOR", 20), ("MPE", "_PERU", 20))),
        *((f"{site}: the long window of others", f"{figures}, busy={busy}, long_window=_SHORTER",
           f"{figures}, busy={busy}")
          for figures, busy, site in (("_MIDDLE", 25, "MLU"), ("_ECUADOR", 20, "MEC"), ("_PERU", 20, "MPE"))),
        *((f"{name} has {wrong} and not {right}", right, wrong)
          for name, right, wrong in (("_BRAZIL", "(4.5, 3.5, 18)", "(4.5, 3.6, 18)"),
                                     ("_LARGE", "(1.5, 1, 10)", "(1.4, 1, 10)"),
                                     ("_MIDDLE", "(7, 9, 26)", "(7, 9, 27)"),
                                     ("_ECUADOR", "(4, 3, 12), (6", "(5, 3, 12), (6"),
                                     ("_PERU", "_maxima((2, 2.5, 12)", "_maxima((1, 2.5, 12)"))),
    ),
]  # fmt: skip

VERDICT_CHANGES = _of("reputation",
    ("remorse counts", "if not claim.reason.counts:", "if False:"),
    ("what is not decided counts already", "return Verdict(Impact.PENDING,", "return Verdict(Impact.AFFECTED,"),
    ("a return on its way does not protect yet", "and not _rejected(claim):", "and False:"),
    ("a rejected return protects until it is ruled", "and not _rejected(claim):", "and True:"),
    ("overruled in full costs nothing", "and not _overruled_in_full(claim):", "and True:"),
    ("overruled in part costs all", "claim.award == claim.total", "claim.award > 0"),
    ("ruled for the seller counts", "if claim.ruled:", "if False:"),
    ("a mistake counts", "claim.closing.code == MISTAKE", "False"),
    ("any ruling protects", "if claim.award != 0:", "if False:"),
    ("a token offer protects", ">= max(claim.award, 1)", ">= 1"),
    ("an offer must be above the award", ">= max(claim.award, 1)", "> claim.award"),
    ("the worst offer counts", "return max((o.amount", "return min((o.amount"),
    ("an offer after the window protects", "o.in_time and ", "", 3),
    ("an offer taken back protects", "    OfferStatus.EXPIRED,\n", "OfferStatus.EXPIRED, OfferStatus.WITHDRAWN,"),
    ("an offer that was replaced protects", "    OfferStatus.EXPIRED,\n",
     "OfferStatus.EXPIRED, OfferStatus.SUPERSEDED,"),
    ("an offer let lapse protects nobody", "    OfferStatus.EXPIRED,\n", ""),
    ("an offer declined protects nobody", "    OfferStatus.DECLINED,\n", ""),
    ("an offer taken protects nobody", "    OfferStatus.ACCEPTED,\n", ""),
    ("the last instant is late", "acted_at <= claim.protect_until", "acted_at < claim.protect_until"),
    ("whatever is done ever protects", "acted_at is not None and acted_at <= claim.protect_until",
     "acted_at is not None"),
    ("the policy does not say what protects", "what in claim.policy.protects and ", ""),
    ("fair offers protect whatever the policy says", "FAIR_OFFER in claim.policy.protects and ", ""),
    ("any offer protects whatever the policy says", "ANY_OFFER in claim.policy.protects and ", ""),
    ("no policy lets any offer protect", "if ANY_OFFER in claim.policy.protects and (", "if False and ("),
    ("closing protects at any time whatever the policy says", "LATE_CLOSING in claim.policy.protects", "True"),
    ("no policy lets closing protect at any time", "LATE_CLOSING in claim.policy.protects", "False"),
    ("all reasons count though the platform sends", "if claim.line.fulfilled_by == PLATFORM and", "if False and"),
    ("no reason counts when the platform sends", "and claim.reason.code not in claim.policy.platform_reasons", ""),
    ("the platform's reasons count for all", "if claim.line.fulfilled_by == PLATFORM and", "if"),
    ("the old verdict is blanked while an appeal runs", "if claim.appealed and (_undecided(claim) or",
     "if claim.appealed and ("),
    ("an appeal never turns the verdict", "if claim.appealed and (_undecided(claim) or",
     "if claim.appealed and (True or"),
    ("an appeal that comes to nothing is judged anew", " or claim.code in _NOTHING_CAME)", ")"),
    ("the late act is not named", "if at and at > claim.protect_until", "if at and False"),
)  # fmt: skip


def text_of(change: Change) -> str:
    """The changed text; an error when the old one is not there as often as it says: then the change says nothing."""
    source = reputation if change.module == "reputation" else _MODULES[change.module]
    text = Path(str(source.__file__)).read_text()
    if text.count(change.old) != change.times:
        raise LookupError(f"{change.name}: {change.old!r} stands {text.count(change.old)} times in {change.module}")
    return text.replace(change.old, change.new)


@contextmanager
def rules_with(change: Change) -> Iterator[SimpleNamespace]:
    """Everything that the three modules of the standing name, with this change in one of them."""
    names: dict[str, object] = {}
    made = []
    try:
        for name, real in _MODULES.items():
            text = text_of(change) if name == change.module else Path(str(real.__file__)).read_text()
            module = _run(f"changed_{name}", text.replace("claims.standing.", "changed_"))
            made.append(module.__name__)
            names |= vars(module)
        yield SimpleNamespace(**names)
    finally:
        for name in made:
            sys.modules.pop(name)


def _run(name: str, text: str) -> ModuleType:
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, name, "exec"), vars(module))  # noqa: S102  our own text
    return module


def wrong_verdict(change: Change) -> str:
    """The first case of a verdict that the rules with this change get wrong, or nothing."""
    changed = _run("changed_reputation", text_of(change))

    class Other(Judge):
        def __call__(self, claim):
            return changed.verdict(claim)

    try:
        process = Process(judge=Other)
        return next((case["#"] for case in VERDICTS if _differs(case, process)), "")
    finally:
        sys.modules.pop("changed_reputation")


def _differs(case: dict[str, str], process: Process) -> bool:
    verdict = walk(case["What happens"], process).verdict
    at = None if case["Act"] == "-" else START + span(case["Act"])
    return (verdict.impact, verdict.rule, verdict.acted_at) != (case["Verdict"], case["Rule"], at)
