"""Persons stay hidden: nothing that marketing can read says who somebody is, whatever is joined with whatever."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from fixtures.star import traffic
from tracking import db

AT = datetime(2026, 10, 25, tzinfo=UTC)
TEXTS = """
    select table_name, column_name
      from information_schema.columns
     where table_schema = 'analytics'
       and data_type not in ('date', 'timestamp with time zone', 'boolean', 'integer', 'bigint', 'numeric')
"""
CREATORS = [f"user-{n}" for n in range(14)]


@pytest.fixture
def people(sql: Any, insert: Any) -> list[dict[str, Any]]:
    """Profiles are creators; shops belong to creators, and their titles and addresses say so; jobs are customers'."""
    sql("insert into tracking.receiver_types (receiver_type, owner_is_person) values ('shop', true)")
    described = [
        {"type": "profile", "id": who, "owner": who, "title": who, "url": f"https://example.com/{who}"}
        for who in CREATORS
    ]
    described += [
        {"type": "shop", "id": f"s{n}", "owner": who, "title": who, "url": f"https://example.com/{who}/shop",
         "attributes": {"by": who, "town": "Bonn"}} for n, who in enumerate(CREATORS)
    ]  # fmt: skip
    described += [{"type": "job", "id": "42", "owner": "acme", "title": "Engineer", "attributes": {"town": "Bonn"}}]
    put(sql, described)
    rows = traffic(1, AT, events=300)
    for n, row in enumerate(rows[200:300]):
        row |= {"receiver_type": "shop", "receiver_id": f"s{n % 14}"}
    insert(rows)
    return rows


def put(sql: Any, described: list[dict[str, Any]]) -> None:
    sql(db.query("receivers_put").replace("%(receivers)s", "%s"), json.dumps(described))


@pytest.fixture
def shown(sql: Any) -> Any:
    """Shows these attributes, and takes them back."""

    def show(*names: str) -> None:
        for name in names:
            sql("insert into tracking.shown_attributes (attribute) values (%s)", name)
        sql("select tracking.make_dim_receiver()")

    yield show
    sql("delete from tracking.shown_attributes")
    sql("select tracking.make_dim_receiver()")


def texts(seen: Any) -> set[str]:
    """Every value of every column with text that marketing can read."""
    columns: dict[str, list[str]] = {}
    for table, column in seen(TEXTS):
        columns.setdefault(table, []).append(f'"{column}"')
    assert len(columns) >= 14
    found: set[str] = set()
    for table, named in columns.items():
        found |= {
            text
            for (text,) in seen(f"select distinct unnest(array[{', '.join(named)}]) from analytics.{table}")
            if text
        }
    return found


def telling(seen: Any) -> set[str]:
    """Of what marketing can read, what names a creator, alone or within a text."""
    return {text for text in texts(seen) if any(who in text for who in CREATORS)}


def test_no_text_that_marketing_reads_names_a_creator(people: Any, seen: Any, shown: Any, sql: Any) -> None:
    """In real time, refreshed, with attributes, and with what says it of itself: visitors and the quality of data."""
    shown("by", "town")
    assert telling(seen) == set()
    assert {"Bonn", "profile:*", "shop:s3", "Engineer"} <= texts(seen)
    for name in ("event_counts_daily", "event_counts_15min"):
        sql(f"call refresh_continuous_aggregate('tracking.{name}', null, null)")
    assert telling(seen) == set()


def test_the_database_finds_none_when_it_joins(people: Any, sql: Any, shown: Any) -> None:
    shown("by")
    for table, column in sql(TEXTS):
        if table.startswith(("dim", "fact", "data")):
            found = sql(
                f'select count(*) from analytics."{table}" as read join (select distinct creator from tracking.events) as who'
                f" on read.\"{column}\" in (creator, 'profile:' || creator, 'shop:' || creator)"
            )
            assert found == [(0,)], (table, column)


def test_a_type_that_is_marked_later_is_hidden_at_once(people: Any, seen: Any, sql: Any) -> None:
    """And shown again when it is not a person after all."""
    sql("update tracking.receiver_types set id_is_person = false where receiver_type = 'profile'")
    assert "profile:user-3" in telling(seen)
    for name in ("event_counts_daily", "event_counts_15min"):
        sql(f"call refresh_continuous_aggregate('tracking.{name}', null, null)")
    assert "profile:user-3" in telling(seen)
    sql("update tracking.receiver_types set id_is_person = true where receiver_type = 'profile'")
    assert telling(seen) == set()
    assert seen("select count(*) from analytics.dim_receiver where receiver_type = 'profile'") == [(1,)]


