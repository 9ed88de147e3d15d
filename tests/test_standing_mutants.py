"""The cases worked out by hand can fail: whatever is changed in the rules, one of them says so."""

import pytest

from tests.reputation.cases import wrong
from tests.reputation.mutants import CHANGES, VERDICT_CHANGES, rules_with, wrong_verdict


def sampled(changes):
    """Each fifth in the short run, all in the long one."""
    return [c if n % 5 == 0 else pytest.param(c, marks=pytest.mark.long) for n, c in enumerate(changes)]


@pytest.mark.parametrize("change", sampled(CHANGES), ids=lambda c: c.name)
def test_a_case_fails_when_the_standing_is_changed(change):
    with rules_with(change) as rules:
        assert wrong(rules), f"no case fails: {change.name}"


@pytest.mark.parametrize("change", sampled(VERDICT_CHANGES), ids=lambda c: c.name)
def test_a_case_fails_when_the_verdict_is_changed(change):
    assert wrong_verdict(change), f"no case fails: {change.name}"


def test_no_case_fails_when_nothing_is_changed():
    same = CHANGES[0]._replace(new=CHANGES[0].old)
    with rules_with(same) as rules:
        assert wrong(rules) == ""
    assert wrong_verdict(VERDICT_CHANGES[0]._replace(new=VERDICT_CHANGES[0].old)) == ""


def test_a_change_of_what_is_not_there_is_an_error():
    with pytest.raises(LookupError, match="stands 0 times"), rules_with(CHANGES[0]._replace(old="no such text")):
        pass
