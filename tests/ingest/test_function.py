"""`tracking.ingest()` itself: no second attempt, no halves of a batch and no group hide what it does."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from fixtures import rows
from tracking import db
from tracking.ingest.decode import Rejection
from tracking.ingest.kept import rejected_row
from tracking.ingest.rows import RejectedRow, RestoredRow, Row

NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
FIELDS = re.compile(r"jsonb_to_record(?:set)?\(.*?\)\s+as (?:sent )?\((\w+ [^)]*)\)")


def row(number: int, **fields: Any) -> bytes:
    values = {
        "occurred_at": NOON, "event_id": str(uuid.UUID(int=number)), "creator": "mia", "receiver_id": "8",
        "name": "share", "properties": {"n": 1},
    }  # fmt: skip
    return rows.row(**values | fields)


@pytest.fixture
def ingest(settings: Any, engine: Any) -> Callable[..., dict[int, str]]:
    """What becomes of each place that is not simply accepted; as the API's role, which may do nothing else."""

    def call(*sent: bytes, rejected: tuple[bytes, ...] = ()) -> dict[int, str]:
        with db.connect(db.api_url(settings)) as connection:
            batch, refused = rows.batch(*sent), rows.batch(*rejected)
            return dict(db.run(connection, "ingest", batch=batch, rejected=refused).fetchall())

    return call


def test_the_letters_of_a_row_are_those_of_the_functions() -> None:
    """Of a letter that one side alone has, nobody would hear: it would be null."""
    lines_of_a_ledger = "restore_ledger"  # which come under their columns' names
    sql = [path.read_text() for path in (db.SQL / "functions").glob("*.sql") if path.stem != lines_of_a_ledger]
    read = {column.split()[0] for text in sql for columns in FIELDS.findall(text) for column in columns.split(",")}
    written = {field.encode_name for one in (Row, RejectedRow, RestoredRow) for field in msgspec.structs.fields(one)}
    assert read == written


def test_one_call_gives_every_verdict_at_its_own_place(ingest: Any, sql: Any) -> None:
    sql("insert into tracking.receiver_types (receiver_type, owner_is_person) values ('flat', true)")
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values ('flat', '8', 'mia')")
    key = {"guard_key": str(uuid.UUID(int=1)), "window": 10}
    capped = {"ceiling_key": str(uuid.UUID(int=2)), "ceiling": 1}
    sent = [
        row(9, excluded="bot"),
        row(1, **key),
        row(1, **key),
        row(2, receiver_type="profile", receiver_id="mia", **key, **capped),
        row(3, **key),
        row(8, **capped),
        row(1, properties={"n": 2}),
        row(7, **capped),
        row(4, receiver_type="flat"),
        row(5),
    ]
    rejected = (rejected_row("web", Rejection("name", "missing", payload="{}")),)
    expected = {1: "bot", 3: "duplicate", 4: "own", 5: "repeat", 7: "conflict", 8: "repeat", 9: "own"}
    assert ingest(*sent, rejected=rejected) == expected
    stored = sql("select event_id, excluded from tracking.events order by event_id")
    assert [(event_id.int, excluded) for event_id, excluded in stored] == [
        (1, None), (2, "own"), (3, "repeat"), (4, "own"), (5, None), (7, "repeat"), (8, None), (9, "bot"),
    ]  # fmt: skip
    booked = dict(sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1"))
    assert booked == {
        "accepted": 3, "bot": 1, "duplicate": 1, "own": 2, "repeat": 2, "conflict": 1, "rejected": 1,
    }  # fmt: skip
    assert ingest(*sent) == {place: "conflict" if place == 7 else "duplicate" for place in range(1, 11)}, (
        "the same again is the same again"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"receiver_type": "company"},
        {"receiver_id": "9"},
        {"name": "click"},
        {"properties": {"n": 2}},
        {"properties": None},
        {"properties": {"n": 1, "m": None}},
    ],
)
def test_other_content_under_the_same_id_is_a_conflict_and_the_first_stays(ingest: Any, sql: Any, other: Any) -> None:
    assert ingest(row(1)) == {}
    assert ingest(row(2), row(1, **other), row(1)) == {2: "conflict", 3: "duplicate"}
    assert sql("select receiver_type, receiver_id, name, properties from tracking.events where creator = 'mia'"
               " order by event_id limit 1") == [("job", "8", "share", {"n": 1})]  # fmt: skip
    [(source, field, payload)] = sql("select source, field, payload from tracking.rejected_events")
    assert (source, field, json.loads(payload)) == ("web", "id", json.loads(row(1, **other)))


@pytest.mark.parametrize("other", [{"creator": "bob"}, {"source": "ios"}])
@pytest.mark.parametrize("together", [True, False])
def test_an_id_is_its_sources_and_its_creators_own(ingest: Any, sql: Any, other: Any, together: bool) -> None:
    sent = [row(1), row(1, **other), row(1, properties={"n": 2}, **other), row(1, **other)]
    if together:
        assert ingest(*sent) == {3: "conflict", 4: "duplicate"}
    else:
        assert [ingest(one).get(1) for one in sent] == [None, None, "conflict", "duplicate"]
    assert sql("select count(*) from tracking.events") == [(2,)]


def test_a_context_and_a_moment_of_arrival_are_no_content(ingest: Any) -> None:
    assert ingest(row(1), row(1, context={"sent_at": "later"})) == {2: "duplicate"}


def test_a_receiver_is_known_by_its_type_too(ingest: Any, sql: Any) -> None:
    """(flat, 8) has no owner, (company, 8) is Mia's: her view of the flat counts."""
    sql("insert into tracking.receiver_types (receiver_type, owner_is_person) values ('flat', true), ('company', true)")
    sql(
        "insert into tracking.receivers (receiver_type, receiver_id, owner) values ('flat', '8', null), ('company', '8', 'mia')"
    )
    assert ingest(row(1, receiver_type="flat"), row(2, receiver_type="company")) == {2: "own"}


def test_what_is_no_persons_is_nobodys_own(ingest: Any, sql: Any) -> None:
    """A type that says nothing, one that says no, and each flag without the other."""
    sql("insert into tracking.receiver_types values ('company', false, false), ('flat', false, true)")
    for kind in ("job", "company", "flat", "profile"):
        sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values (%s, '8', 'mia')", kind)
    sent = [row(n, receiver_type=kind, receiver_id=number) for n, (kind, number) in enumerate(
        [("job", "mia"), ("job", "8"), ("company", "mia"), ("company", "8"), ("flat", "mia"), ("profile", "8")], 1
    )]  # fmt: skip
    assert ingest(*sent) == {}


def test_own_and_bots_use_up_no_window_and_no_ceiling(ingest: Any) -> None:
    bound = {
        "guard_key": str(uuid.UUID(int=1)), "window": 10, "ceiling_key": str(uuid.UUID(int=2)), "ceiling": 1,
    }  # fmt: skip
    own = row(1, receiver_type="profile", receiver_id="mia", **bound)
    assert ingest(own, row(2, excluded="bot", **bound)) == {1: "own", 2: "bot"}
    assert ingest(row(3, **bound)) == {}
    assert ingest(row(4, **bound)) == {1: "repeat"}
