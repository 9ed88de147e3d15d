"""What is said before a step is what stands after it: random lives of claims on the sales of one seller."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from claims.forecast import prospects
from claims.inputs import candidates
from claims.model import Action, Actor, Claim, Command, Impact, Refused, Stage
from claims.opening import Earlier, Opening, open_claim
from claims.policy import DEFAULT
from claims.process import PROCESS, Turn
from claims.reasons import REASONS
from claims.reputation import decided
from claims.schedule import course
from claims.standing.events import By, Cancelled, Event, Judged, Sale, Sold, fold
from claims.standing.foresight import Ground
from claims.standing.outlook import Outlook
from claims.standing.standing import Counts, Standing, standing, tally
from claims.standing.terms import Level, Maxima, Metric, Terms
from tests.world import START, TICK, act, hours, line, opened, wait

ACTORS = tuple(actor for actor in Actor if actor != Actor.CLOCK)
WAITS = (timedelta(), TICK, timedelta(hours=1), timedelta(hours=30), timedelta(days=4))
ORDERS, LINES, STEPS = 7, 2, 60
_MAXIMA = (Maxima(Level.GREEN, 0, None, None, 0), Maxima(Level.LIGHT_GREEN, 1500, None, None, 1000),
           Maxima(Level.YELLOW, 3000, None, None, 3000), Maxima(Level.ORANGE, 4500, None, None))  # fmt: skip
ONE_BITES = ((Metric.CLAIMS, 1), (Metric.MEDIATIONS, 1))
TERMS = (
    Terms("MLB", "one bites", _MAXIMA, busy=3, more_than=2, bites=ONE_BITES),
    Terms("MLB", "as usual", _MAXIMA, busy=5, more_than=2),
    Terms("MLB", "short", _MAXIMA, busy=5, window=timedelta(days=14), long_window=timedelta(days=45), more_than=2,
          bites=ONE_BITES),
)  # fmt: skip


class Market:
    """One seller's orders, the claims on them and the ledger, which is kept as the workflow keeps it."""

    def __init__(self, chance: random.Random, terms: Terms) -> None:
        self.chance, self.terms, self.now = chance, terms, START
        self.claims: dict[str, Claim] = {}
        self.called: set[str] = set()  # by the timelines: before a mediator
        self.events: list[Event] = []
        for order in range(ORDERS):
            bought = START - timedelta(days=chance.randint(2, 12), seconds=chance.randint(0, 86_399))
            for number in range(chance.randint(1, LINES)):
                self.events.append(Sold(f"ord-{order}", str(number), "seller-1", "MLB", bought))
        first = self.events[0]
        assert isinstance(first, Sold)
        gone = chance.choice([None, By.BUYER, By.SELLER])
        if gone:
            self.events.append(Cancelled(first.order_id, first.line_id, START, gone))

    def open(self) -> None:
        """A claim on a line without an open one, if the rules allow it."""
        sold = self.chance.choice([e for e in self.events if isinstance(e, Sold)])
        on_line = [
            c for c in self.claims.values() if (c.line.order_id, c.line.line_id) == (sold.order_id, sold.line_id)
        ]
        earlier = tuple(Earlier(c.id, c.open, c.code, c.ruled, c.paid, c.quantity) for c in on_line)
        given = line(order_id=sold.order_id, line_id=sold.line_id, purchased_at=sold.at, quantity=3)
        reason = self.chance.choice([r for r in REASONS if REASONS[r].terms.group != "not_received"])
        name = f"clm_{len(self.claims) + 1}"
        try:
            self.claims[name] = open_claim(name, given, earlier, Opening(reason, 1), DEFAULT, self.now)
        except Refused:
            return

    # --- what is said before

    def outlook(self, claim: Claim) -> Outlook:
        """As the API makes it for a view."""
        ground = Ground(tally(fold(self.events), self.terms, self.now), self.terms, self.now)
        outlook = Outlook(ground, self._sale(claim), claim.id in self.called)
        return outlook.given(PROCESS.let_time_pass(claim, self.now).claim)

    def _sale(self, claim: Claim) -> Sale | None:
        return next((s for s in fold(self.events) if s.order_id == claim.line.order_id), None)

    # --- what comes of it

    def ledger_after(self, before: Claim, *turns: Turn) -> list[Event]:
        """All events once these turns of the claim are recorded and posted."""
        events, called = list(self.events), before.id in self.called
        for turn in turns:
            called |= any(e.stage == Stage.MEDIATION for e in turn.events)
            after = turn.claim
            if decided(after) and (not decided(before) or after.verdict != before.verdict):
                of, verdict = after.line, after.verdict
                events.append(Judged(after.id, after.version, of.order_id, of.seller_id, of.site, verdict.impact,
                                     called, self.now))  # fmt: skip
            before = after
        return events

    def standing(self, events: list[Event]) -> Standing:
        return standing(events, self.terms, self.now)

    def take(self, claim: Claim, turn: Turn) -> None:
        self.events = self.ledger_after(claim, turn)
        self.called |= {claim.id} if any(e.stage == Stage.MEDIATION for e in turn.events) else set()
        self.claims[claim.id] = turn.claim

    def commands(self, claim: Claim) -> Iterator[tuple[Command, Turn]]:
        """All that anybody may do now, with every input that is offered."""
        for actor in ACTORS:
            for choice in PROCESS.available(claim, actor, self.now):
                for given in candidates(PROCESS.let_time_pass(claim, self.now).claim, choice.action):
                    command = Command(choice.action, actor, given)
                    try:
                        yield command, PROCESS.advance(claim, command, self.now)
                    except Refused:
                        continue


