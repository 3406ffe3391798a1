"""The bytes of a request: plain or gzip whatever they are labelled, and never more than the limit."""

import codecs
import gzip
import http.client
import json
import tracemalloc
import zlib
from typing import Any
from urllib.parse import urlsplit

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.processes import Server
from fixtures.proofs import Browser
from tracking.body import gunzip
from tracking.errors import Problem
from tracking.provenance import tokens

LIMIT = 1_000_000


def batch(*events: dict[str, Any]) -> bytes:
    return json.dumps({"events": events or [event()]}).encode()


def padded(size: int) -> bytes:
    """A valid batch of exactly so many bytes."""
    body = batch()
    return body + b" " * (size - len(body))


def problem(response: Any) -> tuple[int, str]:
    assert response.content_type == "application/problem+json", response.text
    return response.status_code, response.json["type"].removeprefix("/problems/")


def test_a_body_of_the_limit_is_taken_and_of_a_byte_more_is_not(post: Any) -> None:
    assert post(body=padded(LIMIT)).status_code == 200
    assert problem(post(body=padded(LIMIT + 1))) == (413, "body-too-large")


def test_the_limit_counts_after_decompression_too(post: Any) -> None:
    assert post(body=gzip.compress(padded(LIMIT))).status_code == 200
    assert problem(post(body=gzip.compress(padded(LIMIT + 1)))) == (413, "body-too-large")


@pytest.mark.parametrize("label", [{}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "identity"}])
@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "image/gif"]
)
@pytest.mark.parametrize("packed", [True, False])
def test_what_a_body_is_is_seen_from_its_bytes(post: Any, label: dict[str, str], kind: str, packed: bool) -> None:
    """Clients mislabel: one sends gzip as a form, another plain text as gzip."""
    body = gzip.compress(batch()) if packed else batch()
    response = post(body=body, headers=label, content_type=kind)
    assert (response.status_code, response.json["counts"]) == (200, {"accepted": 1})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (gzip.compress(batch())[:-1], "invalid-gzip"),
        (gzip.compress(batch())[:-8], "invalid-gzip"),
        (gzip.compress(batch())[:20], "invalid-gzip"),
        (b"\x1f\x8b", "invalid-gzip"),
        (b"\x1f\x8b" + b"\xff" * 100, "invalid-gzip"),
        (gzip.compress(batch())[:-8] + b"\0" * 8, "invalid-gzip"),
        (zlib.compress(batch()), "invalid-json"),
        (b"\x1f", "invalid-json"),
        (gzip.compress(gzip.compress(batch())), "invalid-json"),
        (gzip.compress(b""), "invalid-json"),
    ],
)
def test_broken_compression_is_a_400(post: Any, stored: Any, body: bytes, kind: str) -> None:
    assert problem(post(body=body)) == (400, kind)
    assert stored() == []


MARK = codecs.BOM_UTF8


@pytest.mark.parametrize("packed", [lambda body: body, gzip.compress])
def test_a_byte_order_mark_is_ignored(post: Any, client: Any, alice: str, packed: Any) -> None:
    """RFC 8259, section 8.1; with the token in a header or in the body, and with a bad event, which is read otherwise."""
    assert post(body=packed(MARK + batch())).json["counts"] == {"accepted": 1}
    mixed = json.dumps({"events": [event(), {}]}).encode()
    assert post(body=packed(MARK + mixed)).json["counts"] == {"accepted": 1, "rejected": 1}
    carried = json.dumps({"token": alice, "events": [event()]}).encode()
    assert client.post("/v1/events", data=packed(MARK + carried)).json["counts"] == {"accepted": 1}
    within = json.dumps({"token": alice, "body": "\ufeff" + batch().decode()}).encode()
    assert client.post("/v1/events", data=packed(MARK + within)).json["counts"] == {"accepted": 1}


def test_a_byte_order_mark_is_covered_by_a_proof(client: Any, web: str) -> None:
    browser = Browser()
    token = tokens.mint(web, "client", seconds=60, creator=ALICE, cnf={"jkt": browser.thumbprint})
    body = MARK + batch()
    response = client.post("/v1/events", data=body, headers=bearer(token) | {"DPoP": browser.prove(token, body)})
    assert response.json["counts"] == {"accepted": 1}


