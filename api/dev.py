"""For trials, in the embedded mode only: tokens for anybody, a clock that can be moved, a bank that misbehaves."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

import storage.ledger
from activities.embedded_bank import FAULTS, EmbeddedBank
from activities.refunds import refund_key, request_of
from api.deps import CallerDep, DeskDep, only
from api.documented import GATE, READS, WRITES, Json, answers
from api.door import Door
from api.problems import problem
from api.schemas import Body, Id
from api.shapes_around import BankBooks, ClockMoved, FaultOrdered, TokenMade
from api.tokens import Caller, Role, Tokens
from claims.model import Action, Actor, Command, Input, RefundStatus

router = APIRouter(prefix="/v1/dev", tags=["dev (embedded mode only)"], route_class=Door)
SHORTEST_SKIP, LONGEST_SKIP = 1e-6, 24 * 400  # hours
_BACK_AND_FORTH = {RefundStatus.SUCCEEDED, RefundStatus.BOUNCED}  # asked again, a bounce is the same bounce


RefundNumber = Annotated[int, Path(ge=1, le=1000)]


class TokenBody(Body):
    sub: Id
    role: Annotated[Role, Field(strict=False)]
    seconds: Annotated[int, Field(ge=-3600, le=365 * 86400)] = 12 * 3600


class SkipBody(Body):
    hours: Annotated[float, Field(ge=SHORTEST_SKIP, le=LONGEST_SKIP, strict=False)]


class FaultBody(Body):
    fault: Annotated[str, Field(pattern=f"^({'|'.join((*FAULTS, 'bounced'))})$")]
    times: Annotated[int, Field(ge=1, le=1000)] = 1


@router.post("/tokens", summary="A token for anybody", responses=answers(TokenMade, 415, *GATE))
async def token(body: TokenBody, request: Request) -> Json:
    tokens: Tokens = request.app.state.tokens
    return {"token": tokens.sign(Caller(body.sub, body.role), body.seconds), "expires_in": body.seconds}


_MOVED = answers(ClockMoved, 403, 404, 409, *WRITES)


@router.post("/claims/{claim_id}/fast-forward", summary="Move one claim's clock forward", responses=_MOVED)
async def fast_forward(claim_id: Id, body: SkipBody, desk: DeskDep, caller: CallerDep) -> Json:
    only(caller, Role.BUYER, Role.SELLER, Role.PLATFORM, Role.OPS)
    await desk.find(caller, claim_id)
    now = await desk.fast_forward(claim_id, timedelta(hours=body.hours))
    return {"claim_id": claim_id, "now": now}


_BOOKS = answers(BankBooks, 403, 404, *READS)


@router.get("/claims/{claim_id}/ledger", summary="The embedded bank's books for its order line", responses=_BOOKS)
async def ledger(claim_id: Id, desk: DeskDep, caller: CallerDep) -> Json:
    only(caller, Role.PLATFORM, Role.OPS, Role.AUDITOR)
    claim = await desk.find(caller, claim_id)
    async with desk.database.reading() as session:
        transfers = await storage.ledger.transfers_of(session, claim.line.order_id, claim.line.line_id)
        balance = await storage.ledger.balance(session)
    rows = [{"key": key, "kind": kind, "amount": amount} for key, kind, amount in transfers]
    return {"currency": claim.line.currency, "balance": balance, "transfers": rows}


_ORDERED = answers(FaultOrdered, 202, 403, 404, 409, *WRITES)


@router.post("/claims/{claim_id}/refunds/{number}/faults", summary="Make the bank misbehave", responses=_ORDERED)
async def fault(claim_id: Id, number: RefundNumber, body: FaultBody, desk: DeskDep, caller: CallerDep) -> Json:
    """Faults can be ordered before the refund is asked for; `bounced` takes one back that had succeeded."""
    only(caller, Role.PLATFORM, Role.OPS)
    claim = await desk.find(caller, claim_id)
    if body.fault != "bounced":
        async with desk.database.writing() as session:
            await storage.ledger.order_fault(session, refund_key(claim_id, number), body.fault, body.times)
        return {"refund": number, "fault": body.fault, "times": body.times}
    bank, made = EmbeddedBank(desk.database), [r.number for r in claim.refunds if r.status in _BACK_AND_FORTH]
    bounced = number in made and (
        await bank.bounce(request := request_of(claim, number)) or await bank.took_back(request)
    )
    if not bounced:
        raise problem(409, "no_such_refund", f"Refund {number} of this claim is not one that can bounce.", allowed=[])
    name = f"bounce/{number}"
    await desk.report(claim_id, Command(Action.REFUND_BOUNCED, Actor.BANK, Input(refund=number), id=name, via="bank"))
    return {"refund": number, "fault": body.fault, "times": 1}
