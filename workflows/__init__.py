"""The order of things: one durable workflow for each claim. It waits and calls activities; the rules are in claims/."""

QUEUE = "claims"
TRANSLATION_QUEUE = "translations"  # of its own, so that a slow engine holds up no claim
REFUND_QUEUE = "refunds"  # of its own, so that its rate limit holds up nothing else
REPUTATION_QUEUE = "reputation"  # of its own, so that a service that hangs holds up no claim
