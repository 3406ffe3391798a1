"""`source` and `token`: what they print opens the door, and nothing more."""

import json
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from tracking.provenance import credentials


def send(client: Any, token: str, **fields: Any) -> Any:
    return client.post("/v1/events", json={"events": [event(**fields)]}, headers=bearer(token))


def test_a_source_that_was_added_can_write_with_what_was_printed(footfall: Any, client: Any) -> None:
    added = json.loads(footfall("source", "add", "ios", "--json", "--description", "the iOS app").stdout)
    assert (added["source"], added["rights"]) == ("ios", ["ingest", "mint", "stats"])
    assert send(client, added["credential"], creator=ALICE).json["counts"] == {"accepted": 1}


def test_the_credential_is_also_printed_for_people(footfall: Any, client: Any) -> None:
    said = footfall("source", "add", "ios").stdout
    assert send(client, said.split()[-1], creator=ALICE).status_code == 200


def test_a_source_has_the_rights_that_were_named(footfall: Any, client: Any) -> None:
    added = json.loads(footfall("source", "add", "bi", "--right", "stats", "--json").stdout)
    assert added["rights"] == ["stats"]
    assert send(client, added["credential"], creator=ALICE).status_code == 403


def test_sources_are_listed_without_their_credentials(footfall: Any, sql: Any) -> None:
    footfall("source", "add", "ios", "--description", "the iOS app")
    sql("update tracking.sources set revoked_at = now() where name = 'web'")
    ios, web = json.loads(footfall("source", "list", "--json").stdout)
    assert ios == {
        "source": "ios", "version": 1, "rights": ["ingest", "mint", "stats"], "revoked": False,
        "description": "the iOS app", "origins": [], "names": [], "strict": False, "rate": 0,
            "events": 0, "bytes": 0, "proof": "off",
        "key": credentials.key_id(KEY), "previous_until": None,
    }  # fmt: skip
    assert (web["source"], web["revoked"], web["key"]) == ("web", True, None)
    said = footfall("source", "list").stdout
    assert "ios" in said
    assert "revoked" in said
    assert "fk_" not in said


def test_without_sources_the_list_says_how_to_add_one(footfall: Any, sql: Any) -> None:
    sql("truncate tracking.sources")
    assert "source add" in footfall("source", "list").stdout
    assert json.loads(footfall("source", "list", "--json").stdout) == []


def test_a_name_that_is_taken_is_refused(footfall: Any) -> None:
    assert "already" in footfall("source", "add", "web", exits=1).stderr


@pytest.mark.parametrize("name", ["Web", "we_b", "1web", "w" * 33, "", "web/../x"])
def test_a_name_that_a_credential_could_not_carry_is_refused(footfall: Any, name: str) -> None:
    assert "lower-case letters" in footfall("source", "add", name, exits=2).stderr


def test_a_client_token_writes_what_it_was_made_for(footfall: Any, client: Any, stored: Any) -> None:
    made = footfall(
        "token",
        "client",
        "--source",
        "web",
        "--creator",
        ALICE,
        "--receiver",
        "job:42",
        "--name",
        "view",
        "--for",
        "1h",
    )
    token = made.stdout.strip()
    assert send(client, token).json["counts"] == {"accepted": 1}
    assert send(client, token, receiver="job:77").json["counts"] == {"rejected": 1}
    assert send(client, token, name="click").json["counts"] == {"rejected": 1}
    assert [row[1] for row in stored()] == [ALICE]


def test_a_stats_token_reads_what_it_was_made_for(footfall: Any, client: Any, receivers: None) -> None:
    owner = json.loads(
        footfall("token", "stats", "--source", "web", "--owner", "acme", "--for", "15m", "--json").stdout
    )
    assert owner["expires_in"] == 900
    one = footfall("token", "stats", "--source", "web", "--receiver", "job:77").stdout.strip()
    for token, receiver, status in (
        (owner["token"], "job:42", 200),
        (owner["token"], "job:77", 403),
        (one, "job:77", 200),
        (one, "job:42", 403),
    ):
        response = client.get(f"/v1/stats/timeseries?receiver={receiver}", headers=bearer(token))
        assert response.status_code == status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("client", "--source", "ghost", "--creator", "a"), "no source 'ghost'"),
        (("client", "--source", "web"), "--creator"),
        (("client", "--source", "web", "--creator", ""), "this token cannot be minted: creator: 1 to 200 characters"),
        (
            ("client", "--source", "web", "--creator", "a", "--receiver", "job:1", "--receiver", "42"),
            "this token cannot be minted: receivers 2: expected TYPE:ID, as in job:42",
        ),
        (("client", "--source", "web", "--creator", "a", "--for", "soon"), "not a duration"),
        (("client", "--source", "web", "--creator", "a", "--for", "0s"), "not a duration"),
        (
            ("client", "--source", "web", "--creator", "a", "--for", "7d"),
            "a token works for 1d at most (TOKEN_MAX_SECONDS",
        ),
        (("stats", "--source", "web", "--owner", "a", "--for", "25h"), "86400), not for 25h"),
        (("stats", "--source", "web"), "name what it may read"),
    ],
)
def test_a_token_that_would_not_work_is_not_made(footfall: Any, arguments: tuple[str, ...], said: str) -> None:
    done = footfall("token", *arguments, exits=1 if "ghost" in arguments else 2)
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "{" not in done.stderr


@pytest.mark.parametrize("kind", ["client", "stats", "live"])
def test_the_help_says_how_long_a_token_may_live(footfall: Any, kind: str) -> None:
    """And names no life that is refused."""
    said = " ".join(footfall("token", kind, "--help").stdout.split())
    assert "At most TOKEN_MAX_SECONDS, a day unless it is set" in said
    assert "7d" not in said


def test_no_token_is_signed_for_a_revoked_source(footfall: Any, sql: Any) -> None:
    sql("update tracking.sources set revoked_at = now()")
    assert "no source" in footfall("token", "client", "--source", "web", "--creator", ALICE, exits=1).stderr
