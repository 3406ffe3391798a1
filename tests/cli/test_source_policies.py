"""`source set|show|rotate|revoke` and `keys`: what is decided about a source, and for how long a credential counts."""

import json
from typing import Any

import pytest

from fixtures.cast import ALICE, an_app, bearer, event
from fixtures.database import KEY, OLD_KEY
from tracking.provenance import credentials, tokens

NEW, OLD = credentials.key_id(KEY), credentials.key_id(OLD_KEY)


@pytest.fixture
def say(footfall: Any) -> Any:
    """Runs a command with --json and returns what it said."""
    return lambda *arguments, **options: json.loads(footfall(*arguments, "--json", **options).stdout)


@pytest.fixture
def status(settings: Any) -> Any:
    """The status and verdict of an event sent with a credential or token, by an app that knows the newest."""

    def send(token: str, **fields: Any) -> tuple[int, str]:
        app = an_app(settings)
        sent = {"events": [event(**({"creator": ALICE} if token.startswith("fk_") else {}) | fields)]}
        response = app.test_client().post("/v1/events", json=sent, headers=bearer(token))
        app.extensions["footfall"].close()
        kind = response.json.get("type", "").removeprefix("/problems/")
        return response.status_code, kind or response.json["verdicts"][0]["verdict"]

    return send


def test_what_is_decided_about_a_source_is_shown(say: Any, footfall: Any) -> None:
    decided = {
        "rights": ["ingest", "mint"], "origins": ["https://jobs.example", "https://www.jobs.example:8443"],
        "names": ["click__*", "view"], "strict": True, "rate": 600, "events": 3_000, "bytes": 5_000_000,
        "proof": "optional", "description": "the app",
    }  # fmt: skip
    say(
        "source", "add", "app", "--right", "mint", "--right", "ingest", "--origin", "https://jobs.example", "--origin",
        "https://www.jobs.example:8443", "--name", "click__*", "--name", "view", "--strict", "--rate", "600",
        "--events", "3000", "--bytes", "5000000", "--proof", "optional", "--description", "the app",
    )  # fmt: skip
    shown = say("source", "show", "app")
    assert {name: shown[name] for name in decided} == decided
    assert "fk_" not in footfall("source", "show", "app").stdout


def test_set_changes_what_is_given_and_nothing_else(say: Any) -> None:
    before = say("source", "show", "web")
    after = say("source", "set", "web", "--rate", "60", "--name", "view")
    assert after == before | {"rate": 60, "names": ["view"]}
    assert say("source", "set", "web", "--events", "7", "--bytes", "8") == after | {"events": 7, "bytes": 8}
    assert say("source", "set", "web", "--rate", "0", "--open")["rate"] == 0


@pytest.mark.parametrize(
    "origin",
    ["", "jobs.example", "https://jobs.example/", "https://*", "null", "ftp://x", "https://a b", "*", "https://jöbs.example",
     "https://jobs.example:65536", "https://jobs.example:0", "https://user@jobs.example", "http://127.1", "http://[::1", "http://[1]"],
)  # fmt: skip
def test_an_origin_is_scheme_host_and_port(footfall: Any, origin: str) -> None:
    said = footfall("source", "add", "app", "--origin", origin, exits=2).stderr
    assert "is not an origin" in said
    assert "location.origin" in said


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("http://jobs.example:80", "http://jobs.example"),
        ("https://jobs.example:443", "https://jobs.example"),
        ("http://jobs.example:443", "http://jobs.example:443"),
        ("https://jobs.example:08443", "https://jobs.example:8443"),
        ("HTTPS://Jobs.Example", "https://jobs.example"),
        ("https://xn--jbs-sna.example", "https://xn--jbs-sna.example"),
        ("http://my_host", "http://my_host"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[0:0:0:0:0:0:0:1]:80", "http://[::1]"),
        ("http://[2001:DB8::0:1]:9000", "http://[2001:db8::1]:9000"),
    ],
)
def test_an_origin_is_kept_as_a_browser_sends_it(say: Any, given: str, sent: str) -> None:
    assert say("source", "add", "app", "--origin", given)["origins"] == [sent]


@pytest.mark.parametrize("name", ["", "x" * 101, "clïck", "a\tb"])
def test_a_name_that_no_event_can_have_is_refused(footfall: Any, name: str) -> None:
    assert "no event can have a name" in footfall("source", "add", "app", "--name", name, exits=2).stderr


@pytest.mark.parametrize("command", [("show",), ("set", "--rate", "1"), ("rotate",), ("revoke",)])
def test_a_source_that_is_not_there_is_said_to_be_none(footfall: Any, command: tuple[str, ...]) -> None:
    assert "no source 'ghost'" in footfall("source", command[0], "ghost", *command[1:], exits=1).stderr


