"""What becomes of the seller's standing as one claim goes on: the verdict counts once the claim is decided."""

from dataclasses import dataclass, replace

from claims.model import Claim, Stage
from claims.reputation import decided
from claims.standing.events import Sale
from claims.standing.foresight import Effect, Ground, with_verdict
from claims.standing.standing import Standing


@dataclass(frozen=True)
class Outlook:
    """The standing with the claim's sale in it. `mediated`: the claim has come before a mediator."""

    ground: Ground
    sale: Sale | None  # none: what was sold was cancelled by the buyer, or is not known any more
    mediated: bool = False

    def standing(self) -> Standing:
        return self.ground.standing()

    def given(self, claim: Claim) -> "Outlook":
        """Once the claim stands like this; one that is not decided leaves the ledger as it is."""
        mediated = self.mediated or claim.stage == Stage.MEDIATION
        if self.sale is None or not decided(claim):
            return replace(self, mediated=mediated)
        sale = with_verdict(self.sale, claim.id, claim.verdict.impact, mediated, claim.updated_at)
        return Outlook(self.ground.revised(self.sale, sale), sale, mediated)

    def effect(self, after: Claim) -> Effect:
        """What it does to the standing when the claim comes to stand like this."""
        return Effect(self.standing(), self.given(after).standing())
