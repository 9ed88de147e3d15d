"""What an action takes that decides what it brings: what there is to choose from, and what was chosen."""

from dataclasses import dataclass
from typing import Any

from api.problems import problem
from api.schemas import ActBody
from claims.model import Action
from claims.money import digits, percent_of
from claims.thread import PARTIES

CHOSEN = ("percent", "amount", "party", "return_first", "granted", "offer")  # what a step brings depends on these
_LONGEST = 16  # digits of a number
Json = dict[str, Any]


@dataclass(frozen=True)
class Choosing:
    """What is chosen so far of what the action takes: as it stands in the address, and as the API takes it."""

    given: dict[str, str]
    values: Json

    def body(self, **more: Any) -> ActBody:
        return ActBody(**self.values, **more)


def chosen(given: Json, claim: Json, offered: Json | None) -> Choosing:
    """What was chosen, out of an address or a form. There is one pending offer, so it need not be named."""
    found = {name: given[name] for name in CHOSEN if given.get(name)}
    if offered and "offer" in offered["input"]["required"]:
        found.setdefault("offer", str(offered["example"]["offer"]))
    if major := given.get("major"):
        found["amount"] = _minor(major, claim["total"]["currency"])
    return Choosing(found, {name: _value(name, value) for name, value in found.items()})


def _value(name: str, value: str) -> Any:
    if name == "party":
        if value not in PARTIES:
            raise problem(422, "unknown_party", "A party is the buyer or the seller.")
        return value
    if name in ("return_first", "granted"):
        return value == "yes"
    if not value.isascii() or not value.isdecimal() or len(value) > _LONGEST:
        raise problem(422, "invalid_request", f"{name} is no number.")
    return int(value)


def _minor(text: str, currency: str) -> str:
    """Minor units of an amount as people type it, with a comma or a point."""
    whole, _, part = text.strip().replace(",", ".").partition(".")
    places = digits(currency)
    number = whole + part
    if not number.isascii() or not number.isdecimal() or len(number) > _LONGEST or len(part) > places:
        raise problem(422, "amount_out_of_range", f"Such as 12{'.50' if places else ''}.")
    return str(int(whole + part.ljust(places, "0")))


def is_whole(action: str, offered: Json, made: Choosing) -> bool:
    """Whether all is chosen that decides what the step brings. A ruling takes one of two."""
    needs = [name for name in offered["input"]["required"] if name in CHOSEN]
    if action == Action.RULE:
        return bool(made.values)
    return all(name in made.values for name in needs)


def choices(claim: Json, offered: Json) -> list[tuple[str, str, Any]]:
    """What there is to choose from, as (name, value, what it is): what it is, is money or a word."""
    fields, total = offered["input"]["properties"], claim["total"]
    if percents := fields.get("percent", {}).get("enum"):
        price = claim["amounts"]["product"]["amount"]
        return [("percent", str(p), {**total, "amount": percent_of(price, p)}) for p in percents]
    if offered["action"] == Action.RULE:
        amounts = [("amount", str(a), {**total, "amount": a}) for a in _amounts(claim)] if "amount" in fields else []
        return [*amounts, *([("return_first", "yes", None)] if "return_first" in fields else [])]
    if "granted" in fields:
        return [("granted", "yes", None), ("granted", "no", None)]
    parties = fields.get("party", {}).get("enum", [])
    return [("party", party, None) for party in parties]


def _amounts(claim: Json) -> list[int]:
    """What rulings often award: nothing, what was offered, the price, everything."""
    offers = [o["amount"]["amount"] for o in claim["offers"]]
    return sorted({0, *offers, claim["amounts"]["product"]["amount"], claim["total"]["amount"]})
