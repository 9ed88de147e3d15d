"""Whatever has a code has words for it on the pages: nobody is shown a code."""

from collections.abc import Iterable

import pytest

from api.pages.words import WORDS, saying
from claims.effects import _closing_code, _outcome_code, _refund_code
from claims.inputs import CLOSING_CODES
from claims.model import Action, Actor, Impact, OfferStatus, RefundStatus, ReturnStatus, Stage
from claims.opening import SOLUTIONS
from claims.reasons import LANGUAGES
from claims.standing.terms import Level
from claims.table import STEPS
from tests.refused import MACHINES, PERSONS, met, of_guards, said

TAKEN = [(step.action, by) for step in STEPS for by in step.by.split()]
BY_PERSONS = {action for action, by in TAKEN if by in PERSONS}
BY_TIME = {action for action, by in TAKEN if by == Actor.CLOCK}
WAITED_FOR = {actor for step in STEPS for actor in step.waits.split() if actor in set(Actor)}
RESOLUTIONS = {
    text
    for chosen in (_refund_code, _outcome_code, _closing_code)
    for text in chosen.__code__.co_consts  # they are written out there, and nowhere else
    if isinstance(text, str) and text.isidentifier()
}
WHOLE: dict[str, Iterable[str]] = {  # of these kinds there is a word for each code, and for nothing else
    "stage": Stage,
    "impact": Impact,
    "offer": OfferStatus,
    "return": ReturnStatus,
    "refund": RefundStatus,
    "level": Level,
    "wanted": SOLUTIONS,
    "language": LANGUAGES,
    "waiting": {*WAITED_FOR, "nobody", "me"},
    "action": BY_PERSONS,
    "about": BY_PERSONS,
    "then": BY_TIME,
    "outcome": {*CLOSING_CODES, *RESOLUTIONS},
}


@pytest.mark.parametrize("kind", WHOLE)
def test_every_code_has_words_and_no_words_are_of_nothing(kind: str) -> None:
    assert set(WORDS[kind]) == {str(code) for code in WHOLE[kind]}


def test_every_actor_has_a_name() -> None:
    assert {str(actor) for actor in Actor} <= set(WORDS["role"])


def test_every_step_says_what_happened_and_who_did_it() -> None:
    """Where several may take a step, each has a sentence of their own; where one may, one suffices."""
    taken = {(str(action), str(by)) for action, by in {*TAKEN, (Action.OPEN, Actor.BUYER)}}
    several = {action for action, by in taken if len({b for a, b in taken if a == action}) > 1}
    assert set(WORDS["event"]) == {f"{action}/{by}" if action in several else action for action, by in taken}
    assert {action for action, _ in taken} == {str(action) for action in Action}


def test_every_refusal_that_a_person_can_meet_has_words() -> None:
    where = said()
    assert {code: where.get(code, ["claims/guards.py"]) for code in met() - set(WORDS["code"])} == {}


def test_refusals_are_found_where_they_stand() -> None:
    found = said()
    assert {"window_over", "wrong_stage", "not_for_role", "form_not_ours", "claim_closed", "file_damaged"} <= set(found)
    assert {"offer_pending", "nothing_to_appeal"} <= of_guards()
    assert not {"not_this_parcel", "not_this_refund"} & met()  # of the carrier and the bank


def test_what_only_programs_meet_exists_and_has_no_words() -> None:
    assert not MACHINES - {*said(), "not_json"}
    assert not MACHINES & set(WORDS["code"])


def test_an_event_is_told_by_who_brought_it_about() -> None:
    say = saying(str)
    assert say("event", "escalate", Actor.BUYER) != say("event", "escalate", Actor.CLOCK)
    assert say("event", "rule", Actor.MEDIATOR) == WORDS["event"]["rule"]
