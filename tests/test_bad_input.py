"""What is no good as a request: the table says what is sent, and which status and code come back. Everything goes over
a socket to a real server, in the long form on both databases; nothing of it is recorded, nothing of it comes back."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from ops.engine import Engine
from storage import migrate
from tests.house import Sale
from tests.wire import Answer, Place, place_on, request

Ask = Callable[[Place], bytes]
SECRET = "Tante-Klara-Geheimnis"  # stands in many a value; no answer repeats it
BIG = 2**20  # bytes: the most that a body may have
J = "Content-Type: application/json"
pytestmark = [pytest.mark.xdist_group("bad input"), pytest.mark.long]  # what it is set up with is dear


def offer(body: bytes | None, *headers: str | bytes) -> Ask:
    """The seller's offer, with this body."""
    return acting("seller", "offer_partial_refund", body, *headers)


def acting(role: str, action: str, body: bytes | None, *headers: str | bytes) -> Ask:
    return lambda place: request(place, "POST", f"/v1/claims/{place.claim_id}/actions/{action}", role, body, *headers)


def order(line: dict[str, Any] | None = None, **changes: Any) -> Ask:
    """A new order, good but for these changes."""

    def ask(place: Place) -> bytes:
        good = place.sale.body()
        lines = [good["lines"][0] | (line or {})]
        body = json.dumps(good | {"lines": lines} | changes).encode()
        return request(place, "PUT", "/v1/orders/another", "platform", body)

    return ask


def opening(**changes: Any) -> Ask:
    def ask(place: Place) -> bytes:
        good = {"order_id": place.sale.order_id, "line_id": "1", "reason": "damaged", "message": "x"}
        return request(place, "POST", "/v1/claims", "buyer", json.dumps(good | changes).encode())

    return ask


def bought(at: Any) -> Ask:
    return order(purchased_at=at)


def get(path: str, *headers: str | bytes, role: str = "platform") -> Ask:
    return lambda place: request(place, "GET", path.replace("{claim}", place.claim_id), role, None, *headers)


def listing(query: str) -> Ask:
    return get(f"/v1/claims?{query}")


def other(method: str, path: str, role: str = "platform", body: bytes | None = None) -> Ask:
    return lambda place: request(place, method, path.replace("{claim}", place.claim_id), role, body)


def guided(**more: Any) -> bytes:
    return json.dumps({"note": "Like this."} | more).encode()


def reply(body: bytes, name: str = "hello") -> Ask:
    return other("PUT", f"/v1/quick-replies/{name}", "seller", body)


def track(**changes: Any) -> Ask:
    good = {"event_id": "e", "tracking_number": "RR123456785BR", "kind": "shipped", "at": "2026-01-01T00:00:00Z"}
    return lambda place: request(place, "POST", "/v1/carrier/events", "carrier", json.dumps(good | changes).encode(), J)


def dev(path: str, body: bytes) -> Ask:
    return lambda place: request(place, "POST", path.replace("{claim}", place.claim_id), "platform", body)


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (*chunks, b""))


CHUNKS = "Transfer-Encoding: chunked"
OFFER = b'{"percent": 30}'

