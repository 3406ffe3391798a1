"""What the tracker sends from a real browser to a real server: each event once, whatever happens on the way."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error

from fixtures.served import until

SOON = "data-seconds='0.2'"
NEVER = "data-seconds='600'"
"""Nothing goes by itself: only by a flush, or by a beacon."""


def track(page: Any, name: str, receiver: str = "job:42") -> None:
    page.evaluate("given => footfall.track(...given)", [name, receiver])


def test_what_is_tracked_is_stored(opened: Any, auditor: Any, settle: Any, sql: Any) -> None:
    auditor.expects("view", "page:/jobs/42", now=True)
    page = opened("/jobs/42", settings="data-views")
    auditor.expects("click__save", "job:42", now=True)
    page.evaluate("footfall.track('click__save', 'job:42', {list: 'search', place: 3})")
    settle()
    assert sql("select properties from tracking.events where name like 'click%'") == [({"list": "search", "place": 3},)]


def test_what_the_page_asked_for_before_the_tracker_was_there(opened: Any, auditor: Any, settle: Any) -> None:
    auditor.expects("click__early", "job:42", now=True)
    head = "<script>(window.footfall ||= []).push(['track', 'click__early', 'job:42'])</script>"
    opened("/early", head=head, settings=SOON)
    settle()


def test_what_the_page_set_before_the_tracker_was_there_goes_for_its_first_view(
    opened: Any, auditor: Any, settle: Any
) -> None:
    auditor.expects("view", "job:42")
    views = "({pathname}) => pathname.replace('/jobs/', 'job:')"
    head = f"<script>(window.footfall ||= []).push(null, ['init', {{views: {views}}}])</script>"
    page = opened("/jobs/42", head=head, settings=f"{SOON} data-views")
    settle()
    head = head.replace("push(null", "push(['consent', true]")
    auditor.expects("view", "job:7")
    opened("/jobs/7", tab=page, head=head, settings=f"{SOON} data-views")
    settle()


def test_an_event_that_no_server_takes_is_told_and_stops_no_other(opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/large", settings=f"{SOON} data-debug")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.evaluate("footfall.track('click__large', 'job:42', {text: 'x'.repeat(1.2e6)})")
    auditor.expects("click__small", "job:42")
    track(page, "click__small")
    auditor.wait()
    settle()
    assert (
        "footfall: click__large on job:42 is not tracked: the server takes no event of more than 16,384 bytes" in told
    )


def test_a_large_event_of_many_bytes_stops_no_other(opened: Any, auditor: Any, settle: Any, sql: Any) -> None:
    """25,000 characters are more bytes than a request that outlives its page may have. The server rejects it."""
    page = opened("/bytes", settings=SOON)
    page.evaluate("footfall.track('click__large', 'job:42', {text: '€'.repeat(25000)})")
    auditor.expects("click__small", "job:42")
    track(page, "click__small")
    auditor.wait()
    page.evaluate("footfall.flush()")
    assert sql("select name, field from tracking.rejected_events") == [("click__large", "properties")]
    sql("delete from tracking.rejected_events")
    sql("delete from tracking.ingest_ledger where verdict = 'rejected'")
    settle()


def test_keys_of_somebody_else_are_no_events(opened: Any, auditor: Any, settle: Any, door: Any) -> None:
    """Another script may use the same beginning of a name."""
    page = opened("/foreign", settings=NEVER)
    page.evaluate("localStorage['footfall/z'] = JSON.stringify({f: 1, w: 'user:alice', e: {id: 'y'}})")
    page.evaluate("localStorage['footfall/y'] = '{'; localStorage['footfall/x'] = 'null'")
    auditor.expects("click", "job:42")
    track(page, "click")
    page.evaluate("footfall.flush()")
    auditor.wait()
    settle()


def test_a_batch_goes_by_size_before_its_time(opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/size", settings=f"{NEVER} data-size=3")
    for receiver in ("job:1", "job:2", "job:3"):
        auditor.expects("click", receiver)
        track(page, "click", receiver)
    auditor.wait()
    settle()


def test_the_server_is_away_for_a_while_and_answers_get_lost(
    door: Any, opened: Any, auditor: Any, settle: Any, sql: Any
) -> None:
    page = opened("/away", settings=SOON)
    auditor.expects("click__a", "job:42", now=True)
    track(page, "click__a")
    auditor.wait()
    door.shut()
    auditor.expects("click__b", "job:42", now=True)
    track(page, "click__b")
    until(lambda: door.refused)
    door.open, door.deaf = True, True
    auditor.expects("click__c", "job:42", now=True)
    track(page, "click__c")
    until(lambda: door.lost)
    door.deaf = False
    auditor.wait()
    settle()
    assert sql("select sum(events) > 0 from tracking.ingest_ledger where verdict = 'duplicate'") == [(True,)]


def test_an_overloaded_server_says_when_to_come_back(
    door: Any, opened: Any, auditor: Any, settle: Any, sql: Any
) -> None:
    """Two seconds, where the tracker itself would wait for one at most."""
    page = opened("/busy", settings=NEVER)
    auditor.expects("click__a", "job:42", now=True)
    track(page, "click__a")
    page.evaluate("footfall.flush()")
    door.hang_up()
    door.busy = 1
    auditor.expects("click__b", "job:42", now=True)
    track(page, "click__b")
    page.evaluate("footfall.flush()")
    auditor.wait()
    assert time.monotonic() - door.turned_away[-1] > 1.9
    settle()


def test_offline_and_back(context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/offline", settings=SOON)
    auditor.expects("click__before", "job:42", now=True)
    track(page, "click__before")
    auditor.wait()
    context.set_offline(True)
    auditor.expects("click__offline", "job:42", now=True)
    track(page, "click__offline")
    page.wait_for_event("requestfailed", predicate=lambda one: one.url.endswith("/v1/events"))
    context.set_offline(False)
    auditor.wait()
    settle()


def test_a_tab_that_goes_sends_a_beacon(context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    """To another site's page, where the tracker is not, and which nobody of ours flushes."""
    page = opened("/going", settings=f"{NEVER} data-size=500")
    auditor.expects("click__first", "job:42", now=True)
    track(page, "click__first")
    page.evaluate("footfall.flush()")
    for number in range(150):  # more than 14 KB, so that there are several beacons
        auditor.expects("click__apply", f"job:{number}")
        page.evaluate("n => footfall.track('click__apply', `job:${n}`, {text: 'x'.repeat(200)})", number)
    page.goto("about:blank")
    auditor.wait()
    settle()


