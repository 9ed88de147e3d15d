"""Each row, each guard and each decision is there for something: take it away, and a promise breaks."""

import pytest

from tests.explore import Quiet
from tests.mutants import ALL, NAMED, what_breaks, world_of
from tests.world import World

pytestmark = pytest.mark.long

# A sample that is quick to break, with the promise that each must break.
SAMPLE = {
    "D1 the clock may act at the very instant due": "C6",
    "D2 an offer the seller withdraws still protects": "G1",
    "D3 an offer that expires by the buyer's silence does not protect": "G2",
    "D4 the buyer may escalate at once": "G5",
    "D5 in mediation the seller may no longer refund or grant the return": "G4",
    "D7 the seller may cancel a return he granted": "G3",
    "D9 no date for the label": "C1",
    "D10 evidence asked for, but no step to give it": "C12",
    "D11 by hand also while the refund is under way": "C4",
    "D11 a late word of a bounced refund books the one in hand": "C4",
    "D19 a bounce after closing is not heard": "G12",
    "D19 a bounce in mediation is not heard": "G12",
    "D19 a bounce while settling is not heard": "G12",
    "D19 the bank's word counts before it was asked": "G25",
    "D19 what was paid by hand can bounce": "C4",
    "D19 a bounce is asked for again under the old number": "C4",
    "D19 a bounce is only noted although money is owed": "G26",
    "D19 each refund is of the whole award": "C4",
    "D14 the same percentage may be offered again": "G6",
    "D15 withdrawing gives the seller 24 h": "G6",
    "D20 who has granted an exclusion may deny it": "C8",
    "D20 an exclusion is asked of a claim that does not count": "G27",
    "D20 an exclusion is undone by an appeal": "C5",
    "D20 an exclusion asked for ends the time to appeal": "G27",
    "D17 the clock also escalates while an offer stands": "C1",
}


@pytest.mark.parametrize("name", SAMPLE)
def test_a_decision_taken_otherwise_breaks_its_promise(name):
    assert what_breaks(NAMED[name], world_of(name)).split()[0] == SAMPLE[name]


@pytest.mark.long
@pytest.mark.parametrize("name", ALL)
def test_whatever_is_left_out_breaks_something(name):
    assert what_breaks(ALL[name], world_of(name)), f"nothing breaks: {name}"


@pytest.mark.long
def test_the_table_itself_breaks_nothing():
    assert what_breaks(Quiet, World(reasons=("not_working",))) == ""
