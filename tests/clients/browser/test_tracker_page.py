"""What counts as a page view, and where the tracker runs at all."""

from __future__ import annotations

from typing import Any

from fixtures.processes import ROOT
from fixtures.served import until

CLIENT = ROOT / "clients" / "browser"

SOON = "data-seconds='0.2'"
VIEWS = f"{SOON} data-views"


def test_views_of_a_page_that_navigates_by_itself(opened: Any, auditor: Any, settle: Any) -> None:
    """Another path is another view, also on the way back; another query or fragment is not."""
    auditor.expects("view", "page:/list")
    page = opened("/list", settings=VIEWS)
    auditor.expects("view", "page:/jobs/42")
    page.evaluate("history.pushState({}, '', '/jobs/42')")
    page.evaluate("history.replaceState({}, '', '/jobs/42?tab=2'); location.hash = 'top'")
    auditor.expects("view", "page:/list", excluded="repeat")
    page.evaluate("history.go(-2)")
    page.wait_for_url("**/list")
    auditor.wait()
    settle()


def test_views_of_an_older_browser(context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    context.add_init_script("Object.defineProperty(window, 'navigation', {value: undefined})")
    auditor.expects("view", "page:/old")
    page = opened("/old", settings=VIEWS)
    page.wait_for_function("history.pushState.toString().includes('apply')")
    auditor.expects("view", "page:/jobs/42")
    page.evaluate("history.pushState({}, '', '/jobs/42')")
    auditor.wait()
    settle()


DRAWS_LATE = """
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    history.pushState({}, '', '/jobs/2');
    await wait(50);
    document.body.insertAdjacentHTML('beforeend', '<progress>');
    await wait(1500);
    document.querySelector('progress').remove();
    document.querySelector('main').outerHTML = job.replace('job:1', 'job:2');
"""


def test_an_app_that_draws_its_page_after_its_address(opened: Any, auditor: Any, settle: Any) -> None:
    """What still stands there from the page before was seen then, and a progress bar draws no page. What stays does count."""
    job = "<main data-track='view, impression' data-receiver=job:1>A job</main>"
    auditor.expects("view", "job:1")
    auditor.expects("impression", "job:1")
    auditor.expects("impression", "company:1")
    page = opened("/jobs/1", f"{job}<p data-track=impression data-receiver=company:1>Its company</p>", settings=SOON)
    auditor.wait()
    auditor.expects("view", "job:2")
    auditor.expects("impression", "job:2")
    auditor.expects("impression", "company:1", excluded="repeat")
    page.evaluate(f"async job => {{ {DRAWS_LATE} }}", job)
    auditor.wait()
    settle()


def test_the_page_says_what_is_viewed(opened: Any, auditor: Any, settle: Any) -> None:
    """As an app does whose addresses differ in the fragment."""
    page = opened("/app", settings="data-x")
    page.evaluate(
        "footfall.init({seconds: 0.2, views: ({hash}) => hash.startsWith('#job-') && `job:${hash.slice(5)}`})"
    )
    for number in (1, 2):
        auditor.expects("view", f"job:{number}")
        page.evaluate("n => { location.hash = `job-${n}`; }", number)
        page.evaluate("location.hash = 'list'")
    auditor.wait()
    settle()


def test_a_prerendered_page_counts_when_it_is_shown(site: Any, unwatched: Any, auditor: Any, sql: Any) -> None:
    """It ran before: its script says so. No event was made, no token was asked for."""
    ran = """<script type="module">
      while (!window.footfall) await new Promise((resolve) => setTimeout(resolve, 20));
      footfall.track('click__unseen', 'job:42');
      await footfall.flush();
      if (document.prerendering) fetch('/ran');
      document.addEventListener('prerenderingchange', () => footfall.flush().then(() => {
        fetch(window.errors.length ? '/errors' : '/no-errors');
      }));
    </script>"""
    site.add("/next", settings=VIEWS, body=ran)
    rules = '<script type="speculationrules">{"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]}</script>'
    leaves = """<a href="/next">next</a><script type="module">
      while ((await fetch('/show')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
      document.querySelector('a').click();
    </script>"""
    unwatched(site.add("/start", leaves, settings=SOON, head=rules))
    until(lambda: site.asked["/ran"])
    assert site.asked["/next prerender"]
    assert (site.minted, sql("select count(*) from tracking.events")) == ({}, [(0,)])
    auditor.expects("view", "page:/next", now=True)
    auditor.expects("click__unseen", "job:42", now=True)
    site.add("/show")
    auditor.wait()
    until(lambda: site.asked["/no-errors"])
    assert auditor.faults() == []
    assert site.asked["/next"] == 1


def test_a_page_that_imports_the_package(site: Any, context: Any, auditor: Any, settle: Any) -> None:
    """As it is installed: its parts come when they are needed, from beside it."""
    script = {"Content-Type": "text/javascript"}
    for file in [*(CLIENT / "src").glob("*.js"), CLIENT / "footfall-proof.mjs"]:
        site.pages[f"/package/{file.relative_to(CLIENT)}"] = file.read_text(), script
    page = context.new_page()
    body = f"""<!doctype html><title>module</title><script type="module">
      import {{ init, track, flush }} from "/package/src/index.js";
      init({{ host: "{site.footfall}", tokenUrl: "/footfall-token", seconds: 0.2 }});
      track("click__module", "job:42");
      window.footfall = {{ flush }};
    </script><p data-track="impression" data-receiver="job:42">Engineer</p>"""
    site.pages["/module"] = body, {}
    auditor.expects("click__module", "job:42")
    auditor.expects("impression", "job:42")
    page.goto(f"{site.url}/module")
    auditor.wait()
    settle()


PERSISTED = "addEventListener('pageshow', (event) => { window.persisted = event.persisted; })"


def test_a_restored_page_is_no_new_view(context: Any, opened: Any, auditor: Any, settle: Any) -> None:
    context.add_init_script(PERSISTED)
    auditor.expects("view", "page:/first")
    page = opened("/first", settings=VIEWS)
    auditor.wait()
    page.evaluate("footfall.flush()")  # a page that still reads an answer is not kept
    auditor.expects("view", "page:/second")
    opened("/second", tab=page, settings=VIEWS)
    auditor.wait()
    page.evaluate("history.back()")
    page.wait_for_function("window.persisted && location.pathname === '/first'")
    auditor.expects("click", "job:42", now=True)
    page.evaluate("footfall.track('click', 'job:42')")
    auditor.wait()
    settle()


def test_a_restored_page_is_a_new_view_where_the_setting_says_so(
    context: Any, opened: Any, auditor: Any, settle: Any
) -> None:
    """The server calls it a repeat, within half an hour."""
    context.add_init_script(PERSISTED)
    auditor.expects("view", "page:/first")
    page = opened("/first", settings=f"{VIEWS} data-restored")
    auditor.wait()
    page.evaluate("footfall.flush()")  # a page that still reads an answer is not kept
    auditor.expects("view", "page:/second")
    opened("/second", tab=page, settings=VIEWS)
    auditor.wait()
    auditor.expects("view", "page:/first", excluded="repeat")
    page.evaluate("history.back()")
    page.wait_for_function("window.persisted && location.pathname === '/first'")
    auditor.wait()
    settle()


STRICT = (
    "default-src 'none'; script-src {scripts} 'nonce-n0nce'; connect-src 'self' {footfall}; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def test_a_page_under_a_strict_policy(site: Any, opened: Any, auditor: Any, settle: Any) -> None:
    auditor.expects("view", "page:/strict")
    policy = STRICT.format(scripts=site.footfall, footfall=site.footfall)
    body = "<button data-track='click__apply' data-receiver='job:42'>Apply</button>"
    page = opened("/strict", body, settings=f"{VIEWS} data-debug", nonce="n0nce", Content_Security_Policy=policy)
    until(lambda: page.evaluate(f"performance.getEntriesByName('{site.footfall}/tracker/elements.js').length"))
    auditor.expects("click__apply", "job:42", now=True)
    page.click("button")
    auditor.wait()
    settle()


def test_a_page_whose_tracker_is_blocked_or_broken_works(
    site: Any, context: Any, opened: Any, auditor: Any, settle: Any
) -> None:
    """By a policy, by a blocker that takes the script or its parts, by a server that answers nonsense."""
    early = "<script nonce='n0nce'>(window.footfall ||= []).push(['track', 'click', 'job:42'])</script>"
    page = context.new_page()
    policy = STRICT.format(scripts="'self'", footfall="")
    page.goto(site.add("/forbidden", head=early, nonce="n0nce", Content_Security_Policy=policy))
    page.evaluate("footfall.push(['track', 'click', 'job:42'])")

    context.route("**/tracker.js", lambda route: route.abort())
    page.goto(site.add("/aborted", head=early))
    page.evaluate("footfall.push(['track', 'click', 'job:42'])")
    context.unroute("**/tracker.js")

    context.route("**/tracker/*.js", lambda route: route.abort())
    context.route("**/v1/events", lambda route: route.fulfill(body="<html>hotspot</html>"))
    opened("/parts", tab=page, settings=f"{SOON} data-debug data-views")
    page.evaluate("footfall.track('x', 1n); footfall.init(); footfall.push(1); footfall.push(['no'])")
    page.evaluate("() => { const a = {}; a.a = a; footfall.track('click', 'job:42', a); }")
    page.evaluate("footfall.flush()")
    assert page.evaluate("window.errors") == []
    context.unroute_all()
    auditor.expects("view", "page:/parts")  # what is no event stays out, and this one waited
    page.evaluate("window.dispatchEvent(new Event('online'))")
    auditor.wait()
    settle()


def test_an_iframe_of_another_origin(site: Any, opened: Any, auditor: Any, settle: Any) -> None:
    """It has a tracker, a queue and a viewport: what its page does not show is not seen."""
    cards = "".join(
        f"<div style='height: 300px' data-track=impression data-receiver='job:{n}'>job {n}</div>" for n in (1, 2, 3, 4)
    )
    site.add("/frame", cards, settings=VIEWS)
    body = f"<iframe src='{site.other_url}/frame' style='width: 400px; height: 1300px; border: 0'></iframe>"
    auditor.expects("view", "page:/outer")
    auditor.expects("view", "page:/frame")
    auditor.expects("impression", "job:1")
    auditor.expects("impression", "job:2")
    page = opened("/outer", body, settings=VIEWS)
    auditor.wait()
    auditor.expects("impression", "job:3")
    page.evaluate("scrollTo(0, 350)")  # job 4 shows 50 of its 300 pixels
    auditor.wait()
    settle()
