"""The door of every route: who is calling, and whether the parameters are known, before anything else is looked at."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.bodies import StrictRequest
from api.deps import caller, identify
from api.problems import problem


class Door(APIRoute):
    """A route that reads no body and answers nothing before the token is good, if it asks for a caller at all."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        enter = super().get_route_handler()
        found = list(parts(self.dependant))
        guarded = any(part.call is caller for part in found)
        known = {field.alias for part in found for field in part.query_params}

        async def handle(request: Request) -> Response:
            if guarded:
                identify(request)
            _check_parameters(request, known)
            return await enter(StrictRequest(request.scope, request.receive))

        return handle


def parts(dependant: Dependant) -> Iterator[Dependant]:
    """What a route is given, and what that is made of."""
    yield dependant
    for part in dependant.dependencies:
        yield from parts(part)


def _check_parameters(request: Request, known: set[str]) -> None:
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is not None:
        there_are = f"there are {', '.join(sorted(known))}" if known else "there are none"
        raise problem(422, "unknown_parameter", f"'{unknown[:40]}' is no parameter of this operation; {there_are}.")
