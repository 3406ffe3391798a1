"""The sample job board in a browser, and the visitors of the demo: tracker, elements and inspector as `make demo` has them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from fixtures.processes import Server
from fixtures.served import until
from tracking.cli.demo import RIGHTS, SOURCES, admit, credential_of, visitors
from tracking.demo import receivers
from tracking.demo.board import SOURCE, Board
from tracking.demo.visitors import YOURS, happening
from tracking.provenance.sources import add_source
from tracking.settings import Settings

Sql = Callable[..., list[tuple]]
READER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
"""Chromium without a window says so, and is counted as a crawler."""


@pytest.fixture
def board(server: Server, settings: Settings, catalogue: None) -> Iterator[Board]:
    with Board(receivers()) as board:
        admit(settings, board)
        board.opens(server.url, credential_of(settings, SOURCE))
        yield board


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page that fails the test where the browser complains."""
    context = chromium.new_context(locale="en-GB", user_agent=READER, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    yield page
    context.close()
    assert complaints == []


def test_what_a_visitor_does_on_the_board_is_stored_once_and_shown_beside_it(page: Any, board: Board, sql: Sql) -> None:
    page.goto(board.url)
    inspector = page.frame_locator("iframe")
    first, second = page.locator("article").nth(0), page.locator("article").nth(1)
    inspector.get_by_text("impression on job:42").wait_for()
    second.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send a wrong event").click()
    first.get_by_role("link").click()
    page.get_by_role("button", name="Apply").click()
    inspector.get_by_text("click__applicationCreatedFromBottomBtn on job:42").wait_for()
    inspector.get_by_text("Send the receiver as TYPE:ID, as in job:42").wait_for()
    page.locator("footfall-count[measure=creators][data-state=ready]").wait_for()

    rows = sql("select name, receiver_type || ':' || receiver_id, excluded, creator, source from tracking.events")
    assert {(creator[:8], source) for *_, creator, source in rows} == {("visitor-", "board")}
    assert len({creator for *_, creator, _ in rows}) == 1
    counted = Counter((name, receiver) for name, receiver, excluded, *_ in rows if excluded is None)
    assert {key: times for key, times in counted.items() if key[0] != "impression"} == {
        ("click__saveJob", f"job:{board.jobs[1]['id']}"): 1,
        ("click__openJob", "job:42"): 1,
        ("view", "job:42"): 1,
        ("click__applicationCreatedFromBottomBtn", "job:42"): 1,
    }
    shown = [f"job:{job['id']}" for job in board.jobs]
    assert set(counted.values()) == {1}
    seen = [receiver for name, receiver in counted if name == "impression"]
    assert sorted(seen, key=shown.index) == shown[: len(seen)]
    assert 3 <= len(seen) < 12


def test_a_list_that_is_scrolled_grows(page: Any, board: Board) -> None:
    page.goto(board.url)
    for shown in (12, 24):
        page.locator("article").nth(shown - 1).wait_for()
        page.locator("article").nth(shown - 1).scroll_into_view_if_needed()
    page.locator("article").nth(35).wait_for()
    page.locator("article").nth(30).get_by_role("link").click()
    page.locator("article.job").wait_for()
    page.go_back()
    page.locator("article").nth(11).wait_for()


def test_visitors_come_while_the_demo_runs_and_leave_with_it(
    server: Server, settings: Settings, engine: Any, sql: Sql
) -> None:
    with engine.begin() as connection:
        for name in SOURCES:
            add_source(connection, name, key=settings.secret_keys[0], rights=RIGHTS)
    command, more = visitors(settings, server.url, 7)
    assert not [word for word in command if "fk_" in word], "who looks at the list of processes sees no credential"
    path = os.pathsep.join([more["PYTHONPATH"], *filter(None, sys.path)])
    with subprocess.Popen(
        command, env=os.environ | more | {"PYTHONPATH": path}, stderr=subprocess.PIPE, text=True
    ) as process:
        until(lambda: sql("select 1 from tracking.events having count(*) > 2"), 60)
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
    assert sql("select 1 from tracking.rejected_events") == []


def test_visitors_come_in_order_of_time_and_leave_one_job_to_whoever_tries_things_out() -> None:
    events = list(islice(happening(7), 2_000))
    times = [at for at, _ in events]
    assert times == sorted(times)
    assert len({event["id"] for _, event in events}) == 2_000
    assert YOURS not in {event["receiver"] for _, event in events}
    assert {event["source"] for _, event in events} == set(SOURCES)
