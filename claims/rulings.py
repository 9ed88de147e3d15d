"""What mediators ruled on claims like this one, added up: for ruling alike on what is alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_high, median_low

from claims.advice import hundredths

CODES = ("coverage_decision", "no_coverage")  # how a claim ends that a mediator ruled on
ENOUGH = 5  # rulings on a site; with fewer, those of all sites are looked at
MOST = 200  # that are added up: the newest


@dataclass(frozen=True)
class Ruling:
    """The last ruling on a claim; amounts in minor units. `note_id`: its reason, where one was written."""

    claim_id: str
    at: datetime
    claimed: int
    awarded: int
    return_first: bool
    note_id: str = ""

    @property
    def share(self) -> int:
        """What was awarded of what was claimed, in hundredths of a per cent."""
        return hundredths(self.awarded, self.claimed) or 0


@dataclass(frozen=True)
class Practice:
    """`median`: of the shares, in hundredths of a per cent; None without rulings."""

    rulings: int
    median: int | None
    returned_first: int
    everything: int  # was awarded without a return
    nothing: int


def practice(rulings: Sequence[Ruling]) -> Practice:
    shares = [r.share for r in rulings]
    middle = (median_low(shares) + median_high(shares) + 1) // 2 if shares else None
    everything = sum(not r.return_first and r.awarded == r.claimed for r in rulings)
    returned = sum(r.return_first for r in rulings)
    return Practice(len(rulings), middle, returned, everything, sum(r.awarded == 0 for r in rulings))
