"""What is in a message, and what is not: numbers that are too few, and what was stopped a moment ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest

from fixtures.telling import VIEWS, noon, people, yesterday
from tracking import deployment
from tracking.notifications import freezing
from tracking.notifications.channels import configured

DAY = yesterday()
AFTER = datetime.now(UTC) + timedelta(days=1)


class Told(NamedTuple):
    """A row of the outbox, as it is read."""

    receiver_type: str = "profile"
    receiver_id: str = "bob"
    day: date = DAY
    value: int = 12
    before: int | None = None
    threshold: int | None = None
    title: str | None = None
    url: str | None = None
    receivers: int | None = None
    parts: list[list] | None = None
    beside: list | None = None


ROW = Told()
FEW = replace(VIEWS, few=5, compares=True)


@pytest.mark.parametrize(
    ("value", "before", "told"),
    [
        (12, 10, (12, 10)),
        (5, 5, (5, 5)),
        (12, 4, (12, None)),
        (12, 0, (12, None)),
        (4, 10, (None, None)),
        (4, 3, (None, None)),
        (12, None, (12, None)),
    ],
)
def test_no_two_days_can_be_subtracted_to_get_below_few(value, before, told) -> None:
    item = freezing.item(FEW, ROW._replace(value=value, before=before))
    assert (item.value, item.before) == told


@pytest.mark.parametrize(
    ("value", "parts", "told"),
    [
        (30, [20, 10], (30, [20, 10])),
        (33, [20, 10, 3], (33, [20])),  # 33 - 20 - 10 would be the three
        (40, [20, 10, 4, 3, 3], (40, [20, 10])),  # ten are left: none of them can be told apart
        (12, [9, 3], (12, [])),
        (4, [4], (None, [])),
    ],
)
def test_no_part_of_a_digest_can_be_subtracted_to_get_below_few(value, parts, told) -> None:
    rule = replace(FEW, kind="weekly", per="owner", receiver_type="job", compares=False)
    row = ROW._replace(
        value=value, receivers=len(parts), parts=[[str(n), None, None, part] for n, part in enumerate(parts)]
    )
    item = freezing.item(rule, row)
    assert (item.value, [part.value for part in item.parts]) == told


def test_a_milestone_tells_the_threshold_and_not_the_total() -> None:
    rule = replace(FEW, kind="milestone", compares=False)
    item = freezing.item(rule, ROW._replace(value=104, threshold=100))
    assert (item.value, item.threshold) == (None, 100)


@pytest.fixture
def due(rule, seen, fill, sql):
    def put(*profiles: str, **fields) -> None:
        rule(first_day=DAY, **fields)
        for profile in profiles:
            seen(f"profile:{profile}", people(3), noon(DAY))
        fill(AFTER)
        sql("update tracking.notifications set due_at = now(), expires_at = now() + interval '1 day'")

    return put


def test_what_was_stopped_since_the_last_look_is_in_no_message(due, engine, local, sql, outbox) -> None:
    due("bob", "eve")
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    (freezer,) = configured(local)
    freezer.freeze(engine, deployment.read(engine))
    assert outbox("receiver_id, state") == [("bob", "pending"), ("eve", "frozen")]
    assert sql("select person from tracking.notification_turns") == [("creator:eve",)], "Bob's turn is not used up"


def test_a_page_that_is_filled_twice_changes_nothing(due, fill, send, hook, sql, outbox) -> None:
    due("bob", url=hook.url)
    send()
    sql("delete from tracking.notification_fills")
    assert fill(AFTER) == 0
    send()
    assert outbox("state, value") == [("sent", 3)]
    assert len(hook.got) == 1


def test_a_hundred_receivers_of_an_owner_come_in_bounded_batches(rule, seen, fill, send, hook, sql) -> None:
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner)"
        " select 'job', id::text, 'acme' from generate_series(1, 130) as id")  # fmt: skip
    rule(receiver_type="job", measure="events", url=hook.url, first_day=DAY)
    for number in range(1, 131):
        seen(f"job:{number}", ["alice"], noon(DAY))
    fill(AFTER)
    sql("update tracking.notifications set due_at = now(), expires_at = now() + interval '1 day'")
    send()
    assert all(len(body) <= 20_000 for _, body in hook.got)
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == len(hook.got) > 1


def test_a_customer_and_a_creator_with_one_id_are_two_people(engine, sql) -> None:
    sql(
        "insert into tracking.receivers (receiver_type, receiver_id, owner) values ('profile', 'acme', 'globex'), ('job', '1', 'acme')"
    )
    sql(
        "insert into tracking.contacts (receiver_type, receiver_id, email) values ('profile', 'acme', 'person@example.com'), ('job', '1', 'firm@example.com')"
    )
    with engine.connect() as connection:
        found = {
            person: connection.exec_driver_sql("select email from tracking.contact_of(%s)", (person,)).scalar()
            for person in ("creator:acme", "owner:acme", "owner:globex")
        }
    assert found == {"creator:acme": "person@example.com", "owner:acme": "firm@example.com", "owner:globex": None}


def test_a_contact_without_an_address_hides_none_that_has_one(engine, sql) -> None:
    sql(
        "insert into tracking.receivers (receiver_type, receiver_id, owner) values ('job', '1', 'acme'), ('job', '2', 'acme')"
    )
    sql("insert into tracking.contacts (receiver_type, receiver_id, email, language, updated_at) values"
        " ('job', '1', 'firm@example.com', null, now() - interval '1 day'), ('job', '2', null, 'de', now())")  # fmt: skip
    with engine.connect() as connection:
        assert (
            connection.exec_driver_sql("select email from tracking.contact_of('owner:acme')").scalar()
            == "firm@example.com"
        )
