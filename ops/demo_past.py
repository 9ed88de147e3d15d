"""What the sellers of the demonstration sold in the last months, and how they stood: enough to be worth a look."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import storage.sales
import storage.standings
from ops.demo_people import PEOPLE, SALES, Sale
from storage.database import Database

_HISTORY = 30  # days


class Trade(NamedTuple):
    """How a seller trades. Every so many-th sale is late or cancelled, 0: none is."""

    sales: int
    days: int  # that they are spread over, up to yesterday
    late: int = 0
    cancelled: int = 0


TRADES = {
    "casa-jacaranda": Trade(60, 58),
    "sonora-audio": Trade(48, 110, late=11),
    "loja-ipe-amarelo": Trade(72, 56, late=9, cancelled=36),
    "pampa-cueros": Trade(40, 160, late=5),
    "andes-outdoor": Trade(44, 90, cancelled=20),
    "harbor-and-pine": Trade(52, 140),
}
_BUYERS = [who for who in PEOPLE if who not in TRADES]


def orders(now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ids and bodies as the API takes them, oldest first of each seller."""
    for seller, trade in TRADES.items():
        known = [sale for sale in SALES.values() if sale.seller == seller]
        for number in range(1, trade.sales + 1):
            ago = trade.days - (number - 1) * (trade.days - 1) // trade.sales
            yield f"past-{seller}-{number:03}", _body(known[number % len(known)], trade, number, ago, now)


async def stood(database: Database, now: datetime) -> None:
    """The standing of each seller on the days before, as the daily round would have found it."""
    for seller in TRADES:
        async with database.writing() as session:
            for site in await storage.sales.sites(session, seller):
                for ago in range(_HISTORY, 0, -1):
                    await storage.standings.record(session, seller, site, now - timedelta(days=ago))


def _body(like: Sale, trade: Trade, number: int, ago: int, now: datetime) -> dict[str, Any]:
    """One sale like another of the seller's, so many days ago; they all went out on the second day, or should have."""
    buyer, delivered = _BUYERS[number % len(_BUYERS)], ago - 6 if ago > 6 else None
    body = like._replace(buyer=buyer, bought=ago, promised=ago - 8, delivered=delivered).body(now)
    line, bought = body["lines"][0], now - timedelta(days=ago)
    line["dispatch_by"] = (bought + timedelta(days=2)).isoformat(timespec="seconds")
    if trade.cancelled and number % trade.cancelled == 0:
        day = (bought + timedelta(hours=20)).isoformat(timespec="seconds")
        return body | {"lines": [line | {"delivered_at": None, "cancelled_at": day, "cancelled_by": "seller"}]}
    hours = 70 if trade.late and number % trade.late == 0 else 26
    if ago > 3:
        line["dispatched_at"] = (bought + timedelta(hours=hours)).isoformat(timespec="seconds")
    return body
