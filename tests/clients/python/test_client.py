"""The Python client against the real API, through a door that refuses and loses answers."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from footfall import uuid7
from footfall.waiting import LONGEST, least, pause

from fixtures.cast import ALICE
from fixtures.processes import ROOT, Server
from tracking.provenance import tokens

Sql = Callable[..., list[tuple]]
Rows = Callable[[], list[tuple]]


def test_events_arrive_once_with_the_id_and_the_time_of_their_beginning(opened: Any, door: Any, rows: Rows) -> None:
    """Refused, lost and garbled: the very same events are sent again. What was stored meanwhile is a duplicate."""
    told: list[tuple[dict[str, Any], str]] = []
    client = opened(report=lambda event, verdict: told.append((json.loads(event), verdict["verdict"])))
    door.next = ["503", "lost", "garbled"]
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert client.track(
        "view", "job:1", creator=ALICE, properties={"page": "/jobs/1"}, context={"user_agent": "okhttp"}
    )
    after = datetime.now(UTC)
    assert client.flush(20)
    assert len(door.bodies) == 4
    assert len(set(door.bodies)) == 1
    assert client.verdicts == Counter(duplicate=1)
    ((event, verdict),) = told
    assert verdict == "duplicate"
    assert before <= datetime.fromisoformat(event["occurred_at"]) <= after
    assert rows() == [(event["id"], "view", "1", ALICE)]
    assert event["id"][14] == "7"


def test_threads_share_requests(opened: Any, door: Any, rows: Rows) -> None:
    client = opened(every=60, batch=100)
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda n: client.track("view", f"job:{n}", creator=ALICE), range(1_000)))
    assert client.flush()
    assert [row[2] for row in rows()] == [str(n) for n in range(1_000)]
    assert len(door.bodies) == 10
    assert client.verdicts == Counter(accepted=1_000)


def test_a_body_that_is_too_large_is_sent_in_halves(opened: Any, rows: Rows) -> None:
    client = opened(every=60)
    for number in range(90):
        client.track("view", f"job:{number}", creator=ALICE, properties={"text": "x" * 15_000})
    assert client.flush()
    assert len(rows()) == 90


def test_a_token_that_expired_is_asked_for_again(opened: Any, door: Any, web: str, rows: Rows) -> None:
    good = tokens.mint(web, "client", seconds=900, creator=ALICE)
    made = [f"{good[:-4]}AAAA", good]
    client = opened(lambda: made.pop(0) if len(made) > 1 else made[0])
    client.track("view", "job:1")
    assert client.flush()
    client.track("view", "job:2")
    assert client.flush()
    assert [row[3] for row in rows()] == [ALICE, ALICE]
    assert client.verdicts == Counter(accepted=2), "and the client is no crawler"
    assert door.tokens == [f"{good[:-4]}AAAA", good, good]


@pytest.mark.parametrize("refusal", ["400", "403", "302"])
def test_what_no_retry_helps_is_said_and_left(opened: Any, door: Any, caplog: Any, web: str, refusal: str) -> None:
    """A redirect is one: no other host gets the credential."""
    client = opened()
    door.next = [refusal]
    client.track("view", "job:1", creator=ALICE)
    assert client.flush()
    assert client.verdicts == Counter(refused=1)
    assert "1 events are refused and lost" in caplog.text
    assert web not in caplog.text


def test_a_wrong_event_is_told_where_it_was_made_and_sinks_no_other(opened: Any, caplog: Any) -> None:
    client = opened()
    assert not client.track("view", "job:1", properties={"at": datetime.now(UTC)})
    assert not client.track("view", "job:1", properties={"share": float("nan")})
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    client.track("view", "4711", creator=ALICE)
    client.track("view", "job:2", creator=ALICE)
    assert client.flush()
    assert client.verdicts == Counter(accepted=1, rejected=1)
    assert "rejected: receiver expected TYPE:ID" in caplog.text
    assert re.search(r"event 'view' on '4711', id [0-9a-f-]{36}$", caplog.text, re.MULTILINE)


class Moved(Mapping[str, Any]):
    """A mapping that another thread changes while it is read."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Any:
        raise RuntimeError("dictionary changed size during iteration")

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        *(("occurred_at", value, "expected datetime.now(UTC)") for value in ("2026-01-01", date(2026, 1, 1), 0, "")),
        ("occurred_at", datetime(2026, 1, 1), "a datetime with a timezone; this one has none"),  # noqa: DTZ001
        ("occurred_at", datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), "date value out of range"),
        *(("name", value, "expected a str, not ") for value in (None, b"view", 7)),
        *(("receiver", value, "expected a str, not ") for value in (None, b"job:1", ("job", 1))),
        *(("creator", value, "expected a str, not ") for value in (7, b"user-7", 0)),
        *(("properties", value, "expected a dict, not ") for value in ("page", [("page", 1)], [], 0)),
        *(("context", value, "expected a dict, not ") for value in (b"app", [1])),
        ("properties", Moved(), "dictionary changed size"),
        ("properties", {b"page": 1}, "keys must be str"),
    ],
)
def test_an_argument_of_a_wrong_kind_is_no_error_in_the_app_but_one_in_the_log(
    opened: Any, door: Any, caplog: Any, argument: str, value: Any, said: str
) -> None:
    client = opened()
    assert client.track(**{"name": "view", "receiver": "job:1", "creator": ALICE, argument: value}) is False
    (record,) = caplog.records
    assert said in record.getMessage()
    assert argument in record.getMessage() or "expected" not in said
    assert client.track("view", "job:2", creator=ALICE, properties={}, context={"app": "1"})
    assert client.flush()
    assert len(door.bodies) == 1