def test_owners_who_are_people_are_shown_nowhere(people: Any, seen: Any) -> None:
    assert seen("select distinct owner, url, title from analytics.dim_receiver where receiver_type = 'shop'") == [
        (None, None, None)
    ]
    assert seen("select distinct owner from analytics.fact_daily where receiver_type = 'shop'") == [(None,)]
    assert seen("select distinct owner from analytics.fact_hourly where receiver_type = 'shop'") == [(None,)]
    assert seen("select owner from analytics.dim_receiver where receiver = 'job:42'") == [("acme",)]
    assert seen("select distinct owner from analytics.fact_daily where receiver = 'job:42'") == [("acme",)]


@pytest.mark.parametrize("group", [9, 10])
def test_of_people_only_groups_of_ten_are_there(insert: Any, seen: Any, refresh: Any, group: int) -> None:
    """Twenty events of nine people, in four quarters of an hour, are nobody's business: in real time, and once counted."""
    base = {"source": "web", "creator": "user-0", "receiver_type": "profile", "name": "view", "excluded": None}
    insert(
        [base | {"receiver_id": f"user-{n % group}", "occurred_at": AT + timedelta(seconds=150 * n)} for n in range(20)]
    )
    for count in (lambda: None, refresh):
        count()
        for fact in ("fact_hourly", "fact_daily"):
            assert seen(f"select sum(events)::int from analytics.{fact}") == [(20 if group == 10 else None,)]
        unique = seen("select unique_creators_of_day_and_name from analytics.fact_daily")
        assert unique == ([(None,)] if group == 10 else [])


def test_groups_that_overlap_never_leave_less_than_a_type(people: Any, seen: Any) -> None:
    """What one may subtract: a day less its shown hours, or the platform less what is shown. It is a number of all people of
    the type, and nothing says which of them: no column of a fact on people parts them.
    """
    for fact in ("fact_hourly", "fact_daily"):
        found = seen(
            f"select distinct receiver, receiver_id, owner from analytics.{fact} where receiver_type = 'profile'"
        )
        assert found == [("profile:*", None, None)]
    parted = seen("select * from analytics.dim_receiver where receiver_type = 'profile'")
    assert parted == [("profile:*", "profile", None, "all of profile", None, None, True)]


def test_no_condition_makes_the_database_say_what_a_view_hides(people: Any, reading: Any) -> None:
    """A condition that fails on a value would tell it; the view comes first."""
    with reading() as connection:
        for fact in ("dim_receiver", "fact_daily", "fact_hourly"):
            with pytest.raises(psycopg.errors.InvalidTextRepresentation) as raised:
                connection.execute(f"select from analytics.{fact} where (receiver_type || receiver_id)::int > 0")
            assert not any(who in str(raised.value) for who in CREATORS)


ASKED = {
    "an id": "receiver_type = 'profile' and receiver_id = '{}'",
    "ids from one on": "receiver_type = 'profile' and receiver_id >= '{}' and receiver_id < '{}~'",
    "an id of any type": "receiver_id = '{}'",
    "a receiver": "receiver = 'profile:{}'",
    "an owner": "owner = '{}'",
    "owners from one on": "owner >= '{}' and owner < '{}~'",
}


@pytest.mark.parametrize("condition", ASKED.values(), ids=ASKED.keys())
@pytest.mark.parametrize("view", ["dim_receiver", "fact_daily", "fact_hourly"])
def test_how_much_is_read_tells_of_no_person(
    reading: Any, people: Any, refresh: Any, sql: Any, view: str, condition: str
) -> None:
    """`explain analyze` is everybody's: a row that an index finds, and a filter removes, would tell that it is there."""
    refresh()
    sql("analyze tracking.receivers, tracking.events")

    def plans(who: str) -> list[str]:
        asked = f"explain (analyze, timing off, summary off) select * from analytics.{view} where {condition}"
        found = []
        with reading() as connection:
            for off in (
                (),
                ("enable_seqscan",),
                ("enable_seqscan", "enable_bitmapscan"),
                ("enable_hashjoin", "enable_mergejoin"),
            ):
                with connection.transaction():
                    for setting in ("jit", *off):
                        connection.execute(f"set local {setting} = off")
                    found.append("\n".join(line for (line,) in connection.execute(asked.replace("{}", who)).fetchall()))
        return [
            re.sub(r"Memory: \S+|Memory Usage: \S+|Heap Fetches: \d+", "", plan.replace(who, "somebody"))
            for plan in found
        ]

    for there, nowhere in zip(plans("user-3"), plans("user-x"), strict=True):
        assert there.splitlines() == nowhere.splitlines()
