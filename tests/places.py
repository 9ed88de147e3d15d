"""Where the authorization matrix asks: a claim and all around it, other people's, and what does not exist."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx

import storage.attachments
from tests import authorization, pictures, scenes
from tests.authorization import ROLES
from tests.house import House, OpenClaim, Sale, _numbers, key

Operation = tuple[str, str]
ASKED = {  # what must be asked for with it
    ("GET", "/v1/messages"): "q=turn",
    ("GET", "/v1/sellers/{seller_id}/reputation/history"): "site=MLM",
    ("GET", "/v1/sellers/{seller_id}/reputation/forecast"): "site=MLM",
    ("GET", "/v1/sellers/{seller_id}/reputation/protections"): "site=MLM",
}
FIGURES = {
    "busy": 40,
    "maxima": [
        {"level": level, "claims": claims, "cancellations": "9", "delays": "22"}
        for level, claims in (("5_green", "1"), ("4_light_green", "2"), ("3_yellow", "4.5"), ("2_orange", "8"))
    ],
}
PUT_ORDER, OPEN = ("PUT", "/v1/orders/{order_id}"), ("POST", "/v1/claims")
ANSWER = ("POST", "/v1/claims/{claim_id}/messages/{message_id}/answer")
UPLOAD, TAKE_BACK = ("POST", "/v1/attachments"), ("DELETE", "/v1/attachments/{attachment_id}")


@dataclass(frozen=True)
class Place:
    """Everything that a request can name. `notices` are by role."""

    claim_id: str
    order_id: str
    free_order_id: str  # without a claim
    seller_id: str
    person_id: str  # without a claim
    tracking_number: str
    attachment_id: str  # used in the claim
    spare_id: str  # of an upload of the buyer's that is not used
    notices: dict[str, int]
    message_id: str  # the buyer's first
    explanation_id: str
    number: int = 9  # of a refund that was never asked for
    action: str = "refund"
    name: str = "hello"  # of a quick reply
    order: dict[str, Any] = field(default_factory=dict)
    pushed_order_id: str = ""  # what does not exist is pushed under yet another name, lest it exist afterwards

    @property
    def names(self) -> tuple[str, ...]:
        """What may stand in nobody's answer but those of its people."""
        return (self.claim_id, self.order_id, self.free_order_id, self.seller_id, self.tracking_number,
                self.attachment_id, self.spare_id)  # fmt: skip

    def unknown(self) -> "Place":
        """Names as long as these, of nothing."""
        names = ("claim_id", "order_id", "free_order_id", "seller_id", "person_id", "tracking_number", "message_id")
        more = ("explanation_id", "attachment_id", "spare_id")
        other = {name: _unlike(getattr(self, name)) for name in (*names, *more)}
        notices = {role: number + 10**9 for role, number in self.notices.items()}
        return replace(self, **other, notices=notices, pushed_order_id=f"{other['order_id']}-new")


@dataclass(frozen=True)
class Places:
    """The three of them, the persons of the first, and the claims of the actions' scenes."""

    house: House
    people: dict[str, str]  # by role
    own: Place
    other: Place
    unknown: Place
    used_key: dict[str, str]  # with which another buyer opened a claim, and its seller granted a return
    scenes: dict[str, OpenClaim]  # by action
    client: httpx.AsyncClient

    @property
    def three(self) -> tuple[Place, Place, Place]:
        return self.own, self.other, self.unknown

    def token(self, role: str, person: str | None = None) -> dict[str, str]:
        return self.house.headers(role, person or self.people[role])

    async def ask(
        self, operation: Operation, place: Place, role: str, headers: dict[str, str], **params: Any
    ) -> httpx.Response:
        """Send the operation's request about a place; the notice is the role's."""
        url = url_of(operation, place, role)
        sent, body = key() | headers, sent_as(operation, place)
        if operation == UPLOAD:
            params = {"name": "photo.jpg"} | params
        return await self.client.request(operation[0], url, **body, headers=sent, params=params or None)


def url_of(operation: Operation, place: Place, role: str) -> str:
    order_id = place.pushed_order_id if operation == PUT_ORDER else place.order_id
    notice_id = place.notices.get(role, place.notices["buyer"])
    message_id = place.explanation_id if operation == ANSWER else place.message_id
    attachment_id = place.spare_id if operation == TAKE_BACK else place.attachment_id
    named = {"order_id": order_id, "notice_id": notice_id, "message_id": message_id, "attachment_id": attachment_id}
    query = f"?{ASKED[operation]}" if operation in ASKED else ""
    return operation[1].format(**vars(place) | named) + query


def sent_as(operation: Operation, place: Place) -> dict[str, Any]:
    """How the client sends the operation's body: a file, or JSON."""
    return {"content": pictures.jpeg()} if operation == UPLOAD else {"json": body_of(operation, place)}


