"""Who an event is from, and when it was: tokens, clocks, people who share a browser, consent, proof."""

from __future__ import annotations

import time
from typing import Any

from fixtures.cast import ALICE, BOB
from fixtures.served import until
from tracking.snapshot import MAX_AGE

SOON = "data-seconds='0.2'"
NEVER = "data-seconds='600'"
"""Nothing goes by itself: only by a flush, or by a beacon."""
SKEWED = """
    window.skew = %d;
    const real = Date;
    Date = class extends real {
      constructor(...given) { given.length ? super(...given) : super(real.now() + window.skew); }
      static now() { return real.now() + window.skew; }
    };
"""
"""A device whose clock is wrong by so many milliseconds, and can be set."""
HOUR = 3_600_000


def track(page: Any, name: str, receiver: str = "job:42") -> None:
    page.evaluate("given => footfall.track(...given)", [name, receiver])


def test_a_clock_that_is_an_hour_ahead_and_then_set(context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    """An event that is an hour in the future would be rejected."""
    context.add_init_script(SKEWED % HOUR)
    page = opened("/clock", settings=SOON)
    auditor.expects("click__ahead", "job:42", now=True)
    track(page, "click__ahead")
    auditor.wait()
    for skew in (0, 2 * HOUR, -HOUR):
        page.evaluate("skew => { window.skew = skew; }", skew)
        auditor.expects("click", f"job:{skew}", now=True)
        track(page, "click", f"job:{skew}")
        auditor.wait()
    settle()


def test_a_token_is_renewed_before_it_expires(site: Any, opened: Any, auditor: Any, settle: Any, sql: Any) -> None:
    site.seconds = 3
    page = opened("/expiry", settings=SOON)
    auditor.expects("click", "job:1")
    track(page, "click", "job:1")
    auditor.wait()
    page.wait_for_timeout(2_800)  # nine tenths of its life
    auditor.expects("click", "job:2", now=True)
    track(page, "click", "job:2")
    auditor.wait()
    settle()
    assert site.minted == {ALICE: 2}


def test_a_token_that_the_server_takes_no_more(site: Any, opened: Any, auditor: Any, settle: Any) -> None:
    site.seconds, site.overstates = 2, 900
    page = opened("/expired", settings=SOON)
    auditor.expects("click", "job:1")
    track(page, "click", "job:1")
    auditor.wait()
    page.wait_for_timeout(2_100)
    auditor.expects("click", "job:2", now=True)
    track(page, "click", "job:2")
    auditor.wait()
    settle()
    assert site.minted == {ALICE: 2}


def test_two_people_share_a_browser(site: Any, door: Any, context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    """What waited of Alice's is never sent as Bob's; it goes when she is back."""
    page = opened("/shared", settings=NEVER)
    auditor.expects("click__a", "job:42")
    track(page, "click__a")
    page.evaluate("footfall.flush()")
    auditor.expects("click__of-alice", "job:42", now=True)
    track(page, "click__of-alice")
    door.shut()
    page.goto("about:blank")  # the beacon is lost
    until(lambda: door.refused)
    door.open = True

    def logs_in(who: str) -> None:
        context.add_cookies([{"name": "user", "value": who, "url": site.url}])

    logs_in(BOB)
    opened("/shared", tab=page, settings=SOON)
    auditor.expects("click__of-bob", "job:42", creator=BOB, now=True)
    track(page, "click__of-bob")
    page.evaluate("footfall.flush()")
    logs_in(ALICE)
    page.evaluate("footfall.init({})")  # the page's own way to say that somebody else is there
    auditor.expects("click__alice-again", "job:42", now=True)
    track(page, "click__alice-again")
    auditor.wait()
    settle()


def test_nothing_without_consent(site: Any, opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/consent", settings=f"{SOON} data-consent=required data-views")
    track(page, "click__before")
    page.evaluate("footfall.flush()")
    assert page.evaluate("localStorage.length") == 0
    auditor.expects("view", "page:/consent")
    page.evaluate("footfall.consent(true)")
    auditor.wait()
    opened("/consent-2", tab=page, settings=f"{SOON} data-consent=required")
    auditor.expects("click__agreed", "job:42")
    track(page, "click__agreed")
    auditor.wait()
    page.evaluate("footfall.track('click__waits', 'job:42'); footfall.consent(false)")
    track(page, "click__after")
    settle()
    assert page.evaluate("Object.entries(localStorage)") == [["footfall:consent", "0"]]


def test_what_was_shown_without_consent_counts_when_it_is_shown_with_it(opened: Any, auditor: Any, settle: Any) -> None:
    """A no and then a yes on one page: what was counted before the no counts no second time."""
    card = "<p data-track='view, impression' data-receiver='job:{0}'>job {0}</p>"
    page = opened("/again", card.format(1), settings=f"{SOON} data-views")
    for deed in (("view", "page:/again"), ("view", "job:1"), ("impression", "job:1")):
        auditor.expects(*deed)
    auditor.wait()
    page.evaluate("footfall.consent(false)")
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", card.format(2))
    page.wait_for_timeout(1_200)
    for deed in (("view", "job:2"), ("impression", "job:2")):
        auditor.expects(*deed)
    page.evaluate("footfall.consent(true)")
    auditor.wait()
    page.evaluate("footfall.consent(false); history.pushState({}, '', '/later')")
    auditor.expects("view", "page:/later")
    for deed in (("view", "job:1"), ("view", "job:2"), ("impression", "job:1"), ("impression", "job:2")):
        auditor.expects(*deed, excluded="repeat")  # once, though the answer came before the page counted as drawn
    page.evaluate("footfall.consent(true)")
    auditor.wait()
    settle()


def test_global_privacy_control_is_a_no(site: Any, context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})")
    page = opened("/gpc", settings=f"{SOON} data-views")
    page.evaluate("footfall.consent(true)")
    track(page, "click")
    page.evaluate("footfall.flush()")
    settle()
    assert (site.minted, site.asked["/footfall-token"]) == ({}, 0)


def test_a_source_that_asks_for_proof(
    site: Any, context: Any, empty: Any, opened: Any, auditor: Any, settle: Any
) -> None:
    """Each request is signed, and a page that goes has a signed beacon at hand."""
    empty(site.url, site.other_url, proof="required")
    time.sleep(MAX_AGE)  # so long the workers may take a token without a key
    page = opened("/proof", settings=f"{NEVER} data-proof")
    auditor.expects("click__a", "job:42", now=True)
    track(page, "click__a")
    page.evaluate("footfall.flush()")
    auditor.wait()
    auditor.expects("click__b", "job:42", now=True)
    track(page, "click__b")
    page.wait_for_timeout(1_500)  # once a second the beacon is signed anew
    page.goto("about:blank")
    auditor.wait()
    opened("/proof-2", tab=page, settings=f"{NEVER} data-proof")
    settle()
    empty(site.url, site.other_url)
    time.sleep(MAX_AGE)