def test_a_bounce_before_the_token_came_is_sent_by_the_next_page(
    site: Any, context: Any, opened: Any, auditor: Any, settle: Any
) -> None:
    site.mints = False
    page = opened("/bounce", settings=NEVER)
    auditor.expects("click__apply", "job:42", now=True)
    track(page, "click__apply")
    page.goto("about:blank")
    site.mints = True
    opened("/after", tab=page, settings=SOON)
    auditor.wait()
    settle()


def test_a_crashed_tabs_events_are_sent_by_another(
    door: Any, context: Any, opened: Any, auditor: Any, settle: Any
) -> None:
    """It had sent some, whose answer was lost, and some not."""
    other = opened("/tab-1", settings=NEVER)
    track(other, "click__other")
    auditor.expects("click__other", "job:42", now=True)
    other.evaluate("footfall.flush()")
    page = opened("/tab-2", settings=NEVER)
    track(page, "click__sent")
    auditor.expects("click__sent", "job:42", now=True)
    page.evaluate("footfall.flush()")
    door.deaf = True
    auditor.expects("click__lost", "job:42", now=True)
    track(page, "click__lost")
    page.evaluate("void footfall.flush()")
    until(lambda: door.lost)
    auditor.expects("click__crash", "job:42", now=True)
    track(page, "click__crash")
    door.deaf = False
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    page.close()
    other.evaluate("footfall.flush()")
    settle()


def test_storage_is_deleted_meanwhile(context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    """By the page, by another tab, and by the browser."""
    page, other = opened("/deleted", settings=NEVER), opened("/deleting", settings=NEVER)
    deletions = (
        lambda: page.evaluate("localStorage.clear()"),
        lambda: other.evaluate("localStorage.clear()"),
        lambda: context.new_cdp_session(page).send(
            "Storage.clearDataForOrigin", {"origin": page.evaluate("origin"), "storageTypes": "all"}
        ),
    )
    auditor.expects("click__first", "job:42")
    track(page, "click__first")
    page.evaluate("footfall.flush()")  # now there is a token, and nothing is written but by us
    for number, delete in enumerate(deletions):
        auditor.expects("click", f"job:{number}", now=True)
        track(page, "click", f"job:{number}")
        delete()
        until(lambda: page.evaluate("localStorage.length") == 0)  # another tab's deed takes a moment
        page.evaluate("footfall.flush()")
    settle()


def test_a_browser_without_storage(context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('', 'SecurityError'); }})"
    )
    page = opened("/nowhere", settings=NEVER)
    auditor.expects("click", "job:42", now=True)
    track(page, "click")
    page.evaluate("footfall.flush()")
    page.evaluate("() => { Object.defineProperty(window, 'footfall', {value: undefined}) }")
    auditor.wait()
    assert auditor.faults() == []
    context.pages[0].goto("about:blank")
    settle()