def body_of(operation: Operation, place: Place) -> Any:
    """A body that is in order, or None."""
    bodies: dict[Operation, Any] = {
        PUT_ORDER: place.order,
        OPEN: {"order_id": place.free_order_id, "line_id": "1", "reason": "damaged", "message": "It broke."},
        ("POST", "/v1/carrier/events"): {
            "event_id": key()["Idempotency-Key"],
            "tracking_number": place.tracking_number,
            "kind": "in_transit",
            "at": "2026-01-02T03:04:05Z",
        },
        ("POST", "/v1/claims/{claim_id}/actions/{action}"): scenes.BODIES.get(place.action, {}),
        ("POST", "/v1/claims/{claim_id}/messages"): {"text": "Which lamp do you mean?"},
        ("PUT", "/v1/claims/{claim_id}/receipt"): {"up_to": place.message_id},
        ("PUT", "/v1/profile"): {"language": "es"},
        ANSWER: {"helped": False},
        ("PUT", "/v1/quick-replies/{name}"): {"texts": {"en": "Hello {buyer}"}, "reasons": ["damaged"]},
        ("PUT", "/v1/sellers/{seller_id}/reputation/protection"): {
            "site": "MLM",
            "level": "5_green",
            "until": "2026-01-02T03:04:05Z",
            "cause": "disaster",
        },
        ("POST", "/v1/sellers/{seller_id}/reputation/what-if"): {"site": "MLM", "sales": 3},
        ("POST", "/v1/reputation/trials"): {
            "site": "MLM",
            "at": ["2026-01-02T03:04:05Z"],
            "terms": FIGURES,
            "sellers": [place.seller_id],
        },
        ("POST", "/v1/dev/tokens"): {"sub": "somebody", "role": "buyer"},
        ("POST", "/v1/dev/claims/{claim_id}/fast-forward"): {"hours": 0.0001},
        ("POST", "/v1/dev/claims/{claim_id}/refunds/{number}/faults"): {"fault": "slow_answer"},
    }
    return bodies.get(operation)


async def build(house: House) -> Places:
    """Two peoples' claims with labels, the first of which came before the mediators; and a claim for each action."""
    mine, used_key = await _mediated(house), key()
    async with house.as_("mediator", mine.who("mediator")) as mediator:
        (await mediator.put("/v1/profile", json={"language": "es"})).raise_for_status()
    theirs = await house.open(await house.order(), headers=used_key)
    await theirs.did("seller", "guide", note="Like this.")
    granted = await theirs.act("seller", "grant_return", used_key)
    assert granted.status_code == 200, granted.text
    other = await _place(house, theirs)
    rows = authorization.actions()
    acted = await asyncio.gather(*(scenes.SCENES[row.scene](house) for row in rows.values()))
    return Places(
        house=house,
        people={role: mine.who(role) for role in ROLES},
        own=await _place(house, mine),
        other=other,
        unknown=other.unknown(),
        used_key=used_key,
        scenes=dict(zip(rows, acted, strict=True)),
        client=httpx.AsyncClient(transport=house._transport, base_url="http://amends", timeout=60),
    )


async def _mediated(house: House) -> OpenClaim:
    claim = await house.claim()
    await claim.did("seller", "guide", note="Like this.")
    await claim.did("seller", "escalate")
    await claim.did("seller", "grant_return")
    return claim


async def _place(house: House, claim: OpenClaim) -> Place:
    seen = await claim.until(lambda c: c["return"]["tracking_number"])
    free = Sale(next(_numbers))
    order = free.body() | {"buyer": {"id": claim.sale.buyer}}
    order["lines"][0]["seller"] = {"id": claim.sale.seller}
    async with house.as_("platform", "market") as platform:
        (await platform.put(f"/v1/orders/{free.order_id}", json=order)).raise_for_status()
    used, spare = await claim.uploaded("buyer"), await claim.uploaded("buyer")
    async with house.database.writing() as session:
        by, now = ("buyer", claim.sale.buyer), datetime.now(UTC)
        await storage.attachments.bind(session, [used["id"]], by, claim.id, f"msg_{claim.id}", now)
    notices = {role: await _notice(house, claim, role) for role in ("buyer", "seller", "mediator")}
    return Place(
        claim_id=claim.id,
        order_id=claim.sale.order_id,
        free_order_id=free.order_id,
        seller_id=claim.sale.seller,
        person_id=(await house.order()).buyer,
        tracking_number=seen["return"]["tracking_number"],
        message_id=await _message(claim),
        explanation_id=await explanation(house, claim),
        attachment_id=used["id"],
        spare_id=spare["id"],
        notices={role: number for role, number in notices.items() if number},
        order=claim.sale.body(),
        pushed_order_id=claim.sale.order_id,
    )


async def _message(claim: OpenClaim) -> str:
    async with claim.house.as_("buyer", claim.sale.buyer) as buyer:
        found: str = (await buyer.get(f"/v1/claims/{claim.id}/messages")).json()["messages"][0]["id"]
    return found


async def explanation(house: House, claim: OpenClaim) -> str:
    async with house.as_("buyer", claim.sale.buyer) as buyer:
        told = (await buyer.get(f"/v1/claims/{claim.id}/messages")).json()["messages"]
    return next(str(m["id"]) for m in told if m["kind"] == "guidance")


async def _notice(house: House, claim: OpenClaim, role: str) -> int:
    async with house.as_(role, claim.who(role)) as caller:
        listed = (await caller.get("/v1/notices", params={"limit": 100})).json()["notices"]
    return next((n["id"] for n in listed if n["claim_id"] == claim.id), 0)


def _unlike(name: str) -> str:
    """Another name of the same length and kind."""
    return ("ZZ" if name.isupper() else "zz") + name[2:]
