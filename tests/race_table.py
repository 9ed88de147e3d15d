"""The races: who runs against whom from which situation, which orders are possible, and with which code one loses."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from claims.guards import offerable
from claims.model import Claim, ReturnStatus
from claims.policy import DEFAULT, Policy
from tests import scenes
from tests.house import House, OpenClaim
from tests.race_acts import Act, Bounce, Clock, Contender, Label, Opening, Reset, Scan, Signal
from tests.race_checks import settled
from tests.scenes import Scene

Supply = Callable[[House], AsyncIterator[OpenClaim]]  # claims for one round after another, as they are to start


@dataclass(frozen=True)
class Race:
    """`orders` are the outcomes that the rules allow: "A" is A alone, "B A" both, B first, "A=B" one step for both."""

    name: str
    supply: Supply
    a: Contender
    b: Contender
    orders: tuple[str, ...]
    codes: dict[str, set[str]] = field(default_factory=dict)  # with which A, or B, loses
    policy: Policy = DEFAULT
    moves: int = 1  # at most so many refunds more in the books than before
    gated: bool = True  # in some rounds both wait at the workflow's door, where this can be had
    quiet: bool = True  # it begins when no errand is under way
    head_start: float = 0  # seconds that B may have before A
    slow: bool = False  # it takes a bank that answers late
    often: int = 1  # cheap rounds are run more often

    @property
    def timed(self) -> bool:
        return isinstance(self.b, Clock)


# --- situations, beside those of tests/scenes.py


def each(scene: Scene) -> Supply:
    """A new claim for each round."""

    async def supply(house: House) -> AsyncIterator[OpenClaim]:
        while True:
            yield await scene(house)

    return supply


def offering(offers: bool) -> Supply:
    """A claim for up to three rounds: with an offer standing, or with none."""

    async def supply(house: House) -> AsyncIterator[OpenClaim]:
        while True:
            claim = await house.claim()
            while (now := await settled(house, claim.id)).stage == "negotiation":
                if now.offer and not offers:
                    await claim.did("buyer", "decline_offer", offer=now.offer.number)
                    continue
                if not now.offer and offers:
                    if len(now.offers) == now.policy.offers:
                        break
                    await claim.did("seller", "offer_partial_refund", **better(now))
                elif len(now.offers) == now.policy.offers:
                    break
                yield claim

    return supply


def again_and_again(scene: Scene, restore: Callable[[OpenClaim, Claim], object], rounds: int = 60) -> Supply:
    """A claim for many rounds, more than one run's history holds in the tests."""

    async def supply(house: House) -> AsyncIterator[OpenClaim]:
        while True:
            claim = await scene(house)
            for _ in range(rounds):
                yield claim
                await restore(claim, await settled(house, claim.id))  # type: ignore[misc]

    return supply


async def as_it_is(claim: OpenClaim, now: Claim) -> None:
    """Nothing needs to be restored."""


async def evidence_given(claim: OpenClaim, now: Claim) -> None:
    if now.asked:
        await claim.did(now.asked, "give_evidence", note="Here it is.")


async def evidence_wanted(claim: OpenClaim, now: Claim) -> None:
    if not now.asked:
        await claim.did("mediator", "request_evidence", party="buyer")


async def late(house: House) -> OpenClaim:
    """After the 72 hours with the seller still in time: the buyer may escalate too."""
    claim = await house.claim()
    await claim.did("seller", "offer_partial_refund", percent=30)
    await claim.skip(73)
    await claim.did("buyer", "decline_offer", offer=1)
    return claim


async def granted(house: House) -> OpenClaim:
    """The label may or may not be there yet."""
    claim = await house.claim()
    await claim.did("seller", "grant_return")
    return claim


async def lapsed(house: House) -> OpenClaim:
    """Closed by the clock over an offer: the buyer may appeal, or claim again."""
    claim = await house.claim(quantity=1)
    await claim.did("seller", "offer_partial_refund", percent=10)
    await claim.skip(5 * 24 + 1)
    return claim


async def slow_bank(house: House) -> OpenClaim:
    claim = await house.claim()
    await scenes.fault(claim, "slow_answer")
    return claim


async def refund_running(house: House) -> OpenClaim:
    claim = await slow_bank(house)
    await claim.did("seller", "refund")
    return claim


async def label_lapsed(house: House) -> OpenClaim:
    """The label's days are over; a scan may still come, but not for long."""
    claim = await scenes.labelled(house)
    while (await settled(house, claim.id)).returns[-1].status == ReturnStatus.LABEL_READY:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return claim


def better(claim: Claim) -> dict[str, int]:
    return {"percent": offerable(claim)[0]}


def best(claim: Claim) -> dict[str, int]:
    return {"percent": offerable(claim)[1]}


def standing(claim: Claim) -> dict[str, int]:
    return {"offer": len(claim.offers)}


# --- who runs

