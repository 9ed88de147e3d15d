"""Claims brought over HTTP into every situation that a claim can be in, each by the shortest way."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.house import House, OpenClaim

Scene = Callable[[House], Awaitable[OpenClaim]]


async def fresh(house: House) -> OpenClaim:
    return await house.claim()


async def remorse(house: House) -> OpenClaim:
    return await house.claim("changed_mind")


async def offered(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=30)
    return claim


async def declined(house: House) -> OpenClaim:
    claim = await offered(house)
    await claim.did("buyer", "decline_offer", offer=1)
    return claim


async def labelled(house: House) -> OpenClaim:
    claim = await house.claim()
    await granted(claim)
    return claim


async def granted(claim: OpenClaim) -> None:
    """A return, and its label is there."""
    await claim.did("seller", "grant_return")
    await claim.until(lambda c: c["return"]["tracking_number"])


async def parcel(claim: OpenClaim, *kinds: str) -> OpenClaim:
    number = (await claim.seen())["return"]["tracking_number"]
    for kind in kinds:
        await claim.carrier(kind, number)
    return claim


async def shipped(house: House) -> OpenClaim:
    return await parcel(await labelled(house), "shipped")


async def delivered(house: House) -> OpenClaim:
    return await parcel(await labelled(house), "shipped", "delivered")


async def mediated(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "escalate")
    return claim


async def evidence_asked(house: House) -> OpenClaim:
    claim = await mediated(house)
    await claim.did("mediator", "request_evidence", party="buyer")
    return claim


async def refund_failed(house: House) -> OpenClaim:
    claim = await house.claim()
    await fault(claim, "declined")
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["refunds"][-1]["status"] == "failed")
    return claim


async def closed_by_the_buyer(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("buyer", "close")
    return claim


async def ruled(house: House) -> OpenClaim:
    """Ruled in part for the buyer, and the 72 hours are over: both may appeal."""
    claim = await mediated(house)
    await claim.skip(73)
    await claim.did("mediator", "rule", amount=1000)
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def appealed(house: House) -> OpenClaim:
    claim = await ruled(house)
    await claim.did("buyer", "appeal", note="The lamp is worth nothing to me.")
    return claim


async def counted(house: House) -> OpenClaim:
    """Refunded too late over an offer that was waiting: closed, it counts, and no mediator has ever seen it."""
    claim = await offered(house)
    await claim.skip(73)
    await claim.did("seller", "refund")
    await claim.until(lambda c: c["stage"] == "closed")
    return claim


async def exclusion_asked(house: House) -> OpenClaim:
    claim = await counted(house)
    await claim.did("seller", "ask_exclusion", **BODIES["ask_exclusion"])
    return claim


async def excluded(house: House) -> OpenClaim:
    claim = await exclusion_asked(house)
    await claim.did("mediator", "decide_exclusion", **BODIES["decide_exclusion"])
    return claim


async def fault(claim: OpenClaim, name: str, number: int = 1) -> Any:
    async with claim.house.as_("platform") as platform:
        url = f"/v1/dev/claims/{claim.id}/refunds/{number}/faults"
        answer = await platform.post(url, json={"fault": name})
    assert answer.status_code == 200, answer.text
    return answer.json()


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        fresh, remorse, offered, declined, labelled, shipped, delivered, mediated, evidence_asked, refund_failed,
        closed_by_the_buyer, ruled, appealed, counted, exclusion_asked, excluded,
    )
}  # fmt: skip

SOME = ("fresh", "offered", "labelled", "delivered", "evidence_asked", "refund_failed", "ruled", "exclusion_asked")
IN_TURN = [pytest.param(name, marks=[pytest.mark.long] * (name not in SOME)) for name in SCENES]  # all in the long form

BODIES: dict[str, dict[str, Any]] = {  # well formed; other actions take none
    "guide": {"note": "Like this."},
    "offer_partial_refund": {"percent": 50},
    "withdraw_offer": {"offer": 1},
    "accept_offer": {"offer": 1},
    "decline_offer": {"offer": 1},
    "request_evidence": {"party": "buyer"},
    "rule": {"amount": 0},
    "ask_exclusion": {"code": "carrier_damage", "note": "The carrier dropped the parcel."},
    "decide_exclusion": {"granted": True, "note": "The carrier's report confirms it."},
}
