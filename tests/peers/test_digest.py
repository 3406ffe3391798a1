"""A digest has one line of it, where there is something to say; the dashboard's part is in tests/web."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fixtures.letters import digest, letter
from fixtures.peers import BERLIN
from tracking.notifications import filling, mail, text
from tracking.notifications.letters import Beside
from tracking.notifications.rules import Rule, add

SAID = [
    (0.22, "22% more views than similar ones of others at the same age.",
     "22\N{NO-BREAK SPACE}% mehr Ansichten als ähnliche von anderen im gleichen Alter."),
    (-0.4, "40% fewer views than similar ones of others at the same age.",
     "40\N{NO-BREAK SPACE}% weniger Ansichten als ähnliche von anderen im gleichen Alter."),
]  # fmt: skip


@pytest.mark.parametrize(("difference", "english", "german"), SAID)
def test_the_line_in_both_languages(difference: float, english: str, german: str) -> None:
    item = digest(beside=Beside(difference, 3))
    assert (text.beside(item, "en"), text.beside(item, "de")) == (english, german)
    assert text.beside(digest(), "en") == ""


def test_a_mail_has_it_once_in_each_form() -> None:
    said = {
        "sender": "Jobs <no-reply@jobs.example>",
        "unsubscribe_url": "https://x.example/u",
        "deployment": "footfall",
    }
    at = datetime(2026, 11, 28, tzinfo=UTC)
    sent = mail.render(letter(digest(beside=Beside(0.22, 3))), at=at, **said).decode()
    assert sent.replace("=\r\n", "").count("22% more views than similar ones") == 2
    assert "similar ones" not in mail.render(letter(digest()), at=at, **said).decode()


@pytest.fixture
def beside(engine: Any, settings: Any, sql: Any) -> Any:
    """What the digest of acme's jobs for the running week has of it, told when that is over."""

    def of_week(last: date) -> Any:
        with engine.begin() as connection:
            rule = Rule(rule="weekly-jobs", kind="weekly", per="owner", receiver_type="job", names=("view",), measure="events",
                        first_day=last, timezone="Europe/Berlin")  # fmt: skip
            add(connection, rule)
        filling.fill(settings, datetime.combine(last, datetime.min.time(), BERLIN) + timedelta(days=1, hours=22))
        ((found,),) = sql("select details -> 'beside' from tracking.notifications where receiver_id = 'acme'")
        sql("delete from tracking.notifications")
        sql("delete from tracking.notification_fills")
        return found

    return of_week


def a_sunday() -> date:
    """Of the week in which the market's events are: eight days ago."""
    day = datetime.now(BERLIN).date() - timedelta(days=8)
    return day + timedelta(days=6 - day.weekday())


@pytest.mark.parametrize(("views", "told"), [(131, [0.25, 1]), (114, None), (20, [-0.81, 1])])
def test_a_digest_has_it_where_the_difference_is_ten_percent(
    market: Any, night: Any, sql: Any, beside: Any, views: int, told: Any
) -> None:
    market(views=views)
    night()
    sql("update tracking.peers_state set counted_on = %s", (a_sunday(),))
    assert beside(a_sunday()) == told


def test_a_digest_has_none_of_a_night_before_its_week_was_over(market: Any, night: Any, sql: Any, beside: Any) -> None:
    market()
    night()
    sql("update tracking.peers_state set counted_on = %s", (a_sunday() - timedelta(days=1),))
    assert beside(a_sunday()) is None
