"""Files in claims: uploaded, used, shown to whom they concern, taken back, swept, erased."""

import asyncio
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

import storage.attachments
from activities.evidence.clearing import clear
from activities.evidence.store import Missing, Store
from api.evidence import Evidence
from claims.evidence import MOST_AT_ONCE, UNUSED
from claims.model import Invalid
from ops.sweeper import Sweeper
from storage.tables import AttachmentRow
from tests import pictures
from tests.house import House, OpenClaim, key, upload

ROLES = ("buyer", "seller", "mediator", "platform", "ops", "auditor")


def store_of(house: House) -> Store:
    evidence: Evidence = house.app.state.evidence
    return evidence.store


async def row_of(house: House, attachment_id: str) -> AttachmentRow | None:
    async with house.database.reading() as session:
        return await session.get(AttachmentRow, attachment_id)


async def asked(claim: OpenClaim, role: str, path: str, person: str = "", **headers: str) -> httpx.Response:
    async with claim.house.as_(role, person or claim.who(role)) as caller:
        return await caller.get(path, headers=headers)


async def content_of(claim: OpenClaim, role: str, found: dict[str, Any], **headers: str) -> httpx.Response:
    return await asked(claim, role, f"/v1/attachments/{found['id']}/content", **headers)


async def listed(claim: OpenClaim, role: str) -> list[str]:
    answer = await asked(claim, role, f"/v1/claims/{claim.id}/attachments")
    return [a["id"] for a in answer.json()["attachments"]]


# --- uploading


