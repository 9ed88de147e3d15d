"""Who an ID token says somebody is: the person's id in the marketplace, and the roles, by the names that are set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.problems import problem
from api.tokens import Role
from claims.orders import fault_of_id
from settings import SIGNED_IN, Settings

_NO_ROLE = "You are signed in, but as neither buyer, seller nor mediator here; ask the marketplace for a role."
_NO_PERSON = "You are signed in, but without an id that the marketplace knows you by; ask the marketplace for one."


@dataclass(frozen=True)
class Identity:
    person: str
    roles: tuple[Role, ...]  # one or more of buyer, seller, mediator, in this order


def identity_of(claims: Mapping[str, Any], settings: Settings) -> Identity:
    """From an ID token that was verified. Raises 403: `no_person`, `no_role`."""
    person = _person(_at(claims, settings.oidc_person_claim))
    names = _names(_at(claims, settings.oidc_role_claim))
    ours = {ours for theirs, ours in settings.oidc_role_names if theirs in names}
    if not ours:
        raise problem(403, "no_role", _NO_ROLE)
    return Identity(person, tuple(Role(name) for name in SIGNED_IN if name in ours))


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of this name, which may have dots of its own (an address), or else the one inside others."""
    if name in claims:
        return claims[name]
    first, dot, rest = name.partition(".")
    inner = claims.get(first)
    return _at(inner, rest) if dot and isinstance(inner, Mapping) else None


def _person(said: Any) -> str:
    person = str(said) if isinstance(said, int) and not isinstance(said, bool) else said
    if not isinstance(person, str) or fault_of_id(person):
        raise problem(403, "no_person", _NO_PERSON)
    return person


def _names(said: Any) -> set[str]:
    """One name, a list of them, or an object that has them as its keys: providers differ."""
    names = [said] if isinstance(said, str) else said if isinstance(said, list | dict) else []
    return {name for name in names if isinstance(name, str)}
