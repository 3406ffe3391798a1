"""Elements that say what to track: clicks, and impressions as the Media Rating Council defines them."""

from __future__ import annotations

from typing import Any

from fixtures.served import until

SOON = "data-seconds='0.2'"
CARD = "<div style='height: 150px' data-track=impression data-receiver='job:{0}'>job {0}</div>"
ROOM = 600
"""Pixels of the viewport: four cards."""
BEFORE_A_SECOND = 300
"""Milliseconds; what it takes to go on afterwards comes on top."""


def cards(numbers: range) -> str:
    return "<style>body { margin: 0 }</style>" + "".join(CARD.format(number) for number in numbers)


def seen(auditor: Any, *numbers: int) -> None:
    for number in numbers:
        auditor.expects("impression", f"job:{number}")


def sentinel(page: Any, auditor: Any, name: str) -> None:
    """One more element, seen a second from now: what began to be seen before it was counted before it."""
    auditor.expects("impression__sentinel", f"job:{name}")
    page.evaluate(
        """name => document.body.insertAdjacentHTML('beforeend', `<i data-track='impression__sentinel'
        data-receiver='job:${name}' style='position: fixed; top: 0; width: 9px; height: 9px'></i>`)""",
        name,
    )
    auditor.wait()


def test_impressions_in_a_list_that_is_scrolled(opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/list", cards(range(40)), settings=SOON)
    seen(auditor, 0, 1, 2, 3)
    auditor.wait()
    page.evaluate("scrollTo(0, 3000)")  # jobs 20 to 23, for less than a second
    page.wait_for_timeout(BEFORE_A_SECOND)
    page.evaluate("scrollTo(0, 1574)")  # of job 10 one pixel more than half is seen, of job 14 one less
    seen(auditor, 10, 11, 12, 13)
    auditor.wait()
    page.evaluate("scrollTo(0, 0)")  # once per page view
    sentinel(page, auditor, "back")
    settle()


def test_impressions_in_a_virtual_list_that_recycles_its_nodes(opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/virtual", cards(range(4)), settings=SOON)

    def show(first: int) -> None:
        page.evaluate(
            """first => [...document.querySelectorAll('[data-track=impression]')].forEach((node, at) => {
              node.dataset.receiver = `job:${first + at}`;
            })""",
            first,
        )

    seen(auditor, 0, 1, 2, 3)
    auditor.wait()
    show(100)
    page.wait_for_timeout(BEFORE_A_SECOND)
    show(200)  # in the same nodes, which were visible all the time
    seen(auditor, 200, 201, 202, 203)
    auditor.wait()
    show(0)
    sentinel(page, auditor, "again")
    settle()


def test_impressions_of_what_is_added_later_and_of_what_leaves(opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/later", "<style>body { margin: 0 }</style><main></main>", settings=SOON)
    page.evaluate("card => { document.querySelector('main').innerHTML = card; }", CARD.format(1))
    page.wait_for_timeout(BEFORE_A_SECOND)
    page.evaluate("document.querySelector('main').replaceChildren()")
    page.evaluate("card => { document.querySelector('main').innerHTML = card; }", f"<p>{CARD.format(2)}</p>")
    seen(auditor, 2)
    auditor.wait()
    settle()


def test_what_is_larger_than_the_viewport_needs_30_percent(opened: Any, auditor: Any, settle: Any) -> None:
    body = (
        "<style>body { margin: 0 }</style>"
        "<div style='height: 1800px' data-track=impression data-receiver='story:long'></div>"
        "<div style='height: 2400px' data-track=impression data-receiver='story:longer'></div>"
    )
    auditor.expects("impression", "story:long")  # 600 of its 1,800 pixels
    page = opened("/stories", body, settings=SOON)
    auditor.wait()
    page.evaluate("scrollTo(0, 1800)")  # 600 of 2,400
    sentinel(page, auditor, "quarter")
    settle()


def test_a_hidden_tab_shows_nothing(site: Any, unwatched: Any, auditor: Any) -> None:
    """A second passes in all, but not at a stretch: the tab was hidden in between."""
    hides = """<script type="module">
      const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      while (!window.footfall) await wait(20);
      await wait(600);
      const other = open('/another');
      while (document.visibilityState === 'visible') await wait(20);
      await wait(1500);
      footfall.track('click__hidden', 'job:1');
      while ((await fetch('/reveal')).status !== 200) await wait(50);
      other.close();
    </script>"""
    site.add("/another", settings=SOON)
    auditor.expects("click__hidden", "job:1")
    unwatched(site.add("/hidden", cards(range(1)) + hides, settings=SOON))
    auditor.wait()
    assert auditor.faults() == []
    seen(auditor, 0)
    site.add("/reveal")
    auditor.wait()
    assert auditor.faults() == []


def test_another_page_view_shows_all_anew(opened: Any, auditor: Any, settle: Any) -> None:
    """What the server calls a repeat within half a minute is its own affair."""
    page = opened("/one", cards(range(1)), settings=SOON)
    seen(auditor, 0)
    auditor.wait()
    page.evaluate("history.pushState({}, '', '/two')")
    auditor.expects("impression", "job:0", excluded="repeat")
    auditor.wait()
    settle()


def test_what_shows_nothing_is_not_seen(opened: Any, auditor: Any, settle: Any) -> None:
    """Neither what has no pixels, nor what is transparent, nor what says nothing any more; nor does it stop the rest."""
    hidden = "".join(
        f"<p data-track=impression data-receiver='job:{n}' style='height: 20px; {style}'>job</p>"
        for n, style in enumerate(("visibility: hidden", "opacity: 0", "height: 0", "color: red"), 1)
    )
    page = opened("/nothing", hidden, settings=SOON)
    page.evaluate("document.querySelector('[style*=red]').removeAttribute('data-track')")
    page.evaluate("document.body.append(document.createElementNS('urn:x', 'y'))")
    page.evaluate("document.querySelector('y')?.setAttribute('data-track', 'impression')")
    sentinel(page, auditor, "nothing")
    settle()


def test_no_impressions_where_the_setting_says_so(opened: Any, auditor: Any, settle: Any) -> None:
    page = opened("/off", cards(range(1)), settings=f"{SOON} data-impressions=off")
    page.wait_for_timeout(2 * BEFORE_A_SECOND)
    settle()


CLICKS = """
    <style>body { margin: 0 }</style>
    <section data-receiver="job:42" data-properties='{"list": "search"}'>
      <button id="apply" data-track="click__applicationCreatedFromBottomBtn, impression__button">
        <b id="inner">Apply</b></button>
      <a id="leave" data-track="click__leave" href="about:blank">leave</a>
      <a id="tab" data-track="click__tab" data-properties="no JSON" href="/nothing">a new tab</a>
    </section>
    <main data-track="view" data-receiver="job:42">Engineer</main>
    <button id="lost" data-track="click__lost">of nothing</button>
"""


def test_a_click_on_a_label_is_one(opened: Any, auditor: Any, settle: Any) -> None:
    """The browser tells it again, of the control."""
    body = """
        <label data-track=click__agree data-receiver=job:1><input type=checkbox> I agree</label>
        <div data-track=click__choose data-receiver=job:1><label for=it>this</label><input id=it type=checkbox></div>
        <label for=other data-track=click__outside data-receiver=job:1>that</label><input id=other type=checkbox>
        <label data-track=click__read data-receiver=job:1><input type=checkbox> of <a href='#terms'>the terms</a></label>
    """
    page = opened("/labels", body, settings=SOON)
    page.wait_for_timeout(BEFORE_A_SECOND)  # the part that listens has come
    for name, text in (("agree", "I agree"), ("choose", "this"), ("outside", "that"), ("read", "the terms")):
        auditor.expects(f"click__{name}", "job:1")
        page.get_by_text(text).click()
    auditor.wait()
    settle()


def test_clicks_double_clicks_and_a_click_that_leaves(
    context: Any, opened: Any, auditor: Any, settle: Any, sql: Any
) -> None:
    auditor.expects("view", "job:42", now=True)
    auditor.expects("impression__button", "job:42")
    page = opened("/clicks", CLICKS, settings="data-seconds=600")
    until(lambda: page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('footfall/')).length > 1"))
    page.evaluate("footfall.flush()")
    auditor.wait()
    click = "click__applicationCreatedFromBottomBtn"
    auditor.expects(click, "job:42", now=True)
    auditor.expects(click, "job:42", excluded="repeat")
    page.dblclick("#inner")
    page.focus("#tab")
    auditor.expects("click__tab", "job:42", times=1, now=True)
    with context.expect_page() as tab:
        page.click("#tab", button="middle")
    tab.value.close()
    page.click("#lost")
    auditor.expects("click__leave", "job:42", now=True)
    page.click("#leave")
    auditor.wait()
    settle()
    assert sql("select distinct properties from tracking.events where name = %s", click) == [({"list": "search"},)]