class Tried(Counter[str]):
    """How often an action was foreseen, and how often it changed the level."""


def check_each(market: Market, claim: Claim, tried: Tried) -> list[tuple[Command, Turn]]:
    """Every step that may be taken now, foreseen and then taken; and what the clock will do."""
    outlook = market.outlook(claim)
    passed = PROCESS.let_time_pass(claim, market.now)
    assert outlook.standing() == market.standing(market.ledger_after(claim, passed)), "the standing before"
    for actor in ACTORS:
        for prospect in prospects(claim, actor, market.now):
            turn = PROCESS.advance(claim, prospect.choice.example, market.now)
            settled = PROCESS.let_time_pass(turn.claim, market.now)
            then = market.standing(market.ledger_after(claim, turn, settled))
            assert outlook.effect(prospect.after).after == then, (prospect.choice.action, "as it is listed")
    ahead = list(market.commands(claim))
    for command, turn in ahead:
        effect = outlook.effect(turn.claim)
        assert effect.after == market.standing(market.ledger_after(claim, turn)), (command, "as it is previewed")
        tried[command.action] += 1
        tried[f"{command.action} changes the level"] += effect.after.real != effect.before.real
    _check_course(market, claim, passed, outlook, tried)
    return ahead


def _check_course(market: Market, claim: Claim, passed: Turn, outlook: Outlook, tried: Tried) -> None:
    turns = [passed]
    for coming, after in course(passed.claim):
        turns.append(PROCESS.let_time_pass(turns[-1].claim, coming.at + TICK))
        if turns[-1].claim != after:
            return  # two steps at one instant
        assert outlook.effect(after).after == market.standing(market.ledger_after(claim, *turns)), coming
        tried["silence"] += 1


def live(seed: int, tried: Tried) -> None:
    chance = random.Random(seed)
    market = Market(chance, TERMS[seed % len(TERMS)])
    for _ in range(STEPS):
        if len(market.claims) < 2 or chance.random() < 0.25:
            market.open()
        if not market.claims:
            continue
        claim = chance.choice(list(market.claims.values()))
        due = [
            d + by for d in (claim.due_at, claim.protect_until, claim.appeal_until) if d for by in (TICK, timedelta())
        ]
        later = [market.now + wait for wait in WAITS * 4] + due
        market.now = chance.choice([at for at in later if at >= market.now])
        claim = _as_told(market, claim)
        ahead = check_each(market, claim, tried)
        if ahead:
            market.take(claim, _seldom_an_end(chance, ahead))


def _as_told(market: Market, claim: Claim) -> Claim:
    """With what was claimed on its line since, as the desk tells it."""
    later = [c for c in market.claims.values() if c.line == claim.line and c.id > claim.id]
    return replace(claim, claimed_again=bool(later))


def _seldom_an_end(chance: random.Random, ahead: list[tuple[Command, Turn]]) -> Turn:
    by_action: dict[Action, list[Turn]] = {}
    for command, turn in ahead:
        by_action.setdefault(command.action, []).append(turn)
    actions = [action for action in by_action for _ in range(1 if action in _ENDS else 5)]
    return chance.choice(by_action[chance.choice(actions)])


