"""The order of things: one durable workflow for each claim. It waits and calls activities; the rules are in claims/."""

QUEUE = "claims"
REFUND_QUEUE = "refunds"  # of its own, so that its rate limit holds up nothing else
