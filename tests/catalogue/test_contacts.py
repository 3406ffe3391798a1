"""The contact of a receiver is written, replaced and used for messages, and nobody can read it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from fixtures.cast import bearer, event
from fixtures.database import KEY
from tracking import db
from tracking.provenance import credentials

BOB = {"email": "bob@mail.example", "language": "de", "timezone": "Pacific/Honolulu"}
JOB = {"type": "job", "id": "42", "owner": "acme", "title": "Engineer", "contact": BOB}


@pytest.fixture
def put(client: Any, sql: Any) -> Any:
    sql("insert into tracking.sources (name, rights) values ('platform', '{catalogue}')")
    credential = credentials.derive(KEY, "platform", 1)

    def send(*receivers: Any) -> Any:
        return client.put("/v1/receivers", data=json.dumps({"receivers": receivers}), headers=bearer(credential))

    return send


@pytest.fixture
def contacts(sql: Any) -> Any:
    return lambda: sql(
        "select receiver_type, receiver_id, email, language, timezone from tracking.contacts order by 1, 2"
    )


def test_a_contact_is_kept(put: Any, contacts: Any) -> None:
    assert put(JOB, {"type": "profile", "id": "1"}).json == {"receivers": 2}
    assert contacts() == [("job", "42", *BOB.values())]


@pytest.mark.parametrize("field", BOB)
def test_each_field_may_be_left_out_or_be_null(put: Any, contacts: Any, field: str) -> None:
    without = {name: value for name, value in BOB.items() if name != field}
    for contact in (without, BOB | {field: None}):
        assert put(JOB | {"contact": contact}).status_code == 200
        assert contacts() == [("job", "42", *(BOB | {field: None}).values())]


@pytest.mark.parametrize("less", [{}, {"contact": None}, {"contact": {}}, {"contact": dict.fromkeys(BOB)}])
def test_a_receiver_that_is_put_without_a_contact_loses_it(put: Any, contacts: Any, less: Any) -> None:
    put(JOB, JOB | {"id": "77"})
    assert put({"type": "job", "id": "42"} | less).status_code == 200
    assert contacts() == [("job", "77", *BOB.values())]


def test_another_contact_takes_its_place(put: Any, contacts: Any) -> None:
    put(JOB)
    put(JOB | {"contact": {"email": "new@mail.example"}})
    assert contacts() == [("job", "42", "new@mail.example", None, None)]


LONG = ".".join(["a" * 60] * 5)[:190]
BAD: dict[str, tuple[Any, dict[str, Any]]] = {
    "an unknown field": ({"phone": "1"}, {"phone": ["Unknown field."]}),
    "no object": ("bob@mail.example", {"_schema": ["Invalid input type."]}),
    "a language that is not spoken": ({"language": "fr"}, {"language": ["one of de, en"]}),
    "a language in capitals": ({"language": "DE"}, {"language": ["one of de, en"]}),
    "no timezone": (
        {"timezone": "Mars/Olympus"},
        {"timezone": ["not an IANA timezone such as Europe/Berlin"]},
    ),
    "a machine's own timezone": (
        {"timezone": "localtime"},
        {"timezone": ["not an IANA timezone such as Europe/Berlin"]},
    ),
    "a timezone of a number": ({"timezone": 1}, {"timezone": ["Not a valid string."]}),
    **{
        f"an e-mail address of {email!r}": ({"email": email}, {"email": ["an e-mail address such as bob@example.com"]})
        for email in (
            "", "bob", "bob@", "@example.com", "bob@a@b", "Bob <bob@example.com>", "bob@example.com\n", "a b@example.com",
            "bob@example.com\r\nBcc: eve@example.com", "bob@exa\0mple.com", "bøb@example.com",
            f"{'b' * 65}@example.com",
        )
    },
    "a long e-mail address": (
        {"email": f"{'b' * 64}@{LONG}"},
        {"email": ["Longer than maximum length 254."]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_contact_is_told_by_its_field_and_nothing_is_stored(put: Any, contacts: Any, sql: Any, case: str) -> None:
    contact, said = BAD[case]
    response = put(JOB, {"type": "profile", "id": "1", "contact": contact})
    assert (response.status_code, response.json["type"]) == (422, "/problems/invalid-receivers")
    assert response.json["errors"] == {"receivers": {"1": {"contact": said}}}
    assert contacts() == []
    assert sql("select from tracking.receivers") == []


def test_the_longest_address_is_kept(put: Any, contacts: Any) -> None:
    email = f"{'b' * 63}@{LONG}"
    assert len(email) == 254
    put(JOB | {"contact": {"email": email}})
    assert contacts() == [("job", "42", email, None, None)]


@pytest.fixture
def acting(settings: Any, engine: Any) -> Any:
    """A connection as one of the roles."""

    @contextmanager
    def connect(role: str) -> Iterator[Any]:
        with db.connect(db.owner_url(settings)) as connection:
            connection.execute(f"set role {role}")
            yield connection

    return connect


@pytest.mark.parametrize(
    "statement",
    [
        "select email from tracking.contacts",
        "select language from tracking.contacts",
        "select timezone from tracking.contacts",
        "select * from tracking.contacts",
        "select contacts from tracking.contacts",
        "select row_to_json(contacts) from tracking.contacts",
        "select count(*) from tracking.contacts where email like 'b%'",
        "select receiver_id from tracking.contacts order by email",
        "select * from tracking.contact_of('owner:acme')",
        "copy tracking.contacts to stdout",
        "copy tracking.contacts (email) to stdout",
        "delete from tracking.contacts returning email",
        "delete from tracking.contacts where email like 'b%'",
        "update tracking.contacts set language = email",
        "update tracking.contacts set language = 'de' returning email",
        "update tracking.contacts set language = 'de' where email like 'b%'",
        "insert into tracking.contacts values ('job', '42') on conflict (receiver_type, receiver_id) do update set language = contacts.email",
        "create view tracking.mine as select email from tracking.contacts",
    ],
)
@pytest.mark.parametrize("role", ["footfall_api", "marketing"])
def test_no_role_but_the_owner_reads_a_contact(put: Any, acting: Any, role: str, statement: str) -> None:
    put(JOB)
    with acting(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_api_may_see_which_receivers_have_a_contact_and_no_other_role(sql: Any) -> None:
    may = sql(
        "select rolname, attname from pg_roles, pg_attribute"
        " where rolname in ('footfall_api', 'footfall_ingest', 'footfall_read', 'marketing')"
        " and attrelid = 'tracking.contacts'::regclass and attnum > 0"
        " and has_column_privilege(pg_roles.oid, attrelid, attnum, 'select') order by 1, attnum"
    )
    keys = ("receiver_type", "receiver_id")
    assert may == [(role, key) for role in ("footfall_api", "footfall_ingest") for key in keys]


def test_no_answer_and_no_view_shows_a_contact(put: Any, client: Any, acme: str, verdicts: Any, sql: Any) -> None:
    put(JOB)
    assert verdicts(event()) == ["accepted"]
    answers = [
        client.get(f"/v1/stats/{question}", headers=bearer(acme)).text
        for question in ("summary", "timeseries", "top", "breakdown?by=name", "breakdown?by=receiver_type")
    ]
    assert "Engineer" in answers[2]
    views = sql("select format('%I.%I', schemaname, viewname) from pg_views where schemaname = 'analytics'")
    assert ("analytics.dim_receiver",) in views
    answers += [sql(f"select coalesce(string_agg(t::text, ' '), '') from {view} t")[0][0] for (view,) in views]
    assert [text for text in answers for value in BOB.values() if value != "de" and value in text] == []
