"""What the tracker sends from a real browser to a real server: each event once, whatever happens on the way."""

from __future__ import annotations

from typing import Any

from fixtures.served import until


def test_what_is_tracked_is_stored(site: Any, context: Any, auditor: Any, settle: Any) -> None:
    page = context.new_page()
    page.goto(site.add("/jobs/42", settings="data-views", body="<h1>Engineer</h1>"))
    page.wait_for_function("window.footfall")
    auditor.expects("view", "page:/jobs/42", now=True)
    auditor.expects("click__save", "job:42", now=True)
    page.evaluate("footfall.track('click__save', 'job:42', {list: 'search', place: 3})")
    settle()


def test_a_server_that_is_away_for_a_while(site: Any, door: Any, context: Any, auditor: Any, settle: Any) -> None:
    page = context.new_page()
    page.goto(site.add("/jobs/42", settings="data-seconds='0.2'"))
    page.wait_for_function("window.footfall")
    auditor.expects("click__a", "job:42", now=True)
    page.evaluate("footfall.track('click__a', 'job:42')")
    page.evaluate("footfall.flush()")
    door.shut()
    auditor.expects("click__b", "job:42", now=True)
    page.evaluate("footfall.track('click__b', 'job:42')")
    page.evaluate("footfall.flush()")
    assert door.refused > 0
    door.open, door.deaf = True, True
    page.evaluate("footfall.track('click__c', 'job:42')")
    auditor.expects("click__c", "job:42", now=True)
    until(lambda: door.lost)
    door.deaf = False
    settle()