ACCEPT, DECLINE = Act("buyer", "accept_offer", standing), Act("buyer", "decline_offer", standing)
WITHDRAW = Act("seller", "withdraw_offer", standing)
OFFER, BETTER_OFFER = Act("seller", "offer_partial_refund", better), Act("seller", "offer_partial_refund", best)
REFUND, GRANT, ESCALATE = Act("seller", "refund"), Act("seller", "grant_return"), Act("seller", "escalate")
CALL = Act("buyer", "escalate")
CLOSE, CANCEL = Act("buyer", "close"), Act("buyer", "cancel_return")
KEEP, REJECT = Act("seller", "accept_return"), Act("seller", "reject_return")
ASK = Act("mediator", "request_evidence", {"party": "buyer"})
ASK_TOO = Act("mediator", "request_evidence", {"party": "seller"}, person="mediator-2")
GIVE = Act("buyer", "give_evidence", {"note": "A photo."})
RULE = Act("mediator", "rule", {"amount": 3000, "note": "Half of it."})
RULE_TOO = Act("mediator", "rule", {"amount": 4000, "note": "More than half."}, person="mediator-2")
RULE_RETURN = Act("mediator", "rule", {"return_first": True}, person="mediator-2")
PAY = Act("mediator", "pay_by_hand")
APPEAL, SELLERS_APPEAL = Act("buyer", "appeal"), Act("seller", "appeal")


def guide(words: str, once: str = "", match: bool = False) -> Act:
    return Act("seller", "guide", {"note": words}, key=once, match=match)


def wrong(*sides: str) -> dict[str, set[str]]:
    return {side: {"wrong_stage"} for side in sides}


def either(code: str) -> dict[str, set[str]]:
    return {"A": {code}, "B": {code}}


NOT_PENDING = {"not_the_pending_offer"}
SOON = replace(DEFAULT, version="soon/1", reminders=())
_OFFER_SOON = replace(SOON, offer=timedelta(seconds=2))
_WINDOW_SOON = replace(SOON, protect=timedelta(seconds=2))
_INSPECT_SOON = replace(SOON, inspect=timedelta(seconds=2))
_EVIDENCE_SOON = replace(SOON, evidence=timedelta(seconds=2))
_BANK_SOON = replace(SOON, bank=timedelta(seconds=4))
_SCAN_SOON = replace(SOON, ship=timedelta(seconds=0.1), scan=timedelta(seconds=4))

