"""Evidence: what it is for, who sees it, how long it waits to be used, and when it can no longer be taken back."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from claims.sight import READS_ALL

MOST_AT_ONCE = 10  # attachments of one message
UNUSED = timedelta(hours=48)  # then an upload that stands in no message is deleted


class Purpose(StrEnum):
    PROBLEM = "problem"  # what is wrong, when the claim is opened
    CHAT = "chat"
    RETURN = "return"  # what came back
    MEDIATION = "mediation"


class Visibility(StrEnum):
    """Whom it is shown to, beside its owner and the mediators."""

    BOTH = "both"
    MEDIATOR = "mediator"  # nobody else
    BUYER = "buyer"
    SELLER = "seller"


CHOSEN = (Visibility.BOTH, Visibility.MEDIATOR)  # by who uploads; a message to one party narrows it


def shown(role: str, *, owns: Any, addressed: Any) -> Any:
    """Whether somebody who sees the claim sees this of it: a bool, or a condition of a query, as the facts are.

    `addressed`: its visibility is one of `addressing(role)`.
    """
    return True if role in (*READS_ALL, "mediator") else owns | addressed


def addressing(role: str) -> tuple[str, str]:
    """The visibilities that name this role."""
    return Visibility.BOTH, role


def freezes(purpose: str, mediated: bool) -> bool:
    """Whether what is used now is submitted to mediation: then it stays as it is."""
    return mediated or purpose == Purpose.MEDIATION
