"""`make reputation-check`, `make reputation-try`: standings recomputed from the timelines; terms tried on the past."""

import argparse
import asyncio
import json
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr, ValidationError

import settings as configuration
import storage.recount
import storage.sales
import storage.trials
from activities.reputation_terms import Figures
from claims.standing.terms import Level, Terms
from ops.recount import Difference, differences
from settings import Settings
from storage.database import Database, DatabaseAway

_ABOUT = "Reputation: `check` recomputes every seller from orders and timelines; `try` tries terms on the past."
_LOOK_AGAIN = 5.0  # seconds: a verdict is posted right after its step was recorded
_SHOWN = 20  # differences of each kind
_FIT = 100  # orders made anew in one transaction


async def check(database: Database, terms: Sequence[Terms], sellers: Sequence[str], repair: bool, wait: float) -> int:
    """Say what differs, by kind; 1 when anything does. What is gone at a second look was under way."""
    looked_at, found = await _look(database, terms, sellers)
    if found:
        await asyncio.sleep(wait)
        again = sorted({d.seller_id for d in found})
        found = [d for d in (await _look(database, terms, again))[1] if (d.kind, d.seller_id, d.what) in _keys(found)]
    if repair and found:
        made = await _repair(database, sorted({d.seller_id for d in found}))
        _say(f"{made} orders' sales made anew.")
        found = (await _look(database, terms, sorted({d.seller_id for d in found})))[1]
    for kind, count in sorted(Counter(d.kind for d in found).items()):
        _say(f"{kind}: {count}")
        for one in [d for d in found if d.kind == kind][:_SHOWN]:
            _say(f"  {one.seller_id}  {one.what}  {one.sentence}")
    _say(f"{looked_at} sellers recomputed, {len(found)} differences.")
    return int(bool(found))


async def _look(
    database: Database, terms: Sequence[Terms], sellers: Sequence[str] = ()
) -> tuple[int, list[Difference]]:
    """How many sellers were looked at, these or all of them, and what differs."""
    found: list[Difference] = []
    looked_at = 0
    async for seller_id in _these(sellers) if sellers else _everybody(database):
        async with database.reading() as session:
            found += await differences(session, seller_id, terms, datetime.now(UTC))
        looked_at += 1
    return looked_at, found


async def _these(sellers: Sequence[str]) -> AsyncIterator[str]:
    for seller_id in sellers:
        yield seller_id


async def _everybody(database: Database) -> AsyncIterator[str]:
    last = ""
    while page := await _after(database, last):
        for seller_id in page:
            yield seller_id
        last = page[-1]


async def _after(database: Database, seller_id: str) -> list[str]:
    async with database.reading() as session:
        return await storage.recount.sellers_after(session, seller_id)


async def _repair(database: Database, sellers: Sequence[str]) -> int:
    """Make the sales of these sellers' orders anew, from orders and ledger; how many orders."""
    made = 0
    for seller_id in sellers:
        async with database.reading() as session:
            order_ids = await storage.recount.orders_of(session, seller_id)
        for first in range(0, len(order_ids), _FIT):
            part = order_ids[first : first + _FIT]
            async with database.writing() as session:
                await storage.sales.hold(session, part)
                await storage.sales.refresh(session, part)
        made += len(order_ids)
    return made


async def try_terms(database: Database, trial: storage.trials.Trial) -> int:
    """Say how many sellers would have stood how, and whose level would have changed."""
    sellers, results = await storage.trials.run(database, trial)
    _say(f"{trial.site}: {sellers} sellers with orders in the windows.")
    for result in results:
        _say(f"\n{result.at.isoformat()}, instead of {result.terms.version}: {result.changed} would change")
        for level in reversed(Level):
            _say(f"  {level:14} {result.before[level]:>8} -> {result.after[level]:>8}")
        for seller_id, one in result.changes:
            _say(f"  {seller_id}: {one.before} -> {one.after}")
    return 0


def _keys(found: Sequence[Difference]) -> set[tuple[str, str, str]]:
    return {(d.kind, d.seller_id, d.what) for d in found}


def _trial(given: argparse.Namespace, versions: tuple[Terms, ...]) -> storage.trials.Trial:
    """Raises ValueError, a sentence."""
    now = datetime.now(UTC)
    instants = tuple(sorted(_instant(text, now) for text in given.at or [now.isoformat()]))
    figures = Figures.model_validate(json.loads(Path(given.terms).read_text(encoding="utf-8")))
    other = figures.terms(given.site, "tried", instants[0])
    return storage.trials.Trial(given.site, other, instants, versions, tuple(given.seller or ()))


def _explained(error: ValidationError) -> str:
    """What is wrong with the environment, or with the figures that were given."""
    if error.title == Settings.__name__:
        return configuration.explain(error)
    lines = [f"  {'.'.join(map(str, e['loc'])) or 'all of it'}: {e['msg']}" for e in error.errors()]
    return "\n".join(["These terms are no terms:", *lines, ""])


def _instant(text: str, now: datetime) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at > now:
        raise ValueError(f"--at {text}: it takes past instants with their zone, like 2026-11-01T00:00:00Z")
    return at.astimezone(UTC)


async def _run(settings: Settings, given: argparse.Namespace) -> int:
    database = Database(settings.database_url)
    try:
        if given.what == "try":
            return await try_terms(database, _trial(given, settings.terms))
        return await check(database, settings.terms, given.seller or (), given.repair, given.wait)
    finally:
        await database.close()


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        settings = Settings(token_secret=SecretStr(secrets.token_urlsafe(48)))  # tokens are neither made nor read here
        return asyncio.run(_run(settings, given))
    except ValidationError as error:
        sys.stderr.write(_explained(error))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
    except DatabaseAway as error:
        sys.stderr.write(f"The database does not answer: {str(error)[:200]}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.reputation", description=_ABOUT)
    what = parser.add_subparsers(dest="what", required=True)
    checks = what.add_parser("check", help="exit code 1 when anything differs")
    checks.add_argument("--repair", action="store_true", help="make the table of sales anew where it differs")
    checks.add_argument("--seller", action="append", help="only this one; repeatable")
    checks.add_argument("--wait", type=float, default=_LOOK_AGAIN, help="seconds before the second look")
    tries = what.add_parser("try", help="what other terms would have made of the past")
    tries.add_argument("site")
    tries.add_argument("terms", help="a JSON file with one version's figures: busy, maxima, ...")
    tries.add_argument("--at", action="append", help="a past instant; repeatable; now")
    tries.add_argument("--seller", action="append", help="only this one; repeatable")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
