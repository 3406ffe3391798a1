"""A database that is there and cannot write, for a moment or for longer: no event is rejected for it."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy.exc

from fixtures.cast import event
from fixtures.rows import row
from tracking import db
from tracking.ingest import writer
from tracking.ingest.group import GroupCommit
from tracking.ingest.writer import Writer


@pytest.fixture
def failing_once(sql: Any) -> Any:
    """The first write fails inside the server, as it does where two sessions change one catalogue row."""
    sql("create sequence tracking.writes")
    sql(
        "create function tracking.fail_once() returns trigger language plpgsql as $$ begin"
        " if nextval('tracking.writes') = 1 then raise exception 'tuple concurrently updated' using errcode = 'XX000';"
        " end if; return new; end $$"
    )
    sql(
        "create trigger fail_once before insert on tracking.recent_actions for each row execute function tracking.fail_once()"
    )
    yield
    sql("drop trigger fail_once on tracking.recent_actions")
    sql("drop function tracking.fail_once")
    sql("drop sequence tracking.writes")


def test_what_fails_inside_the_server_is_written_again(failing_once: Any, engine: Any, stored: Any) -> None:
    guarded = row(window=10, guard_key=f"{1:032x}")
    assert Writer(engine).write([guarded]) == [{"verdict": "accepted"}]
    assert len(stored()) == 1


@pytest.fixture
def standby(settings: Any, engine: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The database, read-only; who writes to it soon loses patience."""
    monkeypatch.setattr(writer, "WAIT_FOR_DATABASE", 0.2)
    standby = db.engine(db.owner_url(settings).update_query_dict({"options": "-c default_transaction_read_only=on"}))
    yield standby
    standby.dispose()


def test_a_database_that_is_read_only_rejects_no_event(standby: Any, stored: Any, sql: Any) -> None:
    with pytest.raises(sqlalchemy.exc.InternalError):
        Writer(standby).write([row() for _ in range(3)])
    assert stored() == []
    assert sql("select count(*) from tracking.rejected_events") == [(0,)]


def test_a_client_of_a_read_only_database_is_told_to_come_back(
    app: Any, post: Any, standby: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = event()
    with monkeypatch.context() as patch:
        services = app.extensions["footfall"]
        group = GroupCommit(Writer(standby).write)
        there = replace(services.intake, write=lambda _: group.write)
        patch.setitem(app.extensions, "footfall", replace(services, intake=there))
        response = post(sent)
    assert (response.status_code, response.json["type"]) == (503, "/problems/database-unavailable")
    assert response.headers["Retry-After"] == "2"
    assert stored() == []
    assert post(sent).json["counts"] == {"accepted": 1}
