"""What each action takes from the person who takes it, and what can be wrong with it."""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

from claims.exclusions import CAUSES
from claims.guards import offerable
from claims.model import Action, Actor, Claim, Command, Input, Invalid
from claims.money import show

NOTE_LIMIT = 3500  # characters of a text
CLOSING_CODES = (
    "worked_out_with_seller",
    "seller_explained_functions",
    "found_missing_parts",
    "preferred_to_keep_product",
    "opened_claim_by_mistake",
)
_TAKES: dict[Action, tuple[str, ...]] = {  # a trailing ? marks what may be left out
    Action.OFFER_PARTIAL_REFUND: ("percent",),
    Action.WITHDRAW_OFFER: ("offer",),
    Action.ACCEPT_OFFER: ("offer",),
    Action.DECLINE_OFFER: ("offer",),
    Action.CLOSE: ("code?",),
    Action.REQUEST_EVIDENCE: ("party",),
    Action.RULE: ("amount?", "return_first?"),
    Action.LABEL_MADE: ("parcel", "tracking_number"),
    Action.SHIP: ("tracking_number",),
    Action.DELIVER: ("tracking_number",),
    Action.LOSE: ("tracking_number",),
    Action.REFUNDED: ("refund",),
    Action.REFUND_FAILED: ("refund",),
    Action.REFUND_BOUNCED: ("refund",),
    Action.ASK_EXCLUSION: ("code",),
    Action.DECIDE_EXCLUSION: ("granted",),
}
NOTES: dict[Action, str] = {  # what needs a text, and what the text has to be
    Action.GUIDE: "the explanation for the buyer",
    Action.ASK_EXCLUSION: "what happened, for the mediator",
    Action.DECIDE_EXCLUSION: "the reason, for the seller",
}
_NAMES = tuple(f.name for f in dataclass_fields(Input))
_EMPTY = Input()


