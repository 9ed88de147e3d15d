"""What operators send from the command line or the Web UI does what the API does."""

import asyncio
import json
import subprocess
from typing import Any

from ops.engine import program
from tests.house import House, OpenClaim, soon


async def signal(claim: OpenClaim, name: str, payload: Any) -> None:
    """Send it with the `temporal` command line, as an operator would."""
    address = claim.house.temporal.service_client.config.target_host
    line = [str(program()), "workflow", "signal", "--address", address,
            "--namespace", claim.house.temporal.namespace, "--workflow-id", claim.id,
            "--name", name, "--input", json.dumps(payload)]  # fmt: skip
    await asyncio.to_thread(subprocess.run, line, check=True, capture_output=True)


async def refusals(claim: OpenClaim) -> list[dict[str, Any]]:
    async with claim.house.as_("ops", "ops-7") as ops:

        async def found() -> list[dict[str, Any]]:
            return (await ops.get(f"/v1/claims/{claim.id}/refusals")).json()["refusals"]

        return await soon(found)


async def test_an_offer_by_signal_is_an_offer(house: House) -> None:
    claim = await house.claim()
    await signal(claim, "offer_partial_refund", {"operator": "ops-7", "percent": 40})
    seen = await claim.until(lambda c: c["offers"])
    assert seen["offers"][0]["percent"] == 40
    assert seen["waiting_on"] == "buyer"
    last = (await claim.events())[-1]
    assert (last["by"], last["person"], last["via"]) == ("seller", "ops-7", "signal")
    await signal(claim, "accept_offer", {"operator": "ops-7", "on_behalf_of": "buyer", "offer": 1})
    closed = await claim.until(lambda c: c["stage"] == "closed")
    assert closed["outcome"]["code"] == "partial_refunded"


async def test_an_illegal_signal_changes_nothing_and_can_be_found(house: House) -> None:
    claim = await house.claim()
    before = await claim.seen()
    await signal(claim, "accept_offer", {"operator": "ops-7", "offer": 1})
    found = await refusals(claim)
    assert [(r["action"], r["code"], r["person"]) for r in found] == [
        ("accept_offer", "not_the_pending_offer", "ops-7")
    ]
    after = await claim.seen()
    assert after["version"] == before["version"]
    assert len(await claim.events()) == 1


async def test_a_signal_that_cannot_be_read_is_found_too(house: House) -> None:
    nobody, wrong = {"percent": 30}, {"operator": "ops-7", "percent": "much"}
    for payload in (5, nobody, wrong, {"operator": "x", "on_behalf_of": "bank"}):
        claim = await house.claim()
        await signal(claim, "offer_partial_refund", payload)
        assert [r["action"] for r in await refusals(claim)] == ["offer_partial_refund"]
        assert (await claim.seen())["version"] == 1
