"""Too much of everything, and SQL wherever text goes."""

import base64
import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from fixtures.cast import ALICE, ago, bearer, event
from tracking.provenance import tokens


def bomb(megabytes: int) -> bytes:
    return gzip.compress(b'{"events": [' + b" " * (megabytes * 1_000_000) + b"]}", 9)


def post(client: Any, token: str, body: bytes) -> tuple[int, str]:
    response = client.post("/v1/events", data=body, headers=bearer(token))
    assert response.content_type == "application/problem+json", response.text
    return response.status_code, response.json["type"].removeprefix("/problems/")


BODIES = {
    "a gzip bomb": (lambda: bomb(500), (413, "body-too-large")),
    "a gzip bomb in a gzip": (lambda: gzip.compress(bomb(50)), (400, "invalid-json")),
    "a gzip stream that never ends": (lambda: gzip.compress(b"{}")[:-8], (400, "invalid-gzip")),
    "a megabyte and a byte": (lambda: b" " * 1_000_001, (413, "body-too-large")),
    "five hundred and one events": (lambda: json.dumps({"events": [event()] * 501}).encode(), (400, "too-many-events")),
    "a hundred thousand empty events": (lambda: b'{"events": [' + b"{}," * 99_999 + b"{}]}", (400, "too-many-events")),
    "a hundred thousand brackets": (lambda: b"[" * 100_000, (400, "invalid-json")),
    "brackets within the envelope": (
        lambda: b'{"events": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        (400, "invalid-json"),
    ),
    "a number of a hundred thousand digits": (
        lambda: b'{"events": ' + b"9" * 100_000 + b"}",
        (400, "invalid-envelope"),
    ),
    "a key a hundred thousand times": (
        lambda: b"{" + b'"events": [],' * 70_000 + b'"events": []}',
        (400, "no-events"),
    ),
}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_of(client: Any, alice: str, body: str) -> None:
    make, expected = BODIES[body]
    assert post(client, alice, make()) == expected


def test_a_bomb_is_not_even_inflated(client: Any, alice: str) -> None:
    """Five hundred megabytes would come out; five are more than is ever made of it."""
    body = bomb(500)
    tracemalloc.start()
    try:
        assert post(client, alice, body) == (413, "body-too-large")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


FIELDS = {
    "a name": {"name": "n" * 101},
    "a receiver": {"receiver": "job:" + "4" * 201},
    "a type of receiver": {"receiver": "j" * 200 + ":42"},
    "an id": {"id": "i" * 101},
    "a creator": {"creator": "c" * 201},
    "properties": {"properties": {"p": "x" * 17_000}},
    "the names of properties": {"properties": {"k" * 17_000: 1}},
    "the depth of properties": {"properties": {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}},
    "a year": {"occurred_at": "99999-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("field", FIELDS)
def test_too_much_of(client: Any, web: str, field: str) -> None:
    sent = {"events": [event(creator=ALICE) | FIELDS[field]]}
    response = client.post("/v1/events", json=sent, headers=bearer(web))
    assert (response.status_code, response.json["counts"]) == (200, {"rejected": 1})


def test_a_token_of_a_megabyte(client: Any) -> None:
    assert post(client, "fc_web_1_" + "A" * 1_000_000, b"{}") == (401, "token-malformed")
    sent = json.dumps({"token": "fc_web_1_" + "A" * 900_000, "events": []}).encode()
    assert client.post("/v1/events", data=sent).status_code == 401


def test_a_token_that_is_a_bomb_inside(client: Any, refused: Any) -> None:
    """What a token holds is unzipped only once its signature holds."""
    payload = base64.urlsafe_b64encode(zlib.compress(b"[" * 2_000_000, 9)).rstrip(b"=").decode()
    assert refused(f"fc_web_1_.{payload}.awV8QA.{'A' * 43}") == "401 token-invalid"


SQL = [
    "'; drop table tracking.events; --", "x' or '1'='1", "$$; delete from tracking.events; $$", "%s", "%(name)s",
    "{0}", "\\'; select pg_sleep(10); --", "') on conflict do nothing; --", "\u02bc or 1=1", "job:42'::text||'",
]  # fmt: skip


@pytest.mark.leaves(stored=len(SQL) * 6, counted=len(SQL) * 6)
def test_sql_in_every_field_is_text(client: Any, web: str, sql: Any) -> None:
    """It is stored as what it is, or refused; the tables are all there, and what was there before."""
    for number, text in enumerate(SQL):
        moment = ago(minutes=10 + number)
        events = [
            event(creator=ALICE, occurred_at=moment, id=text),
            event(creator=text, occurred_at=moment),
            event(creator=ALICE, occurred_at=moment, receiver=f"job:{text}"),
            event(creator=ALICE, occurred_at=moment, properties={text: text}),
            event(creator=ALICE, occurred_at=moment, context={"page": {text: [text]}}),
            event(creator=ALICE, occurred_at=moment, context={"user_agent": text}),
        ]
        refused = [
            event(creator=ALICE, name=text),
            event(creator=ALICE, occurred_at=text),
            event(creator=ALICE, receiver=text.partition(":")[2]),
        ]
        response = client.post("/v1/events", json={"events": events + refused}, headers=bearer(web))
        assert response.json["counts"] == {"accepted": 6, "rejected": 3}, text
    assert sql("select count(*) from tracking.events where creator = %s", SQL[0]) == [(1,)]
    assert sql("select count(*) from tracking.events where receiver_id = %s", SQL[1]) == [(1,)]


@pytest.mark.parametrize("text", SQL)
def test_sql_in_every_parameter_and_claim_is_text(client: Any, web: str, text: str) -> None:
    token = tokens.mint(web, "stats", seconds=60, owner=text, receivers=[f"job:{text}"])
    for query in ({"receiver": f"job:{text}"}, {"receiver": "job:42", "name": text}, {"receiver": "job:42", "from": text},
                  {"receiver": "job:42", "interval": text}, {"receiver": text}):  # fmt: skip
        response = client.get("/v1/stats/timeseries", query_string=query, headers=bearer(token))
        assert response.status_code in {200, 403, 422}
        assert response.json.get("events", 0) == 0
    assert client.post("/v1/events", json={"events": []}, headers=bearer(f"fk_{text}_1_x")).status_code == 401
    headers = bearer(web) | {"X-Request-Id": text.encode().decode("latin-1"), "User-Agent": "Mozilla/5.0 " + text[:9]}
    assert client.post("/v1/events", json={"events": []}, headers=headers).status_code == 400
