"""Who is to know of an incident is told once, and once more when it is over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
import standardwebhooks

from fixtures.smtp import Mailbox, post_office
from fixtures.traffic import NOW
from fixtures.webhooks import Receiver, serving
from tracking import db
from tracking.alarms import targets, watching
from tracking.notifications import signing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixtures.traffic import Traffic
    from tracking.settings import Settings


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with serving(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def told(settings: Settings, hook: Receiver) -> Settings:
    """The settings of a deployment that tells a webhook."""
    return replace(settings, alert_webhook_url=hook.url, local_webhooks=True)


@pytest.fixture
def tell(engine: Any) -> Callable[[Settings], int]:
    """Makes the alerts of what was judged, as the job does, and sends them."""

    def run(settings: Settings) -> int:
        with engine.begin() as connection:
            watching.tell(connection, targets.targets(settings))
        return targets.send(settings)

    return run


def events(hook: Receiver) -> list[dict[str, Any]]:
    return [event for _, body in hook.got for event in json.loads(body)]


def test_an_incident_is_told_once_and_once_when_it_is_over(
    known: Traffic, told: Settings, hook: Receiver, tell: Any, sql: Any
) -> None:
    sql("insert into tracking.releases values ('web', '4.2', %s)", NOW - timedelta(minutes=6))
    gone = known.go_on(15, without=[("web", "click__save")])
    assert tell(told) == 1
    assert tell(told) == 0
    (event,) = events(hook)
    assert (event["type"], event["subject"]) == ("footfall.incident.opened", "web/click__save")
    data = event["data"]
    assert data["text"].startswith("click__save of web: nothing came where ")
    assert data["last_good_at"] == "2026-05-20T11:59:30+00:00"
    assert data["first_bad_at"] == "2026-05-20T12:00:00+00:00"
    assert data["changed"]["release"]["release"] == "4.2"
    assert "release 4.2 of web was deployed 6 minutes before" in data["lines"]

    known.go_on(40, gone)
    assert tell(told) == 1
    assert [event["type"] for event in events(hook)] == ["footfall.incident.opened", "footfall.incident.over"]
    assert len({event["id"] for event in events(hook)}) == 2
    assert tell(told) == 0


def test_a_webhook_can_verify_who_tells_it(known: Traffic, told: Settings, hook: Receiver, tell: Any) -> None:
    known.go_on(15, without=["ios"])
    tell(told)
    ((headers, body),) = hook.got
    assert told.alert_webhook_url is not None
    secret = signing.secrets(told.secret_keys, told.deployment, told.alert_webhook_url)[0]
    sent = {name.lower(): value for name, value in headers.items()}
    standardwebhooks.Webhook(secret).verify(body, sent)


def test_a_webhook_that_is_away_gets_the_same_alert_later(
    known: Traffic, told: Settings, hook: Receiver, tell: Any, sql: Any
) -> None:
    hook.answers("503 Service Unavailable")
    known.go_on(15, without=["ios"])
    assert tell(told) == 0
    hook.answers("204 No Content")
    sql("update tracking.notification_messages set next_attempt_at = now()")
    assert tell(told) == 1
    first, second = events(hook)
    assert first == second


def test_nobody_is_told_who_was_not_to_be_told_then(
    known: Traffic, settings: Settings, told: Settings, tell: Any
) -> None:
    known.go_on(15, without=["ios"])
    assert tell(settings) == 0
    assert tell(told) == 0


def test_a_mail_says_what_is_wrong_and_what_to_do(known: Traffic, settings: Settings, tell: Any) -> None:
    box = Mailbox()
    office = post_office(box)
    try:
        mailed = replace(
            settings, smtp_url=f"smtp+plain://127.0.0.1:{office.port}", mail_from="Jobs <no-reply@jobs.example>",
            alert_mail_to="team@jobs.example",
        )  # fmt: skip
        later = known.go_on(15, without=["ios"])
        assert tell(mailed) == 1
        known.go_on(60, later)
        assert tell(mailed) == 1
    finally:
        office.stop()
    opened, over = (message_from_bytes(envelope.content, policy=default) for envelope in box.envelopes)
    assert opened["To"] == "team@jobs.example"
    assert opened["Subject"].startswith("[footfall] ios: nothing came where ")
    said = opened.get_content()
    assert "last good event: 2026-05-20 11:59:30 UTC" in said
    assert "python -m tracking incidents accept" in said
    assert over["Subject"].startswith("[footfall] over: ios: nothing came")
    assert over["In-Reply-To"] == opened["Message-ID"]


def test_the_job_judges_until_the_last_full_minute(traffic: Traffic, told: Settings, hook: Receiver, sql: Any) -> None:
    """The whole of it, as the scheduler runs it: the ledger of now, judged, told."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    traffic.weeks(until=now - timedelta(minutes=30))
    traffic.book(now - timedelta(minutes=30), now, {("web", "view"): 240, ("web", "click__save"): 60})
    assert watching.watch(told) == 1
    assert watching.watch(told) == 0
    ((judged,),) = sql("select judged_until from tracking.alarm_state")
    with db.connect(db.owner_url(told)) as connection:
        ((theirs,),) = connection.execute("select date_trunc('minute', now())").fetchall()
    assert theirs - timedelta(minutes=1) <= judged <= theirs
    assert targets.send(told) == 1
    assert [event["subject"] for event in events(hook)] == ["ios/*"]
