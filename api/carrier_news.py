"""What a carrier's event means for the claim whose parcel it is about."""

from enum import StrEnum

import storage.carrier
from api.desk import Desk
from api.requests import digest
from claims.model import Action, Actor, Command, Input, Refused
from claims.recording import PUT_BACK
from workflows.runs import Away


class Kind(StrEnum):
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"  # the first scan, wherever it is, means that the parcel was handed over
    DELIVERED = "delivered"
    LOST = "lost"


_ACTIONS = {
    Kind.SHIPPED: Action.SHIP,
    Kind.IN_TRANSIT: Action.SHIP,
    Kind.DELIVERED: Action.DELIVER,
    Kind.LOST: Action.LOSE,
}


async def pass_on(desk: Desk, name: str, kind: str, tracking_number: str, claim_id: str, person: str) -> None:
    """Tell the claim; news that changes nothing (a second scan, say) is noted with the reason. `name`: as kept.

    Raises Away while the claim waits for an operator: then the news waits, too, until the carrier or the sweeper asks.
    """
    given = Input(tracking_number=tracking_number)
    command = Command(_ACTIONS[Kind(kind)], Actor.CARRIER, given, id=digest("carrier", name), person=person)
    outcome, sentence = "taken", ""
    try:
        await desk.report(claim_id, command)
    except Refused as refused:
        if refused.code == PUT_BACK[0]:
            raise Away(claim_id) from refused
        outcome, sentence = "noted", refused.sentence
    async with desk.database.writing() as session:
        await storage.carrier.settle(session, name, outcome, sentence)