@dataclass(frozen=True)
class Field:
    """One thing that an action takes: its kind is integer, boolean or string; amounts are minor units."""

    name: str
    kind: str
    required: bool
    choices: tuple[int | str | bool, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


def check(claim: Claim, command: Command) -> None:
    """Raise Invalid when the input does not have what the action takes, or has more."""
    if command.input is _EMPTY and command.action not in _TAKES:
        return
    given = {name for name in _NAMES if getattr(command.input, name) is not None}
    takes = _TAKES.get(command.action, ())
    allowed = {name.rstrip("?") for name in takes}
    if extra := sorted(given - allowed):
        raise Invalid("unknown_field", f"'{command.action}' does not take '{extra[0]}'; it takes {_list(allowed)}.")
    if missing := [name for name in takes if not name.endswith("?") and name not in given]:
        raise Invalid("field_missing", f"'{command.action}' needs '{missing[0]}'.")
    _check_values(claim, command)


def check_note(action: Action, text: str | None) -> None:
    """Raise Invalid when an action that needs a text has none."""
    if action in NOTES and not text:
        raise Invalid("field_missing", f"'{action}' needs 'note': {NOTES[action]}.")


def candidates(claim: Claim, action: Action) -> tuple[Input, ...]:
    """Inputs that between them show whether an action is possible, and with what."""
    if action == Action.OFFER_PARTIAL_REFUND:
        return tuple(Input(percent=p) for p in claim.policy.percents)
    if action in (Action.ACCEPT_OFFER, Action.DECLINE_OFFER, Action.WITHDRAW_OFFER):
        return (Input(offer=claim.offer.number if claim.offer else len(claim.offers)),)
    if action == Action.REQUEST_EVIDENCE:
        return Input(party=Actor.BUYER), Input(party=Actor.SELLER)
    if action == Action.RULE:
        return Input(amount=claim.total), Input(amount=0), Input(return_first=True)
    if action == Action.ASK_EXCLUSION:
        return tuple(Input(code=code) for code in CAUSES)
    if action == Action.DECIDE_EXCLUSION:
        return Input(granted=True), Input(granted=False)
    return _carrier_or_bank(claim, action)


def _carrier_or_bank(claim: Claim, action: Action) -> tuple[Input, ...]:
    number = claim.parcel.tracking_number if claim.parcel else ""
    if action == Action.LABEL_MADE:
        return (Input(parcel=len(claim.returns), tracking_number=number or "to be printed"),)
    if action in (Action.SHIP, Action.DELIVER, Action.LOSE):
        return (Input(tracking_number=number),)
    if action in (Action.REFUNDED, Action.REFUND_FAILED):
        return (Input(refund=len(claim.refunds)),)
    if action == Action.REFUND_BOUNCED:
        return tuple(Input(refund=r.number) for r in claim.refunds) or (Input(refund=0),)
    return (_EMPTY,)


def fields(claim: Claim, action: Action, possible: list[Input]) -> tuple[Field, ...]:
    """What the action takes, narrowed to the inputs that are possible now."""
    if action == Action.RULE:
        return _ruling(claim, possible)
    if action == Action.CLOSE:
        return (Field("code", "string", False, CLOSING_CODES),)
    names = [name for name in _TAKES.get(action, ())]
    return tuple(_field(name, tuple(dict.fromkeys(getattr(i, name) for i in possible))) for name in names)


def _field(name: str, choices: tuple[int | str, ...]) -> Field:
    kinds = {bool: "boolean", int: "integer"}
    return Field(name, kinds.get(type(choices[0]), "string"), True, choices)


def _ruling(claim: Claim, possible: list[Input]) -> tuple[Field, ...]:
    amount = Field("amount", "integer", False, minimum=0, maximum=claim.total)
    first = Field("return_first", "boolean", False, (True,))
    return (amount, first) if any(i.return_first for i in possible) else (amount,)


def _check_values(claim: Claim, command: Command) -> None:
    given = command.input
    if given.tracking_number == "":
        raise Invalid("tracking_number_missing", f"'{command.action}' needs the parcel's tracking number.")
    if given.percent is not None and given.percent not in claim.policy.percents:
        raise Invalid("percent_not_allowed", _percents(claim, given.percent))
    if given.code is not None:
        _check_code(command.action, given.code)
    if given.party is not None and given.party not in (Actor.BUYER, Actor.SELLER):
        raise Invalid("unknown_party", "Evidence is asked of the buyer or of the seller.")
    if command.action == Action.RULE:
        _check_ruling(claim, given)


def _check_code(action: Action, code: str) -> None:
    if action == Action.CLOSE and code not in CLOSING_CODES:
        raise Invalid("unknown_code", f"'{code[:40]}' is no way to close a claim; see the codes in its actions.")
    if action == Action.ASK_EXCLUSION and code not in CAUSES:
        raise Invalid("unknown_cause", f"'{code[:40]}' is no cause for an exclusion; see /v1/exclusions/causes.")


def _check_ruling(claim: Claim, given: Input) -> None:
    if (given.amount is None) == (not given.return_first):
        raise Invalid("ruling_unclear", "A ruling names an amount, or a return first; one of the two.")
    if given.amount is not None and not 0 <= given.amount <= claim.total:
        currency = claim.line.currency
        most = f"{claim.total} ({show(claim.total, currency)})"
        raise Invalid("amount_out_of_range", f"A ruling gives 0 to {most} in minor units, not {_number(given.amount)}.")


def _percents(claim: Claim, percent: int) -> str:
    allowed = claim.policy.percents
    more = "; for 100 % use 'refund'" if percent == 100 else ""
    possible = ", ".join(str(p) for p in offerable(claim)) or "none"
    limits = f"{allowed[0]} to {allowed[-1]} %, not {_number(percent)} %{more}"
    return f"A partial refund is {limits}. Possible now: {possible}."


def _number(value: int) -> str:
    return str(value) if abs(value) < 10**15 else "so large a number"


def _list(names: set[str]) -> str:
    return " and ".join(f"'{n}'" for n in sorted(names)) or "nothing"
