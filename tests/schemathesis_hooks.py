"""What schemathesis is told beyond its configuration: fresh keys, times of this century, and to count what worked."""

import itertools
import json
import os
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies

from tests import pictures

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

for _kind, _content in (("image/jpeg", pictures.jpeg()), ("image/png", pictures.picture("PNG")),
                        ("image/webp", pictures.picture("WEBP")), ("image/heic", pictures.picture("HEIF")),
                        ("application/pdf", pictures.pdf())):  # fmt: skip
    schemathesis.openapi.media_type(_kind, strategies.just(_content))


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Any, kwargs: dict[str, Any]) -> None:
    """Each of the roles in its turn, if there are several; and a key that works."""
    headers = case.headers if case.headers is not None else {}
    if headers.get("Authorization") == f"Bearer {FIRST}":
        headers["Authorization"] = f"Bearer {next(_turns)}"
    if (key := _key(case, headers.get("Idempotency-Key"))) is not None:
        headers["Idempotency-Key"] = key


def _key(case: Any, generated: Any) -> str | None:
    """A fresh key in place of one that is good as a key, for another body under a used one is refused by design;
    and for every other act that came without, which only a preview may. None: leave it as it is."""
    number = next(_numbers)
    if generated is None:
        meant = "/actions/" in case.operation.path and case.meta.generation.mode.is_positive and number % 2
        return f"{ROLE}-{number}" if meant else None
    good = isinstance(generated, str) and re.fullmatch(r"[\x21-\x7e]{1,100}", generated)
    return f"{ROLE}-{number}-{generated}" if good else None


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Any, response: Any) -> None:
    answered[case.operation.label, response.status_code] += 1
    rows = [[label, status, count] for (label, status), count in sorted(answered.items())]
    (FOLDER / f"answered-{ROLE}.json").write_text(json.dumps(rows))
