"""`incidents` and `deployed`: what is broken, since when, and what somebody says to it."""

import json
from typing import Any

import pytest

OPENED = (
    "insert into tracking.incidents (source, name, kind, opened_at, last_good_at, first_bad_at, observed, expected,"
    " seen_at, changed) values (%s, %s, %s, now(), now() - interval '20 minutes', now() - interval '15 minutes', %s, %s,"
    " now(), %s) returning incident"
)


@pytest.fixture
def gone(sql: Any) -> int:
    """Of web no click__save comes any more."""
    changed = {"release": {"source": "web", "release": "4.2", "deployed_at": "2026-01-01T10:00:00+00:00"}}
    return int(sql(OPENED, "web", "click__save", "fewer", 0, 12.4, json.dumps(changed))[0][0])


def test_without_any_it_says_so(footfall: Any, engine: Any) -> None:
    assert footfall("incidents", "list").stdout == "no incident is open\n"
    assert json.loads(footfall("incidents", "list", "--all", "--json").stdout) == []


def test_they_are_listed_for_people_and_for_scripts(footfall: Any, gone: int, sql: Any) -> None:
    sql(OPENED, "ios", "*", "rejected", 0.981, 0.004, json.dumps({"reason": "receiver: expected TYPE:ID"}))
    said = footfall("incidents", "list").stdout
    assert "click__save of web: nothing came where 12 are usual" in said
    assert "release 4.2 of web was deployed" in said
    assert "ios: 98% of the events are rejected; 0.4% are usual" in said
    assert "most are rejected for this reason: receiver: expected TYPE:ID" in said
    first = json.loads(footfall("incidents", "list", "--json").stdout)[-1]
    assert (first["incident"], first["source"], first["name"], first["state"]) == (gone, "web", "click__save", "open")


def test_one_is_accepted_once(footfall: Any, gone: int) -> None:
    assert "closed: click__save of web" in footfall("incidents", "accept", str(gone)).stdout
    assert "is over already" in footfall("incidents", "accept", str(gone), exits=1).stderr
    assert "no incident 999999" in footfall("incidents", "accept", "999999", exits=1).stderr
    assert footfall("incidents", "list").stdout == "no incident is open\n"
    assert json.loads(footfall("incidents", "list", "--all", "--json").stdout)[0]["closed_by"] == "accepted"


def test_doctor_says_what_is_open_and_who_is_told(footfall: Any, gone: int) -> None:
    said = footfall("doctor", exits=1).stdout
    assert "BAD  incident     click__save of web: nothing came where 12 are usual, since" in said
    assert "nothing is judged yet" in said
    assert "nobody is told" in said
    said = footfall("doctor", exits=1, ALERT_MAIL_TO="team@jobs.example").stdout
    assert "no mail is sent; not set here: SMTP_URL, MAIL_FROM" in said


def test_a_release_is_marked(footfall: Any, sql: Any) -> None:
    assert "release 4.2 of web, deployed at 2026-11-24 10:00:00 UTC" in (
        footfall("deployed", "web", "4.2", "--at", "2026-11-24T11:00+01:00").stdout
    )
    footfall("deployed", "web", "4.2", "--at", "2026-11-24T10:00Z")
    assert json.loads(footfall("deployed", "web", "4.3", "--json").stdout)["release"] == "4.3"
    assert sql("select count(*) from tracking.releases") == [(2,)]
    assert "no source 'nobody'" in footfall("deployed", "nobody", "1", exits=1).stderr
    assert "printable" in footfall("deployed", "web", "", exits=2).stderr


def test_pairs_of_names_are_added_and_removed(footfall: Any) -> None:
    before = json.loads(footfall("incidents", "pairs", "--json").stdout)
    assert {"fewer": "click__application*", "more": "view*"} in before
    assert "share* and view* are compared\n" in footfall("incidents", "pair", "share*", "view*").stdout
    assert "already" in footfall("incidents", "pair", "share*", "view*").stdout
    assert "share*" in footfall("incidents", "pairs").stdout
    footfall("incidents", "unpair", "share*", "view*")
    assert "are not compared" in footfall("incidents", "unpair", "share*", "view*", exits=1).stderr
    assert "no event can have a name" in footfall("incidents", "pair", "ä", "view", exits=2).stderr
    assert json.loads(footfall("incidents", "pairs", "--json").stdout) == before


def test_the_targets_are_shown_with_the_secrets(footfall: Any) -> None:
    assert "nobody is told" in footfall("incidents", "targets").stdout
    hook = {"ALERT_WEBHOOK_URL": "https://hooks.example/alerts"}
    (target,) = json.loads(footfall("incidents", "targets", "--json", **hook).stdout)
    assert target["address"] == hook["ALERT_WEBHOOK_URL"]
    assert target["secrets"][0].startswith("whsec_")
    assert target["secrets"][0] in footfall("incidents", "targets", **hook).stdout
    assert "expected https://" in footfall("incidents", "targets", ALERT_WEBHOOK_URL="ftp://x", exits=2).stderr
