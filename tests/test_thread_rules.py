"""Who writes to whom in a claim's thread, and who hears it: plain values."""

from dataclasses import replace

import pytest

from claims.model import Action, Actor, Claim, Event, Impact, Invalid, Refused, Stage
from claims.thread import ALL, Kind, hears, kind_of_note, may_write, receiver, receiver_of_note
from tests.world import START, opened

B, S, M = Actor.BUYER, Actor.SELLER, Actor.MEDIATOR


def in_stage(stage: Stage) -> Claim:
    return replace(opened(), stage=stage)


@pytest.mark.parametrize("stage", [Stage.NEGOTIATION, Stage.RETURN, Stage.SETTLING])
def test_the_parties_write_to_each_other(stage: Stage) -> None:
    claim = in_stage(stage)
    assert (receiver(claim, B, None), receiver(claim, S, None)) == (S, B)
    assert may_write(claim, M).code == "not_in_mediation"


def test_in_mediation_each_party_writes_to_the_mediator_alone() -> None:
    claim = in_stage(Stage.MEDIATION)
    assert {receiver(claim, party, None) for party in (B, S)} == {M}
    for party, other in ((B, S), (S, B)):
        with pytest.raises(Refused, match="goes to the mediator") as refused:
            receiver(claim, party, other)
        assert refused.value.code == "receiver_not_possible"


def test_a_mediator_says_which_party_it_is_for() -> None:
    claim = in_stage(Stage.MEDIATION)
    assert [receiver(claim, M, to) for to in (B, S)] == [B, S]
    with pytest.raises(Invalid, match="'to'"):
        receiver(claim, M, None)
    with pytest.raises(Refused):
        receiver(claim, M, M)


@pytest.mark.parametrize("by", [B, S, M])
def test_nobody_writes_in_a_closed_claim(by: Actor) -> None:
    with pytest.raises(Refused) as refused:
        receiver(in_stage(Stage.CLOSED), by, None)
    assert refused.value.code == "claim_closed"


@pytest.mark.parametrize("by", [None, Actor.CARRIER, Actor.BANK, Actor.CLOCK])
def test_nobody_else_writes_at_all(by: Actor | None) -> None:
    with pytest.raises(Refused) as refused:
        receiver(in_stage(Stage.NEGOTIATION), by, None)
    assert refused.value.code == "not_for_role"


def step(by: Actor, action: Action, stage: Stage) -> Event:
    return Event(1, START, action, by, stage, "seller", None, Impact.PENDING)


@pytest.mark.parametrize(
    ("by", "action", "stage", "to"),
    [
        (B, Action.OPEN, Stage.NEGOTIATION, S),
        (S, Action.GUIDE, Stage.NEGOTIATION, B),
        (S, Action.GRANT_RETURN, Stage.RETURN, B),
        (S, Action.REJECT_RETURN, Stage.MEDIATION, ALL),
        (B, Action.GIVE_EVIDENCE, Stage.MEDIATION, ALL),
        (M, Action.RULE, Stage.SETTLING, ALL),
        (M, Action.REQUEST_EVIDENCE, Stage.MEDIATION, ALL),
    ],
)
def test_what_is_written_with_a_step_is_for_the_other_side_and_before_a_mediator_for_both(
    by: Actor, action: Action, stage: Stage, to: str
) -> None:
    event = step(by, action, stage)
    assert receiver_of_note(event) == to
    assert kind_of_note(event) == (Kind.GUIDANCE if action == Action.GUIDE else Kind.NOTE)


@pytest.mark.parametrize("role", ["buyer", "seller", "mediator", "platform", "ops", "auditor"])
@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("to_me", [True, False])
def test_who_hears_it(role: str, mine: bool, clean: bool, to_me: bool) -> None:
    """What moderation rejects is its author's alone; a party hears what is for it, the others all that is clean."""
    expected = mine or (clean and (to_me or role not in ("buyer", "seller")))
    assert hears(role, mine=mine, clean=clean, to_me=to_me) is expected
