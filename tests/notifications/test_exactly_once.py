"""Whatever dies and whatever the other side does, each thing to tell arrives, under one id."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.processes import environment
from fixtures.smtp import Mailbox, post_office
from fixtures.telling import BERLIN, noon, people, yesterday
from fixtures.webhooks import OK, Receiver
from tracking.notifications.delivery import WORKERS
from tracking.notifications.timing import end_of
from tracking.settings import Settings

TELLER = Path(__file__).with_name("teller.py")
RECEIVERS, MAILS = 2_000, 300
ZONE = ZoneInfo(BERLIN)
DAY = yesterday(ZONE)
PAST = time(0 if datetime.now(ZONE).hour < 12 else 12)
"""A time of sending that has passed today, and does not come again soon."""
POINTS = [
    *((query, nth, when) for query in ("outbox_fill", "fills_advance") for nth in (1, 3) for when in ("before", "after")),
    *((query, nth, when) for query in ("turns_take", "messages_freeze", "outbox_freeze") for nth in (1, 2)
      for when in ("after", "committed")),
    *((query, nth, when) for query in ("messages_claim", "messages_hand_over", "messages_answered") for nth in (1, 4)
      for when in ("before", "after", "committed")),
]  # fmt: skip
"""While filling, between freezing and sending, while sending, and between the answer and its mark."""


def told_to(sql: Any, count: int) -> str:
    """Makes so many profiles have three visitors each yesterday; returns a moment at which that day is settled."""
    creators = people(3)
    sql(
        "insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)"
        " select %s::timestamptz + nth * interval '1 second', gen_random_uuid(), 'web', creator, 'profile',"
        " 'user-' || nth, 'view' from generate_series(1, %s) as nth cross join unnest(%s::text[]) as creator",
        noon(DAY, ZONE), count, creators,
    )  # fmt: skip
    return max(datetime.now(ZONE), end_of(DAY, ZONE) + timedelta(minutes=61)).isoformat()


def ends(seed: int, count: int) -> str:
    """So many moments at random, in the order in which a process comes to them."""
    some = sorted(random.Random(seed).sample(POINTS, count), key=POINTS.index)
    return json.dumps([{"query": query, "nth": nth, "when": when} for query, nth, when in some])


def until_all_is_told(settings: Settings, moment: str, deaths: str, **more: str) -> int:
    """Runs two processes at once, each that dies is replaced; returns how many died."""
    command = [sys.executable, str(TELLER), moment, deaths]
    env = environment(settings, LOCAL_WEBHOOKS="true", **more)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])


class Unreliable:
    """A platform's server on a bad day: it times out, answers 500 or 429, or its answer is lost."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.left = 40
        self.lock = threading.Lock()

    def __call__(self, handler: Any) -> None:
        with self.lock:
            self.left -= 1
            what = self.chance.choice(["500", "429", "lost", "hang"]) if self.left > 0 else "ok"
        if what == "lost":
            handler.connection.close()
        elif what == "hang":
            handler.server.closing.wait(1.3)
        else:
            handler.say(OK if what == "ok" else f"HTTP/1.1 {what} No\r\n\r\n".encode())


@pytest.fixture
def bad_day(hook: Receiver) -> Receiver:
    hook.behave = Unreliable(seed=7)
    return hook


def test_each_receivers_item_arrives_with_one_id(rule, settings, sql, bad_day, outbox) -> None:
    rule(url=bad_day.url, first_day=DAY, send_at=PAST)
    moment = told_to(sql, RECEIVERS)
    died = until_all_is_told(settings, moment, ends(seed=12, count=20))
    assert died >= 12, "most of the processes came to the moment of their end"

    messages, bodies = defaultdict(set), defaultdict(set)
    for headers, body in bad_day.got:
        bodies[headers["webhook-id"]].add(body)
        for item in json.loads(body):
            messages[item["subject"]].add((item["id"], headers["webhook-id"], item["data"]["value"]))
    assert {len(same) for same in bodies.values()} == {1}
    assert len(messages) == RECEIVERS
    assert {len(ids) for ids in messages.values()} == {1}, "each is in one message, under one id"
    assert {value for ids in messages.values() for _, _, value in ids} == {3}
    assert Counter(outbox("state")) == {("sent",): RECEIVERS}


def test_no_mail_arrives_twice(rule, settings, sql, outbox) -> None:
    rule(channel="email", url=None, first_day=DAY, send_at=PAST)
    moment = told_to(sql, MAILS)
    sql(
        "insert into tracking.receivers (receiver_type, receiver_id) select 'profile', 'user-' || nth from generate_series(1, %s) as nth",
        MAILS,
    )
    sql(
        "insert into tracking.contacts (receiver_type, receiver_id, email) select 'profile', receiver_id, receiver_id || '@example.com' from tracking.receivers"
    )
    box = Mailbox()
    office = post_office(box)
    try:
        died = until_all_is_told(
            settings, moment, ends(seed=5, count=12), SMTP_URL=f"smtp+plain://127.0.0.1:{office.port}",
            MAIL_FROM="Jobs <jobs@jobs.example>", PUBLIC_URL="https://track.example.com",
        )  # fmt: skip
    finally:
        office.stop()
    arrived = Counter(envelope.rcpt_tos[0] for envelope in box.envelopes)
    assert set(arrived.values()) == {1}
    states = Counter(outbox("state"))
    assert set(states) <= {("sent",), ("unknown",)}
    assert states[("unknown",)] <= died * WORKERS, "each process had so many under way"
    assert sum(states.values()) == MAILS
    sent = {f"{receiver}@example.com" for (receiver,) in outbox("receiver_id", "state = 'sent'")}
    assert sent <= set(arrived)
