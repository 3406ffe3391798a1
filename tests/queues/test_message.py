"""A message is ASCII, of a bounded size, of a known version, and has the same id whenever its request comes again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.ingest.schemas import MAX_ROW_BYTES
from tracking.queues.message import MAX_BYTES, MessageError, messages, read

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
SQS_BYTES = 262_144

texts = st.dictionaries(st.text(max_size=5), st.text(alphabet=st.characters(codec="utf-8"), max_size=300), max_size=5)


def row(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@given(rows=st.lists(texts, max_size=40), rejected=st.lists(texts, max_size=5))
def test_rows_come_back_as_they_were(rows: list[Any], rejected: list[Any]) -> None:
    bodies = list(messages("web", NOW, [row(one) for one in rows], [row(one) for one in rejected]))
    assert all(body.isascii() for body in bodies)
    found = [read(body) for body in bodies]
    assert [json.loads(bytes(one)) for message in found for one in message.rows] == rows
    assert [json.loads(bytes(one)) for message in found for one in message.rejected] == rejected
    assert {(message.source, message.accepted_at) for message in found} <= {("web", NOW)}


@pytest.mark.parametrize("character", ["a", "ä", "😀", "\ufffe", "\\"])
def test_the_largest_rows_fit_into_what_a_broker_takes(character: str) -> None:
    largest = row(
        {"p": character * ((MAX_ROW_BYTES - 20) // len(json.dumps(character, ensure_ascii=False)[1:-1].encode()))}
    )
    bodies = list(messages("web", NOW, [largest] * 60, []))
    assert sum(len(read(body).rows) for body in bodies) == 60
    assert all(len(body) * 4 / 3 + 2_000 < SQS_BYTES for body in bodies)
    assert len(bodies) < 60
    assert max(len(body) for body in bodies) > MAX_BYTES / 2


def test_each_message_has_an_id_of_its_own() -> None:
    (one,), (other,) = (list(messages("web", NOW, [b"{}"], [])) for _ in range(2))
    assert read(one).id != read(other).id


def test_the_same_proof_makes_the_same_ids() -> None:
    rows = [row({"p": "x" * 16_000})] * 30
    first, again = ([read(body).id for body in messages("web", NOW, rows, [], b"0123456789abcdef")] for _ in range(2))
    assert first == again
    assert len(set(first)) == len(first) > 1
    others = [read(body).id for body in messages("web", NOW, rows, [], b"0123456789abcdeg")]
    assert not set(others) & set(first)


def test_nothing_makes_no_message() -> None:
    assert list(messages("web", NOW, [], [])) == []


GOOD = json.loads(next(messages("web", NOW, [b"{}"], [])))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"{", b"[]", b"null", b"[" * 100_000, json.dumps(GOOD | {"v": 2}).encode(),
        json.dumps(GOOD | {"id": "7"}).encode(), json.dumps(GOOD | {"rows": {}}).encode(),
        json.dumps({key: value for key, value in GOOD.items() if key != "source"}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(MessageError, match="no message that this version knows"):
        read(body)
