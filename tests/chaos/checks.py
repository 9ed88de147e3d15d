"""The promises, each as a question to the books. An answer is a list of violations; none is what is promised."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from claims.model import Actor, Claim, Command, RefundStatus, Refused, ReturnStatus
from claims.notices import of_event
from claims.opening import Earlier, Opening, open_claim, opened
from claims.process import PROCESS
from claims.reputation import decided
from storage.codec import claim_to_json, event_from_json, event_to_json
from tests.chaos.books import Books, ClaimBooks

LIST_LAGS = timedelta(seconds=15)
OVERDUE = timedelta(seconds=20)  # a workflow task that a killed worker had is given to another after 10 s


@dataclass(frozen=True)
class Violation:
    kind: str
    claim: str
    why: str


Check = Callable[[Books], Iterator[Violation]]


def sequences_have_no_gap(books: Books) -> Iterator[Violation]:
    for claim_id, kept in books.claims.items():
        numbers = [e.sequence for e in kept.events]
        if numbers != list(range(1, kept.claim.version + 1)):
            yield Violation("a timeline has a gap", claim_id, f"version {kept.claim.version}, entries {numbers}")
        if len({e.command_id for e in kept.events}) != len(kept.events):
            yield Violation("a command is in a timeline twice", claim_id, str([e.command_id for e in kept.events]))


def chains_hold(books: Books) -> Iterator[Violation]:
    for claim_id, kept in books.claims.items():
        if not kept.sealed:
            yield Violation("a hash chain is broken", claim_id, f"{len(kept.events)} entries")


def rows_say_what_their_documents_say(books: Books) -> Iterator[Violation]:
    """The columns by which things are found agree with the documents that say it all."""
    for claim_id, kept in books.claims.items():
        row, claim = kept.row, kept.claim
        shown = (row.stage, row.due_at, row.version, row.waiting_on, row.updated_at, row.code)
        if shown != (claim.stage, claim.due_at, claim.version, PROCESS.waiting_on(claim), claim.updated_at, claim.code):
            yield Violation("a row contradicts its claim", claim_id, f"{shown}")
        for entry in kept.events:
            event = event_from_json(entry.event)
            if (event.sequence, event.id, event.at) != (entry.sequence, entry.command_id, entry.at):
                yield Violation("a row contradicts its entry", claim_id, f"entry {entry.sequence}")


def timelines_replay(books: Books) -> Iterator[Violation]:
    """Told again step by step, the rules give the same entries, dates, verdicts and end: no date passed unseen."""
    for claim_id, kept in books.claims.items():
        try:
            claim = _replayed(kept, books)
        except (Refused, _Differs) as error:
            yield Violation("a timeline is not what the rules make of it", claim_id, str(error))
            continue
        if claim_to_json(claim) != kept.row.state:
            yield Violation("a claim is not what its timeline says", claim_id, _difference(claim, kept.claim))


def no_date_is_passed(books: Books) -> Iterator[Violation]:
    """No entry is later than the date before it; the clock's own entries are exactly at it."""
    for claim_id, kept in books.claims.items():
        events = [event_from_json(e.event) for e in kept.events]
        for before, after in pairwise(events):
            due = before.due_at and max(before.due_at, before.at)  # a step may set a date that is past already
            if due and after.at > due:
                yield Violation("a due date passed without its step", claim_id, f"entry {after.sequence} at {after.at}")
            if after.by == Actor.CLOCK and after.at != due:
                yield Violation("the clock acted at another instant", claim_id, f"entry {after.sequence} at {after.at}")


def nothing_is_overdue(books: Books, now: datetime) -> Iterator[Violation]:
    for claim_id, kept in books.claims.items():
        if kept.claim.due_at and now > kept.claim.due_at + OVERDUE:
            yield Violation("an open claim is overdue", claim_id, f"due {kept.claim.due_at}, now {now}")


