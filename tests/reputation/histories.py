"""Histories of sellers drawn at random, with many coincidences at the boundaries; told as the cases are."""

from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import strategies as some

from tests.reputation.cases import SO
from tests.reputation.oracle import FIGURES
from tests.reputation.sales_told import Story

SITES = (*FIGURES, "XXX")
_WHOLE_DAYS = [f"{days}d" for days in (0, 5, 59, 60, 119, 120, 364, 365)]
AGES = [f"{day}{more} ago" for day in _WHOLE_DAYS for more in ("", "-1us", "+1us", "-1s", "+1s") if day != "0d" or more]
AGES += ["now", "5d ago", "5d ago", "5d ago", "in 1us", "in 1d"]
_WHEN = ["now", "1us ago", "in 1us", "3d ago", "70d ago"]
_VERDICTS = ["claimed", "mediated", "excused", "excused by mediator", "remorse", "undecided"]

_when = some.sampled_from(_WHEN)
_one_verdict = some.builds(lambda said, when: f"{said} {when}", some.sampled_from(_VERDICTS), _when)
_verdicts = some.lists(_one_verdict, min_size=1, max_size=3).map(" then ".join)
_cancelled = some.builds(
    lambda by, when: f"cancelled by {by} {when}", some.sampled_from(["buyer", "seller", "platform"]), _when
)
_handed_over = some.builds(lambda due, sent: f"due {due}, sent {sent}", _when, _when)
_fate = some.one_of(
    _verdicts, _cancelled, _handed_over, _when.map("due {}".format), _when.map("sent {}".format),
    some.sampled_from(["sent by the platform", "claimed", "mediated", "cancelled by seller", "due 1us ago"]),
)  # fmt: skip
_place = some.sampled_from([""] * 8 + ["of another seller", "on MLB", "on MLA"])
_fates = some.builds(lambda place, fates: ", ".join(filter(None, [place, *fates])), _place,
                     some.lists(_fate, max_size=3))  # fmt: skip
_lines = some.one_of(
    _fates.map(lambda f: f", {f}" if f else ""),
    some.lists(_fates, min_size=2, max_size=3).map(lambda each: "".join(f" [{f}]" for f in each)),
)


@some.composite
def around_the_switch(draw: Any) -> Story:
    """As many sales as are enough for the short window, or a few more or less, of all ages and with all fates."""
    site = draw(some.sampled_from(SITES))
    enough = FIGURES.get(site, ((), 50, 365))[1]
    bulk = max(0, draw(some.sampled_from([0, 8, 10, 11, enough])) + draw(some.integers(-4, 2)))
    few = some.builds("{} sold {}{}".format, some.integers(1, 3), some.sampled_from(AGES), _lines)
    groups = draw(some.lists(few, max_size=8))
    return Story(site).tell("; ".join([f"{bulk} sold {draw(some.sampled_from(AGES))}", *groups]))


@some.composite
def around_a_maximum(draw: Any) -> Story:
    """A rate that is a maximum of the site's, or misses it by one."""
    site = draw(some.sampled_from(sorted(FIGURES)))
    metric, what = draw(some.sampled_from(list(enumerate(("claims", "cancellations", "delays")))))
    maximum = Fraction(draw(some.sampled_from(FIGURES[site][0])).split("/")[metric].strip())
    whole = draw(some.sampled_from([100, 200])) + draw(some.sampled_from([-1, 0, 0, 1]))
    part = max(0, round(maximum * whole / 100) + draw(some.sampled_from([-1, 0, 0, 1])))
    age = draw(some.sampled_from(["5d ago", "60d-1us ago", "60d ago", "100d ago"]))
    return Story(site).tell(f"{whole - part} sold {age}; {part} sold {age}, {SO[what]}")


@some.composite
def at_the_switch(draw: Any) -> Story:
    """Exactly as many sales as are enough, or one more or less, some of them at the window's edge; claims before it."""
    site = draw(some.sampled_from(SITES))
    enough = FIGURES.get(site, ((), 50, 365))[1] + draw(some.integers(-1, 1))
    edge = draw(some.integers(0, 3))
    age = draw(some.sampled_from(["60d-1us ago", "60d ago", "59d ago", "now"]))
    told = f"{enough - edge} sold 5d ago; {edge} sold {age}; {draw(some.integers(1, 9))} sold 100d ago, claimed"
    return Story(site).tell(told)


histories = some.one_of(around_the_switch(), at_the_switch(), around_a_maximum())


def another_order(told: list[Any], seed: int) -> list[Any]:
    """The same events shuffled, some of them delivered again; each claim's own first deliveries stay in their order."""
    random = Random(seed)
    mixed = random.sample(told, len(told))
    places: dict[str, list[int]] = {}
    for place, event in enumerate(mixed):
        if hasattr(event, "claim_id"):
            places.setdefault(event.claim_id, []).append(place)
    for mine in places.values():
        for place, event in zip(mine, sorted((mixed[p] for p in mine), key=lambda e: e.version), strict=True):
            mixed[place] = event
    for event in random.sample(told, len(told) // 3):
        again = mixed.index(event) + 1
        mixed.insert(random.randint(again, len(mixed)), event)
    return mixed
