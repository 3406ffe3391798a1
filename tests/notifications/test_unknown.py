"""A mail of which nobody knows whether it arrived is not sent again, unless its rule says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.smtp import Mailbox, post_office
from fixtures.telling import noon, people, yesterday
from tracking.notifications import delivery

DAY = yesterday()


@pytest.mark.parametrize(("at_least_once", "state", "mails"), [(False, "unknown", 1), (True, "sent", 2)])
def test_a_mail_without_an_answer(rule, seen, fill, settings, sql, outbox, at_least_once, state, mails) -> None:
    rule(channel="email", url=None, first_day=DAY, at_least_once=at_least_once)
    sql("insert into tracking.receivers (receiver_type, receiver_id) values ('profile', 'bob')")
    sql(
        "insert into tracking.contacts (receiver_type, receiver_id, email) values ('profile', 'bob', 'bob@example.com')"
    )
    seen("profile:bob", people(3), noon(DAY))
    fill(datetime.now(UTC) + timedelta(days=1))
    sql("update tracking.notifications set due_at = now(), expires_at = now() + interval '1 day'")
    box = Mailbox(data="hang up")
    office = post_office(box)
    try:
        mailing = replace(
            settings, smtp_url=f"smtp+plain://127.0.0.1:{office.port}", mail_from="jobs@jobs.example",
            public_url="https://track.example.com",
        )  # fmt: skip
        delivery.send(mailing)
        box.answers.clear()
        sql("update tracking.notification_messages set next_attempt_at = now()")
        delivery.send(mailing)
    finally:
        office.stop()
    assert outbox("state") == [(state,)]
    assert len(box.envelopes) == mails
    assert len({envelope.content for envelope in box.envelopes}) == 1
