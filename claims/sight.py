"""Who sees what. One rule for a claim, an order and a line of one; for values and, in storage, for columns."""

from typing import Any

READS_ALL = ("platform", "ops", "auditor")


def sees(role: str, *, bought: Any, sold: Any, mediated: Any) -> Any:
    """Whether a caller in this role sees it: a bool, or a condition of a query, as the facts are.

    `bought`, `sold`: the caller did. `mediated`: it has come before the mediators. Other roles see nothing of it.
    """
    by_role = {"buyer": bought, "seller": sold, "mediator": mediated} | dict.fromkeys(READS_ALL, True)
    return by_role.get(role, False)