def test_a_rotated_source_keeps_its_old_credential_for_the_grace(say: Any, status: Any) -> None:
    first = say("source", "add", "app")["credential"]
    token = tokens.mint(first, "client", seconds=900, creator=ALICE)
    rotated = say("source", "rotate", "app", "--grace", "1h")
    assert rotated["version"] == 2
    for text in (first, token, rotated["credential"]):
        assert status(text) == (200, "accepted")


def test_without_a_grace_the_old_credential_and_its_tokens_are_refused_at_once(say: Any, status: Any) -> None:
    first = say("source", "add", "app")["credential"]
    token = tokens.mint(first, "client", seconds=900, creator=ALICE)
    second = say("source", "rotate", "app", "--grace", "0")["credential"]
    assert status(first) == status(token) == (401, "source-revoked")
    assert status(second) == (200, "accepted")


def test_the_grace_ends(say: Any, status: Any, sql: Any) -> None:
    first = say("source", "add", "app")["credential"]
    say("source", "rotate", "app", "--grace", "1h")
    sql("update tracking.sources set previous_until = now() - interval '1 second' where name = 'app'")
    assert status(first) == (401, "source-revoked")


def test_a_second_rotation_ends_the_first_ones_grace(say: Any, status: Any) -> None:
    first = say("source", "add", "app")["credential"]
    second = say("source", "rotate", "app")["credential"]
    say("source", "rotate", "app")
    assert status(first) == (401, "source-revoked")
    assert status(second) == (200, "accepted")


def test_a_revoked_source_is_refused_in_its_grace_too_and_stays_revoked(say: Any, status: Any, footfall: Any) -> None:
    first = say("source", "add", "app")["credential"]
    second = say("source", "rotate", "app")["credential"]
    revoked = say("source", "revoke", "app")
    assert revoked["revoked"]
    assert status(first) == status(second) == (401, "source-revoked")
    footfall("source", "rotate", "app", exits=1)
    footfall("source", "set", "app", "--rate", "5", exits=1)
    assert say("source", "revoke", "app")["revoked"]


def test_a_credential_belongs_to_the_key_it_was_issued_under(say: Any, status: Any) -> None:
    """An old key that leaked opens nothing for a source that was rotated since."""
    say("source", "add", "app")
    assert status(credentials.derive(OLD_KEY, "app", 1)) == (401, "source-revoked")
    assert status(credentials.derive(KEY, "app", 1)) == (200, "accepted")


def test_keys_says_who_still_needs_which_until_none_does(say: Any, sql: Any) -> None:
    sql("truncate tracking.sources")
    say("source", "add", "app", SECRET_KEYS=OLD_KEY)
    say("source", "add", "ios", SECRET_KEYS=OLD_KEY)
    assert say("keys") == [
        {"key": NEW, "state": "signs", "sources": []},
        {"key": OLD, "state": "verifies", "sources": ["app", "ios"]},
    ]
    say("source", "rotate", "app", "--grace", "1h")
    say("source", "revoke", "ios")
    assert say("keys") == [
        {"key": NEW, "state": "signs", "sources": ["app"]},
        {"key": OLD, "state": "verifies", "sources": ["app (v1, in its grace)"]},
    ]
    assert say("keys", SECRET_KEYS=KEY)[-1] == {"key": OLD, "state": "missing", "sources": ["app (v1, in its grace)"]}
    say("source", "rotate", "app", "--grace", "0")
    sql("update tracking.sources set previous_until = now() - interval '1 second'")
    assert say("keys")[1]["sources"] == []


def test_keys_never_prints_a_key(footfall: Any) -> None:
    said = footfall("keys").stdout
    assert KEY not in said
    assert OLD_KEY not in said
    assert NEW in said


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("view", "accepted"), ("click__save", "accepted"), ("click", "rejected"), ("View", "rejected")],
)
def test_a_source_sends_only_the_names_it_may(say: Any, status: Any, web: str, name: str, verdict: str) -> None:
    say("source", "set", "web", "--name", "view", "--name", "click__*")
    assert status(web, name=name) == (200, verdict)
    assert status(tokens.mint(web, "client", seconds=60, creator=ALICE), name=name) == (200, verdict)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("view", "accepted"), ("click__save", "accepted"), ("click", "rejected"), ("clicks__x", "rejected")],
)
def test_a_strict_source_sends_only_catalogued_names(
    say: Any, status: Any, sql: Any, web: str, name: str, verdict: str
) -> None:
    sql("truncate tracking.event_types")
    sql("insert into tracking.event_types (name) values ('view'), ('click__*')")
    say("source", "set", "web", "--strict")
    assert status(web, name=name) == (200, verdict)


def test_a_name_that_is_refused_is_kept_with_its_reason(say: Any, status: Any, sql: Any, web: str) -> None:
    say("source", "set", "web", "--strict")
    assert status(web, name="unheardOf") == (200, "rejected")
    assert sql("select field, reason from tracking.rejected_events order by received_at desc limit 1") == [
        ("name", "not in the catalogue, and this source may only send what is")
    ]
