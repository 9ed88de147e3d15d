"""Lists over JSON: buckets and their counts, urgency, and what orders are searched by. On both databases."""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, update
from sqlalchemy.event import listen, remove

import storage.listing
from claims.buckets import Bucket, bucket, inside
from claims.model import Actor, Stage
from storage.tables import OrderLineRow
from tests import scenes
from tests.house import House, OpenClaim, iso, person
from tests.test_api_reading import everything

# scene: (the seller's bucket, the buyer's, the mediators')
LIES = {
    "fresh": (Bucket.ANSWER, Bucket.PARTY, None),
    "offered": (Bucket.PARTY, Bucket.ANSWER, None),
    "labelled": (Bucket.PARTY, Bucket.PARCEL, None),
    "shipped": (Bucket.OUTSIDE, Bucket.OUTSIDE, None),
    "delivered": (Bucket.PARCEL, Bucket.PARTY, None),
    "mediated": (Bucket.MEDIATION, Bucket.MEDIATION, Bucket.ANSWER),
    "evidence_asked": (Bucket.MEDIATION, Bucket.ANSWER, Bucket.MEDIATION),
    "refund_failed": (Bucket.OUTSIDE, Bucket.OUTSIDE, Bucket.OUTSIDE),
    "closed_by_the_buyer": (Bucket.CLOSED, Bucket.CLOSED, None),
}


async def counted(house: House, role: str, who: str) -> dict[str, Any]:
    async with house.as_(role, who) as caller:
        answer = await caller.get("/v1/queue")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [b["bucket"] for b in told["buckets"]] == list(Bucket)
    return told | {b["bucket"]: b["claims"] for b in told["buckets"]}


async def listed(house: House, role: str, who: str, **params: Any) -> list[str]:
    return [c["id"] for c in await everything(house, role, who, "/v1/claims", "claims", **params)]


@pytest.mark.long
@pytest.mark.parametrize("scene", LIES)
async def test_a_claim_lies_in_one_bucket_of_each_side(checked: House, scene: str) -> None:
    claim = await scenes.SCENES[scene](checked)
    sellers, buyers, mediators = LIES[scene]
    for role, wanted in (("seller", sellers), ("buyer", buyers)):
        told = await counted(checked, role, claim.who(role))
        assert {name: told[name] for name in Bucket} == {name: int(name == wanted) for name in Bucket}
        assert told["needs_me"] == int((await claim.seen(role))["needs_me"])
        for name in Bucket:
            assert await listed(checked, role, claim.who(role), bucket=name) == [claim.id] * (name == wanted)
    for name in Bucket:
        assert (claim.id in await listed(checked, "mediator", "m", bucket=name)) == (name == mediators)


def test_the_buckets_part_all_claims() -> None:
    places = [(str(stage), str(who)) for stage in Stage for who in (*Actor, "nobody")]
    for role in ("buyer", "seller", "mediator", "platform"):
        assert sorted(p for name in Bucket for p in inside(name, role)) == sorted(places)
        assert all(bucket(role, *p) == name for name in Bucket for p in inside(name, role))


async def of_one_seller(house: House, *scenes_: Any) -> list[OpenClaim]:
    """Claims of several buyers against one seller, each brought into its scene."""
    claims = []
    seller = person(f"{house.sale().seller}-of-many", "MX")
    for scene in scenes_:
        claim = await house.claim(seller=seller)
        claim.who = lambda role, claim=claim: {  # type: ignore[method-assign, misc]
            "buyer": claim.sale.buyer, "seller": seller["id"]
        }.get(role, f"{role}-1")  # fmt: skip
        await scene(claim)
        claims.append(claim)
    return claims


async def nothing(claim: OpenClaim) -> None:
    pass


async def an_offer(claim: OpenClaim) -> None:
    await claim.did("seller", "offer_partial_refund", percent=30)


async def an_end(claim: OpenClaim) -> None:
    await claim.did("buyer", "close")


async def test_by_urgency_ones_own_turn_is_first_and_what_is_closed_last(any_house: House) -> None:
    closed, newer, offered, fresh, later = await of_one_seller(any_house, an_end, an_end, an_offer, nothing, nothing)
    await fresh.skip(1)  # its date does not move; the other way round it would stand behind `later` by its opening
    seller = fresh.who("seller")
    wanted = [fresh.id, later.id, offered.id, newer.id, closed.id]
    for limit in (1, 2, 100):
        assert await listed(any_house, "seller", seller, sort="urgency", limit=limit) == wanted
    assert (await listed(any_house, "buyer", offered.sale.buyer, sort="urgency")) == [offered.id]
    told = await counted(any_house, "seller", seller)
    assert (told["answer"], told["party"], told["closed"], told["claims"], told["needs_me"]) == (2, 1, 2, 5, 2)


async def ordered(house: House, role: str, who: str, **params: Any) -> list[str]:
    return [o["id"] for o in await everything(house, role, who, "/v1/orders", "orders", **params)]


