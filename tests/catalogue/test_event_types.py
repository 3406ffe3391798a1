"""`PUT` and `GET /v1/event-types`: what is known of names, what came in of each, and who may say so."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from fixtures.served import until
from tracking import db
from tracking.catalogue import event_types
from tracking.catalogue.plan_schemas import EventTypesSchema
from tracking.provenance import credentials, tokens

CLICK = {
    "name": "click__saveJob",
    "description": "the bookmark of a job",
    "owner": "web team",
    "status": "deprecated",
    "repeat_window_seconds": 2.5,
    "across_sources": True,
    "schema": {"required": ["page"]},
    "mode": "reject",
    "from": "2099-01-01",
}
ANY = {"name": "*", "repeat_window_seconds": 1, "per_day": 100}
DEFAULTS = {
    "description": "", "owner": None, "status": "active", "repeat_window_seconds": None, "across_sources": False,
    "per_day": None, "schema": None, "mode": "observe", "from": None,
}  # fmt: skip


@pytest.fixture
def platform(sql: Any) -> str:
    sql("insert into tracking.sources (name, rights) values ('platform', '{catalogue}')")
    return credentials.derive(KEY, "platform", 1)


@pytest.fixture
def put(client: Any, app: Any, platform: str) -> Any:
    def send(*entries: Any, token: str = platform) -> Any:
        answer = client.put("/v1/event-types", data=json.dumps({"event_types": entries}), headers=bearer(token))
        app.extensions["footfall"].intake.windows.snapshot.expire()
        app.extensions["footfall"].gate.registry.snapshot.expire()
        return answer

    return send


@pytest.fixture
def get(client: Any, platform: str) -> Any:
    return lambda query="": client.get(f"/v1/event-types{query}", headers=bearer(platform))


@pytest.fixture
def entries(get: Any) -> Any:
    def read() -> dict[str, Any]:
        found = get().json["event_types"]
        return {entry["name"]: {key: entry[key] for key in ("name", *DEFAULTS)} for entry in found}

    return read


def test_what_is_put_is_got_and_what_is_left_out_has_its_default(put: Any, entries: Any) -> None:
    assert put(CLICK, {"name": "view"}, ANY).json == {"event_types": 3}
    assert entries() == {"click__saveJob": DEFAULTS | CLICK, "view": DEFAULTS | {"name": "view"}, "*": DEFAULTS | ANY}


def test_an_entry_is_replaced_as_a_whole_and_others_stay(put: Any, entries: Any) -> None:
    put(CLICK, ANY)
    put({"name": "click__saveJob", "owner": "ios team"})
    assert entries() == {
        "click__saveJob": DEFAULTS | {"name": "click__saveJob", "owner": "ios team"},
        "*": DEFAULTS | ANY,
    }


BAD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no name": ({"name": None}, {"name": ["Field may not be null."]}),
    "an unknown field": ({"windows": 1}, {"windows": ["Unknown field."]}),
    "a name with a star inside": ({"name": "cl*ck"}, {"name": 0}),
    "two details": ({"name": "click__a__*"}, {"name": 0}),
    "a window below zero": ({"repeat_window_seconds": -1}, {"repeat_window_seconds": 0}),
    "a window of a year": ({"repeat_window_seconds": 31_536_000}, {"repeat_window_seconds": 0}),
    "a ceiling of one name": ({"per_day": 3}, {"per_day": ["only of an action, as click__*, or of *"]}),
    "across sources without a window": ({"across_sources": True}, {"across_sources": ["needs repeat_window_seconds"]}),
    "a mode without a schema": ({"mode": "warn"}, {"mode": ["needs a schema"]}),
    "a date without rejection": ({"from": "2026-01-01"}, {"from": ["only of mode reject"]}),
    "a date that is none": ({"schema": {}, "mode": "reject", "from": "2026-02-30"}, {"from": 0}),
    "an unknown mode": ({"mode": "drop"}, {"mode": 0}),
    "a schema of all others": ({"name": "*", "schema": {}}, {"schema": ["only of a name, or of an action, as click__*"]}),
    "a schema that is none": ({"schema": {"type": "nope"}}, {"schema": 0}),
    "a description of two lines": ({"description": "a\nb"}, {"description": 0}),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_entry_is_told_by_its_field_and_nothing_is_stored(put: Any, entries: Any, case: str) -> None:
    bad, said = BAD[case]
    answer = put(ANY | {"name": "click__*"}, {"name": "view"} | bad)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-event-types")
    errors = answer.json["errors"]["event_types"]["1"]
    assert errors.keys() == said.keys()
    for field, messages in said.items():
        assert messages in (0, errors[field])
    assert entries() == {}


def test_a_name_comes_once_in_a_batch(put: Any) -> None:
    assert put(ANY, ANY).json["errors"] == {"event_types": ["* comes 2 times"]}


def test_the_catalogue_is_bounded(put: Any, sql: Any, entries: Any) -> None:
    sql("insert into tracking.event_types (name) select 'n' || n from generate_series(1, 1000) as n")
    answer = put({"name": "one more"})
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-event-types")
    assert put({"name": "n1", "owner": "web team"}).status_code == 200
    assert len(entries()) == 1000


def test_two_at_once_do_not_pass_the_bound_together(settings: Any, engine: Any, sql: Any) -> None:
    sql("insert into tracking.event_types (name) select 'n' || n from generate_series(1, 999) as n")
    one, other = (
        EventTypesSchema().load({"event_types": [{"name": name}]})["event_types"] for name in ("one", "other")
    )

    def second() -> None:
        pool = db.engine(db.owner_url(settings))
        try:
            with pool.begin() as connection:
                event_types.put(connection, other)
        finally:
            pool.dispose()

    waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table%%event_types%%'"
    with ThreadPoolExecutor(1) as executor:
        with engine.begin() as connection:
            event_types.put(connection, one)
            late = executor.submit(second)
            if not settings.embedded:  # there, one transaction at a time has the engine
                until(lambda: late.done() or sql(waits) == [(1,)])
        with pytest.raises(event_types.TooMany):
            late.result()


def test_only_a_source_with_the_right_reads_or_writes_it(client: Any, put: Any, web: str, platform: str) -> None:
    alice = tokens.mint(platform, "client", seconds=900, creator=ALICE) if platform else ""
    for token in (web, alice):
        assert put(ANY, token=token).status_code == 403
        assert client.get("/v1/event-types", headers=bearer(token)).status_code == 403
    assert client.get("/v1/event-types").status_code == 401


def test_a_name_without_a_window_has_that_of_its_action(put: Any, verdicts: Any) -> None:
    put({"name": "click__*", "repeat_window_seconds": 60}, {"name": "click__save"}, {"name": "click__all",
        "repeat_window_seconds": 0})  # fmt: skip
    for name, second in (("click__save", "repeat"), ("click__other", "repeat"), ("click__all", "accepted")):
        assert verdicts(event(name=name), event(name=name)) == ["accepted", second], name


def test_a_name_without_any_window_has_that_of_all_names_and_a_backend_has_none(
    put: Any, verdicts: Any, web: str
) -> None:
    put({"name": "*", "repeat_window_seconds": 60}, {"name": "applied"})
    assert verdicts(event(name="applied"), event(name="applied")) == ["accepted", "repeat"]
    sent = [event(name="applied", creator="user-bob") for _ in range(2)]
    assert verdicts(*sent, token=web) == ["accepted", "accepted"]


def test_what_came_in_is_told_by_name_and_so_are_names_that_nobody_described(
    put: Any, get: Any, verdicts: Any, sql: Any
) -> None:
    put({"name": "view", "repeat_window_seconds": 60}, {"name": "click__*"}, {"name": "never"})
    verdicts(event(), event(), event(occurred_at="1999-01-01T00:00:00Z"), event(name="click__save"), event(name="seen"))
    sql(
        "with line as (delete from tracking.ingest_ledger where name = 'click__save' returning *) insert into"
        " tracking.ingest_ledger select now() - interval '8 days', source, name, verdict, events from line"
    )
    report = get().json
    seen = {entry["name"]: entry["seen"] for entry in report["event_types"]}
    assert [seen["view"][key] for key in ("received", "accepted", "repeat_share", "rejected_share")] == [
        3, 1, 0.3333, 0.3333,
    ]  # fmt: skip
    assert seen["view"]["last_seen"] is not None
    assert seen["never"] == dict.fromkeys(seen["never"], None) | {
        "received": 0,
        "accepted": 0,
        "faults": [],
        "faults_left_out": 0,
    }
    assert seen["click__*"]["received"] == 0
    assert [(row["name"], row["received"]) for row in report["unknown_names"]] == [("seen", 1)]
    assert {entry["name"]: entry["seen"]["received"] for entry in get("?days=9").json["event_types"]}["click__*"] == 1


@pytest.mark.parametrize("days", ["0", "31", "x"])
def test_the_days_are_bounded(get: Any, days: str) -> None:
    assert get(f"?days={days}").status_code == 422
