"""The world that claims on one order line live in: the bank's own books, the clock, and what was said so far."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from claims import opening
from claims.model import Action, Actor, Claim, Command, Event, OrderLine, Refund, RefundStatus
from claims.opening import Earlier, Opening
from claims.owed import Errand, owed
from claims.policy import DEFAULT, Policy
from claims.process import Process, Row
from tests.fuzz.timeline import Reading, freight_of, most

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
ODD = Policy(
    version="odd/1", protect=timedelta(hours=50, microseconds=7), after_decline=timedelta(hours=17),
    offer=timedelta(days=4, minutes=1), offers=2, percents=(5, 33, 50, 67, 99), label=timedelta(hours=31),
    ship=timedelta(days=9, seconds=3), scan=timedelta(days=2, seconds=1), transit=timedelta(days=14),
    inspect=timedelta(days=5), rule=timedelta(days=6), evidence=timedelta(days=3, hours=1),
    bank=timedelta(hours=23), appeal=timedelta(days=29, minutes=59), exclusion=timedelta(days=8, seconds=5),
)  # fmt: skip
POLICIES = (DEFAULT, ODD)  # in ODD no two spans are alike


@dataclass
class Tally:
    """What a run did: a step is one command put through advance()."""

    steps: int = 0
    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    probes: int = 0
    openings: int = 0
    claims_on_a_line: int = 0
    lives: int = 0
    rows: Counter[tuple[int, str, str]] = field(default_factory=Counter)  # row, stage before, actor

    def add(self, other: "Tally") -> None:
        for name in ("steps", "taken", "probes", "openings", "lives"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.claims_on_a_line = max(self.claims_on_a_line, other.claims_on_a_line)
        self.refused += other.refused
        self.rows += other.rows


class Watched(Process):
    """A process that tells which rows it took."""

    watch: Callable[[Row, Claim, Actor], None] | None = None

    def _take(self, claim: Claim, row: Row, command: Command, now: datetime) -> tuple[Claim, Event]:
        if self.watch:
            self.watch(row, claim, command.by)
        return super()._take(claim, row, command, now)


class Bank:
    """Double-entry books of what was really paid and given back; one key is one amount and moves once."""

    def __init__(self, paid: int) -> None:
        self.accounts: Counter[str] = Counter()
        self.asked: dict[str, int] = {}
        self.paid: set[str] = set()
        self.bounced: set[str] = set()
        self._post("seller", "buyer", paid)

    def ask(self, key: str, amount: int) -> None:
        assert self.asked.setdefault(key, amount) == amount, f"{key}: {self.asked[key]} asked for, now {amount}"
        assert key not in self.bounced, f"{key} is asked for again although it moved and came back"

    def pay(self, key: str) -> None:
        if key not in self.paid:
            self.paid.add(key)
            self._post("buyer", "seller", self.asked[key])

    def bounce(self, key: str) -> None:
        self.bounced.add(key)
        self._post("seller", "buyer", self.asked[key])

    def by_hand(self, key: str, amount: int) -> None:
        assert key not in self.paid, f"{key} is paid by hand and was paid by the bank: twice"
        self.asked[f"{key}/by hand"] = amount
        self.pay(f"{key}/by hand")

    def given(self, claim: Claim) -> int:
        """What the buyer of this claim really has."""
        keys = [k for k in self.paid - self.bounced if k.startswith(f"{claim.id}/")]
        return sum(self.asked[k] for k in keys)

    def untold(self, claim: Claim) -> int:
        """What was paid for the refund in hand, and the answer was lost."""
        last = claim.refund
        waits = last is not None and last.status in (RefundStatus.PENDING, RefundStatus.FAILED)
        return self.asked[key(claim, last)] if last and waits and key(claim, last) in self.paid else 0

    def _post(self, to: str, of: str, amount: int) -> None:
        self.accounts[to] += amount
        self.accounts[of] -= amount


def key(claim: Claim, refund: Refund) -> str:
    return f"{claim.id}/refund/{refund.number}"


@dataclass
class Life:
    """One claim: as it was opened, as it stands, its timeline, and what the timeline alone says."""

    opened: Claim
    claim: Claim
    reading: Reading
    events: list[Event]
    said: list[tuple[Command, datetime]] = field(default_factory=list)


class World:
    """One order line, the claims on it one after the other, and one clock."""

    def __init__(self, process: Process, line: OrderLine, policy: Policy, tally: Tally) -> None:
        self.process, self.line, self.policy, self.tally = process, line, policy, tally
        self.now = START
        self.bank = Bank(most(line))
        self.lives: list[Life] = []

    def open(self, asked: Opening, at: datetime) -> Life:
        """Raises Refused."""
        self.tally.openings += 1
        number = f"clm_{len(self.lives) + 1}"
        claim = opening.open_claim(number, self.line, self.earlier(), asked, self.policy, at)
        event = self.process.event(replace(claim, version=1), Command(Action.OPEN, Actor.BUYER, id="o"), at)
        terms = claim.reason
        before = sum(life.claim.quantity for life in self.lives if life.claim.paid)
        freight = freight_of(self.line, before, asked.quantity) if terms.group != "remorse" else 0
        reading = Reading(self.policy, terms.group != "remorse", self.line.unit_price * asked.quantity, freight)
        reading.hear(event)
        life = Life(replace(claim, version=1), replace(claim, version=1), reading, [event])
        self.lives.append(life)
        self.now = max(self.now, at)
        self.tally.claims_on_a_line = max(self.tally.claims_on_a_line, len(self.lives))
        return life

    def earlier(self) -> tuple[Earlier, ...]:
        """As storage.claims.earlier tells it."""
        told = (life.claim for life in self.lives)
        return tuple(Earlier(c.id, c.open, c.code, c.ruled, c.paid, c.quantity) for c in told)

    def seen(self, life: Life) -> Claim:
        """The claim as the desk sees it: told what was claimed on the line since."""
        if life.claim.appeal_until is None:
            return life.claim
        return replace(life.claim, claimed_again=opening.claimed_since(life.claim, self.earlier()))

    def later(self, life: Life) -> list[Life]:
        return self.lives[self.lives.index(life) + 1 :]

    def run_errands(self, life: Life) -> None:
        """The bank is asked for what the claim owes, each time under the key of its number."""
        errand = owed(life.claim)
        if errand and errand.errand == Errand.REFUND and life.claim.refund:
            self.bank.ask(key(life.claim, life.claim.refund), life.claim.refund.amount)
