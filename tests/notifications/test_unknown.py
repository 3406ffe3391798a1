"""A mail of which nobody knows whether it arrived is not sent again, unless its rule says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.smtp import Mailbox, post_office
from fixtures.telling import FILLED, TOLD, again, due, noon, people
from tracking import deployment
from tracking.notifications import delivery
from tracking.notifications.channels import configured
from tracking.notifications.delivery import Worker


@pytest.fixture
def box():
    return Mailbox()


@pytest.fixture
def mailing(settings, box):
    """Settings of a deployment that sends mails."""
    office = post_office(box)
    yield replace(
        settings, smtp_url=f"smtp+plain://127.0.0.1:{office.port}", mail_from="jobs@jobs.example",
        public_url="https://track.example.com",
    )  # fmt: skip
    office.stop()


@pytest.fixture
def mail(rule, seen, fill, sql):
    """Puts a mail to Bob into the outbox, due now."""

    def put(**fields) -> None:
        rule(channel="email", url=None, first_day=TOLD, **fields)
        sql("insert into tracking.receivers (receiver_type, receiver_id) values ('profile', 'bob')")
        sql(
            "insert into tracking.contacts (receiver_type, receiver_id, email) values ('profile', 'bob', 'bob@example.com')"
        )
        seen("profile:bob", people(3), noon(TOLD))
        fill(FILLED)
        due(sql)

    return put


@pytest.mark.parametrize(("at_least_once", "state", "mails"), [(False, "unknown", 1), (True, "sent", 2)])
def test_a_mail_without_an_answer(mail, mailing, box, sql, outbox, at_least_once, state, mails) -> None:
    mail(at_least_once=at_least_once)
    box.answers["data"] = "hang up"
    delivery.send(mailing)
    box.answers.clear()
    again(sql)
    delivery.send(mailing)
    assert outbox("state") == [(state,)]
    assert len(box.envelopes) == mails
    assert len({envelope.content for envelope in box.envelopes}) == 1


@pytest.mark.parametrize(("handed_over", "state", "mails"), [(True, "unknown", 0), (False, "sent", 1)])
def test_a_mail_whose_process_died(mail, mailing, box, engine, sql, outbox, handed_over, state, mails) -> None:
    mail()
    (freezer,) = [one for one in configured(mailing) if one.name == "email"]
    freezer.freeze(engine, deployment.read(engine))
    dead = Worker(engine, freezer.name, freezer.channel)
    claim = dead.claim()
    if handed_over:
        dead._hand_over(claim)()
    sql("update tracking.notification_messages set leased_until = now() - interval '1 second'")
    other = Worker(engine, freezer.name, freezer.channel)
    assert other.work() == mails, "also a worker that was there before anybody has settled it"
    delivery.send(mailing)
    assert outbox("state") == [(state,)]
    assert len(box.envelopes) == mails


def test_a_mail_that_waits_goes_to_the_address_that_is_right_now(mail, mailing, box, sql) -> None:
    mail()
    box.answers["rcpt"] = "451 later"
    delivery.send(mailing)
    sql("update tracking.contacts set email = 'bob@example.org'")
    box.answers.clear()
    again(sql)
    delivery.send(mailing)
    assert [envelope.rcpt_tos for envelope in box.envelopes] == [["bob@example.org"]]