async def test_orders_are_found_by_their_id_and_their_product(any_house: House) -> None:
    seller = person(f"{any_house.sale().seller}-finds", "MX")
    lamp = await any_house.order(seller=seller, product="Lámpara de PÉ 100%")
    cup = await any_house.order(seller=seller, product="Copo_térmico")
    who = seller["id"]
    for text in ("lampara", "LÁMPARA", "de pe", "100%", "%"):
        assert await ordered(any_house, "seller", who, q=text) == [lamp.order_id], text
    for text in ("o_t", "TERMICO", "_"):
        assert await ordered(any_house, "seller", who, q=text) == [cup.order_id], text
    assert await ordered(any_house, "seller", who, q=cup.order_id.upper()) == [cup.order_id]
    assert await ordered(any_house, "seller", who, q="\\") == []
    assert await ordered(any_house, "buyer", lamp.buyer, q="lampara") == [lamp.order_id]
    assert await ordered(any_house, "buyer", lamp.buyer, q="copo") == []
    assert await ordered(any_house, "buyer", lamp.buyer, q=cup.order_id) == []
    assert await ordered(any_house, "platform", "p", q=lamp.order_id) == [lamp.order_id]


async def test_orders_are_found_by_what_became_of_them(checked: House) -> None:
    seller = person(f"{checked.sale().seller}-sells", "MX")
    now = datetime.now(UTC)
    delivered = await checked.order(seller=seller)
    coming = await checked.order(seller=seller, delivered_at=None)
    gone = await checked.order(
        seller=seller, delivered_at=None, cancelled_at=iso(now - timedelta(days=1)), cancelled_by="buyer"
    )
    open_ = await checked.open(delivered)
    who = seller["id"]
    assert await ordered(checked, "seller", who, status="delivered") == [delivered.order_id]
    assert await ordered(checked, "seller", who, status="on_its_way") == [coming.order_id]
    assert await ordered(checked, "seller", who, status="cancelled") == [gone.order_id]
    assert await ordered(checked, "seller", who, with_claim="open") == [delivered.order_id]
    assert await ordered(checked, "seller", who, with_claim="needs_me") == [delivered.order_id]
    assert await ordered(checked, "buyer", delivered.buyer, with_claim="needs_me") == []
    assert await ordered(checked, "seller", who, with_claim="open", status="cancelled") == []
    open_.who = lambda role: who if role == "seller" else delivered.buyer  # type: ignore[method-assign]
    await an_end(open_)
    assert await ordered(checked, "seller", who, with_claim="open") == []


async def test_a_filter_that_there_is_not_is_refused(house: House) -> None:
    async with house.as_("seller", "s") as seller:
        for query in ("status=lost", "claim=closed", "q=" + "x" * 500, "needs=me"):
            assert (await seller.get(f"/v1/orders?{query}")).status_code == 422, query
        assert (await seller.get("/v1/claims?bucket=all")).status_code == 422


async def test_of_an_order_of_several_sellers_each_finds_by_their_own_lines(any_house: House) -> None:
    sale = any_house.sale()
    body = sale.body(product="Mirror")
    other = person(f"{sale.seller}-b", "MX")
    body["lines"].append(
        body["lines"][0] | {"line_id": "2", "seller": other, "product": "Carpet", "delivered_at": None}
    )
    async with any_house.as_("platform", "market") as platform:
        assert (await platform.put(f"/v1/orders/{sale.order_id}", json=body)).is_success
    assert await ordered(any_house, "seller", sale.seller, q="mirror") == [sale.order_id]
    assert await ordered(any_house, "seller", sale.seller, q="carpet") == []
    assert await ordered(any_house, "seller", sale.seller, status="on_its_way") == []
    assert await ordered(any_house, "seller", other["id"], status="on_its_way") == [sale.order_id]
    assert await ordered(any_house, "buyer", sale.buyer, q="carpet") == [sale.order_id]


async def test_orders_of_before_are_found_too(any_house: House) -> None:
    sale = await any_house.order(product="Balcão")
    line = update(OrderLineRow).where(OrderLineRow.order_id == sale.order_id)
    async with any_house.database.writing() as session:
        await session.execute(line.values(folded=""))
    assert await ordered(any_house, "seller", sale.seller, q="balcao") == []
    async with any_house.database.writing() as session:
        await (await session.connection()).run_sync(_migrate)
    assert await ordered(any_house, "seller", sale.seller, q="balcao") == [sale.order_id]


def _migrate(connection: Connection) -> None:
    module = importlib.import_module("storage.migrations.versions.0011_lists_are_searched_and_counted")
    with Operations.context(MigrationContext.configure(connection)):
        module._fold()


@pytest.mark.parametrize(("role", "column"), [("seller", "seller_id"), ("buyer", "buyer_id"), ("mediator", "")])
async def test_the_number_on_every_page_is_read_from_an_index_alone(house: House, role: str, column: str) -> None:
    """Whoever has a hundred thousand closed claims does not wait for it."""
    seen: list[str] = []
    sync = house.database._readers.sync_engine
    listen(sync, "before_cursor_execute", note := lambda *given: seen.append(given[2]))
    async with house.database.reading() as session:
        await storage.listing.waiting(session, role, "somebody")
        remove(sync, "before_cursor_execute", note)
        values = ("somebody", role) if column else (role,)
        plan = await (await session.connection()).exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[-1]}", values)
        (told,) = [row[3] for row in plan]
    assert "USING COVERING INDEX claims_of_" in told
    assert "waiting_on=?" in told
