"""PUT /v1/receivers: titles and owners are known, and replaced as a whole."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from fixtures.cast import bearer, event
from fixtures.database import KEY
from tracking.provenance import credentials

JOB = {
    "type": "job",
    "id": "42",
    "owner": "acme",
    "title": "Engineer",
    "url": "https://a.example/42",
    "attributes": {"city": "Berlin"},
}


@pytest.fixture
def platform(sql: Any) -> str:
    """The credential of a source that may say whose things are."""
    sql("insert into tracking.sources (name, rights) values ('platform', '{catalogue}')")
    return credentials.derive(KEY, "platform", 1)


@pytest.fixture
def put(client: Any, platform: str) -> Any:
    def send(*receivers: Any, token: str = platform, data: bytes | None = None) -> Any:
        body = json.dumps({"receivers": receivers}).encode() if data is None else data
        return client.put("/v1/receivers", data=body, headers=bearer(token))

    return send


@pytest.fixture
def known(sql: Any) -> Any:
    return lambda: sql(
        "select receiver_type, receiver_id, owner, title, url, attributes from tracking.receivers order by 1, 2"
    )


def test_receivers_are_added_and_replaced_as_a_whole(put: Any, known: Any) -> None:
    assert put(JOB, {"type": "story", "id": "a:b"}).json == {"receivers": 2}
    assert known() == [tuple(JOB.values()), ("story", "a:b", None, None, None, None)]
    assert put({"type": "job", "id": "42", "owner": "globex"}).status_code == 200
    assert known()[0] == ("job", "42", "globex", None, None, None)


def test_a_receiver_changes_hands_and_its_counts_with_it(
    put: Any, client: Any, acme: str, verdicts: Any, platform: str
) -> None:
    assert verdicts(event(), event(receiver="job:77")) == ["accepted", "accepted"]

    def seen() -> int:
        return client.get("/v1/stats/summary", headers=bearer(acme)).json["events"]

    assert seen() == 1
    put({"type": "job", "id": "77", "owner": "acme"})
    assert seen() == 2
    put({"type": "job", "id": "42", "owner": "globex"})
    assert seen() == 1


def test_the_body_may_be_gzip(put: Any, known: Any) -> None:
    assert put(data=gzip.compress(json.dumps({"receivers": [JOB]}).encode())).status_code == 200
    assert len(known()) == 1


BAD = {
    "no type": {"id": "1"},
    "type in capitals": {"type": "Job", "id": "1"},
    "no id": {"type": "job"},
    "id with a line break": {"type": "job", "id": "a\nb"},
    "id of a number": {"type": "job", "id": 1},
    "half a surrogate pair": {"type": "job", "id": "\ud800"},
    "an unknown field": {"type": "job", "id": "1", "color": "red"},
    "a script for a URL": {"type": "job", "id": "1", "url": "javascript:alert(1)"},
    "attributes too deep": {"type": "job", "id": "1", "attributes": {"a": {"b": {"c": {"d": {"e": 1}}}}}},
    "attributes too large": {"type": "job", "id": "1", "attributes": {"a": "x" * 20_000}},
    "attributes with NUL": {"type": "job", "id": "1", "attributes": {"a": "\0"}},
    "an empty title": {"type": "job", "id": "1", "title": ""},
    "a long title": {"type": "job", "id": "1", "title": "x" * 501},
    "no object": "job:42",
}


@pytest.mark.parametrize("case", BAD)
def test_one_bad_receiver_and_none_is_stored(put: Any, known: Any, case: str) -> None:
    response = put(JOB, BAD[case])
    assert response.status_code in {400, 422}, response.text
    assert response.content_type == "application/problem+json"
    assert known() == []


def test_the_problem_names_the_receiver_and_the_field(put: Any) -> None:
    body = put(JOB, {"type": "job", "id": "1", "url": "ftp://x"}).json
    assert body["errors"] == {"receivers": {"1": {"url": ["an http or https URL"]}}}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"receivers": []}', b'{"receivers": 1}', b"{}", b"\xff", b'{"receivers": [], "x": 1}']
)
def test_a_bad_body_is_refused(put: Any, data: bytes) -> None:
    assert put(data=data).status_code in {400, 422}


def test_a_batch_is_bounded_and_names_each_receiver_once(put: Any, known: Any) -> None:
    many = [{"type": "job", "id": str(n)} for n in range(1001)]
    assert put(*many).status_code == 422
    assert put(JOB, JOB).status_code == 422
    assert put(*many[:1000]).json == {"receivers": 1000}


def test_of_many_bad_receivers_the_first_are_told(put: Any) -> None:
    errors = put(*[{}] * 1000).json["errors"]["receivers"]
    assert errors.keys() == {*map(str, range(20)), "_schema"}
    assert errors["_schema"] == ["only the first 20 are listed; 980 more were not checked"]


def test_what_is_too_long_is_not_looked_into(put: Any) -> None:
    """One error for the list, and one for a receiver that has more fields than there are."""
    assert put(*[{}] * 20_000).json["errors"] == {"receivers": ["Length must be between 1 and 1000."]}
    errors = put(JOB, {f"f{n}": n for n in range(20_000)}).json["errors"]["receivers"]
    assert errors["1"]["_schema"] == ["20,000 fields; there are only 7"]
    assert len(errors["1"]) == 21


def test_only_a_source_with_the_right_may_say_so(put: Any, web: str, acme: str, alice: str, known: Any) -> None:
    before = known()
    for token, kind in ((web, "not-allowed"), (acme, "wrong-kind"), (alice, "wrong-kind")):
        response = put(JOB, token=token)
        assert (response.status_code, response.json["type"]) == (403, f"/problems/{kind}")
    assert known() == before
