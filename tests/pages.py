"""Every page in every state that it can be in: how to bring it about, and who looks. A new page fails until it is here."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

from fastapi.routing import APIRoute

from tests.house import House, OpenClaim
from tests.scenes import SCENES


class Place(NamedTuple):
    """Where somebody looks, once all is prepared. A role of "" is a stranger."""

    path: str
    role: str = ""
    person: str = ""
    status: int = 200


class Rooms:
    """The house in all its states, each brought about once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._claims: dict[str, OpenClaim] = {}

    async def claim(self, scene: str) -> OpenClaim:
        """A claim in this situation, in which nobody does anything."""
        if scene not in self._claims:
            self._claims[scene] = await SCENES[scene](self.house)
        return self._claims[scene]


class State(NamedTuple):
    """A page in one state, and how to come there."""

    name: str
    route: str
    made: Callable[[Rooms], Awaitable[Place]]


STATES: list[State] = []
# What is asked for by GET and is no page by itself.
PARTS: dict[str, str] = {}


def state(route: str) -> Callable[[Callable[[Rooms], Awaitable[Place]]], Callable[[Rooms], Awaitable[Place]]]:
    """What brings a page into a state; its name says which."""

    def note(made: Callable[[Rooms], Awaitable[Place]]) -> Callable[[Rooms], Awaitable[Place]]:
        STATES.append(State(made.__name__.replace("_", " "), route, made))
        return made

    return note


def routes(app: Any) -> set[str]:
    """All that people can ask for by GET from the pages of this application."""
    return {
        route.path
        for route in _routes(app.routes)
        if isinstance(route, APIRoute) and "GET" in route.methods and route.endpoint.__module__.startswith("api.pages.")
    }


def _routes(found: list[Any]) -> Iterator[Any]:
    for route in found:
        if inner := getattr(route, "original_router", None):
            yield from _routes(inner.routes)
        else:
            yield route
