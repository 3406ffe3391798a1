"""`conform` holds a deployment against the vectors, from outside: real requests to real workers."""

import json
from typing import Any

import pytest

from fixtures.database import KEY
from tracking.conformance.vectors import all_vectors
from tracking.provenance import credentials


@pytest.fixture
def rights(sql: Any, catalogue: None) -> Any:
    """Gives source web these rights."""

    def give(*names: str) -> None:
        sql("update tracking.sources set rights = %s", list(names))

    give("ingest", "mint", "stats", "catalogue")
    return give


@pytest.fixture
def conform(footfall: Any, server: Any, rights: Any) -> Any:
    """Runs it against the workers, without a question unless options are given."""

    def run(*options: str, exits: int = 0, url: str | None = None, **more: Any) -> Any:
        credential = {"CONFORM_CREDENTIAL": credentials.derive(KEY, "web", 1)}
        return footfall("conform", url or server.url, *(options or ("--yes",)), exits=exits, **credential | more)

    return run


def test_a_new_deployment_agrees(conform: Any, sql: Any) -> None:
    done = conform("--yes", "--json")
    said = json.loads(done.stdout)
    assert (said["differ"], said["settings"]) == ([], [])
    assert said["counting_standard"] == {"here": "1.0", "there": "1.0"}
    assert said["agree"] > 200


def test_it_says_what_it_writes_and_writes_nothing_without_a_yes(conform: Any, sql: Any) -> None:
    refused = conform("--json", exits=2)
    assert "as source web: 2," in refused.stderr
    assert "Go on?" in refused.stderr
    assert "nothing was written" in refused.stderr
    assert sql("select count(*) from tracking.ingest_ledger") == [(0,)]


def test_everything_that_it_writes_is_its_own(conform: Any, sql: Any) -> None:
    prefix = json.loads(conform("--yes", "--json").stdout)["prefix"]
    assert sql("select count(*) > 1000 from tracking.events where creator like %s", f"{prefix}-%") == [(True,)]
    assert sql(
        "select distinct starts_with(creator, %s), starts_with(receiver_id, %s) from tracking.events", prefix, prefix
    ) == [(True, True)]
    kinds = "select array_agg(distinct receiver_type order by receiver_type) from tracking.events"
    assert sql(kinds) == [(["conform-job", "conform-mail", "conform-story", "profile"],)]
    assert sql(
        "select distinct starts_with(receiver_id, %s), starts_with(owner, %s) from tracking.receivers", prefix, prefix
    ) == [(True, True)]
    assert sql("select count(*) from tracking.event_types where name ~ 'conform'") == [(0,)]


def test_a_window_that_the_catalogue_sets_otherwise_is_named_and_not_compared(conform: Any, sql: Any) -> None:
    sql("update tracking.event_types set repeat_window = '5 s' where name = 'click'")
    said = json.loads(conform("--yes", "--json").stdout)
    assert said["differ"] == []
    assert "click: a window of 5 s, 100 a day here; a window of 2 s, 100 a day in the standard" in {
        one["why"] for one in said["not_run"]
    }


def test_without_the_right_to_read_the_catalogue_a_window_is_a_difference_and_the_reason_is_said(
    conform: Any, sql: Any, rights: Any
) -> None:
    rights("ingest", "mint", "stats")
    sql("update tracking.event_types set repeat_window = '5 s' where name = 'click'")
    said = json.loads(conform("--yes", "--json", exits=1).stdout)
    wrong = {one["says"]: one["differs"] for one in said["differ"]}
    assert any("accepted expected, repeat found" in line for line in wrong["click: the very end of the window counts"])
    assert {one["rule"] for one in said["differ"]} >= {"3.2", "3.3", "3.5"}
    assert any("'catalogue'" in line for line in said["settings"])
    assert "needs the right catalogue, to say whose a receiver is" in {one["why"] for one in said["not_run"]}


@pytest.mark.parametrize("missing", ["ingest", "mint", "stats"])
def test_a_right_that_is_missing_is_named(conform: Any, rights: Any, missing: str) -> None:
    rights(*({"ingest", "mint", "stats", "catalogue"} - {missing}))
    assert f"'{missing}'" in conform(exits=2).stderr


def test_a_short_lateness_is_said_and_leaves_out_what_it_cannot_reach(conform: Any, sql: Any, settings: Any) -> None:
    decide = "update tracking.deployment set value = %s where key = 'lateness_days'"
    sql(decide, "2")
    try:
        said = json.loads(conform("--yes", "--json").stdout)
    finally:
        sql(decide, str(settings.lateness_days))
    assert said["differ"] == []
    assert "events may be 2 days late here; by default 7 (LATENESS_DAYS)" in said["settings"]
    assert any("more than the 2 days that this deployment takes" in one["why"] for one in said["not_run"])


WRONG = {
    "nobody there": ("http://127.0.0.1:9", {}, "no answer from http://127.0.0.1:9"),
    "no address": ("footfall.example", {}, "expected http://HOST"),
    "a password in the address": ("http://u:secret@127.0.0.1:9", {}, "expected http://HOST"),
    "no credential": (None, {"CONFORM_CREDENTIAL": None}, "no credential of a source"),
    "a token": (None, {"CONFORM_CREDENTIAL": "fc_web_1_x"}, "no credential of a source"),
    "another's credential": (
        None,
        {"CONFORM_CREDENTIAL": "fk_web_1_" + "A" * 43},
        "This source credential is not valid here",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_compared_is_said_in_a_line(conform: Any, case: str) -> None:
    url, more, says = WRONG[case]
    done = conform("--yes", exits=2, url=url, **more)
    assert says in done.stderr.replace("\n", " ")
    assert "secret" not in done.output
    assert "A" * 43 not in done.output
    assert "Traceback" not in done.output


def test_the_credential_may_be_in_a_file(conform: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tracking.cli.conform.all_vectors", lambda: all_vectors()[:3])
    (tmp_path / "credential").write_text(credentials.derive(KEY, "web", 1) + "\n")
    done = conform("--yes", "--credential-file", str(tmp_path / "credential"), CONFORM_CREDENTIAL=None)
    assert "3 vectors agree, 0 differ, 0 were not run" in done.stdout
