"""The stories: between them they take claims through every ending. A story may come to nothing; then it is finished."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.chaos.play import Off, Play

Story = Callable[[Play], Awaitable[None]]


async def guided(p: Play) -> None:
    await p.opens()
    await p.think()
    await p.does("seller", "guide")
    await p.think()
    await p.does("buyer", "close")


async def opened_by_mistake(p: Play) -> None:
    """Closed at once, and claimed again."""
    await p.opens()
    await p.does("buyer", "close", code="opened_claim_by_mistake")
    await p.opens(key="open-2")
    await p.does("seller", "refund")


async def partial_accepted(p: Play) -> None:
    await p.opens()
    await p.think()
    await p.does("seller", "offer_partial_refund", percent=p.pick(10, 30, 50, 70, 90))
    await p.think()
    await p.does("buyer", "accept_offer", offer=1)


async def second_offer_accepted(p: Play) -> None:
    await p.opens()
    await p.does("seller", "offer_partial_refund", percent=20)
    await p.think()
    await p.does("buyer", "decline_offer", offer=1)
    await p.does("seller", "offer_partial_refund", percent=40)
    await p.does("buyer", "accept_offer", offer=2)


async def offer_lapses(p: Play) -> None:
    await p.opens()
    await p.does("seller", "offer_partial_refund", percent=p.pick(10, 50))


async def offer_withdrawn(p: Play) -> None:
    await p.opens()
    await p.does("seller", "offer_partial_refund", percent=60)
    await p.think()
    await p.does("seller", "withdraw_offer", offer=1)
    await p.think()
    await p.does("seller", "refund")


async def refunded(p: Play) -> None:
    await p.opens(p.pick("", "not_received", "changed_mind"))
    await p.think()
    await p.does("seller", "refund")


async def return_accepted(p: Play) -> None:
    await _sent_back(p)
    await p.does("seller", "accept_return")


async def return_by_silence(p: Play) -> None:
    await _sent_back(p)


async def return_rejected(p: Play) -> None:
    await _sent_back(p)
    await p.does("seller", "reject_return")


async def return_cancelled(p: Play) -> None:
    await _granted(p)
    await p.does("buyer", "cancel_return")


async def label_lapses(p: Play) -> None:
    await _granted(p)


async def label_lapses_late_scan(p: Play) -> None:
    await _granted(p)
    await p.until(lambda c: c["returns"][-1]["status"] == "label_lapsed")
    await p.scans("shipped", "delivered")


async def parcel_lost(p: Play) -> None:
    await _granted(p)
    await p.scans("shipped", "lost")


async def parcel_vanishes(p: Play) -> None:
    await _granted(p)
    await p.scans("shipped")


async def silence(p: Play) -> None:
    await p.opens()


async def seller_escalates(p: Play) -> None:
    await p.opens()
    await p.does("seller", "escalate")


async def buyer_escalates(p: Play) -> None:
    """After the seller's window, while a decline has given the seller more time."""
    await p.opens()
    await p.does("seller", "offer_partial_refund", percent=20)
    await asyncio.sleep(3.1 * p.plan.day)
    await p.does("buyer", "decline_offer", offer=1)
    await p.does("buyer", "escalate")


async def evidence_given(p: Play) -> None:
    await seller_escalates(p)
    party = p.pick("buyer", "seller")
    await p.does("mediator", "request_evidence", party=party)
    await p.think()
    await p.does(party, "give_evidence")
    await p.does("mediator", "rule", amount=p.pick(0, 700))


async def evidence_withheld(p: Play) -> None:
    await seller_escalates(p)
    await p.does("mediator", "request_evidence", party="seller")
    await p.until(lambda c: c["priority"] > 0)


async def return_by_ruling(p: Play) -> None:
    await seller_escalates(p)
    await p.does("mediator", "rule", return_first=True)
    await p.label()
    await p.scans("shipped", "in_transit", "delivered")


async def refund_in_mediation(p: Play) -> None:
    await seller_escalates(p)
    await p.does("seller", "refund")


async def return_in_mediation(p: Play) -> None:
    await seller_escalates(p)
    await p.does("seller", "grant_return")
    await p.label()
    await p.scans("delivered")


async def closed_in_mediation(p: Play) -> None:
    await seller_escalates(p)
    await p.does("buyer", "close")


async def bank_declines(p: Play) -> None:
    """Failed, asked for again by the clock, and made."""
    await p.opens()
    await p.bank("declined", p.pick(1, 2))
    await p.does("seller", "refund")


