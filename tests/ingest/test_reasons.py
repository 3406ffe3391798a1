"""A rejection says which field is at fault, and why, in words for people."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.cast import event
from tracking.ingest.decode import Rejection, decode_one
from tracking.ingest.schemas import Event

VALID = event(
    name="click__saveJob", creator="user-alice", properties={"a": 1, "b": [True, {"c": None}]}, context={"d": "e"}
)

texts = st.text(max_size=8) | st.sampled_from(
    ["", "a", "view", "job:42", "Job:42", "x" * 101, "a\n", "\x7f", "é", "job:"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=6
)
deep = st.integers(0, 7).map(lambda depth: json.loads('{"a":' * depth + "1" + "}" * depth))
times = st.sampled_from(
    [
        "2026-11-24T10:00:00Z",
        "2026-11-24T10:00:00.123456789Z",
        "2026-11-24 10:00:00Z",
        "2026-11-24t10:00:00z",
        "2026-11-24T10:00:00+0100",
        "2026-11-24T10:00:00+01:00",
        "2026-11-24T10:00:00-00:00",
        "2026-11-24T10:00:00",
        "2026-11-24T10:00Z",
        "2026-11-24",
        "20261124T100000Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T23:59:60Z",
        "2026-11-24T10:00:00,5Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        " 2026-11-24T10:00:00Z",
        "2026-W48-2T10:00:00Z",
        "1795526020",
    ]
) | st.datetimes().map(lambda moment: moment.isoformat() + "Z")
fields = st.sampled_from([*VALID, "colour", "source", "excluded", "", "Name"])
mutations = st.lists(
    st.tuples(fields, st.one_of(values, deep, times, st.just("drop"))) | st.tuples(st.just("occurred_at"), times),
    max_size=3,
)


def mutated(changes: list[tuple[str, Any]]) -> dict[str, Any]:
    """A valid event with a few fields changed, added or dropped."""
    made = dict(VALID)
    for field, value in changes:
        if value == "drop":
            made.pop(field, None)
        else:
            made[field] = value
    return made


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(mutations)
def test_a_rejection_names_a_field_that_was_changed_and_says_why_in_plain_words(
    changes: list[tuple[str, Any]],
) -> None:
    found = decode_one(mutated(changes))
    if isinstance(found, Rejection):
        assert found.field in {field for field, _ in changes}
        assert found.reason
        assert not re.search(r"`|\$\.|object contains|regex", found.reason.lower()), "the decoder's own words"


def test_both_outcomes_are_common() -> None:
    """A property that only ever sees one outcome proves nothing."""
    outcomes: list[bool] = []

    @settings(max_examples=400, deadline=None, database=None, derandomize=True)
    @given(mutations)
    def collect(changes: list[tuple[str, Any]]) -> None:
        outcomes.append(isinstance(decode_one(mutated(changes)), Rejection))

    collect()
    assert 0.15 < sum(outcomes) / len(outcomes) < 0.85


@pytest.mark.parametrize("field", ["id", "creator", "properties", "context"])
def test_an_optional_field_may_be_null_or_missing(field: str) -> None:
    for sent in (VALID | {field: None}, {name: value for name, value in VALID.items() if name != field}):
        assert isinstance(decode_one(sent), Event)


def test_the_first_that_was_sent_is_named() -> None:
    assert decode_one({"receiver": 1, "name": 1}).field == "receiver"
    assert decode_one({"colour": 1, "name": 1}).field == "colour"
    assert decode_one({"name": 1, "colour": 1}).field == "name"


@pytest.mark.parametrize("field", ["a` - at `$.name", "\n - at `$.properties[...]`", "`, got `null` - at `$.id`", ""])
def test_the_name_of_an_unknown_field_says_nothing_else(field: str) -> None:
    rejection = decode_one({field: 1} | event())
    assert (rejection.field, rejection.reason) == (field, "Unknown field")