async def test_a_photo_is_taken_made_anew_and_given_out_with_safe_headers(any_house: House) -> None:
    claim = await any_house.claim()
    taken = await claim.uploaded("buyer", pictures.from_a_phone(), name="IMG_0001.HEIC", purpose="problem")
    assert (taken["media_type"], taken["width"], taken["height"], taken["mine"]) == ("image/jpeg", 48, 64, True)
    assert (taken["claim_id"], taken["name"], taken["frozen"]) == (None, "IMG_0001.HEIC", False)
    given = await content_of(claim, "buyer", taken)
    assert given.headers["content-type"] == "image/jpeg"
    assert given.headers["content-disposition"] == 'inline; filename="IMG_0001.jpg"'
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert given.headers["cache-control"].startswith("private")
    assert hashlib.sha256(given.content).hexdigest() == taken["sha256"]
    assert b"Exif" not in given.content
    again = await content_of(claim, "buyer", taken, **{"If-None-Match": given.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_pdf_is_saved_not_shown(house: House) -> None:
    claim = await house.claim()
    taken = await claim.uploaded("seller", pictures.pdf(pages=2), name="invoice.exe")
    assert (taken["media_type"], taken["pages"]) == ("application/pdf", 2)
    given = await content_of(claim, "seller", taken)
    assert given.headers["content-disposition"] == 'attachment; filename="invoice.pdf"'


REFUSED = {
    "6 MB": (b"\xff\xd8" + b"x" * 6_000_000, {}, 413, "body_too_large", "5242880"),
    "50 megapixels": (pictures.bomb(), {}, 422, "picture_too_large", "40 million"),
    "a renamed program": (b"MZ" + b"\0" * 900, {"name": "a.jpg"}, 422, "file_type_not_allowed", "whatever its name"),
    "a photo that is a page": (pictures.jpeg() + pictures.PAYLOAD, {}, 422, "file_is_two", "HTML"),
    "a drawing": (b"<svg xmlns='x'><script/></svg>", {"name": "a.svg"}, 422, "file_type_not_allowed", "SVG"),
    "../": (pictures.jpeg(), {"name": "../photo.jpg"}, 422, "file_name_invalid", "'../photo.jpg' is none"),
    "nothing": (b"", {}, 422, "file_empty", "empty"),
    "another purpose": (pictures.jpeg(), {"purpose": "fun"}, 422, "invalid_request", "purpose"),
    "for the seller alone": (pictures.jpeg(), {"visibility": "seller"}, 422, "visibility_not_allowed", "both"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_evidence_is_refused_and_leaves_nothing(checked: House, what: str) -> None:
    content, params, status, code, words = REFUSED[what]
    async with checked.as_("buyer", f"ana-{what}") as buyer:
        answer = await buyer.post(
            "/v1/attachments", params={"name": "photo.jpg"} | params, content=content, headers=key()
        )
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert words in answer.json()["detail"]
    async with checked.database.reading() as session:
        assert not list(await session.scalars(select(AttachmentRow).where(AttachmentRow.owner == f"ana-{what}")))


async def test_six_megabytes_without_a_length_are_stopped_too(house: House) -> None:
    async def body() -> Any:
        for _ in range(6):
            yield b"\xff" * 1_000_000

    async with house.as_("buyer", "ana") as buyer:
        answer = await buyer.post("/v1/attachments", params={"name": "a.jpg"}, content=body(), headers=key())
    assert answer.status_code == 413


async def test_the_same_key_and_file_are_one_attachment_and_another_file_is_refused(any_house: House) -> None:
    headers, ask = key(), {"params": {"name": "photo.jpg"}, "content": pictures.jpeg()}
    async with any_house.as_("buyer", "ana") as buyer:
        answers = await asyncio.gather(*(buyer.post("/v1/attachments", headers=headers, **ask) for _ in range(4)))
        assert {a.status_code for a in answers} == {201}
        assert len({a.json()["id"] for a in answers}) == 1
        other = ask | {"content": pictures.picture("PNG")}
        answer = await buyer.post("/v1/attachments", headers=headers, **other)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        renamed = ask | {"params": {"name": "other.jpg"}}
        assert (await buyer.post("/v1/attachments", headers=headers, **renamed)).status_code == 422
    async with any_house.as_("buyer", "bea") as buyer:
        hers = await buyer.post("/v1/attachments", headers=headers, **ask)
        assert hers.json()["id"] != answers[0].json()["id"]


async def test_a_crash_between_row_and_object_leaves_nothing_that_the_next_try_does_not_mend(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The store is where no folder can be: the row is there, the object is not."""
    headers, ask = key(), {"params": {"name": "photo.jpg"}, "content": pictures.jpeg()}
    evidence: Evidence = house.app.state.evidence
    (tmp_path / "file").write_text("")
    async with house.as_("buyer", "cleo") as buyer:
        with monkeypatch.context() as away:
            away.setattr(evidence, "store", Store(str(tmp_path / "file" / "in it")))
            answer = await buyer.post("/v1/attachments", headers=headers, **ask)
            assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        async with house.database.reading() as session:
            [row] = await session.scalars(select(AttachmentRow).where(AttachmentRow.owner == "cleo"))
        assert (await buyer.get(f"/v1/attachments/{row.id}")).status_code == 404
        again = await buyer.post("/v1/attachments", headers=headers, **ask)
        assert (again.status_code, again.json()["id"]) == (201, row.id)
        assert (await buyer.get(again.json()["content"])).content


# --- using it


@dataclass
class Opened:
    claim: OpenClaim
    photo: dict[str, Any]
    secret: dict[str, Any]  # for the mediators alone


async def opened(house: House) -> Opened:
    """A claim with a photo, and a document that is for the mediators."""
    sale = await house.order()
    claim = OpenClaim(house, sale, "")
    photo = await claim.uploaded("buyer", purpose="problem")
    secret = await claim.uploaded("buyer", pictures.pdf(), name="bank.pdf", visibility="mediator")
    claim.id = (await open_with(claim, [photo["id"], secret["id"]])).json()["id"]
    return Opened(claim, photo, secret)


async def open_with(claim: OpenClaim, ids: list[str], headers: dict[str, str] | None = None) -> httpx.Response:
    body = {
        "order_id": claim.sale.order_id,
        "line_id": "1",
        "reason": "damaged",
        "message": "Torn.",
        "attachments": ids,
    }
    async with claim.house.as_("buyer", claim.sale.buyer) as buyer:
        return await buyer.post("/v1/claims", json=body, headers=headers or key())


async def test_evidence_is_shown_to_its_claims_people_and_what_is_for_mediators_to_them(any_house: House) -> None:
    made = await opened(any_house)
    claim = made.claim
    both, photo = {made.photo["id"], made.secret["id"]}, {made.photo["id"]}
    assert set(await listed(claim, "buyer")) == both
    assert set(await listed(claim, "seller")) == photo
    assert (await content_of(claim, "seller", made.photo)).status_code == 200
    assert (await content_of(claim, "mediator", made.photo)).status_code == 404
    await claim.did("seller", "escalate")
    assert set(await listed(claim, "mediator")) == both
    for role in ("platform", "ops", "mediator"):
        assert (await content_of(claim, role, made.secret)).status_code == 200, role
    for path in (made.secret["id"], f"{made.secret['id']}/content"):
        for person in (claim.sale.seller, "stranger"):
            assert (await asked(claim, "seller", f"/v1/attachments/{path}", person)).status_code == 404
    auditor = await asked(claim, "auditor", f"/v1/attachments/{made.photo['id']}")
    assert (auditor.status_code, auditor.json()["name"]) == (200, None)
    assert (await content_of(claim, "auditor", made.photo)).json()["code"] == "personal_data"


async def test_a_stranger_with_the_link_is_told_what_is_told_of_nothing(house: House) -> None:
    made = await opened(house)
    unused = await made.claim.uploaded("buyer")
    for role in ("buyer", "seller", "mediator", "carrier"):
        for found in (made.photo, made.secret, unused):
            for path in ("", "/content"):
                link = await asked(made.claim, role, f"/v1/attachments/{found['id']}{path}", "stranger")
                none = await asked(made.claim, role, f"/v1/attachments/att_{'0' * 24}{path}", "stranger")
                assert (link.status_code, none.status_code) == (404, 404)
                assert link.text.replace(found["id"], "") == none.text.replace(f"att_{'0' * 24}", "")
    for role in ("platform", "ops", "auditor", "seller"):  # nobody but its owner knows of what is not used
        assert (await asked(made.claim, role, f"/v1/attachments/{unused['id']}")).status_code == 404


async def test_a_step_with_evidence_is_the_same_step_again_with_the_same_evidence(any_house: House) -> None:
    claim = await any_house.claim()
    found = await claim.uploaded("seller", purpose="chat")
    headers = key()
    for _ in range(2):
        answer = await claim.act("seller", "guide", headers, note="Look.", attachments=[found["id"]])
        assert answer.status_code == 200, answer.text
    other = await claim.act("seller", "guide", headers, note="Look.")
    assert other.json()["code"] == "idempotency_key_reused"
    assert (await claim.seen("buyer"))["attachments"] == f"/v1/claims/{claim.id}/attachments"
    assert await listed(claim, "buyer") == [found["id"]]
    used = await claim.act("seller", "guide", note="Again.", attachments=[found["id"]])
    assert (used.status_code, used.json()["code"]) == (422, "attachment_used")


async def test_what_is_not_ones_own_or_too_much_is_refused_and_nothing_happens(house: House) -> None:
    made = await opened(house)
    claim, mine = made.claim, await made.claim.uploaded("seller")
    many = [(await claim.uploaded("seller", name=f"{n}.jpg"))["id"] for n in range(2)] * MOST_AT_ONCE
    refused = {
        "attachment_unknown": [made.photo["id"]],
        "attachment_twice": [mine["id"], mine["id"]],
        "invalid_request": many[: MOST_AT_ONCE + 1],
    }
    for code, ids in refused.items():
        answer = await claim.act("seller", "guide", note="Look.", attachments=ids)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert len(await claim.events()) == 1
    assert set(await listed(claim, "seller")) == {made.photo["id"]}


async def test_what_was_to_go_with_a_step_that_was_refused_is_free_for_another(house: House) -> None:
    """The binding was stored, and the step never was."""
    claim, found = await house.claim(), None
    found = await claim.uploaded("seller")
    by = ("seller", claim.sale.seller)
    async with house.database.writing() as session:
        await storage.attachments.bind(session, [found["id"]], by, claim.id, "0" * 40, datetime.now(UTC))
    await claim.did("seller", "guide", note="Look.", attachments=[found["id"]])
    async with house.database.writing() as session:
        with pytest.raises(Invalid):
            await storage.attachments.bind(session, [found["id"]], by, claim.id, "1" * 40, datetime.now(UTC))


async def test_a_chat_message_has_its_own_and_may_be_for_one_party(any_house: House) -> None:
    """As POST /v1/claims/{id}/messages uses it."""
    made = await opened(any_house)
    claim, found = made.claim, await made.claim.uploaded("mediator", name="plan.pdf", content=pictures.pdf())
    async with any_house.database.writing() as session:
        by = ("mediator", claim.who("mediator"))
        bound = await storage.attachments.bind(
            session, [found["id"]], by, claim.id, "msg_1" + claim.id, datetime.now(UTC), "buyer"
        )
    assert [b.id for b in bound] == [found["id"]]
    for role, person, sees in (("buyer", claim.sale.buyer, True), ("seller", claim.sale.seller, False)):
        async with any_house.database.reading() as session:
            shown = await storage.attachments.of_messages(session, claim.id, role, person, ["msg_1" + claim.id])
        assert bool(shown) == sees
        assert (found["id"] in await listed(claim, role)) == sees


# --- taking back, freezing


async def take_back(claim: OpenClaim, role: str, found: dict[str, Any]) -> httpx.Response:
    async with claim.house.as_(role, claim.who(role)) as caller:
        return await caller.delete(f"/v1/attachments/{found['id']}")


async def test_an_upload_can_be_taken_back_by_its_owner_until_it_is_used(any_house: House) -> None:
    made = await opened(any_house)
    found = await made.claim.uploaded("buyer")
    row = await row_of(any_house, found["id"])
    assert row is not None
    assert (await take_back(made.claim, "seller", found)).status_code == 404
    assert (await take_back(made.claim, "seller", made.photo)).json()["code"] == "not_yours"
    for _ in range(2):
        assert (await take_back(made.claim, "buyer", found)).status_code == 204
    with pytest.raises(Missing):
        await store_of(any_house).get(row.key)
    assert (await content_of(made.claim, "buyer", found)).status_code == 410
    used = await take_back(made.claim, "buyer", made.photo)
    assert (used.status_code, used.json()["code"]) == (409, "attachment_used")


async def test_what_came_before_the_mediators_is_frozen(house: House) -> None:
    made = await opened(house)
    claim = made.claim
    before = (await asked(claim, "buyer", f"/v1/attachments/{made.photo['id']}")).json()
    await claim.did("seller", "escalate")
    later = await claim.uploaded("seller", purpose="mediation")
    assert later["frozen"] is False
    await claim.did("mediator", "request_evidence", party="seller")
    await claim.did("seller", "give_evidence", note="Here.", attachments=[later["id"]])
    after = (await asked(claim, "mediator", f"/v1/claims/{claim.id}/attachments")).json()["attachments"]
    assert before["frozen"] is False
    assert [a["frozen"] for a in after] == [True] * 3
    for role, found in (("buyer", made.photo), ("seller", later)):
        assert (await take_back(claim, role, found)).status_code == 409


# --- sweeping


async def sweep(house: House, store: Store, thorough: bool = False) -> dict[str, int]:
    return await ActivityEnvironment().run(Sweeper(house.desk, store=store).sweep, thorough)


async def aged(house: House, attachment_id: str, by: timedelta) -> None:
    async with house.database.writing() as session:
        row = update(AttachmentRow).where(AttachmentRow.id == attachment_id)
        await session.execute(row.values(created_at=datetime.now(UTC) - by))


@pytest.mark.long
async def test_what_is_not_used_in_two_days_is_deleted_row_and_object(any_house: House) -> None:
    made = await opened(any_house)
    store, claim = store_of(any_house), made.claim
    old, young = await claim.uploaded("buyer"), await claim.uploaded("buyer", name="young.jpg")
    rows = {
        name: await row_of(any_house, f["id"]) for name, f in (("old", old), ("used", made.photo), ("young", young))
    }
    keys = {name: row.key for name, row in rows.items() if row}
    await aged(any_house, old["id"], UNUSED + timedelta(minutes=1))
    await aged(any_house, made.photo["id"], UNUSED + timedelta(minutes=1))
    await aged(any_house, young["id"], UNUSED - timedelta(minutes=1))
    await sweep(any_house, store)
    assert await row_of(any_house, old["id"]) is None
    with pytest.raises(Missing):
        await store.get(keys["old"])
    assert await store.get(keys["used"])
    assert await store.get(keys["young"])


@pytest.mark.long  # a sweep over all the claims of the other tests
async def test_what_a_crash_left_of_a_deletion_is_deleted(house: House) -> None:
    """The row says erased, and the object is still there."""
    made = await opened(house)
    found = await made.claim.uploaded("buyer")
    row = await row_of(house, found["id"])
    async with house.database.writing() as session:
        assert await storage.attachments.take_back(session, found["id"], datetime.now(UTC))
    assert row is not None
    assert await store_of(house).get(row.key)
    await sweep(house, store_of(house))
    with pytest.raises(Missing):
        await store_of(house).get(row.key)


@pytest.mark.long  # a sweep over all the claims of the other tests
async def test_files_that_no_row_names_are_dropped_by_a_thorough_sweep_when_they_are_old(
    house: House, tmp_path: Path
) -> None:
    import os
    import time

    store = Store(str(tmp_path / "evidence"))
    for key_ in ("aa/old", "aa/young"):
        await store.put(key_, b"x")
    old = time.time() - 31 * 86_400
    os.utime(tmp_path / "evidence/evidence/aa/old", (old, old))
    assert "stray_file_dropped" not in await sweep(house, store)
    assert (await sweep(house, store, thorough=True))["stray_file_dropped"] == 1
    assert await store.get("aa/young")
    with pytest.raises(Missing):
        await store.get("aa/old")


@pytest.mark.long
async def test_a_store_that_is_away_is_a_finding_and_the_sweep_goes_on(house: House, tmp_path: Path) -> None:
    made = await opened(house)
    found = await made.claim.uploaded("buyer")
    async with house.database.writing() as session:
        await storage.attachments.take_back(session, found["id"], datetime.now(UTC))
    (tmp_path / "file").write_text("")
    assert (await sweep(house, Store(str(tmp_path / "file" / "in it"))))["store_away"] == 1
    assert await clear(house.database, store_of(house)) >= 1


# --- erasing


async def test_a_person_who_is_erased_leaves_no_file_and_no_name(any_house: House) -> None:
    made = await opened(any_house)
    claim, store = made.claim, store_of(any_house)
    theirs = await claim.uploaded("seller", name="Zqshop.jpg")
    await claim.did("seller", "escalate")
    await claim.did("mediator", "request_evidence", party="seller")
    await claim.did("seller", "give_evidence", attachments=[theirs["id"]], note="Here.")
    await claim.did("mediator", "rule", amount=0, note="No.")
    rows = [await row_of(any_house, f["id"]) for f in (made.photo, made.secret, theirs)]
    keys = [row.key for row in rows if row]
    await claim.until(lambda c: c["stage"] == "closed")
    async with any_house.as_("platform", "market") as platform:
        for _ in range(2):
            answer = await platform.delete(f"/v1/people/{claim.sale.buyer}")
            assert answer.json()["rows"]["attachments"] == 2, answer.text
    for key_ in keys[:2]:
        with pytest.raises(Missing):
            await store.get(key_)
    assert await store.get(keys[2])  # what the other side showed stays
    row = await row_of(any_house, made.photo["id"])
    assert row is not None
    assert (row.name, row.sha256, row.body, row.key) == ("", "", "", "")
    gone = await content_of(claim, "seller", made.photo)
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    told = (await asked(claim, "seller", f"/v1/attachments/{made.photo['id']}")).json()
    assert (told["name"], told["sha256"], told["content"]) == (None, None, None)


# --- the API stays responsive


async def test_a_large_picture_does_not_hold_up_the_api(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is examined, the event loop of the API answers others."""
    file = io.BytesIO()
    Image.new("RGB", (6200, 6200), "teal").save(file, "PNG")
    evidence: Evidence = house.app.state.evidence
    examine, looking = evidence.examiner.examine, asyncio.Event()

    async def watched(content: bytes) -> Any:
        looking.set()
        try:
            return await examine(content)
        finally:
            looking.clear()

    monkeypatch.setattr(evidence.examiner, "examine", watched)
    async with house.as_("buyer", "ana") as buyer, house.as_("seller", "luz") as seller:
        slow = asyncio.create_task(upload(buyer, file.getvalue(), name="large.png"))
        await looking.wait()
        assert (await seller.get("/v1/reasons")).status_code == 200
        assert looking.is_set()
        await slow