CASES: dict[str, tuple[Ask, int, str]] = {
    # --- how large
    "a body over the limit": (offer(b" " * BIG + OFFER), 413, "body_too_large"),
    "a body that says it is over the limit": (offer(b"", f"Content-Length: {BIG + 1}"), 413, "body_too_large"),
    "a body that says it is endless": (offer(b"", "Content-Length: 999999999999999999"), 413, "body_too_large"),
    "a body in chunks, over the limit": (offer(chunked(*[b" " * 65536] * 17), CHUNKS), 413, "body_too_large"),
    "a body over the limit where none is taken": (
        lambda p: request(p, "PUT", "/v1/notices/1/read", "buyer", b" " * (BIG + 1)), 413, "body_too_large"),
    "a body over the limit of nobody known": (
        lambda p: request(p, "POST", "/v1/claims", "", b" " * (BIG + 1)), 413, "body_too_large"),
    "as much as a body may have, of nothing": (offer(b" " * BIG), 422, "invalid_request"),
    "headers of 40 kB": (get("/v1/reasons", "X-Long: " + "x" * 40_000), 431, "headers_too_large"),
    "headers of 40 kB in many": (get("/v1/reasons", *["X: " + "x" * 396] * 100), 431, "headers_too_large"),
    # --- how deep
    "100,000 lists in each other": (offer(b"[" * 100_000), 400, "body_unreadable"),
    "50,000 objects in each other": (offer(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), 400, "body_unreadable"),
    "300 lists in each other": (offer(b'{"percent":' + b"[" * 300 + b"]" * 300 + b"}"), 422, "invalid_request"),
    # --- which encoding
    "latin-1": (offer('{"note": "ä"}'.encode("latin-1")), 400, "body_unreadable"),
    "UTF-8 in more bytes than it takes": (offer(b'{"note": "\xc0\xaf"}'), 400, "body_unreadable"),
    "UTF-16": (offer(OFFER.decode().encode("utf-16")), 400, "body_unreadable"),
    "UTF-16 without its mark": (offer(OFFER.decode().encode("utf-16-be")), 422, "invalid_request"),
    "UTF-16, and it says so": (
        offer(OFFER.decode().encode("utf-16"), f"{J}; charset=utf-16"), 400, "body_unreadable"),
    "UTF-32": (offer(OFFER.decode().encode("utf-32")), 400, "body_unreadable"),
    "a byte order mark": (offer(b"\xef\xbb\xbf" + OFFER), 422, "invalid_request"),
    "gzip": (offer(gzip.compress(OFFER), "Content-Encoding: gzip"), 415, "not_json"),
    "gzip that nobody mentions": (offer(gzip.compress(OFFER)), 400, "body_unreadable"),
    "a raw NUL": (offer(b'{"note": "a\x00b"}'), 422, "invalid_request"),
    "a NUL, escaped": (offer(b'{"percent": 30, "note": "a\\u0000b"}'), 422, "invalid_request"),
    "a NUL in a field's name": (offer(b'{"a\\u0000b": 1}'), 422, "invalid_request"),
    "half a surrogate": (offer(b'{"percent": 30, "note": "\\ud800"}'), 422, "invalid_request"),
    "half a surrogate in a field's name": (offer(b'{"\\ud800": 1}'), 422, "invalid_request"),
    "half a surrogate in an enum": (offer(b'{"party": "\\ud800"}'), 422, "invalid_request"),
    # --- which type
    "a form": (offer(b"percent=30", "Content-Type: application/x-www-form-urlencoded"), 415, "not_json"),
    "a form in parts": (offer(b"--x\r\n\r\n30\r\n--x--", "Content-Type: multipart/form-data; boundary=x"), 415,
                        "not_json"),
    "JSON that calls itself text": (offer(OFFER, "Content-Type: text/plain"), 415, "not_json"),
    "JSON that does not say so": (offer(OFFER, "Content-Type:"), 415, "not_json"),
    "a JSON patch": (offer(OFFER, "Content-Type: application/merge-patch+json"), 415, "not_json"),
    "a type that is none": (offer(OFFER, b"Content-Type: \xff/;;;="), 415, "not_json"),
    "no body": (offer(b""), 422, "invalid_request"),
    "no body and no length": (offer(None, "Idempotency-Key: x"), 422, "invalid_request"),
    "null": (offer(b"null"), 422, "invalid_request"),
    "a list": (offer(b"[1]"), 422, "invalid_request"),
    "a text": (offer(b'"percent"'), 422, "invalid_request"),
    "a number": (offer(b"30"), 422, "invalid_request"),
    "half an object": (offer(b'{"percent": 30'), 422, "invalid_request"),
    "an object and something": (offer(OFFER + b" x"), 422, "invalid_request"),
    "JavaScript": (offer(b"{percent: 30,}"), 422, "invalid_request"),
    "a field twice": (offer(b'{"percent": 10, "percent": 90}'), 400, "body_unreadable"),
    "an unknown field": (offer(b'{"percent": 30, "colour": "%s"}' % SECRET.encode()), 422, "invalid_request"),
    "a text for a number": (offer(b'{"percent": "%s"}' % SECRET.encode()), 422, "invalid_request"),
    "a number for a text": (offer(b'{"percent": 30, "note": 5}'), 422, "invalid_request"),
    "an object for a number": (offer(b'{"percent": {"%s": 1}}' % SECRET.encode()), 422, "invalid_request"),
    "yes for a number": (offer(b'{"percent": true}'), 422, "invalid_request"),
    # --- how much
    "1e400": (offer(b'{"percent": 1e400}'), 422, "invalid_request"),
    "30.5": (offer(b'{"percent": 30.5}'), 422, "invalid_request"),
    "1e17, which floating point cannot tell from its neighbours": (offer(b'{"percent": 1e17}'), 422, "invalid_request"),
    "a number of 10,000 digits": (offer(b'{"percent": %s}' % (b"9" * 10_000)), 400, "body_unreadable"),
    "a number of 4,000 digits": (offer(b'{"percent": %s}' % (b"9" * 4_000)), 422, "percent_not_allowed"),
    "an offer by a number of 4,000 digits": (
        acting("buyer", "accept_offer", b'{"offer": %s}' % (b"9" * 4_000)), 409, "not_the_pending_offer"),
    "NaN": (offer(b'{"percent": NaN}'), 400, "body_unreadable"),
    "less than nothing without end": (offer(b'{"percent": -Infinity}'), 400, "body_unreadable"),
    "a price of 10**12 + 1": (order({"unit_price": 10**12 + 1}), 422, "invalid_request"),
    "a price below nothing": (order({"unit_price": -1}), 422, "invalid_request"),
    "a price in floating point": (order({"unit_price": 49.9}), 422, "invalid_request"),
    "none of it": (order({"quantity": 0}), 422, "invalid_request"),
    "more of it than a machine counts": (order({"quantity": 2**64}), 422, "invalid_request"),
    "a claim for more than a machine counts": (opening(quantity=2**64), 409, "claim_already_open"),
    "201 lines": (order(lines=[{}] * 201), 422, "invalid_request"),
    "no lines": (order(lines=[]), 422, "invalid_request"),
    "a name of 301 characters": (order(buyer={"id": "b", "name": SECRET + "x" * 280}), 422, "invalid_request"),
    "a message of 3,501 characters": (opening(message=SECRET + "x" * 3480), 422, "invalid_request"),
    # --- which words
    "an unknown reason": (opening(reason="boredom"), 422, "unknown_reason"),
    "a reason that cannot be one": (opening(reason=f"<b>{SECRET}"), 422, "invalid_request"),
    "an unknown wish": (opening(wanted="the_moon"), 422, "solution_not_allowed"),
    "a wish that cannot be one": (opening(wanted=SECRET), 422, "invalid_request"),
    "a way to close that cannot be one": (
        acting("buyer", "close", b'{"code": "%s"}' % SECRET.encode()), 422, "invalid_request"),
    "a party that is none": (acting("mediator", "request_evidence", b'{"party": "godot"}'), 422, "invalid_request"),
    "an action that is none": (acting("seller", "explode", b"{}"), 422, "invalid_request"),
    "a carrier's word that is none": (track(kind="eaten"), 422, "invalid_request"),
    "a parcel's number in other digits": (track(tracking_number="\u0663" * 9), 422, "invalid_request"),
    "a parcel's number with an end of line": (track(tracking_number="RR123456785BR\n"), 422, "invalid_request"),
    "a language nobody speaks": (order(buyer={"id": "b", "language": "tlh"}), 422, "invalid_request"),
    "a currency that is none": (order(currency="ZZZ"), 422, "unknown_currency"),
    "a currency with an end of line": (order(currency="MXN\n"), 422, "invalid_request"),
    "a country by its name": (order(buyer={"id": "b", "address": {"country": "Brazil"}}), 422, "invalid_request"),
    "an id with a slash": (order({"line_id": "a/b"}), 422, "invalid_request"),
    "an id that cannot be seen": (order({"line_id": "\u202e"}), 422, "invalid_request"),
    "an id of 101 characters": (order({"line_id": "x" * 101}), 422, "invalid_request"),
    "an id of nothing": (order({"line_id": ""}), 422, "invalid_request"),
    "a role that is none": (dev("/v1/dev/tokens", b'{"sub": "x", "role": "god"}'), 422, "invalid_request"),
    "a step of two lines": (acting("seller", "guide", guided(steps=[f"{SECRET}\nb"])), 422, "invalid_request"),
    "eleven steps": (acting("seller", "guide", guided(steps=["x"] * 11)), 422, "invalid_request"),
    "steps that are a text": (acting("seller", "guide", guided(steps=SECRET)), 422, "invalid_request"),
    "steps and a text of 3,501 characters together": (
        acting("seller", "guide", guided(note="x" * 3499, steps=["y"])), 422, "text_too_long"),
    "a link to a script": (acting("seller", "guide", guided(link=f"javascript:{SECRET}")), 422, "invalid_request"),
    "a link with a password": (
        acting("seller", "guide", guided(link=f"https://a:{SECRET}@example.com/")), 422, "invalid_request"),
    "a link with an end of line": (
        acting("seller", "guide", guided(link="https://example.com/\n")), 422, "invalid_request"),
    "a link to a number": (acting("seller", "guide", guided(link="https://10.0.0.1/")), 422, "invalid_request"),
    "a link with a refund": (acting("seller", "refund", b'{"link": "https://example.com/"}'), 422, "unknown_field"),
    "perhaps it helped": (
        other("POST", "/v1/claims/{claim}/messages/m/answer", "buyer", b'{"helped": "%s"}' % SECRET.encode()), 422,
        "invalid_request"),
    "help from a message that is none": (
        other("POST", "/v1/claims/{claim}/messages/m/answer", "buyer", b'{"helped": true}'), 404, "not_found"),
    "a quick reply in no language": (reply(b'{"texts": {}}'), 422, "invalid_request"),
    "a quick reply in Klingon": (reply(b'{"texts": {"tlh": "%s"}}' % SECRET.encode()), 422, "invalid_request"),
    "a quick reply of 3,501 characters": (reply(b'{"texts": {"en": "%s"}}' % (b"x" * 3501)), 422, "invalid_request"),
    "a quick reply for no reason": (
        reply(b'{"texts": {"en": "x"}, "reasons": ["%s"]}' % SECRET.encode()), 422, "invalid_request"),
    "a quick reply under no name": (reply(b'{"texts": {"en": "x"}}', "%00"), 422, "invalid_request"),
    # --- when
    "a naive time": (bought("2026-01-01T00:00:00"), 422, "invalid_request"),
    "a day without a time": (bought("2026-01-01"), 422, "invalid_request"),
    "seconds since 1970": (bought(1767225600), 422, "invalid_request"),
    "seconds since 1970, as text": (bought("1767225600"), 422, "invalid_request"),
    "the year 9999": (bought("9999-12-31T23:59:59Z"), 422, "invalid_request"),
    "the year 0": (bought("0000-01-01T00:00:00Z"), 422, "invalid_request"),
    "the year 1, in Kiribati": (bought("0001-01-01T00:00:00+14:00"), 422, "invalid_request"),
    "1969, once it is told in UTC": (bought("1970-01-01T00:00:00+23:59"), 422, "invalid_request"),
    "a leap second": (bought("2016-12-31T23:59:60Z"), 422, "invalid_request"),
    "24 o'clock": (bought("2026-01-01T24:00:00Z"), 422, "invalid_request"),
    "30 February": (bought("2026-02-30T00:00:00Z"), 422, "invalid_request"),
    "25 hours ahead of Greenwich": (bought("2026-01-01T00:00:00+25:00"), 422, "invalid_request"),
    "99 hours and 99 minutes behind it": (bought("2026-01-01T00:00:00-99:99"), 422, "invalid_request"),
    "other digits": (bought("２０２６-01-01T00:00:00Z"), 422, "invalid_request"),
    "yesterday": (bought(SECRET), 422, "invalid_request"),
    "yes for a time": (bought(True), 422, "invalid_request"),
    "a claim's clock moved by next to nothing": (
        dev("/v1/dev/claims/{claim}/fast-forward", b'{"hours": 1e-320}'), 422, "invalid_request"),
    "a claim's clock moved without end": (
        dev("/v1/dev/claims/{claim}/fast-forward", b'{"hours": 1e400}'), 422, "invalid_request"),
    "a claim's clock moved by NaN": (
        dev("/v1/dev/claims/{claim}/fast-forward", b'{"hours": "nan"}'), 422, "invalid_request"),
    # --- which address
    "%00 for an id": (get("/v1/claims/%00"), 422, "invalid_request"),
    "an end of line for an id": (get("/v1/orders/%0d%0aX:1"), 422, "invalid_request"),
    "a slash in an id": (get("/v1/claims/a%2Fb"), 404, "not_found"),
    "dots for an id": (get("/v1/claims/%2e%2e"), 422, "invalid_request"),
    "a folder up": (get("/v1/claims/../../etc/passwd"), 404, "not_found"),
    "bytes that are no UTF-8 for an id": (get("/v1/claims/%ff%fe"), 404, "not_found"),
    "a broken escape for an id": (get("/v1/claims/%zz"), 404, "not_found"),
    "a slash at the end": (get("/v1/claims/"), 404, "not_found"),
    "two slashes": (get("//v1/claims"), 404, "not_found"),
    "an id of 9,000 characters": (get("/v1/claims/" + "x" * 9_000), 422, "invalid_request"),
    "a number that is none": (other("PUT", "/v1/notices/1e99/read", "buyer"), 422, "invalid_request"),
    "a number beyond all": (other("PUT", "/v1/notices/" + "9" * 40 + "/read", "buyer"), 422, "invalid_request"),
    "another method": (other("DELETE", "/v1/claims/{claim}"), 405, "method_not_allowed"),
    "a method that nobody uses": (other("TRACE", "/v1/claims"), 405, "method_not_allowed"),
    "a method in place of another": (other("POST", "/v1/orders/x", body=b"{}"), 405, "method_not_allowed"),
    # --- which question
    "a page of none": (listing("limit=0"), 422, "invalid_request"),
    "a page below nothing": (listing("limit=-1"), 422, "invalid_request"),
    "a page of more than all": (listing("limit=" + "9" * 5_000), 422, "invalid_request"),
    "a page that is no number": (listing("limit=%ff%00"), 422, "invalid_request"),
    "a broken escape": (listing("limit=%zz%"), 422, "invalid_request"),
    "a NUL in a filter": (listing("q=%00"), 422, "invalid_request"),
    "a NUL for a seller": (listing("seller=a%00"), 422, "invalid_request"),
    "a filter of 101 characters": (listing("q=" + "x" * 101), 422, "invalid_request"),
    "a stage that is none": (listing("stage=limbo"), 422, "invalid_request"),
    "a naive time in a filter": (listing("due_before=2026-01-01T00:00:00"), 422, "invalid_request"),
    "the year 9999 in a filter": (listing("due_before=9999-12-31T23:59:59Z"), 422, "invalid_request"),
    "30 hours ahead in a filter": (listing("due_before=2026-01-01T00:00:00%2B30:00"), 422, "invalid_request"),
    "a cursor that is none": (listing("cursor=%3Es:x"), 422, "bad_cursor"),
    "a NUL for a cursor": (listing("cursor=%00"), 422, "bad_cursor"),
    "a position that is none": (get("/v1/claims/{claim}/stream?after=x"), 422, "invalid_request"),
    "a position that is none, in the header": (
        get("/v1/claims/{claim}/stream", b"Last-Event-ID: \xd9\xa3"), 422, "invalid_request"),
    "a position beyond the feed": (get("/v1/claims/{claim}/stream", "Last-Event-ID: 99"), 422, "position_unknown"),
    "two last events": (
        get("/v1/claims/{claim}/stream", "Last-Event-ID: 1", "Last-Event-ID: 2"), 400, "header_twice"),
    "a cursor of 501 characters": (listing("cursor=" + "x" * 501), 422, "invalid_request"),
    "a format that nobody prints": (get("/v1/claims/{claim}/return/label", "Accept: ;q=nan,;;"), 404, "no_label"),
    # --- which headers
    "two keys": (offer(OFFER, "Idempotency-Key: a", "Idempotency-Key: b"), 400, "header_twice"),
    "the same key twice": (offer(OFFER, "Idempotency-Key: a", "Idempotency-Key: a"), 400, "header_twice"),
    "two tokens": (get("/v1/claims", "Authorization: Bearer {token}", "Authorization: Bearer x"), 400, "header_twice"),
    "two types": (offer(OFFER, J, "Content-Type: text/plain"), 400, "header_twice"),
    "two versions": (offer(OFFER, 'If-Match: "1"', 'If-Match: "2"'), 400, "header_twice"),
    "an empty key": (offer(OFFER, "Idempotency-Key:"), 400, "idempotency_key_invalid"),
    "a key with a space": (offer(OFFER, "Idempotency-Key: a b"), 400, "idempotency_key_invalid"),
    "a key of 201 characters": (offer(OFFER, "Idempotency-Key: " + "x" * 201), 400, "idempotency_key_invalid"),
    "a key beyond ASCII": (offer(OFFER, b"Idempotency-Key: \xe9\xff"), 400, "idempotency_key_invalid"),
    "a version beyond ASCII": (offer(OFFER, b"If-Match: \xff\xfe"), 400, "if_match_invalid"),
    "a version beyond all": (offer(OFFER, 'If-Match: "%s"' % ("9" * 40)), 400, "if_match_invalid"),
    "a token beyond ASCII": (get("/v1/claims", b"Authorization: Bearer \xff.\xfe.\xfd"), 401, "bad_token"),
    "a token of nothing": (get("/v1/claims", "Authorization: Bearer"), 401, "bad_token"),
    "a token of dots": (get("/v1/claims", "Authorization: Bearer ..."), 401, "bad_token"),
    "a token that is deep": (
        get("/v1/claims", b"Authorization: Bearer " + b"W1tb" * 5_000 + b".e30.x"), 401, "bad_token"),
    "a name and password": (get("/v1/claims", "Authorization: Basic eDp4"), 401, "bad_token"),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
async def place(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: Any) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'amends.db'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    await asyncio.to_thread(migrate.upgrade, url)
    async with place_on(engine, url, folder, Sale(0)) as made:
        yield made


@pytest.mark.parametrize("case", CASES)
async def test_it_is_refused_and_nothing_is_recorded(place: Place, case: str) -> None:
    ask, status, code = CASES[case]
    before = await place.recorded()
    answer = place.send(ask(place))
    assert (answer.status, answer.problem["code"]) == (status, code), answer.body
    is_fit_for_a_stranger(answer)
    assert await place.recorded() == before


def is_fit_for_a_stranger(answer: Answer) -> None:
    """A problem with a sentence, and nothing that was sent, nothing of our inside, and nothing about anybody."""
    problem = answer.problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status
    assert 10 <= len(problem["detail"]) <= 200
    assert all(len(fault["message"]) <= 200 for fault in problem.get("errors", []))
    text = answer.body.decode()
    for never in (SECRET, "Traceback", "Error", ".py", "Name of", "sqlalchemy", "pydantic", "\\u0000"):
        assert never not in text, text


MALFORMED: dict[str, bytes] = {
    "noise": b"\x00\x01\x02\xff\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
    "a line without end": b"GET /" + b"x" * 2_000_000,
    "no version": b"GET /v1/claims\r\n\r\n",
    "version 9": b"GET /v1/claims HTTP/9.9\r\nHost: x\r\n\r\n",
    "a NUL in a header": b"GET /v1/claims HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "a header without a colon": b"GET /v1/claims HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "bytes beyond ASCII in the path": b"GET /v1/claims/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "200,000 filters": b"GET /v1/claims?" + b"a=1&" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"PUT /v1/orders/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a length and chunks": (
        b"PUT /v1/orders/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunked(b"{}")
    ),
    "a length below nothing": b"PUT /v1/orders/x HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}",
    "a length beyond all": b"PUT /v1/orders/x HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n{}",
    "a chunk of no length": b"PUT /v1/orders/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "a tunnel": b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that is none": b"BREW /v1/claims HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_what_is_no_http_is_turned_away_and_the_server_goes_on(place: Place, case: str) -> None:
    before = await place.recorded()
    with contextlib.suppress(ConnectionError):  # it may hang up on noise without a word
        answer = place.send(MALFORMED[case], half_closed=True)
        assert 400 <= answer.status < 500, answer.body
    assert place.send(request(place, "GET", "/healthz")).status == 200
    assert await place.recorded() == before


async def test_who_hangs_up_in_the_middle_of_a_body_has_done_nothing(place: Place) -> None:
    before = await place.recorded()
    for cut in (1, 5, len(OFFER) - 1):
        place.hang_up(offer(OFFER[:cut], f"Content-Length: {len(OFFER)}")(place))
        place.hang_up(offer(b"%x\r\n%s" % (len(OFFER), OFFER[:cut]), CHUNKS)(place))
    assert place.send(request(place, "GET", "/healthz")).status == 200
    assert await place.recorded() == before


async def test_who_asks_first_whether_so_large_a_body_is_welcome_need_not_send_it(place: Place) -> None:
    answer = place.send(offer(b"", f"Content-Length: {BIG + 1}", "Expect: 100-continue")(place))
    assert (answer.status, answer.problem["code"]) == (413, "body_too_large")


async def test_an_offer_that_is_good_is_taken(place: Place) -> None:
    """Of the table's requests, the one without a fault; with a header over two lines' worth of names besides."""
    whole = b'{"percent": 3.0e1}'.ljust(BIG)  # a whole number, however it is written
    answer = place.send(offer(whole, "X-Anything: " + "x" * 8_000)(place))
    assert answer.status == 200, answer.body
    assert json.loads(answer.body)["offers"][0]["percent"] == 30
