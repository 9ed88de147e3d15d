"""Answers about one claim: the view as it stood at an instant, its ETag, and refusals with what is allowed instead."""

import hashlib
from typing import Any

from fastapi import Response
from fastapi_problem.error import Problem
from pydantic import BaseModel

from api.desk import Desk
from api.problems import refusal
from api.requests import NotFound
from api.tokens import Caller
from api.views import claim_view
from claims.forecast import prospects
from claims.model import Refused
from claims.standing.outlook import Outlook
from storage.claims import Answer


def shown(answer: Answer, caller: Caller, response: Response, outlook: Outlook | None = None) -> dict[str, Any]:
    """The claim as the caller saw it at the answer's instant; the ETag is its version.

    Without an outlook nothing is said of the seller's standing: so an act's answer can be repeated as it was.
    """
    view = claim_view(answer.claim, caller, answer.at, outlook)
    response.headers["ETag"] = f'"{view["version"]}"'
    return view


def body_digest(body: BaseModel) -> str:
    """The same for the same request, whatever the order of its fields; and as before there were attachments."""
    none = set() if getattr(body, "attachments", None) else {"attachments"}
    return hashlib.sha256(body.model_dump_json(exclude=none).encode()).hexdigest()[:40]


async def refused(desk: Desk, caller: Caller, claim_id: str, error: Refused) -> Problem:
    """The problem for a refusal, with the actions that are allowed now."""
    try:
        claim = await desk.find(caller, claim_id)
    except NotFound:
        return refusal(error)
    ahead = prospects(claim, caller.actor, await desk.now(claim_id)) if caller.actor else ()
    return refusal(error, [str(p.choice.action) for p in ahead])
