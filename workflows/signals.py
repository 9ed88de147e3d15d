"""Signals: what operators send from the Web UI, the command line, or in batch over a search. One JSON value each."""

from typing import Any

from claims.model import Action, Actor, Command, Input, Invalid

_OWN = {"operator", "on_behalf_of"}
_ACTORS = {
    Action.GUIDE: Actor.SELLER,
    Action.OFFER_PARTIAL_REFUND: Actor.SELLER,
    Action.WITHDRAW_OFFER: Actor.SELLER,
    Action.ACCEPT_OFFER: Actor.BUYER,
    Action.DECLINE_OFFER: Actor.BUYER,
    Action.REFUND: Actor.SELLER,
    Action.GRANT_RETURN: Actor.SELLER,
    Action.CLOSE: Actor.BUYER,
    Action.ESCALATE: Actor.SELLER,
}


def command_of(action: Action, payload: Any, command_id: str) -> Command:
    """The command that a signal asks for, like {"operator": "ops-7", "on_behalf_of": "seller", "percent": 30}.

    Raises Invalid when it does not say who the operator is, or has what no signal takes.
    """
    if not isinstance(payload, dict) or not _is_name(payload.get("operator")):
        raise Invalid("operator_missing", 'A signal is a JSON object that names its "operator".')
    given = {name: value for name, value in payload.items() if name not in _OWN}
    return Command(
        action=action,
        by=_actor(action, payload),
        input=_input(given),
        id=command_id,
        person=payload["operator"],
        via="signal",
    )


def unreadable(action: Action, command_id: str) -> Command:
    """What is noted of a signal that could not be read."""
    return Command(action, _ACTORS[action], id=command_id, via="signal")


def _actor(action: Action, payload: dict[str, Any]) -> Actor:
    name = payload.get("on_behalf_of", _ACTORS[action])
    if name not in (Actor.BUYER, Actor.SELLER):
        raise Invalid("unknown_party", 'A signal acts "on_behalf_of" the buyer or the seller.')
    return Actor(name)


def _input(given: dict[str, Any]) -> Input:
    for name, value in given.items():
        wanted = {"percent": int, "offer": int, "code": str}.get(name)
        if wanted is None or type(value) is not wanted:
            raise Invalid("unknown_field", f"A signal cannot carry '{name[:40]}' like that.")
    return Input(**given)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 100
