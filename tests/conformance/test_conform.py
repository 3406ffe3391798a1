"""`conform` holds a deployment against the vectors, from outside: real requests to real workers."""

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.database import KEY
from tracking.conformance.vectors import all_vectors
from tracking.provenance import credentials
from tracking.provenance.gate import JUST_NOW
from tracking.snapshot import MAX_AGE

RIGHTS = ("ingest", "mint", "stats", "catalogue")


@pytest.fixture
def credential(sql: Any) -> Iterator[Any]:
    """Makes a source with these rights, which no worker has seen before, and returns its credential."""
    made = []

    def make(*rights: str) -> str:
        name = f"conform-{secrets.token_hex(4)}"
        sql("insert into tracking.sources (name, rights) values (%s, %s)", name, list(rights))
        made.append(name)
        time.sleep(JUST_NOW)  # a worker that has just looked does not look again
        return credentials.derive(KEY, name, 1)

    yield make
    sql("delete from tracking.sources where name = any(%s)", made)  # nobody needs to wait until it is forgotten


@pytest.fixture
def decide(server: Any, sql: Any) -> Iterator[Any]:
    """Changes what workers remember for a moment; they go by nothing else before it runs, nor in the next test."""

    def run(statement: str, *parameters: object) -> None:
        sql(statement, *parameters)
        time.sleep(MAX_AGE)

    yield run
    time.sleep(MAX_AGE)


@pytest.fixture
def conform(footfall: Any, server: Any, credential: Any, catalogue: None) -> Any:
    """Runs it against the workers, without a question unless options are given."""

    def run(*options: str, exits: int = 0, url: str | None = None, rights: Any = RIGHTS, **more: Any) -> Any:
        more = {"CONFORM_CREDENTIAL": credential(*rights)} | more
        return footfall("conform", url or server.url, *(options or ("--yes", "--json")), exits=exits, **more)

    return run


@pytest.fixture
def few(monkeypatch: Any) -> None:
    """Only some vectors: all take ten seconds."""
    some = [one for one in all_vectors() if one.rule in {"3.2", "3.3", "5.3", "9.1", "9.2", "10.2"}]
    monkeypatch.setattr("tracking.cli.conform.all_vectors", lambda: some)


def test_a_new_deployment_agrees_and_keeps_what_it_had(conform: Any, sql: Any) -> None:
    said = json.loads(conform().stdout)
    assert (said["differ"], said["settings"]) == ([], [])
    assert said["counting_standard"] == {"here": "1.0", "there": "1.0"}
    assert said["agree"] + sum(one["vectors"] for one in said["not_run"]) == len(all_vectors())
    assert said["agree"] > 200
    # all that it wrote is its own
    prefix, source = said["prefix"], said["source"]
    assert sql("select count(*) > 1000 from tracking.events") == [(True,)]
    ours = "select distinct source = %s, starts_with(creator, %s), starts_with(receiver_id, %s) from tracking.events"
    assert sql(ours, source, prefix, prefix) == [(True, True, True)]
    kinds = "select array_agg(distinct receiver_type order by receiver_type) from tracking.events"
    assert sql(kinds) == [(["conform-job", "conform-mail", "conform-story", "profile"],)]
    owned = "select distinct starts_with(receiver_id, %s), starts_with(owner, %s) from tracking.receivers"
    assert sql(owned, prefix, prefix) == [(True, True)]
    assert sql("select count(*) from tracking.event_types where name ~ 'conform'") == [(0,)]


def test_it_says_what_it_writes_and_writes_nothing_without_a_yes(conform: Any, sql: Any) -> None:
    refused = conform("--json", exits=2)
    assert "as source conform-" in refused.stderr
    assert "2,818 events" in refused.stderr
    assert "Go on?" in refused.stderr
    assert "nothing was written" in refused.stderr
    assert sql("select count(*) from tracking.ingest_ledger") == [(0,)]


def test_a_person_reads_it_in_words(conform: Any, few: None) -> None:
    done = conform("--yes")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("counting standard 1.0: ")
    assert " 0 differ, " in lines[0]
    assert "9 not run: only an import reaches their day" in lines
    assert "sending events" in done.stderr


def test_a_window_that_the_catalogue_sets_otherwise_is_named_and_not_compared(
    conform: Any, few: None, decide: Any
) -> None:
    decide("update tracking.event_types set repeat_window = '5 s' where name = 'click'")
    said = json.loads(conform().stdout)
    assert said["differ"] == []
    assert "click: a window of 5 s, 100 a day here; a window of 2 s, 100 a day in the standard" in {
        one["why"] for one in said["not_run"]
    }