def test_a_queue_that_is_full_drops_and_says_so(opened: Any, door: Any, caplog: Any) -> None:
    client = opened(most=5, every=60)
    taken = [client.track("view", f"job:{n}", creator=ALICE) for n in range(8)]
    assert taken == [True] * 5 + [False] * 3
    assert caplog.text.count("events are dropped: 5 wait already; 1 so far") == 1
    assert client.close(20)
    assert not client.track("view", "job:9", creator=ALICE)
    assert client.verdicts == Counter(accepted=5, dropped=4)


@pytest.mark.parametrize(
    "options",
    [
        {"batch": 0}, {"batch": 501}, {"batch": 100.0}, {"most": 0}, {"most": 1e4}, {"timeout": 0},
        {"timeout": float("inf")}, {"every": float("inf")}, {"every": float("nan")},
    ],
)  # fmt: skip
def test_an_argument_that_cannot_be_meant_is_an_error(opened: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        opened(**options)


PROGRAM = """
import os, sys
from footfall import Client
client = Client(sys.argv[1], os.environ["CREDENTIAL"], every=60)
for number in range(10):
    client.track("view", f"job:{number}", creator="parent")
child = os.fork()
for number in range(10, 15):
    client.track("view", f"job:{number}", creator="child" if child == 0 else "parent")
if child:
    os.waitpid(child, 0)
"""
CUT_OFF = """
import os, sys
import footfall.client
footfall.client.AT_THE_END = 0.2
footfall.Client(sys.argv[1], os.environ["CREDENTIAL"]).track("view", "job:1", creator="parent")
"""


def test_a_program_that_ends_sends_what_waits_and_so_does_its_child(
    server: Server, web: str, sql: Sql, rows: Rows
) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python"), "CREDENTIAL": web}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, server.url], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert Counter(row[3] for row in rows()) == {"parent": 15, "child": 5}
    assert sql("select distinct verdict from tracking.ingest_ledger") == [("accepted",)], "what waits is the parent's"


def test_a_program_that_ends_while_the_api_is_away_says_what_is_lost(web: str) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python"), "CREDENTIAL": web}
    program = PROGRAM.replace("os.fork()", "1").replace("os.waitpid", "id and (lambda *_: None)")
    program = program.replace(
        "from footfall", "import footfall.client; footfall.client.AT_THE_END = 0.2\nfrom footfall"
    )
    done = subprocess.run(
        [sys.executable, "-c", CUT_OFF, "http://127.0.0.1:9"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "1 events are not sent at the end" in done.stderr
    assert web not in done.stderr


def test_waits_double_to_a_minute_with_a_random_part() -> None:
    for failures in range(1, 2_000):
        doubled = min(LONGEST, 2.0 ** min(failures - 1, 10))
        assert doubled / 2 <= pause(failures) <= doubled
    assert len({pause(5) for _ in range(50)}) > 40


def test_retry_after_is_read_in_both_its_forms_and_whatever_it_holds() -> None:
    assert least("30") == 30
    soon = datetime.now(UTC) + timedelta(seconds=100)
    assert 98 < least(soon.strftime("%a, %d %b %Y %H:%M:%S GMT")) < 101
    for text in ("0", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", "-5", "9" * 400, "", "\xb2", "21 Oct"):
        assert least(text) == 0
    for text in ("Wed, 21 Oct 99999999999 07:28:00 GMT", f"Wed, 21 Oct 2015 07:28:00 +{'9' * 30}"):
        assert least(text) == 0
    assert least("999999") == 3_600


def test_ids_are_uuids_of_version_7_in_order_of_time() -> None:
    made = [uuid7() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert [one[:13] for one in made] == sorted(one[:13] for one in made)
    assert {one[14] for one in made} == {"7"}
    assert {one[19] for one in made} <= set("89ab")
