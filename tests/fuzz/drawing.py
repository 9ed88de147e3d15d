"""What is drawn: order lines, instants, and inputs right and wrong."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from claims.exclusions import CAUSES
from claims.inputs import CLOSING_CODES
from claims.model import Action, Actor, Claim, Input, OrderLine
from claims.process import Choice
from tests.fuzz.scenes import tracking
from tests.fuzz.world import DAY, START, TICK

BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor
HOUR = timedelta(hours=1)
_ENDS = (Action.CLOSE, Action.REFUND, Action.ESCALATE)
_PRICES = st.one_of(
    st.integers(1, 20), st.sampled_from([1, 3, 7, 33, 99, 101, 333, 1_005, 9_999, 10**13 + 7]), st.integers(1, 999_999)
)
_TAKEN = {
    Action.OFFER_PARTIAL_REFUND: ("percent",), Action.WITHDRAW_OFFER: ("offer",), Action.ACCEPT_OFFER: ("offer",),
    Action.DECLINE_OFFER: ("offer",), Action.CLOSE: ("code",), Action.REQUEST_EVIDENCE: ("party",),
    Action.RULE: ("amount",), Action.LABEL_MADE: ("parcel", "tracking_number"), Action.SHIP: ("tracking_number",),
    Action.DELIVER: ("tracking_number",), Action.LOSE: ("tracking_number",), Action.REFUNDED: ("refund",),
    Action.REFUND_FAILED: ("refund",), Action.REFUND_BOUNCED: ("refund",),
    Action.ASK_EXCLUSION: ("code",), Action.DECIDE_EXCLUSION: ("granted",),
}  # fmt: skip


def pick(data: st.DataObject, among):
    return among[data.draw(st.integers(0, len(among) - 1))] if len(among) > 1 else among[0]


@st.composite
def lines(draw: st.DrawFn) -> OrderLine:
    """A line that was delivered, or is late; of any quantity, price, freight and currency."""
    late = draw(st.sampled_from((False, False, False, True)))
    return OrderLine(
        site="MLB", order_id="order-1", line_id="1", buyer_id="ana", seller_id="luz", product="A lamp", category="home",
        quantity=draw(st.integers(1, 7)), unit_price=draw(_PRICES),
        freight=draw(st.one_of(st.integers(0, 12), st.integers(0, 99_999))),
        currency=draw(st.sampled_from(["BRL", "JPY", "KWD", "CLF", "EUR"])),
        purchased_at=START - 40 * DAY, promised_at=START - draw(st.integers(1, 12)) * DAY,
        delivered_at=None if late else START - draw(st.integers(0, 20)) * DAY,
        cross_border=draw(st.booleans()),
    )  # fmt: skip


def instant(data: st.DataObject, claim: Claim, now: datetime) -> datetime:
    """Mostly soon; at, before and after each date that there is; long after; or accepted before now."""
    soon = (now, now + TICK, now + timedelta(minutes=7), now + HOUR, now + 5 * HOUR)
    dates = [d for d in (claim.due_at, claim.protect_until, claim.appeal_until) if d and d >= now]
    edges = [d + by for d in dates for by in (timedelta(), -TICK, TICK)]
    far = (now + DAY, now + 3 * DAY, now + 45 * DAY, now - HOUR, now - 3 * DAY)
    return pick(data, pick(data, (soon, soon, soon, soon, edges or soon, edges or soon, far)))


def filled(data: st.DataObject, claim: Claim, choice: Choice) -> Input:
    if choice.action == Action.RULE:
        return _ruling(data, claim, choice)
    if choice.action == Action.LABEL_MADE:
        return Input(parcel=len(claim.returns), tracking_number=tracking(claim))
    filled = {f.name: pick(data, f.choices) for f in choice.fields if f.required or data.draw(st.booleans())}
    return Input(**filled)


def _ruling(data: st.DataObject, claim: Claim, choice: Choice) -> Input:
    if len(choice.fields) > 1 and data.draw(st.booleans()):
        return Input(return_first=True)
    least, most = choice.fields[0].minimum, choice.fields[0].maximum
    paid, offers = claim.paid, [o.amount for o in claim.offers]
    edges = (least, most, paid, min(paid + 1, most), max(paid - 1, least), most // 2, *offers)
    return Input(amount=pick(data, (*edges, data.draw(st.integers(least, most)))))


def any_input(data: st.DataObject, claim: Claim, action: Action) -> Input:
    """What the action takes, right or wrong; now and then what another takes."""
    number = st.integers(-1, 4)
    fields = {
        "percent": st.sampled_from((*claim.policy.percents, 0, 100, 15, -10)),
        "offer": number, "refund": number, "parcel": number,
        "amount": st.sampled_from((-1, 0, 1, claim.total // 2, claim.total, claim.total + 1, 10**40)),
        "return_first": st.booleans(),
        "party": st.sampled_from((BUYER, SELLER, MEDIATOR)),
        "code": st.sampled_from((*CLOSING_CODES, *CAUSES, "no such code" * 9)),
        "tracking_number": st.sampled_from(("", "none", "x" * 300, *(r.tracking_number for r in claim.returns))),
        "granted": st.booleans(),
    }  # fmt: skip
    usual = _TAKEN.get(action, ())
    names = pick(data, (usual, usual, usual, (), tuple(fields)[: 1 + len(usual)]))
    return Input(**{name: data.draw(fields[name]) for name in names})


def seldom_an_end(choices: list[Choice]) -> list[Choice]:
    """What goes on several times for each that ends it all."""
    return [c for c in choices for _ in range(1 if c.action in _ENDS else 4)]