def test_without_the_right_catalogue_another_window_is_a_difference_and_may_be_why(
    conform: Any, few: None, decide: Any
) -> None:
    decide("update tracking.event_types set repeat_window = '5 s' where name = 'click'")
    said = json.loads(conform(rights=("ingest", "mint", "stats"), exits=1).stdout)
    wrong = {one["says"]: one["differs"] for one in said["differ"]}
    event, counts = wrong["click: the very end of the window counts"]
    assert event.startswith("event 2, click at ")
    assert event.endswith("T10:00:02+00:00: accepted expected, repeat found")
    assert counts == "summary: {'events': 2, 'creators': 1} expected, {'events': 1, 'creators': 1} found"
    assert {one["rule"] for one in said["differ"]} == {"3.2", "3.3"}
    assert any("may be why" in line and "'catalogue'" in line for line in said["settings"])
    assert "they need the right catalogue, to say whose a receiver is" in {one["why"] for one in said["not_run"]}


@pytest.mark.parametrize("missing", ["ingest", "mint", "stats"])
def test_a_right_that_is_missing_is_named(conform: Any, sql: Any, missing: str) -> None:
    done = conform(rights=[right for right in RIGHTS if right != missing], exits=2)
    assert f"does not have the right '{missing}'" in done.stderr
    assert sql("select count(*) from tracking.events") == [(0,)]


def test_a_short_lateness_is_said_and_leaves_out_what_it_cannot_reach(
    conform: Any, few: None, decide: Any, sql: Any, settings: Any
) -> None:
    lateness = "update tracking.deployment set value = %s where key = 'lateness_days'"
    decide(lateness, "2")
    try:
        said = json.loads(conform().stdout)
    finally:
        sql(lateness, str(settings.lateness_days))
    assert said["differ"] == []
    assert "events may be 2 days late here; by default 7 (LATENESS_DAYS)" in said["settings"]
    assert any("more than the 2 days that this deployment takes" in one["why"] for one in said["not_run"])


def test_what_retention_dropped_says_nothing_of_lateness(conform: Any, few: None, decide: Any, sql: Any) -> None:
    decide("insert into tracking.dropped (until) values (now() - interval '20 days')")
    said = json.loads(conform().stdout)
    assert (said["differ"], said["settings"]) == ([], [])


def test_a_source_that_may_only_send_some_names_is_why(conform: Any, few: None, sql: Any, credential: Any) -> None:
    token = credential(*RIGHTS)
    sql("update tracking.sources set strict = true where starts_with(name, 'conform-')")
    said = json.loads(conform(exits=1, CONFORM_CREDENTIAL=token).stdout)
    assert {one["rule"] for one in said["differ"]} == {"3.2", "3.3"}
    assert said["settings"] == ["the source may only send some names (`source show`): take one that may send all"]


def test_another_version_is_a_difference(conform: Any, few: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("tracking.cli.conform.VERSION", "1.9")
    done = conform("--yes", exits=1)
    assert "the deployment names version 1.0 of the counting standard; these vectors are of 1.9" in done.stdout


WRONG: dict[str, tuple[str | None, dict[str, str | None], str]] = {
    "nobody there": ("http://127.0.0.1:9", {}, "no answer from http://127.0.0.1:9"),
    "no address": ("footfall.example", {}, "expected http://HOST"),
    "a password in the address": ("http://u:secret@127.0.0.1:9", {}, "expected http://HOST"),
    "no credential": (None, {"CONFORM_CREDENTIAL": None}, "no credential of a source"),
    "a token": (None, {"CONFORM_CREDENTIAL": "fc_web_1_x"}, "no credential of a source"),
    "a forged one": (None, {"CONFORM_CREDENTIAL": "fk_web_1_" + "A" * 43}, "This source credential is not valid here"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_compared_is_said_in_a_line(conform: Any, case: str) -> None:
    url, more, says = WRONG[case]
    done = conform("--yes", exits=2, url=url, **more)
    assert says in done.stderr.replace("\n", " ")
    assert not [word for word in ("secret", "A" * 43, "Traceback") if word in done.output]


def test_the_credential_may_be_in_a_file(conform: Any, few: None, credential: Any, tmp_path: Any) -> None:
    (tmp_path / "credential").write_text(credential(*RIGHTS) + "\n")
    done = conform("--yes", "--credential-file", str(tmp_path / "credential"), CONFORM_CREDENTIAL=None)
    assert " 0 differ, " in done.stdout
