"""What a JSON body must be before anybody looks into it: UTF-8, plain, and with each field once."""

import json
from typing import Any, NoReturn

from fastapi import Request
from starlette.exceptions import HTTPException

_EXACT = 2**53  # floating point has every whole number below


class StrictRequest(Request):
    """A request whose body is JSON, and nothing that two readers may understand differently."""

    async def body(self) -> bytes:
        body = await super().body()
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind != "application/json":
            raise HTTPException(415, "A body is JSON, and says so: Content-Type: application/json.")
        if body and self.headers.get("content-encoding", "identity").lower() != "identity":
            raise HTTPException(415, "A body comes as it is, without a Content-Encoding.")
        return body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = _read(await self.body())
        return self._json


def _read(body: bytes) -> Any:
    """The JSON in it. Raises JSONDecodeError where it is none, and 400 for what readers may understand differently."""
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_once, parse_constant=_no_number, parse_float=_whole_if_it_is
        )
    except UnicodeDecodeError:
        raise HTTPException(400, "The body is not UTF-8.") from None
    except RecursionError:
        raise HTTPException(400, "The body is nested too deeply.") from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise HTTPException(400, "The body holds a number of too many digits.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise HTTPException(400, "The body holds a field twice.")
    return found


def _whole_if_it_is(written: str) -> int | float:
    """30.0 and 3e1 are the whole number 30, as JSON Schema has it; as far as such numbers are exact."""
    number = float(written)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def _no_number(name: str) -> NoReturn:
    raise HTTPException(400, f"The body holds {name}, which is no JSON.")