def money_is_right(books: Books) -> Iterator[Violation]:
    """One transfer for each refund that was made, none without; what a claim says was paid is what was booked."""
    told = {f"{claim_id}/refund/{r.number}" for claim_id, kept in books.claims.items() for r in kept.claim.refunds}
    for key, transfer in books.transfers.items():
        if transfer.kind == "refund" and key not in told:
            yield Violation("money moved that no claim knows of", key.partition("/")[0], f"{key}: {transfer.amount}")
        entries = books.entries.get(key, [])
        amounts = sorted(e.amount for e in entries)
        if amounts != sorted((-transfer.amount, transfer.amount)):
            yield Violation("the books do not add up to zero", key.partition("/")[0], f"{key}: {amounts}")
    for claim_id, kept in books.claims.items():
        yield from _refunds(books, claim_id, kept.claim)
        if not kept.claim.open and not kept.claim.award <= kept.claim.paid <= kept.claim.total:
            yield Violation("a closed claim paid something else", claim_id, f"{kept.claim.paid} of {kept.claim.award}")
    yield from _never_more_than_paid(books)


def returns_have_one_label(books: Books) -> Iterator[Violation]:
    """A label for each return that got one; the only one without a return's word is of a return left meanwhile."""
    for claim_id, kept in books.claims.items():
        labels: dict[int, list[str]] = {}
        for label in kept.labels:
            labels.setdefault(label.number, []).append(label.tracking_number)
        for parcel in kept.claim.returns:
            made = labels.pop(parcel.number, [])
            if parcel.tracking_number and made != [parcel.tracking_number]:
                yield Violation("a return has not its one label", claim_id, f"{parcel.tracking_number}: {made}")
            waits = parcel.status in (ReturnStatus.WANTED, ReturnStatus.ABANDONED, ReturnStatus.CANCELLED)
            if not parcel.tracking_number and (not waits or len(made) > 1):
                yield Violation("a return has not its one label", claim_id, f"{parcel.status}: {made}")
        if labels:
            yield Violation("a label has no return", claim_id, str(labels))


def texts_are_kept(books: Books) -> Iterator[Violation]:
    for claim_id, kept in books.claims.items():
        for note in (event_from_json(e.event).note for e in kept.events):
            if note and (note.id not in books.texts or books.texts[note.id].digest != note.digest):
                yield Violation("a text is lost", claim_id, note.id)


def verdicts_are_posted(books: Books) -> Iterator[Violation]:
    for claim_id, kept in books.claims.items():
        verdict, last = kept.claim.verdict, kept.verdicts[-1] if kept.verdicts else None
        said = (last.impact, last.rule) if last else None
        if decided(kept.claim) and said != (verdict.impact, verdict.rule):
            yield Violation("a verdict is not in the seller's ledger", claim_id, f"{verdict.rule}, posted {said}")


def everybody_was_told(books: Books) -> Iterator[Violation]:
    """Each step's notices lie in the inboxes."""
    for claim_id, kept in books.claims.items():
        for entry in kept.events:
            due = {n.key for n in of_event(kept.claim, event_from_json(entry.event))}
            if missing := due - kept.notices:
                yield Violation("a notice is missing", claim_id, str(sorted(missing)))


def open_claims_run(books: Books) -> Iterator[Violation]:
    """Every open claim has its running workflow, and the reverse, by the engine's word and by its list."""
    open_ones = {claim_id for claim_id, kept in books.claims.items() if kept.claim.open}
    runs = {claim_id for claim_id, status in books.described.items() if status == "running"}
    for claim_id in open_ones - runs:
        yield Violation("an open claim has no running workflow", claim_id, books.described.get(claim_id, "unknown"))
    for claim_id in runs - open_ones:
        yield Violation("a workflow runs for a closed claim", claim_id, "running")
    for claim_id in open_ones - books.listed.keys():
        yield Violation("an open claim is not in the engine's list", claim_id, books.claims[claim_id].claim.stage)
    for claim_id in books.listed.keys() - open_ones:
        yield Violation("the engine lists what is not an open claim", claim_id, books.listed[claim_id].stage)
    for claim_id in open_ones & books.listed.keys():
        kept, shown = books.claims[claim_id], books.listed[claim_id]
        if datetime.now(UTC) - kept.events[-1].recorded_at < LIST_LAGS:
            continue  # it moved while both were being read; the list follows a moment later
        claim = kept.claim
        if (shown.stage, _to_millisecond(shown.due_at)) != (claim.stage, _to_millisecond(claim.due_at)):
            yield Violation("the engine's list shows another claim", claim_id, f"{shown}, is {claim.stage}")


def nothing_is_orphaned(books: Books) -> Iterator[Violation]:
    for table, ids in books.orphans.items():
        for claim_id in ids:
            yield Violation("a row belongs to no claim", claim_id, table)