TABLE = (
    # two people, or two tabs of one person, in negotiation
    Race("accept against withdraw", each(scenes.offered), ACCEPT, WITHDRAW, ("A", "B"),
         {"A": NOT_PENDING, "B": {"wrong_stage"}}),
    Race("accept against decline", each(scenes.offered), ACCEPT, DECLINE, ("A", "B"),
         {"A": NOT_PENDING, "B": {"wrong_stage"}}),
    Race("decline against withdraw", offering(True), DECLINE, WITHDRAW, ("A", "B"), either("not_the_pending_offer")),
    Race("accept against refund", each(scenes.offered), ACCEPT, REFUND, ("A", "B"), wrong("A", "B")),
    Race("two offers", offering(False), OFFER, BETTER_OFFER, ("A", "B"), either("offer_pending")),
    Race("offer against refund", each(scenes.fresh), OFFER, REFUND, ("A B", "B"), wrong("A")),
    Race("offer against close", each(scenes.fresh), OFFER, CLOSE, ("A B", "B"), wrong("A")),
    Race("offer against escalate", each(scenes.fresh), OFFER, ESCALATE, ("A", "B"),
         {"A": {"wrong_stage"}, "B": {"offer_pending"}}),
    Race("escalate against refund", each(scenes.fresh), ESCALATE, REFUND, ("A B", "B"), wrong("A")),
    Race("escalate by both", each(late), ESCALATE, CALL, ("A", "B"), wrong("A", "B")),
    Race("close against refund", each(scenes.fresh), CLOSE, REFUND, ("A", "B"), wrong("A", "B")),
    Race("close against escalate", each(scenes.fresh), CLOSE, ESCALATE, ("A", "B A"), wrong("B")),
    Race("refund against grant of a return", each(scenes.fresh), REFUND, GRANT, ("A", "B A"), wrong("B")),
    Race("escalate against grant of a return", each(scenes.fresh), ESCALATE, GRANT, ("A B", "B"), wrong("A")),
    # the return
    Race("cancel against the carrier's scan", each(scenes.labelled), CANCEL, Scan("shipped"), ("A", "B"),
         {"A": {"goods_not_with_buyer"}, "B": {"noted"}}),
    Race("cancel against the label being made", each(granted), CANCEL, Label(), ("A", "B A"), quiet=False,
         head_start=0.6),
    Race("one scan twice", each(scenes.labelled), Scan("shipped", "scan"), Scan("shipped", "scan"), ("A=B",)),
    Race("shipped against delivered", each(scenes.labelled), Scan("shipped"), Scan("delivered"), ("A B", "B"),
         {"A": {"noted"}}),
    Race("delivered against lost", each(scenes.shipped), Scan("delivered"), Scan("lost"), ("A", "B"),
         {"A": {"noted"}, "B": {"noted"}}),
    Race("accept against reject what came back", each(scenes.delivered), KEEP, REJECT, ("A", "B"), wrong("A", "B")),
    # mediation
    Race("two mediators rule", each(scenes.mediated), RULE, RULE_TOO, ("A", "B"), wrong("A", "B")),
    Race("one rules, one wants it back first", each(scenes.mediated), RULE, RULE_RETURN, ("A", "B"), wrong("A", "B")),
    Race("rule against close", each(scenes.mediated), RULE, CLOSE, ("A", "B"), wrong("A", "B")),
    Race("rule against refund", each(scenes.mediated), RULE, REFUND, ("A", "B"), wrong("A", "B")),
    Race("two mediators ask", again_and_again(scenes.mediated, evidence_given), ASK, ASK_TOO, ("A", "B"),
         either("evidence_pending"), often=4),
    Race("evidence from two tabs", again_and_again(scenes.evidence_asked, evidence_wanted), GIVE,
         replace(GIVE, body={"note": "A film."}), ("A", "B"), either("not_asked"), often=4),
    # after the end
    Race("appeal by both", each(scenes.ruled), APPEAL, SELLERS_APPEAL, ("A", "B"), wrong("A", "B")),
    Race("appeal against a new claim on the line", each(lapsed), APPEAL, Opening(), ("A", "B"),
         {"A": {"claim_already_open", "appeal_closed"}, "B": {"claim_already_open"}}),
    Race("two bounces", each(scenes.ruled), Bounce(), Bounce(), ("A=B",)),
    Race("bounce against appeal", each(scenes.ruled), Bounce(), APPEAL, ("A", "B A"), wrong("B")),
    # keys and versions
    Race("one key twice", again_and_again(scenes.fresh, as_it_is), guide("Press.", "once"), guide("Press.", "once"),
         ("A=B",), often=4),
    Race("one key, two bodies", again_and_again(scenes.fresh, as_it_is), guide("Press.", "once"),
         guide("Pull.", "once"), ("A", "B"), either("idempotency_key_reused"), often=4),
    Race("two who saw the same version", again_and_again(scenes.fresh, as_it_is), guide("Press.", match=True),
         guide("Pull.", match=True), ("A", "B"), either("stale"), often=4),
    Race("two explanations", again_and_again(scenes.fresh, as_it_is), guide("Press."), guide("Pull."),
         ("A B", "B A"), often=4),
    # operators
    Race("signal against update", each(scenes.offered), Signal("accept_offer", standing), WITHDRAW, ("A", "B"),
         {"A": NOT_PENDING, "B": {"wrong_stage"}}, gated=False),
    Race("two signals", each(scenes.fresh), Signal("refund", {}), Signal("close", {}), ("A", "B"), wrong("A", "B"),
         gated=False),
    Race("accept against a Reset", each(scenes.offered), ACCEPT, Reset(), ("A",), gated=False),
    Race("refund against a Reset", each(slow_bank), REFUND, Reset(), ("A",), gated=False, slow=True),
    Race("a Reset against the running refund", each(refund_running), Reset(3), Reset(), ("",), quiet=False,
         slow=True),
    # the clock
    Race("accept against the clock", each(scenes.offered), ACCEPT, Clock(), ("A", "B"), wrong("A"), _OFFER_SOON),
    Race("withdraw against the clock", each(scenes.offered), WITHDRAW, Clock(), ("A", "B"), wrong("A"), _OFFER_SOON),
    Race("offer against the clock", each(scenes.fresh), OFFER, Clock(), ("A", "B"), wrong("A"), _WINDOW_SOON),
    Race("refund against the clock", each(scenes.fresh), REFUND, Clock(), ("A", "B A"), {}, _WINDOW_SOON),
    Race("accept what came back against the clock", each(scenes.delivered), KEEP, Clock(), ("A", "B"), wrong("A"),
         _INSPECT_SOON),
    Race("evidence against the clock", again_and_again(scenes.evidence_asked, evidence_wanted, 8), GIVE, Clock(),
         ("A", "B"), {"A": {"not_asked"}}, _EVIDENCE_SOON),
    Race("the last scan against the clock", each(label_lapsed), Scan("shipped"), Clock(), ("A", "B"),
         {"A": {"noted"}}, _SCAN_SOON),
    Race("pay by hand against the bank", each(scenes.refund_failed), PAY, Clock(), ("A", "B"),
         {"A": {"refund_not_failed", "wrong_stage"}}, _BANK_SOON),
)  # fmt: skip
BY_NAME = {race.name: race for race in TABLE}
