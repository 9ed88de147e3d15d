"""Over HTTP, in every situation and for every role: what a claim offers works, what it does not offer is refused."""

from typing import Any

import httpx
import pytest

from claims.inputs import CLOSING_CODES
from tests.house import House, OpenClaim, key
from tests.scenes import BODIES, IN_TURN, SCENES

ROLES = ("buyer", "seller", "mediator")


async def may_read(claim: OpenClaim, role: str) -> httpx.Response:
    async with claim.house.as_(role, claim.who(role)) as caller:
        return await caller.get(f"/v1/claims/{claim.id}")


@pytest.mark.long
@pytest.mark.parametrize("scene", IN_TURN)
async def test_what_is_not_offered_is_refused_and_changes_nothing(house: House, scene: str) -> None:
    claim = await SCENES[scene](house)
    for role in ROLES:
        view = await may_read(claim, role)
        if view.status_code == 404:
            assert role == "mediator"
            assert (await claim.act(role, "rule", amount=0)).status_code == 404
            continue
        for refused in view.json()["not_available"]:
            answer = await claim.act(role, refused["action"], **BODIES.get(refused["action"], {}))
            assert answer.status_code == 409, (scene, role, refused, answer.text)
            problem = answer.json()
            assert (problem["code"], problem["detail"]) == (refused["code"], refused["why"])
            assert problem["allowed"] == [a["action"] for a in view.json()["actions"]]
        assert (await may_read(claim, role)).json()["version"] == view.json()["version"]


@pytest.mark.long
@pytest.mark.parametrize("scene", IN_TURN)
async def test_what_is_offered_works_when_it_is_sent_at_once(house: House, scene: str) -> None:
    claim = await SCENES[scene](house)
    for role in ROLES:
        view = await may_read(claim, role)
        for number in range(len(view.json()["actions"]) if view.is_success else 0):
            fresh = await SCENES[scene](house)
            offered = (await fresh.seen(role))["actions"][number]
            await preview_agrees(fresh, role, offered)
            async with house.as_(role, fresh.who(role)) as caller:
                answer = await caller.post(offered["href"], json=offered["example"], headers=key())
            assert answer.status_code == 200, (scene, role, offered, answer.text)
            assert_as_foretold(answer.json(), offered["then"])


async def preview_agrees(claim: OpenClaim, role: str, offered: dict[str, Any]) -> None:
    async with claim.house.as_(role, claim.who(role)) as caller:
        answer = await caller.post(f"{offered['href']}?preview=true", json=offered["example"])
    assert answer.status_code == 200, answer.text
    assert_as_foretold(answer.json(), offered["then"])
    assert (await claim.seen(role))["version"] < answer.json()["version"]


def assert_as_foretold(after: dict[str, Any], then: dict[str, Any]) -> None:
    for name in ("stage", "waiting_on", "impact"):
        assert after[name] == then[name]
    assert after["code"] == then["code"]


async def test_every_choice_of_an_input_works(house: House) -> None:
    percents = (await (await house.claim()).seen())["actions"][1]["input"]["properties"]["percent"]["enum"]
    assert percents == list(range(10, 100, 10))
    for percent in percents:
        await (await house.claim()).did("seller", "offer_partial_refund", percent=percent)
    for code in CLOSING_CODES:
        after = await (await house.claim()).did("buyer", "close", code=code)
        assert after["outcome"]["code"] == code
