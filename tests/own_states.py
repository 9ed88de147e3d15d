"""The pages that people have for themselves: standing, settings, quick replies, the desk of mediators."""

import storage.standings
from tests.house import key
from tests.pages import Place, Rooms, state
from tests.shop import DAY, NOW, Shop, trading


@state("/reputation")
async def a_standing_with_all_that_there_is(rooms: Rooms) -> Place:
    shop = await trading(rooms.house.database)
    async with rooms.house.database.writing() as session:
        await storage.standings.record(session, shop.seller, shop.site, NOW - DAY)
    return Place(f"/reputation?site={shop.site}&sales=20&claims=1", "seller", shop.seller)


@state("/reputation")
async def a_standing_at_its_best(rooms: Rooms) -> Place:
    shop = Shop(rooms.house.database)
    await shop.sell(60)
    return Place("/reputation", "seller", shop.seller)


@state("/reputation")
async def no_standing_yet(rooms: Rooms) -> Place:
    return Place("/reputation", "seller", "seller-of-nothing")


@state("/reputation")
async def a_standing_that_is_not_ones_own(rooms: Rooms) -> Place:
    return Place("/reputation", "buyer", "buyer-1", 403)


@state("/settings")
async def settings_of_a_buyer(rooms: Rooms) -> Place:
    return Place("/settings", "buyer", "buyer-1")


@state("/settings")
async def settings_of_a_seller(rooms: Rooms) -> Place:
    return Place("/settings", "seller", await with_a_reply(rooms))


@state("/settings/replies")
async def a_quick_reply_to_write(rooms: Rooms) -> Place:
    return Place("/settings/replies", "seller", "seller-of-nothing")


@state("/settings/replies/{name}")
async def a_quick_reply_to_change(rooms: Rooms) -> Place:
    return Place("/settings/replies/tomorrow", "seller", await with_a_reply(rooms))


async def with_a_reply(rooms: Rooms) -> str:
    """A seller with a quick reply of their own."""
    async with rooms.house.as_("seller", "seller-with-a-reply") as seller:
        body = {"texts": {"en": "It leaves tomorrow."}, "reasons": ["damaged"]}
        answer = await seller.put("/v1/quick-replies/tomorrow", json=body, headers=key())
    assert answer.is_success, answer.text
    return "seller-with-a-reply"


@state("/claims")
async def the_desk_of_mediators(rooms: Rooms) -> Place:
    await rooms.claim("mediated")
    return Place("/claims", "mediator", "mediator-1")


@state("/claims")
async def an_empty_heap_of_mediators(rooms: Rooms) -> Place:
    return Place("/claims?q=nothing", "mediator", "mediator-1")
