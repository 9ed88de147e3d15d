"""What may be claimed on an order line now, and what the claim would be: the rules, asked without effect."""

from dataclasses import dataclass
from datetime import datetime

from api import requests
from claims.model import Claim, OrderLine, Refused
from claims.opening import Earlier, Opening, claimable, open_claim
from claims.policy import Policy
from claims.reasons import REASONS


@dataclass(frozen=True)
class OnLine:
    """An order line, and what was claimed on it before."""

    line: OrderLine
    earlier: tuple[Earlier, ...]
    policy: Policy

    @property
    def left(self) -> int:
        """How many of its pieces can be claimed."""
        return claimable(self.line, self.earlier)

    def claim(self, asked: Opening, now: datetime) -> Claim:
        """The claim as it would start. Raises Refused."""
        return open_claim(
            requests.claim_id(self.line, len(self.earlier)), self.line, self.earlier, asked, self.policy, now
        )

    def choices(self, now: datetime) -> dict[str, Refused | None]:
        """All the reasons, and why the rules refuse a claim of one piece for it, if they do."""
        return {code: self._objection(code, now) for code in REASONS}

    def _objection(self, reason: str, now: datetime) -> Refused | None:
        try:
            self.claim(Opening(reason, 1), now)
        except Refused as refused:
            return refused
        return None
