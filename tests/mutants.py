"""The real table with one thing taken away or changed; each of these must break a promise.

The names D1 to D19 are the decisions behind the table; see docs/decisions/.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from claims.effects import EFFECTS
from claims.guards import GUARDS
from claims.model import Action, Actor, Claim, Impact, OfferStatus, Refund, RefundStatus, ReturnStatus, Stage
from claims.process import Judge, Process
from claims.reputation import verdict
from claims.table import STEPS, Step
from tests.explore import EXCLUDED, OF_EXCLUSIONS, SMALL, Broken, Endless, Quiet, Space
from tests.world import TICK, World

N, R, M, S, X = Stage
Mutant = Callable[[], Process]


def world_of(name: str) -> World:
    """Where a mutant is explored: those of exclusions where there are any."""
    guards = {guard for step in STEPS if step.action in OF_EXCLUSIONS for guard in step.needs.split()}
    return EXCLUDED if "exclusion" in name or name.split()[0] in guards else SMALL


def what_breaks(mutant: Mutant, world: World = SMALL) -> str:
    """The first broken promise, or nothing when the mutant keeps them all."""
    try:
        Space(mutant(), world, stop=True).explore()
    except Broken as broken:
        return str(broken)
    except Endless:
        return "the exploration does not end"
    except (IndexError, AttributeError, TypeError) as error:
        return f"a step fails with {type(error).__name__}: {error}"
    return ""


# --- systematic ones


def rows_left_out() -> dict[str, Mutant]:
    return {f"without row {place(step)}": table(without(step)) for step in STEPS}


def guards_left_out() -> dict[str, Mutant]:
    return {
        f"row {place(step)} without {guard}": table(changed(step, needs=_other(step.needs, guard)))
        for step in STEPS
        for guard in step.needs.split()
    }


def guards_inverted() -> dict[str, Mutant]:
    return {f"{name} inverted": guarded(**{name: inverted(name)}) for name in GUARDS}


def inverted(name: str):
    return lambda c, m, t: not GUARDS[name](c, m, t)


def place(step: Step) -> str:
    return f"{STEPS.index(step) + 1}: {step.stages} {step.action} ({step.by}) -> {step.to}"


def _other(needs: str, guard: str) -> str:
    return " ".join(name for name in needs.split() if name != guard)


# --- how a mutant is made


def row(action: str, by: str = "", of: str = "", to: str = "", needs: str = "") -> Step:
    found = [
        s for s in STEPS
        if s.action == action and by in s.by and of in s.stages and to in s.to and needs in s.needs
    ]  # fmt: skip
    (step,) = found
    return step


def without(*rows: Step) -> tuple[Step, ...]:
    return tuple(s for s in STEPS if s not in rows)


def changed(old: Step, **new: object) -> tuple[Step, ...]:
    return tuple(s._replace(**new) if s == old else s for s in STEPS)


def without_mediation(*actions: str) -> tuple[Step, ...]:
    return tuple(s._replace(stages=_other(s.stages, M)) if s.action in actions else s for s in STEPS)


def table(steps: tuple[Step, ...], **new) -> Mutant:
    return lambda: Quiet(steps=steps, effects={**EFFECTS, **new})


def guarded(**new) -> Mutant:
    return lambda: Quiet(guards={**GUARDS, **new})


def doing(**new) -> Mutant:
    return lambda: Quiet(effects={**EFFECTS, **new})


def judged(rule: Callable[[Claim], Impact | None]) -> Mutant:
    """The verdict rule, with another impact where the rule names one."""

    class Other(Judge):
        def __call__(self, claim):
            found, impact = verdict(claim), rule(claim)
            return replace(found, impact=impact) if impact and claim.reason.counts else found

    return lambda: Quiet(judge=Other)


def dated(rule: str, at: Callable[[Claim], datetime | None]) -> Mutant:
    """The verdict rule, naming another instant for what was done."""

    class Other(Judge):
        def __call__(self, claim):
            found = verdict(claim)
            return replace(found, acted_at=at(claim)) if found.rule == rule else found

    return lambda: Quiet(judge=Other)


class Eager(Quiet):
    """The clock may act at the very instant due (now >= due_at)."""

    def let_time_pass(self, claim, now):
        return super().let_time_pass(claim, now + TICK)


# --- the named ones: one for each decision that could have been taken otherwise


def _withdrawn_but_protects(c, m, t):
    return replace(EFFECTS["expire_offer"](c, m, t), due_at=c.respond_by)


def _another_key(c, m, t):
    refund = Refund(len(c.refunds) + 1, c.refunds[-1].amount, t)
    return replace(c, refunds=(*c.refunds, refund), due_at=t + c.policy.bank)


def _older_key(c, m, t):
    """What was taken back is asked for again under its own number."""
    again = (replace(r, status=RefundStatus.FAILED) if r.number == m.input.refund else r for r in c.refunds)
    return replace(c, refunds=tuple(again), due_at=t + c.policy.bank)


def _same_amount(c, m, t):
    """Wanted is what was taken back, whatever is still awarded."""
    c = EFFECTS["want_refund"](c, m, t)
    return replace(c, refunds=(*c.refunds[:-1], replace(c.refunds[-1], amount=_spoken_of(c, m).amount)))


def _as_if_never_bounced(c, m, t):
    """Asks for the award less all that was ever paid, taken back or not."""
    gone = sum(r.amount for r in c.refunds if r.status == RefundStatus.BOUNCED)
    asked = EFFECTS["request_refund"](c, m, t)
    return replace(asked, refunds=(*c.refunds, replace(asked.refunds[-1], amount=c.award - c.paid - gone)))


def _whole_award(c, m, t):
    asked = EFFECTS["request_refund"](c, m, t)
    return replace(asked, refunds=(*c.refunds, replace(asked.refunds[-1], amount=c.award)))


def _unbooked_last(c, m, t):
    return replace(c, refunds=(*c.refunds[:-1], replace(c.refunds[-1], status=RefundStatus.BOUNCED)))


def _unbooked_as_failed(c, m, t):
    gone = (replace(r, status=RefundStatus.FAILED) if r.number == m.input.refund else r for r in c.refunds)
    return replace(c, refunds=tuple(gone))


def _date_moved(c, m, t):
    return replace(EFFECTS["unbook_refund"](c, m, t), due_at=t + c.policy.bank)


def _added_to_the_one_in_hand(c, m, t):
    after = EFFECTS["unbook_refund"](c, m, t)
    if c.stage != S:
        return after
    last = after.refunds[-1]
    return replace(after, refunds=(*after.refunds[:-1], replace(last, amount=after.award - after.paid)))


def _only_the_one_in_hand(c, m, t):
    paid = replace(c.refunds[-1], status=RefundStatus.SUCCEEDED, by_hand=True)
    return replace(c, refunds=(*c.refunds[:-1], paid))


def _still_closed(c, m, t):
    return replace(EFFECTS["note_appeal"](c, m, t), closed_at=c.closed_at)


def _spoken_of(c, m) -> Refund | None:
    return next((r for r in c.refunds if r.number == m.input.refund), None)


def _is(c, m, *statuses: RefundStatus) -> bool:
    refund = _spoken_of(c, m)
    return refund is not None and refund.status in statuses


def _seller_time_anew(c, m, t):
    by = t + c.policy.after_decline
    return replace(c, respond_by=by, due_at=by)


def _withdrawn_with_time(c, m, t):
    by = max(c.respond_by, t + c.policy.after_decline)
    return replace(EFFECTS["withdraw_offer"](c, m, t), respond_by=by, due_at=by)


def _withdrawn_uncounted(c, m, t):
    return replace(c, offers=c.offers[:-1], due_at=c.respond_by)


def _any_ruling_or_money(c, m, t):
    return c.paid < c.total if m.by == Actor.BUYER else c.ruled and c.award > 0


def _status(c: Claim) -> ReturnStatus | None:
    return c.parcel.status if c.parcel else None


def always(c, m, t) -> bool:
    return True


def _granted_protects(c: Claim) -> Impact | None:
    in_time = c.return_granted_at and c.return_granted_at <= c.protect_until
    return Impact.NOT_AFFECTED if c.stage in (S, X) and in_time else None


_FAILED = row("refund_failed")
_IN_RETURN, _IN_MEDIATION, _SETTLING = (row("refund_bounced", of=stage) for stage in (R, M, S))
_OWED = row("refund_bounced", of=X, needs="money_owed")
_SPARE = row("refund_bounced", of=X, needs="nothing_owed")
_PART = row("refunded", needs="pays_part")
_AT_ONCE = "no_offer nothing_sent_back"
NAMED: dict[str, Mutant] = {
    "D1 the clock may act at the very instant due": Eager,
    "D2 an offer the seller withdraws still protects": doing(withdraw_offer=_withdrawn_but_protects),
    "D2 an offer the seller replaces still protects": doing(supersede_offer=EFFECTS["expire_offer"]),
    "D3 an offer that expires by the buyer's silence does not protect":
        doing(expire_offer=EFFECTS["supersede_offer"]),
    "D4 the buyer may escalate at once": table(changed(row("escalate", Actor.BUYER), needs=_AT_ONCE)),
    "D4 the buyer may escalate at once, and in mediation the seller has no steps": table(tuple(
        s._replace(needs=_AT_ONCE) if s.action == "escalate" and s.by == Actor.BUYER else s
        for s in without_mediation("refund", "grant_return"))),
    "D4 the buyer can escalate only in negotiation": table(changed(row("escalate", Actor.BUYER), stages=N)),
    "D5 in mediation the seller may no longer refund or grant the return":
        table(without_mediation("refund", "grant_return")),
    "D6 rejecting the parcel and being overruled in full costs nothing": judged(_granted_protects),
    "D7 the seller may cancel a return he granted": table(changed(row("cancel_return"), by="buyer seller")),
    "D8 the label's end closes the claim at once":
        table(changed(row("lapse_label"), to=X, does="expire_return award_no_more close")),
    "D9 no date for the label":
        guarded(carrier_owes=lambda c, m, t: _status(c) == ReturnStatus.SHIPPED),
    "D9 no date for the parcel on its way":
        guarded(carrier_owes=lambda c, m, t: _status(c) == ReturnStatus.WANTED),
    "D10 no date for the mediator": table(without(row("recall_mediator"))),
    "D10 evidence asked for, but no step to give it": table(without(row("give_evidence"))),
    "D11 no date for the bank": table(without(row("retry_refund"))),
    "D11 nobody can settle by hand what the bank refuses for ever": table(without(row("pay_by_hand"))),
    "D11 by hand also while the refund is under way": guarded(refund_has_failed=always),
    "D11 each try has a new key, also after a lost answer": doing(ask_bank_again=_another_key),
    "D11 a refused refund goes to mediation":
        table(changed(_FAILED, to=M, does="fail_refund call_mediator")),
    "D11 a late word of a bounced refund books the one in hand": guarded(
        this_refund=lambda c, m, t: GUARDS["this_refund"](c, m, t) or _is(c, m, RefundStatus.BOUNCED)),
    "D19 a bounce after closing is not heard": table(without(_OWED)),
    "D19 a bounce after closing is not heard when nothing is owed": table(without(_SPARE)),
    "D19 a bounce in mediation is not heard": table(without(_IN_MEDIATION)),
    "D19 a bounce in a return is not heard": table(without(_IN_RETURN)),
    "D19 a bounce while settling is not heard": table(without(_SETTLING)),
    "D19 a bounce while settling asks for another refund beside the one in hand":
        table(changed(_SETTLING, does="unbook_refund want_refund")),
    "D19 a bounce while settling moves the bank's date":
        table(changed(_SETTLING, does="date_moved"), date_moved=_date_moved),
    "D19 a bounce while settling is added to the refund in hand": doing(unbook_refund=_added_to_the_one_in_hand),
    "D19 the refund in hand closes the claim whatever bounced meanwhile":
        guarded(pays_all=always, pays_part=lambda c, m, t: False),
    "D19 what bounced while settling is forgotten when the refund in hand is paid":
        table(changed(_PART, does="book_refund raise_priority")),
    "D19 what bounced while settling is asked for before the refund in hand is booked":
        table(changed(_PART, does="want_refund book_refund raise_priority")),
    "D19 by hand only the refund in hand is paid": doing(book_by_hand=_only_the_one_in_hand),
    "D19 what was paid by hand can bounce": guarded(
        refund_made=lambda c, m, t: _is(c, m, RefundStatus.SUCCEEDED)),
    "D19 a failure told late is heard as a bounce":
        table((*STEPS, _OWED._replace(action="refund_failed"))),
    "D19 a bounce of the refund in hand is heard as a failure":
        table((*STEPS, _FAILED._replace(action="refund_bounced"))),
    "D19 the bank's word counts before it was asked": guarded(
        this_refund=lambda c, m, t: _is(c, m, RefundStatus.PENDING, RefundStatus.FAILED)),
    "D19 a bounce changes when the mediator ruled for the seller":
        dated("ruled_for_seller", lambda c: c.updated_at),
    "D19 only the last refund can bounce": guarded(
        refund_made=lambda c, m, t: GUARDS["refund_made"](c, m, t) and m.input.refund == len(c.refunds)),
    "D19 whichever refund bounces, the last is taken off": doing(unbook_refund=_unbooked_last),
    "D19 a refund bounces as often as the bank says so": guarded(
        refund_made=lambda c, m, t: _is(c, m, RefundStatus.SUCCEEDED, RefundStatus.BOUNCED)),
    "D19 a bounce is asked for again under the old number":
        table(changed(_OWED, does="older_key raise_priority"), older_key=_older_key),
    "D19 a bounce is noted as a refund that failed": doing(unbook_refund=_unbooked_as_failed),
    "D19 a bounce is not taken off": table(changed(_OWED, does="want_refund raise_priority")),
    "D19 a bounce is asked for before it is taken off":
        table(changed(_OWED, does="want_refund unbook_refund raise_priority")),
    "D19 the amount taken back is asked for, not what is owed": doing(want_refund=_same_amount),
    "D19 after a bounce in mediation only the rest of the award is asked for":
        doing(request_refund=_as_if_never_bounced),
    "D19 each refund is of the whole award": doing(request_refund=_whole_award),
    "D19 a bounce is asked for anew although nothing is owed":
        guarded(money_owed=always, nothing_owed=lambda c, m, t: False),
    "D19 a bounce is only noted although money is owed":
        guarded(money_owed=lambda c, m, t: False, nothing_owed=always),
    "D19 a bounce in an appeal is asked for at once":
        table(changed(_IN_MEDIATION, to=S, does="unbook_refund want_refund raise_priority")),
    "D19 a bounce moves the mediator's date":
        table(changed(_IN_MEDIATION, does="date_moved"), date_moved=_date_moved),
    "D19 a bounce calls the mediator again": table(changed(
        _IN_MEDIATION, does="unbook_refund call_mediator")),
    "D19 a bounce stops the return": table(changed(
        _IN_RETURN, to=M, does="unbook_refund call_mediator")),
    "D19 a bounce reopens the claim without a date":
        table(changed(_OWED, does="undated raise_priority"), undated=lambda c, m, t: replace(
            EFFECTS["want_refund"](EFFECTS["unbook_refund"](c, m, t), m, t), due_at=None)),
    "D12 the verdict waits for the bank": judged(lambda c: Impact.PENDING if c.stage == S else None),
    "D13 the verdict is blanked while an appeal runs":
        judged(lambda c: Impact.PENDING if c.in_appeal and c.stage == M else None),
    "D13 the buyer may close during an appeal": guarded(no_appeal_runs=always),
    "D13 appeals without limit": guarded(appeal_open=always),
    "D13 an accepted offer can be appealed": guarded(has_less_than_asked=_any_ruling_or_money),
    "D13 who has everything can appeal": guarded(has_less_than_asked=always),
    "D13 an appeal inside the 72 h":
        guarded(window_over=lambda c, m, t: m.action == Action.APPEAL or t > c.protect_until),
    "D13 an appealed claim still says when it was closed": doing(note_appeal=_still_closed),
    "D13 no solution in time, and the act named was in time": dated(
        "no_solution_in_time", lambda c: c.return_granted_at),
    "D14 the same percentage may be offered again":
        guarded(above_declined=lambda c, m, t: m.input.percent in c.policy.percents),
    "D14 a withdrawn offer is not counted among the three": doing(withdraw_offer=_withdrawn_uncounted),
    "D14 a second offer may be made over a pending one": guarded(
        no_offer=lambda c, m, t: m.action == Action.OFFER_PARTIAL_REFUND or c.offer is None),
    "D15 a decline starts 24 h anew, also when more was left": doing(give_seller_time=_seller_time_anew),
    "D15 withdrawing gives the seller 24 h": doing(withdraw_offer=_withdrawn_with_time),
    "D16 a return of goods that are not with the buyer": guarded(
        nothing_sent_back=lambda c, m, t: m.action != Action.CANCEL_RETURN
        or GUARDS["nothing_sent_back"](c, m, t)),
    "D17 the clock also escalates while an offer stands":
        table(changed(row("escalate", Actor.CLOCK, N), needs="")),
    "D20 who has granted an exclusion may deny it": guarded(exclusion_asked=lambda c, m, t: c.exclusion is not None),
    "D20 an exclusion is asked of a claim that does not count": guarded(counts_against_seller=always),
    "D20 an exclusion is asked for again once it was denied":
        guarded(no_exclusion_yet=lambda c, m, t: c.exclusion is None or c.exclusion.granted is False),
    "D20 the buyer may ask for an exclusion": table(changed(row("ask_exclusion"), by="buyer seller")),
    "D20 the seller decides on his own exclusion": table(changed(row("decide_exclusion"), by="mediator seller")),
    "D20 an exclusion brings the claim back to mediation":
        table(changed(row("ask_exclusion"), to=M, does="note_exclusion call_mediator")),
    "D20 an exclusion asked for ends the time to appeal":
        doing(note_exclusion=lambda c, m, t: replace(EFFECTS["note_exclusion"](c, m, t), appeal_until=None)),
    "D20 a claim whose exclusion is asked for does not count": judged(
        lambda c: Impact.NOT_AFFECTED if c.exclusion and c.exclusion.state == "asked" else None),
    "D20 an exclusion that was granted still counts": judged(
        lambda c: Impact.AFFECTED if c.exclusion and c.exclusion.granted else None),
    "D20 an exclusion is undone by an appeal": judged(
        lambda c: Impact.AFFECTED if c.exclusion and c.exclusion.granted and c.award and c.appealed else None),
    "D20 an exclusion is granted whatever the mediator says":
        doing(settle_exclusion=lambda c, m, t: replace(
            c, exclusion=replace(c.exclusion, granted=True, decided_at=t))),
    "D18 a return that was never shipped keeps its award": doing(award_no_more=lambda c, m, t: c),
    "D18 an offer that was accepted is not awarded":
        doing(accept_offer=lambda c, m, t: replace(
            c, offers=(*c.offers[:-1], replace(c.offers[-1], status=OfferStatus.ACCEPTED)))),
}  # fmt: skip

ALL = {**NAMED, **rows_left_out(), **guards_left_out(), **guards_inverted()}


if __name__ == "__main__":
    for name, mutant in ALL.items():
        print(f"{what_breaks(mutant, world_of(name)) or 'NOTHING BREAKS':75.75}  {name}", flush=True)
