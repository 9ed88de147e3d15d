"""The claim room in every situation of a claim, as each side sees it, and the page of every step that can be taken."""

from collections.abc import Awaitable, Callable

from claims.model import Action
from tests.pages import PARTS, STATES, Place, Rooms, State
from tests.scenes import SCENES

ROOM, ACT = "/claims/{claim_id}", "/claims/{claim_id}/actions/{action}"
UNSEEN = (
    "fresh",
    "counted",
    "remorse",
    "offered",
    "declined",
    "labelled",
    "shipped",
    "delivered",
    "closed_by_the_buyer",
)
STEPS: dict[Action, tuple[str, str, str]] = {  # each where it is possible: scene, who, and what is chosen
    Action.GUIDE: ("fresh", "seller", ""),
    Action.OFFER_PARTIAL_REFUND: ("fresh", "seller", "percent=30"),
    Action.WITHDRAW_OFFER: ("offered", "seller", ""),
    Action.ACCEPT_OFFER: ("offered", "buyer", ""),
    Action.DECLINE_OFFER: ("offered", "buyer", ""),
    Action.ESCALATE: ("fresh", "seller", ""),
    Action.CLOSE: ("fresh", "buyer", ""),
    Action.REFUND: ("fresh", "seller", ""),
    Action.GRANT_RETURN: ("fresh", "seller", ""),
    Action.CANCEL_RETURN: ("labelled", "buyer", ""),
    Action.ACCEPT_RETURN: ("delivered", "seller", ""),
    Action.REJECT_RETURN: ("delivered", "seller", ""),
    Action.REQUEST_EVIDENCE: ("mediated", "mediator", "party=buyer"),
    Action.GIVE_EVIDENCE: ("evidence_asked", "buyer", ""),
    Action.RULE: ("mediated", "mediator", "amount=5000"),
    Action.PAY_BY_HAND: ("refund_failed", "mediator", ""),
    Action.APPEAL: ("ruled", "buyer", ""),
    Action.ASK_EXCLUSION: ("counted", "seller", ""),
    Action.DECIDE_EXCLUSION: ("exclusion_asked", "mediator", "granted=yes"),
}
SHORT = {"offered as buyer", "offer partial refund, chosen"}  # fmt: skip
LONG: set[str] = set()  # the states that are for the long run alone


def _note(name: str, route: str, made: Callable[[Rooms], Awaitable[Place]]) -> None:
    name = name.replace("_", " ")
    STATES.append(State(name, route, made))
    if name not in SHORT:
        LONG.add(name)


def _room(scene: str, role: str) -> Callable[[Rooms], Awaitable[Place]]:
    async def made(rooms: Rooms) -> Place:
        claim = await rooms.claim(scene)
        return Place(f"/claims/{claim.id}", role, claim.who(role))

    return made


def _step(action: Action, scene: str, role: str, chosen: str) -> Callable[[Rooms], Awaitable[Place]]:
    async def made(rooms: Rooms) -> Place:
        claim = await rooms.claim(scene)
        return Place(f"/claims/{claim.id}/actions/{action}?{chosen}", role, claim.who(role))

    return made


for scene in SCENES:
    for role in ("buyer", "seller", "mediator"):
        if role != "mediator" or scene not in UNSEEN:
            _note(f"{scene} as {role}", ROOM, _room(scene, role))
for action, (scene, role, chosen) in STEPS.items():
    _note(f"{action}, chosen", ACT, _step(action, scene, role, chosen))
    if chosen:
        _note(f"{action}, to choose", ACT, _step(action, scene, role, ""))

PARTS |= {
    "/claims/{claim_id}/live": "a stream",
    "/claims/{claim_id}/label.{kind}": "a file",
    "/claims/{claim_id}/qr.svg": "a picture",
    "/files/{attachment_id}": "a picture or a file",
}
