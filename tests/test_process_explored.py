"""Every claim that the table can make keeps every promise. The promises stand in tests/promises.py."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from claims.model import Claim, Stage
from tests.explore import EXCLUDED, EXCLUDED_MORE, FREIGHT, FULL, REDUCED, Quiet, Space
from tests.world import START, Node, World, key, opened

pytestmark = pytest.mark.xdist_group("explored")  # what it is set up with is dear


def explored(world: World) -> Space:
    return Space(Quiet(), world).explore()


@pytest.fixture(scope="module")
def reduced() -> Space:
    return explored(REDUCED)


@pytest.fixture(scope="module")
def excluded() -> Space:
    return explored(EXCLUDED)


def test_no_claim_and_no_step_breaks_a_promise(reduced, capsys):
    with capsys.disabled():
        print(f"\nexplored: {len(reduced.nodes)} claims, {reduced.steps} steps")
    assert len(reduced.nodes) > 6_000
    assert not reduced.broken, reduced.report()


def test_no_exclusion_breaks_a_promise(excluded, capsys):
    with capsys.disabled():
        print(f"\nexplored with exclusions: {len(excluded.nodes)} claims, {excluded.steps} steps")
    assert not excluded.broken, excluded.report()
    assert {n.claim.exclusion.state for n in excluded.nodes if n.claim.exclusion} == {"asked", "granted", "denied"}


def test_claims_with_each_exclusion_are_appealed_and_bounce(excluded):
    asked = [n.claim for n in excluded.nodes if n.claim.exclusion]
    for stage in (Stage.MEDIATION, Stage.SETTLING):
        assert {c.exclusion.state for c in asked if c.stage == stage} == {"asked", "granted", "denied"}


def test_every_row_is_taken_by_each_of_its_actors_in_each_of_its_stages(reduced, excluded):
    assert not [what for what in (*reduced.broken, *excluded.broken) if what.startswith("C7")]
    assert len(reduced.fired | excluded.fired) == sum(len(row.stages) * len(row.actors) for row in reduced.process.rows)


def test_every_stage_is_reached(reduced):
    stages = Counter(node.claim.stage for node in reduced.nodes)
    assert set(stages) == set(Stage)


def test_the_bank_takes_refunds_back_in_every_stage_where_there_are_any(reduced):
    bounced = {(n.claim.stage, n.claim.paid < n.claim.award) for n in reduced.nodes if n.bounces < REDUCED.bounces}
    stages = (Stage.SETTLING, Stage.CLOSED, Stage.MEDIATION, Stage.RETURN)
    assert bounced >= {(stage, stage != Stage.CLOSED) for stage in stages}


def test_a_claim_comes_to_three_refunds_of_which_one_was_taken_back(reduced):
    ledgers = [[r.status for r in n.claim.refunds] for n in reduced.nodes]
    assert max(map(len, ledgers)) == 3
    assert {ledger.count("bounced") for ledger in ledgers} == {0, 1}


@pytest.mark.long
def test_the_full_world_keeps_every_promise(capsys):
    space = explored(FULL)
    with capsys.disabled():
        print(f"\nexplored in full: {len(space.nodes)} claims, {space.steps} steps")
    assert not space.broken, space.report()


@pytest.mark.long
def test_exclusions_with_returns_and_offers_break_no_promise():
    space = explored(EXCLUDED_MORE)
    assert len(space.nodes) > 4_000
    assert not space.broken, space.report()


@pytest.mark.long
def test_freight_breaks_no_promise():
    space = explored(FREIGHT)
    assert not space.broken, space.report()


class Doubtful(Space):
    """Remembers some of the nodes that were taken for another one."""

    def _number(self, node, parent):
        number = super()._number(node, parent)
        if number < len(self.nodes) - 1 and random.random() < 0.2:
            self.__dict__.setdefault("twins", []).append((node, self.nodes[number]))
        return number


@pytest.mark.long
@pytest.mark.parametrize(("world", "least"), [(REDUCED, 10_000), (EXCLUDED, 300)])
def test_two_claims_with_the_same_key_have_the_same_future(world, least):
    random.seed(7)
    space = Doubtful(Quiet(), world).explore()
    assert len(space.twins) > least
    for one, other in space.twins:
        assert _future(space, one) == _future(space, other), (one, other)


def _future(space: Space, node: Node) -> set[object]:
    """Once decided, only the next step is the same: how soon the 72 h end is forgotten there."""
    moves = space._moves(node)
    if node.claim.stage in (Stage.SETTLING, Stage.CLOSED):
        moves = (m for m in moves if m.at == node.now)
    return {(m.command.action, m.command.by, key(m.after)) for m in moves}


def test_the_key_forgets_the_absolute_time_but_not_how_much_is_left():
    node, later = Node(opened("damaged"), START), START + timedelta(hours=1)
    assert key(node) != key(node._replace(now=later))
    assert key(node._replace(now=later)) == key(Node(later_claim(node.claim), later + timedelta(hours=1)))


def later_claim(claim: Claim) -> Claim:
    """The same claim, opened an hour later."""
    dates = {name: getattr(claim, name) + timedelta(hours=1) for name in ("protect_until", "respond_by", "due_at")}
    return replace(claim, **dates)


def test_a_group_of_tests_stays_together(request):
    """What the groups rely on; a pytest that xdist does not know makes it come to nothing, silently."""
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("it takes xdist with --dist loadgroup")
    assert request.node.nodeid.endswith("@explored")
