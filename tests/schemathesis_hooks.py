"""What schemathesis is told beyond its configuration: fresh keys, times of this century, and to count what worked."""

import itertools
import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies

FOLDER = Path(os.environ["FUZZ_FOLDER"])
ROLE = os.environ["FUZZ_ROLE"]
FIRST, *OTHERS = os.environ["FUZZ_TOKENS"].split()
answered: Counter[tuple[str, int]] = Counter()
_numbers = itertools.count(1)
_turns = itertools.cycle([FIRST, *OTHERS])

_FIRST, _LAST = datetime(1971, 1, 1), datetime(2099, 12, 31)  # noqa: DTZ001 the strategy adds the zone
schemathesis.openapi.format(
    "date-time", strategies.datetimes(_FIRST, _LAST, timezones=strategies.just(UTC)).map(datetime.isoformat)
)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Any, kwargs: dict[str, Any]) -> None:
    """Each of the roles in its turn, if there are several. A key that is good as a key is a new one: another body
    under a key that was used is refused by design."""
    if case.headers and case.headers.get("Authorization") == f"Bearer {FIRST}":
        case.headers["Authorization"] = f"Bearer {next(_turns)}"
    key = (case.headers or {}).get("Idempotency-Key", "")
    if isinstance(key, str) and key.isascii() and key.isprintable() and " " not in key and 0 < len(key) <= 100:
        case.headers["Idempotency-Key"] = f"{ROLE}-{next(_numbers)}-{key}"


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Any, response: Any) -> None:
    answered[case.operation.label, response.status_code] += 1
    rows = [[label, status, count] for (label, status), count in sorted(answered.items())]
    (FOLDER / f"answered-{ROLE}.json").write_text(json.dumps(rows))
