"""Making the return label by itself: numbers from our own counters, drawn once, kept for ever."""

import asyncio
from datetime import UTC, datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

import storage.labels
import storage.orders
from activities.labels import drawing
from activities.labels.drawing import Label
from activities.labels.numbers import s10, sscc
from claims.model import Claim
from claims.orders import Address, Person
from storage.database import Database
from storage.labels import StoredLabel


def return_id(claim_id: str, number: int) -> str:
    return f"ret_{claim_id.removeprefix('clm_')}_{number}"


class LabelActivities:
    def __init__(self, database: Database, country: str, sscc_prefix: str) -> None:
        self.database = database
        self.country = country
        self.sscc_prefix = sscc_prefix

    @activity.defn
    async def make_label(self, claim: Claim) -> str:
        """Make the label of the return in hand, once. Answers its tracking number (S10)."""
        number = len(claim.returns)
        async with self.database.reading() as session:
            standing = await storage.labels.find(session, claim.id, number)
        return standing.tracking_number if standing else await self._make(claim, number)

    async def _make(self, claim: Claim, number: int) -> str:
        try:
            label = await self._label(claim, number)
        except ValueError as error:  # a wrong country or prefix in the settings: trying again mends nothing
            raise ApplicationError(str(error), type="LabelImpossible", non_retryable=True) from error
        pdf = await asyncio.to_thread(drawing.draw, label)
        stored = StoredLabel(claim.id, number, label.tracking_number, label.sscc, drawing.codes(label), pdf)
        async with self.database.writing() as session:
            kept = await storage.labels.add(session, stored, datetime.now(UTC))
        return kept.tracking_number

    async def _label(self, claim: Claim, number: int) -> Label:
        async with self.database.writing() as session:
            serial = await storage.labels.next_serial(session, "parcels")
            people = await storage.orders.find_people(session, {claim.line.buyer_id, claim.line.seller_id})
        buyer, seller = people.get(claim.line.buyer_id), people.get(claim.line.seller_id)
        if buyer is None or seller is None:
            raise ApplicationError("the buyer or the seller is not known", type="PersonUnknown", non_retryable=True)
        return Label(
            return_id=return_id(claim.id, number),
            tracking_number=s10(serial, self.country),
            sscc=sscc(serial, self.sscc_prefix),
            order_id=claim.line.order_id,
            sender=_address(buyer),
            receiver=_address(seller),
            ship_by=claim.returns[-1].granted_at + claim.policy.ship,
            language=buyer.language,
        )


def _address(person: Person) -> drawing.Address:
    address: Address = person.address
    return drawing.Address(
        person.name or person.id,
        address.lines,
        address.city,
        address.region,
        address.postal_code,
        address.country,
    )