ALWAYS: tuple[Check, ...] = (
    sequences_have_no_gap, chains_hold, rows_say_what_their_documents_say, timelines_replay, no_date_is_passed,
    money_is_right, returns_have_one_label, texts_are_kept, verdicts_are_posted, everybody_was_told,
    nothing_is_orphaned,
)  # fmt: skip


class _Differs(Exception):
    """The rules make another entry of the step."""


def _replayed(kept: ClaimBooks, books: Books) -> Claim:
    claim, event = _opening(kept, books)
    _same(event_to_json(event), kept.events[0].event)
    for entry in kept.events[1:]:
        told = event_from_json(entry.event)
        if told.by == Actor.CLOCK:
            claim, event = PROCESS.take_due_step(claim)
        else:
            command = Command(
                told.action, told.by, told.input, id=told.id, person=told.person, via=told.via, note=told.note
            )
            turn = PROCESS.advance(claim, command, told.at)
            if len(turn.events) != 1:
                raise _Differs(f"before entry {told.sequence} the clock should have acted: {turn.events[0].action}")
            claim, event = turn.claim, turn.events[0]
        _same(event_to_json(event), entry.event)
    return claim


def _opening(kept: ClaimBooks, books: Books):  # type: ignore[no-untyped-def]
    stored = kept.claim
    asked = Opening(stored.reason.code, stored.quantity, stored.wanted)
    before = [k.claim for k in books.claims.values() if k.claim.line.order_id == stored.line.order_id]
    earlier = tuple(
        Earlier(c.id, False, c.code, c.ruled, c.paid, c.quantity) for c in before if c.opened_at < stored.opened_at
    )
    fresh = open_claim(stored.id, stored.line, earlier, asked, stored.policy, stored.opened_at)
    told = event_from_json(kept.events[0].event)
    turn = opened(fresh, Command(told.action, told.by, told.input, told.id, told.person, told.via, told.note))
    return turn.claim, turn.events[0]


def _same(made: dict[str, object], stored: dict[str, object]) -> None:
    for name, value in made.items():
        if stored.get(name) != value:
            raise _Differs(f"entry {stored.get('sequence')}: {name} is {stored.get(name)}, should be {value}")


def _difference(made: Claim, stored: Claim) -> str:
    one, other = vars(made), vars(stored)
    return "; ".join(f"{n}: {other[n]}, should be {one[n]}" for n in one if one[n] != other[n])[:300]


def _refunds(books: Books, claim_id: str, claim: Claim) -> Iterator[Violation]:
    booked = 0
    for refund in claim.refunds:
        key = f"{claim_id}/refund/{refund.number}"
        transfer, bounce = books.transfers.get(key), books.transfers.get(f"{key}/bounce")
        made = refund.status in (RefundStatus.SUCCEEDED, RefundStatus.BOUNCED) and not refund.by_hand
        if made and (transfer is None or transfer.amount != refund.amount):
            yield Violation("a refund that was told was not made", claim_id, f"{key}: {refund}")
        if not made and transfer is not None and (refund.status != RefundStatus.PENDING or not claim.open):
            yield Violation("a refund was made that is not told", claim_id, f"{key}: {refund}")
        if (bounce is not None) != (refund.status == RefundStatus.BOUNCED):
            yield Violation("a bounce is not told, or not made", claim_id, f"{key}: {refund}")
        booked += (transfer.amount if transfer and made else 0) - (bounce.amount if bounce else 0)
    by_hand = sum(r.amount for r in claim.refunds if r.by_hand and r.status == RefundStatus.SUCCEEDED)
    if booked + by_hand != claim.paid:
        yield Violation("what was paid is not what was booked", claim_id, f"{claim.paid}, booked {booked + by_hand}")


def _never_more_than_paid(books: Books) -> Iterator[Violation]:
    sums: dict[tuple[str, str], int] = {}
    for transfer in books.transfers.values():
        sign = {"capture": 1, "refund": -1, "bounce": 1}[transfer.kind]
        line = (transfer.order_id, transfer.line_id)
        sums[line] = sums.get(line, 0) + sign * transfer.amount
    for line, left in sums.items():
        if left < 0:
            yield Violation("more was given back than was paid", line[0], f"{-left} too much")


def _to_millisecond(instant: datetime | None) -> datetime | None:
    return instant and replace_microsecond(instant)


def replace_microsecond(instant: datetime) -> datetime:
    """The engine's list keeps milliseconds."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
