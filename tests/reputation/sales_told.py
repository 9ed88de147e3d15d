"""The sales of a seller as the cases tell them, made into events, and the standing that comes of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from claims.standing import events, standing, terms
from tests.reputation.tables import NOW, instant

SELLER, OTHER = "seller-1", "seller-2"
REAL = SimpleNamespace(**{**vars(events), **vars(terms), **vars(standing)})
_VERDICTS = {  # impact, and whether it came before a mediator
    "claimed": ("affected", False),
    "mediated": ("affected", True),
    "excused": ("not_affected", False),
    "excused by mediator": ("not_affected", True),
    "remorse": ("not_applies", False),
    "undecided": ("pending", False),
}
_WHEN = r"(now|in [^\s,]+|\S+ ago)"
_DAY = timedelta(days=1)


@dataclass
class Story:
    """What a case tells: events by kind and fields, and the level that is shown until an instant, if any."""

    site: str
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    shown: tuple[str, datetime] | None = None
    _claims: int = 0

    def tell(self, text: str) -> "Story":
        for item in filter(None, (i.strip() for i in text.split(";"))):
            self._item(item)
        return self

    def _item(self, item: str) -> None:
        if shown := re.fullmatch(rf"shown as (\w+) until {_WHEN}", item):
            self.shown = (shown[1], instant(shown[2]))
            return
        match = re.fullmatch(rf"(\d+) (?:never sold|sold {_WHEN})(.*)", item)
        if not match:
            raise ValueError(f"not told so that it can be read: {item!r}")
        for _ in range(int(match[1])):
            self._order(f"order-{len(self.told)}", match[2] and instant(match[2]), match[3])

    def _order(self, order: str, at: datetime | None, rest: str) -> None:
        lines = re.findall(r"\[(.*?)\]", rest) or [rest.strip().removeprefix(",")]
        for number, line in enumerate(lines):
            self._line({"order_id": order, "line_id": f"line-{number}"}, at, line)

    def _line(self, key: dict[str, str], at: datetime | None, fates: str) -> None:
        sold: dict[str, Any] = {**key, "seller_id": SELLER, "site": self.site, "at": at}
        for fate in filter(None, (f.strip() for f in fates.split(","))):
            self._fate(key, sold, fate)
        if at:
            self.told.append(("Sold", sold))

    def _fate(self, key: dict[str, str], sold: dict[str, Any], fate: str) -> None:
        """One thing that became of a line; `of another seller` and `on ...` come before the verdicts they are about."""
        if match := re.fullmatch(rf"cancelled by (\w+)(?: {_WHEN})?", fate):
            self.told.append(("Cancelled", {**key, "by": match[1], "at": instant(match[2] or "1d ago")}))
        elif fate == "sent by the platform":
            sold["by_platform"] = True
        elif match := re.fullmatch(rf"(due|sent) {_WHEN}", fate):
            if match[1] == "due":
                sold["dispatch_by"] = instant(match[2])
            else:
                self.told.append(("Dispatched", {**key, "at": instant(match[2])}))
        elif fate == "of another seller":
            sold["seller_id"] = OTHER
        elif fate.startswith("on "):
            sold["site"] = fate.removeprefix("on ")
        else:
            self._verdicts(key, sold, fate.split(" then "))

    def _verdicts(self, key: dict[str, str], sold: dict[str, Any], said: list[str]) -> None:
        self._claims += 1
        for number, one in enumerate(said):
            match = re.fullmatch(rf"({'|'.join(sorted(_VERDICTS, key=len, reverse=True))})(?: {_WHEN})?", one)
            if not match:
                raise ValueError(f"nothing becomes of a sale like this: {one!r}")
            impact, mediated = _VERDICTS[match[1]]
            self.told.append(
                ("Judged", {
                    "claim_id": f"claim-{self._claims}", "version": 5 + 4 * number, "order_id": key["order_id"],
                    "seller_id": sold["seller_id"], "site": sold["site"], "impact": impact, "mediated": mediated,
                    "at": instant(match[2]) if match[2] else NOW - (len(said) - number) * _DAY,
                })
            )  # fmt: skip

    def events(self, rules: SimpleNamespace = REAL) -> list[Any]:
        return [getattr(rules, kind)(**_typed(fields, rules)) for kind, fields in self.told]

    def protection(self, rules: SimpleNamespace = REAL) -> Any:
        return rules.Protection(rules.Level(self.shown[0]), self.shown[1]) if self.shown else None


def _typed(fields: dict[str, Any], rules: SimpleNamespace) -> dict[str, Any]:
    types = {"by": rules.By, "impact": rules.Impact}
    return {k: types[k](v) if k in types else v for k, v in fields.items()}


def ways(story: Story, rules: SimpleNamespace = REAL) -> Iterator[Any]:
    """The standing, from the events of this seller on this site, and from the sales of everybody."""
    mine = (SELLER, story.site)
    told, found = story.events(rules), rules.in_force(story.site, NOW)
    ours = [e for e in told if not hasattr(e, "seller_id") or (e.seller_id, e.site) == mine]
    yield rules.standing(ours, found, NOW, story.protection(rules))
    sales = rules.fold(e for e in told if e.at <= NOW)
    theirs = [s for s in sales if (s.seller_id, s.site) == mine]
    yield rules.judge(rules.tally(theirs, found, NOW), found, NOW, story.protection(rules))


def seen(standing: Any) -> tuple[str, str, str]:
    """Counts, window and level as the cases write them."""
    counts = standing.counts
    numbers = (counts.sales, counts.claims, counts.mediations, counts.cancellations, counts.delays)
    shown = "" if standing.level == standing.real else f", shown {standing.level}"
    return " / ".join(map(str, numbers)), f"{standing.window.days}d", f"{standing.real}{shown}"
