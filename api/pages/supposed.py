"""What if: the numbers that a seller supposes, and the standing that would come of them."""

from collections.abc import Mapping
from typing import Any

from fastapi_problem.error import Problem
from pydantic import ValidationError

import api.foresight
from api.desk import Desk
from api.documented import Json
from api.pages.faults import fault_of
from api.problems import OURS
from api.shapes_foresight import WhatIfBody
from api.tokens import Caller

SUPPOSED = ("sales", "claims", "cancellations", "delays")
_LONG = 10  # digits, beyond which it is no number to count with


async def supposed(given: Mapping[str, str], desk: Desk, caller: Caller, site: str) -> Json:
    """What was typed, and what comes of it: `answer`, or `problem`; neither when nothing was supposed."""
    typed = {name: given.get(name, "").strip() for name in SUPPOSED}
    shown: Json = {"typed": typed, "answer": None, "problem": None}
    if not any(typed.values()):
        return shown
    try:
        return shown | {"answer": await api.foresight.what_if(caller.id, _body(site, typed), desk, caller)}
    except (Problem, ValidationError, *OURS) as error:
        return shown | {"problem": fault_of(error)}


def _body(site: str, typed: Mapping[str, str]) -> WhatIfBody:
    numbers: dict[str, Any] = {
        name: int(text) if text.isdecimal() and len(text) < _LONG else text or 0 for name, text in typed.items()
    }
    return WhatIfBody(site=site, **numbers)