_ENDS = (Action.CLOSE, Action.REFUND, Action.ESCALATE)
SEEDS = 24
_PARTIES = {r.step.action for r in PROCESS.rows if set(r.actors) & {Actor.BUYER, Actor.SELLER, Actor.MEDIATOR}}


def _live_all(tried: Tried) -> Tried:
    for seed in range(SEEDS):
        live(seed, tried)
    return tried


def test_what_is_said_before_a_step_stands_after_it() -> None:
    """In a few lives; in many, and that everything was tried, it takes longer."""
    tried = Tried()
    for seed in range(5):
        live(seed, tried)
    assert tried["silence"] > 50


@pytest.mark.long
def test_what_is_said_before_every_step_stands_after_it() -> None:
    tried = _live_all(Tried())
    assert set(tried) >= _PARTIES, "an action was never tried"
    turning = (Action.REFUND, Action.RULE, Action.CLOSE, Action.CANCEL_RETURN)
    for action in turning:
        assert tried[f"{action} changes the level"] > 5, action
    assert tried["silence"] > 500


@pytest.mark.parametrize("broken", ["the flag of mediation", "a second claim", "an appeal"])
@pytest.mark.long
def test_the_simulation_sees_when_the_forecast_is_wrong(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Outlook.given

    def wrong(outlook: Outlook, claim: Claim) -> Outlook:
        found = given(outlook, claim)
        if broken == "the flag of mediation":
            return given(replace(outlook, mediated=False), claim)
        if broken == "a second claim" and outlook.sale and decided(claim):
            return given(replace(outlook, sale=replace(outlook.sale, verdicts={})), claim)
        if broken == "an appeal" and found.sale and claim.in_appeal and not decided(claim):
            left = {n: v for n, v in found.sale.verdicts.items() if n != claim.id}
            sale = replace(found.sale, verdicts=left)
            return replace(found, ground=found.ground.revised(found.sale, sale), sale=sale)
        return found

    monkeypatch.setattr(Outlook, "given", wrong)
    with pytest.raises(AssertionError):
        _live_all(Tried())


def test_a_claim_that_is_not_decided_leaves_the_standing_as_it_is() -> None:
    chance = random.Random(1)
    market = Market(chance, TERMS[0])
    while not market.claims:
        market.open()
    (claim,) = market.claims.values()
    assert claim.verdict.impact in (Impact.PENDING, Impact.NOT_APPLIES)
    assert market.outlook(claim).standing() == market.standing(market.events)


def test_during_an_appeal_the_old_verdict_stands_as_it_was_posted() -> None:
    """A return granted late came to nothing; with the appeal the claim comes before a mediator for the first time."""
    claim = act(opened(), "offer_partial_refund", "seller", hours(60), percent=50)
    claim = act(claim, "withdraw_offer", "seller", hours(61), offer=1)
    claim = act(claim, "offer_partial_refund", "seller", hours(62), percent=50)
    claim = act(claim, "decline_offer", "buyer", hours(70), offer=2)
    claim = replace(claim, offers=())  # no fair offer, which would protect
    claim = act(claim, "grant_return", "seller", hours(80))
    claim = act(claim, "label_made", "carrier", hours(81), parcel=1, tracking_number="T1")
    closed = wait(claim, hours(24 * 40))
    assert (closed.stage, closed.verdict.impact) == (Stage.CLOSED, Impact.AFFECTED)
    appealed = act(closed, "appeal", "buyer", hours(24 * 41))
    sale = Sold(closed.line.order_id, closed.line.line_id, closed.line.seller_id, "MLB", START)
    at = START + hours(24 * 41)
    posted = Judged(closed.id, closed.version, sale.order_id, sale.seller_id, "MLB", Impact.AFFECTED, False, at)
    sales = fold([sale, posted])
    outlook = Outlook(Ground(tally(sales, TERMS[0], at), TERMS[0], at), sales[0])
    assert outlook.given(appealed).standing().counts == Counts(1, 1, 0)
    ruled = act(appealed, "rule", "mediator", hours(24 * 41 + 1), amount=closed.total)
    assert outlook.given(appealed).effect(ruled).after.counts == Counts(1, 1, 1)
