"""The OpenAPI document tells the truth about what goes out, in every situation that a claim can be in."""

import json

import pytest

from api.app import create_app
from tests.conformity import Document
from tests.house import House, OpenClaim, settings_for
from tests.scenes import IN_TURN, SCENES

ROLES = ("buyer", "seller", "mediator", "platform", "ops", "auditor")


@pytest.mark.long
@pytest.mark.parametrize("scene", IN_TURN)
async def test_answers_have_their_declared_shape(checked: House, scene: str) -> None:
    claim = await SCENES[scene](checked)
    for role in ROLES:
        async with checked.as_(role, claim.who(role)) as caller:
            for path in paths_around(claim):
                await caller.get(path)


def paths_around(claim: OpenClaim) -> tuple[str, ...]:
    of_claim = f"/v1/claims/{claim.id}"
    around = (
        f"{of_claim}/attachments",
        "/v1/claims",
        "/v1/orders",
        f"/v1/orders/{claim.sale.order_id}",
        "/v1/notices",
        "/v1/reasons",
        "/v1/mediation",
        f"{of_claim}/similar-rulings",
    )
    seller = f"/v1/sellers/{claim.sale.seller}/reputation"
    repute = (seller, f"{seller}/verdicts", f"{seller}/history?site=MLM", "/v1/reputation/terms")
    advice = f"/v1/sellers/{claim.sale.seller}/advice"
    books = (*repute, advice, f"/v1/dev/claims/{claim.id}/ledger")
    return (of_claim, f"{of_claim}/events", f"{of_claim}/refusals", f"{of_claim}/return", *around, *books)


def test_every_operation_declares_its_answers_and_nothing_of_the_frameworks_own(sqlite_url: str) -> None:
    document = Document(create_app(settings_for(sqlite_url)))
    assert len(document.operations) > 20
    for name, operation in document.operations.items():
        for status, declared in operation["responses"].items():
            content = declared.get("content", {})
            problem = int(status) >= 400 and (name[1], status) != ("/readyz", "503")  # which says what is not ready
            assert problem == (set(content) == {"application/problem+json"}), (name, status)
            assert all("$ref" in c["schema"] for kind, c in content.items() if kind.endswith("json")), (name, status)
        guarded = bool(operation.get("security"))
        assert guarded == ("401" in operation["responses"]), name
    assert "ValidationError" not in json.dumps(document.openapi)


async def test_an_answer_that_is_not_as_declared_is_noticed(house: House) -> None:
    """The check itself: another field, a missing one, another type, an undeclared status."""
    document = Document(house.app)
    async with house.as_("buyer") as caller:
        answer = await caller.get("/v1/reasons")
    document.check(answer)
    whole = answer.json()
    first = whole["reasons"][0]
    wrong = [
        whole | {"more": 1},
        {},
        {"reasons": [first | {"position": "1"}]},
        {"reasons": [first | {"colour": "red"}]},
    ]
    for body in wrong:
        answer._content = json.dumps(body).encode()
        with pytest.raises(AssertionError):
            document.check(answer)
    answer._content = json.dumps(whole).encode()
    answer.status_code = 201
    with pytest.raises(AssertionError, match="not declared"):
        document.check(answer)