def test_a_byte_order_mark_is_ignored_in_every_body(client: Any, sql: Any, web: str) -> None:
    sql("update tracking.sources set rights = '{ingest,mint,stats,catalogue}'")
    sent = MARK + json.dumps({"kind": "client", "creator": ALICE}).encode()
    assert client.post("/v1/tokens", data=sent, headers=bearer(web)).status_code == 200
    sent = MARK + json.dumps({"receivers": [{"type": "job", "id": "42"}]}).encode()
    assert client.put("/v1/receivers", data=sent, headers=bearer(web)).json == {"receivers": 1}


@pytest.mark.parametrize("mark", [MARK * 2, MARK[:2], MARK[:1], b" " + MARK, b"\xff", b"\xfe"])
def test_what_is_no_byte_order_mark_is_a_400(post: Any, mark: bytes) -> None:
    assert problem(post(body=mark + batch())) == (400, "invalid-json")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("marked", [True, False])
def test_another_encoding_is_a_400_that_says_so(
    client: Any, sql: Any, alice: str, web: str, encoding: str, marked: bool
) -> None:
    sql("update tracking.sources set rights = '{ingest,mint,stats,catalogue}'")
    text = ("\ufeff" if marked and encoding[-2:] in {"le", "be"} else "") + batch().decode()
    for method, path, token in (
        ("POST", "/v1/events", alice),
        ("POST", "/v1/tokens", web),
        ("PUT", "/v1/receivers", web),
    ):
        response = client.open(path, method=method, data=text.encode(encoding), headers=bearer(token))
        assert problem(response) == (400, "invalid-json")
        assert "UTF-8" in response.json["detail"]


def test_another_encoding_with_its_token_inside_is_a_400(client: Any, alice: str) -> None:
    text = json.dumps({"token": alice, "events": [event()]})
    assert problem(client.post("/v1/events", data=text.encode("utf-16"))) == (400, "invalid-json")


def test_a_gzip_bomb_costs_no_more_memory_than_the_limit() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    assert len(bomb) < LIMIT / 4
    tracemalloc.start()
    with pytest.raises(Problem, match="1,000,000 bytes"):
        gunzip(bomb, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * LIMIT


def raw(server: Server, token: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """A request with just these headers, over a socket."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    try:
        chunked = "Transfer-Encoding" in headers
        connection.request("POST", "/v1/events", body, bearer(token) | headers, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_a_chunked_body_is_read_and_bounded_alike(server: Server, alice: str) -> None:
    """No Content-Length says how much will come: counted as it comes."""
    chunked = {"Transfer-Encoding": "chunked"}
    body = batch()
    assert raw(server, alice, iter([body[:20], body[20:]]), chunked)[0] == 200
    status, said = raw(server, alice, iter([b" " * 100_000] * 11), chunked)
    assert (status, said["type"]) == (413, "/problems/body-too-large")


def test_an_announced_size_above_the_limit_is_refused_before_it_is_read(server: Server, alice: str) -> None:
    """Nothing of the ten gigabytes is ever sent, and the answer comes all the same."""
    status, said = raw(server, alice, None, {"Content-Length": "10000000000"})
    assert (status, said["type"]) == (413, "/problems/body-too-large")


def test_a_body_without_a_length_is_an_empty_one(server: Server, alice: str) -> None:
    status, said = raw(server, alice, None, {})
    assert (status, said["type"]) == (400, "/problems/invalid-json")


def test_members_of_a_gzip_stream_add_up(verdicts: Any, stored: Any) -> None:
    whole = json.dumps({"events": [event(), event()]}).encode()
    body = gzip.compress(whole[:40]) + gzip.compress(whole[40:])
    assert verdicts(body=body) == ["accepted", "accepted"]
    assert len(stored()) == 2


def test_members_of_a_gzip_stream_share_one_bound(post: Any) -> None:
    bomb = gzip.compress(b" " * 600_000)
    assert post(body=bomb + bomb).status_code == 413


def test_what_follows_a_gzip_stream_must_be_gzip(post: Any) -> None:
    assert post(body=gzip.compress(json.dumps({"events": [event()]}).encode()) + b"more").status_code == 400


def test_a_gzip_stream_of_many_members_is_refused(post: Any) -> None:
    assert post(body=gzip.compress(b" ") * 9).status_code == 400
