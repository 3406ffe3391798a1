"""Rejected events are taken again after the catalogue was mended: once each, and as if they came in time."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ALICE, BOB, ago, event
from tracking import db
from tracking.catalogue import event_types
from tracking.catalogue.plan_schemas import EventTypesSchema
from tracking.ingest import retry as module
from tracking.ingest.retry import Retry, Wanted

PAGE = {"required": ["page"]}
A_MONTH = timedelta(days=30)


@pytest.fixture
def plan(engine: Any, app: Any) -> Any:
    def put(**modes: Any) -> None:
        entries = [{"name": name, **({"schema": PAGE, "mode": mode} if mode else {})} for name, mode in modes.items()]
        with engine.begin() as connection:
            event_types.put(connection, EventTypesSchema().load({"event_types": entries})["event_types"])
        forget(app)

    return put


def forget(app: Any) -> None:
    services = app.extensions["footfall"]
    services.intake.windows.snapshot.expire()
    services.gate.registry.snapshot.expire()


@pytest.fixture
def retry(engine: Any, settings: Any) -> Any:
    """Takes rejected events again, and counts the verdicts."""

    def run(**wanted: Any) -> list[str]:
        wanted = {"since": datetime.now(UTC) - A_MONTH} | wanted
        return [one.verdict["verdict"] for one in Retry(engine, settings.future_seconds).run(Wanted(**wanted))]

    return run


@pytest.fixture
def ledger(sql: Any) -> Any:
    return lambda: sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1 order by 1")


def test_a_refused_event_is_taken_again_as_it_was_sent(
    plan: Any, verdicts: Any, retry: Any, sql: Any, ledger: Any
) -> None:
    plan(view="reject")
    sent = event(occurred_at=ago(minutes=5), properties={"price": 1.5}, context={"page": "ä"})
    assert verdicts(sent) == ["rejected"]
    plan(view="observe")
    assert retry() == ["accepted"]
    ((row,),) = sql("select row_to_json(events) from tracking.events")
    assert (row["event_id"], row["creator"], row["source"]) == (sent["id"], ALICE, "web")
    assert (row["properties"], row["context"]) == ({"price": 1.5}, {"page": "ä"})
    assert datetime.fromisoformat(row["occurred_at"]) == datetime.fromisoformat(sent["occurred_at"])
    assert ledger() == [("accepted", 1), ("rejected", 1)]
    ((first, again, booked),) = sql(
        "select received_at, retried_at, (select max(received_at) from tracking.ingest_ledger where verdict = 'accepted')"
        " from tracking.rejected_events"
    )
    assert first < again == booked
    assert retry() == []
    assert ledger() == [("accepted", 1), ("rejected", 1)]


def test_what_the_catalogue_still_refuses_stays_and_is_no_new_rejection(
    plan: Any, verdicts: Any, retry: Any, ledger: Any, sql: Any
) -> None:
    plan(view="reject", click="reject")
    assert verdicts(event(), event(name="click")) == ["rejected"] * 2
    plan(click="warn")
    assert retry() == ["rejected", "accepted"]
    assert ledger() == [("accepted", 1), ("rejected", 2)]
    assert sql("select name, retried_at is null from tracking.rejected_events order by 1") == [
        ("click", False), ("view", True),
    ]  # fmt: skip
    plan(view="warn")
    assert retry() == ["accepted"]


def test_a_retry_of_the_client_meets_it_as_a_duplicate(plan: Any, verdicts: Any, retry: Any) -> None:
    """Whoever comes first, also where the id is derived from the content, or is no UUID."""
    sent = [event(id=id_, properties={"z": 1, "a": [1.0, 10**18]}) for id_ in (None, "mine", str(uuid.uuid4()).upper())]
    for number, one in enumerate(sent):
        one["occurred_at"] = ago(minutes=10 + number)
    plan(view="reject")
    assert verdicts(*sent) == ["rejected"] * 3
    plan(view="observe")
    assert retry() == ["accepted"] * 3
    assert verdicts(*sent) == ["duplicate"] * 3
    plan(view="reject")
    other = event(receiver="job:77")
    assert verdicts(other, other) == ["rejected"] * 2
    plan(view="observe")
    assert verdicts(other) == ["accepted"]
    assert retry() == ["duplicate"] * 2


def test_repeats_and_crawlers_do_not_count_later_either(plan: Any, sql: Any, post: Any, retry: Any) -> None:
    sql("insert into tracking.event_types (name, repeat_window) values ('*', '1 hour')")
    sql("update tracking.sources set strict = true")
    bot = {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    for headers in ({}, {}, bot):
        answer = post(event(name="seen"), headers=headers)
        assert [one["field"] for one in answer.json["verdicts"]] == ["name"]
    post(event(name="seen"))
    sql(
        "update tracking.rejected_events set excluded = 'prefetch' where id = (select max(id) from tracking.rejected_events)"
    )
    sql("insert into tracking.event_types (name) values ('seen')")
    assert sorted(retry()) == ["accepted", "bot", "prefetch", "repeat"]


def test_a_forgery_is_never_taken_again(plan: Any, post: Any, verdicts: Any, retry: Any, sql: Any, alice: str) -> None:
    """Nor what is invalid, or came too late, whatever the catalogue says. And a revoked source has no second chance."""
    assert verdicts(event(creator=BOB), event(name=""), event(occurred_at=ago(days=300))) == ["rejected"] * 3
    assert [row[0] for row in sql("select cause from tracking.rejected_events order by 1")] == [
        "invalid",
        "scope",
        "time",
    ]
    assert retry() == []
    plan(view="reject")
    assert verdicts(event()) == ["rejected"]
    plan(view="observe")
    sql("update tracking.sources set revoked_at = now()")
    assert retry() == ["rejected"]


def test_a_source_may_send_now_what_it_might_not(verdicts: Any, retry: Any, sql: Any, web: str, app: Any) -> None:
    sql("update tracking.sources set names = '{view}'")
    forget(app)
    assert verdicts(event(name="click")) == ["rejected"]
    assert verdicts(event(name="click", creator=BOB), token=web) == ["rejected"]
    assert retry() == ["rejected"] * 2
    sql("update tracking.sources set names = '{}'")
    assert retry() == ["accepted"] * 2
    assert sql("select creator from tracking.events order by 1") == [(ALICE,), (BOB,)]


def test_an_event_is_taken_that_meanwhile_is_too_old_for_a_request(
    plan: Any, verdicts: Any, retry: Any, sql: Any, app: Any
) -> None:
    plan(view="reject")
    limit = app.extensions["footfall"].deployment.get().lateness_days
    assert verdicts(event(occurred_at=ago(days=limit - 1))) == ["rejected"]
    plan(view="observe")
    sql("update tracking.deployment set value = '1' where key = 'lateness_days'")
    try:
        assert retry() == ["accepted"]
    finally:
        sql("update tracking.deployment set value = %s where key = 'lateness_days'", str(limit))


def test_what_was_cut_is_told_and_left(plan: Any, retry: Any, sql: Any) -> None:
    sql("insert into tracking.rejected_events (source, verdict, field, reason, payload, cause, name, creator)"
        " values ('web', 'rejected', 'name', 'x', '{\"name\": \"view', 'name', 'view', 'user-alice')")  # fmt: skip
    assert retry() == ["rejected"]
    assert sql("select retried_at from tracking.rejected_events") == [(None,)]


def test_what_the_database_refuses_holds_up_no_other(plan: Any, verdicts: Any, retry: Any, sql: Any) -> None:
    plan(view="reject")
    assert verdicts(*(event() for _ in range(7))) == ["rejected"] * 7
    plan(view="observe")
    sql(
        "update tracking.rejected_events set excluded = 'nonsense' where id = (select max(id) - 3 from tracking.rejected_events)"
    )
    assert sorted(retry()) == ["accepted"] * 6 + ["rejected"]
    assert sql("select count(*) from tracking.rejected_events where retried_at is null") == [(1,)]


def test_it_takes_those_that_are_meant(plan: Any, verdicts: Any, retry: Any, sql: Any, monkeypatch: Any) -> None:
    """Batch after batch, and each once."""
    monkeypatch.setattr(module, "BATCH", 2)
    plan(view="reject", click="reject")
    assert verdicts(*(event(name=name) for name in ["view", "click"] * 3)) == ["rejected"] * 6
    plan(view="observe", click="observe")
    ((first,),) = sql("select min(id) from tracking.rejected_events")
    assert retry(source="ios") == retry(name="seen") == retry(since=datetime.now(UTC)) == []
    assert retry(ids=[first]) == ["accepted"]
    assert retry(name="click") == ["accepted"] * 3
    assert retry() == ["accepted"] * 2


def test_two_retries_at_once_take_each_event_once(
    plan: Any, verdicts: Any, settings: Any, sql: Any, ledger: Any, monkeypatch: Any
) -> None:
    """Both have read all of them before the first claims any."""
    plan(view="reject")
    assert verdicts(*(event() for _ in range(20))) == ["rejected"] * 20
    plan(view="observe")
    both = threading.Barrier(2)
    plain = Retry._take

    def together(self: Retry, ready: Any) -> Any:
        both.wait(20)
        return plain(self, ready)

    monkeypatch.setattr(Retry, "_take", together)

    def run(_: int) -> int:
        pool = db.engine(db.owner_url(settings))
        try:
            return len(list(Retry(pool, 300).run(Wanted(datetime.now(UTC) - A_MONTH))))
        finally:
            pool.dispose()

    with ThreadPoolExecutor(2) as executor:
        assert sum(executor.map(run, range(2))) == 20
    assert sql("select count(*) from tracking.events") == [(20,)]
    assert ledger() == [("accepted", 20), ("rejected", 20)]


def test_what_another_retry_took_meanwhile_is_left(
    plan: Any, verdicts: Any, retry: Any, ledger: Any, monkeypatch: Any
) -> None:
    plan(view="reject")
    assert verdicts(event(), event()) == ["rejected"] * 2
    plan(view="observe")
    plain = Retry._take
    others: list[str] = []

    def late(self: Retry, ready: Any) -> Any:
        monkeypatch.setattr(Retry, "_take", plain)
        others.extend(retry())
        return plain(self, ready)

    monkeypatch.setattr(Retry, "_take", late)
    assert (retry(), others) == ([], ["accepted"] * 2)
    assert ledger() == [("accepted", 2), ("rejected", 2)]


def test_a_kill_before_the_commit_leaves_all_as_it_was(
    plan: Any, verdicts: Any, retry: Any, sql: Any, ledger: Any, monkeypatch: Any
) -> None:
    plan(view="reject")
    assert verdicts(event()) == ["rejected"]
    plan(view="observe")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "verdicts_of", killed)  # written, claimed and not committed
        with pytest.raises(KeyboardInterrupt):
            retry()
    assert sql("select retried_at from tracking.rejected_events") == [(None,)]
    assert ledger() == [("rejected", 1)]
    assert retry() == ["accepted"]
    assert ledger() == [("accepted", 1), ("rejected", 1)]