async def bank_is_away(p: Play) -> None:
    await p.opens()
    await p.bank("unavailable", p.pick(1, 3))
    await p.does("seller", "refund")


async def bank_loses_its_answer(p: Play) -> None:
    """The money has moved, and nobody was told."""
    await p.opens()
    await p.bank("lost_answer", p.pick(1, 2))
    await p.does("seller", "refund")


async def bank_is_slow(p: Play) -> None:
    await p.opens()
    await p.bank("slow_answer", p.pick(1, 2))
    await p.does("seller", "refund")


async def paid_by_hand(p: Play) -> None:
    await p.opens()
    await p.bank("declined", 1000)
    await p.does("seller", "refund")
    await p.until(lambda c: c["refunds"][-1]["status"] == "failed")
    await p.does("mediator", "pay_by_hand")


async def refund_bounces(p: Play) -> None:
    await p.opens()
    await p.does("seller", "refund")
    await p.until(lambda c: c["stage"] == "closed")
    await p.bank("bounced")
    await p.until(lambda c: len(c["refunds"]) == 2)


async def buyer_appeals(p: Play) -> None:
    await p.opens()
    await p.stage("mediation")
    await p.does("mediator", "rule", amount=p.pick(0, 500))
    await p.until(lambda c: c["stage"] == "closed")
    await p.does("buyer", "appeal")


async def seller_appeals(p: Play) -> None:
    await p.opens()
    await p.stage("mediation")
    await p.does("mediator", "rule", amount=900)
    await p.until(lambda c: c["stage"] == "closed")
    await p.does("seller", "appeal")
    await p.does("mediator", "rule", amount=p.pick(900, 1500))


async def taken_and_withdrawn(p: Play) -> None:
    """Accepted and withdrawn at the same moment."""
    await p.opens()
    await p.does("seller", "offer_partial_refund", percent=50)
    both = (p.does("buyer", "accept_offer", offer=1), p.does("seller", "withdraw_offer", offer=1))
    _reraise(await asyncio.gather(*both, return_exceptions=True))


async def opened_twice(p: Play) -> None:
    """The same claim opened at the same moment under two keys."""
    await p.pushes(undelivered=False)
    both = (p.opens_on_it("damaged", "open-1"), p.opens_on_it("damaged", "open-2"))
    _reraise(await asyncio.gather(*both, return_exceptions=True))
    await p.does("seller", "refund")


async def at_the_last_moment(p: Play) -> None:
    """The buyer answers about when the offer lapses."""
    await p.opens()
    await p.does("seller", "offer_partial_refund", percent=30)
    await asyncio.sleep(4.9 * p.plan.day + 0.15)
    await p.does("buyer", p.pick("accept_offer", "decline_offer"), offer=1)


async def left_to_the_mediator(p: Play) -> None:
    """Open until after the storm: the mediator is reminded again and again."""
    await p.opens()
    await p.stage("mediation")
    p.asleep = True


async def left_to_the_bank(p: Play) -> None:
    """Open until after the storm: the bank declines again and again."""
    await p.opens()
    await p.bank("declined", 1000)
    await p.does("seller", "refund")
    await p.until(lambda c: c["refunds"][-1]["tries"] > 1)
    p.asleep = True


async def _granted(p: Play) -> None:
    await p.opens()
    await p.does("seller", "grant_return")
    await p.label()
    await p.think()


async def _sent_back(p: Play) -> None:
    await _granted(p)
    await p.scans("shipped", "in_transit", "delivered")
    await p.until(lambda c: c["returns"][-1]["status"] == "delivered")
    await p.think()


def _reraise(results: list[object]) -> None:
    """Being refused is what happens to one of two; anything else is an error."""
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Off):
            raise result


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        guided, opened_by_mistake, partial_accepted, second_offer_accepted, offer_lapses, offer_withdrawn, refunded,
        return_accepted, return_by_silence, return_rejected, return_cancelled, label_lapses, label_lapses_late_scan,
        parcel_lost, parcel_vanishes, silence, seller_escalates, buyer_escalates, evidence_given, evidence_withheld,
        return_by_ruling, refund_in_mediation, return_in_mediation, closed_in_mediation, bank_declines, bank_is_away,
        bank_loses_its_answer, bank_is_slow, paid_by_hand, refund_bounces, buyer_appeals, seller_appeals,
        taken_and_withdrawn, opened_twice, at_the_last_moment, left_to_the_mediator, left_to_the_bank,
    )
}  # fmt: skip
