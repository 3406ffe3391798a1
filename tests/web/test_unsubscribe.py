"""The page behind the link that stops messages, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fixtures.database import KEY
from tracking.notifications import unsubscribing

if TYPE_CHECKING:
    from collections.abc import Callable

PHONE = {"viewport": {"width": 320, "height": 568}}
TOKEN = unsubscribing.token((KEY,), "footfall", f"owner:{'a-long-name' * 18}", ["weekly", "milestone"])


@pytest.fixture
def stopped(sql: Callable[..., list[tuple]]) -> Callable[[], list[tuple]]:
    return lambda: sql("select kind from tracking.notification_optouts order by kind")


@pytest.mark.parametrize(
    "page", [PHONE | {"locale": locale, "color_scheme": scheme} for locale in ("de-DE", "en-GB") for scheme in ("light", "dark")],
    indirect=True, ids=["German, light", "German, dark", "English, light", "English, dark"],
)  # fmt: skip
def test_one_button_stops_the_messages_on_a_phone(page: Any, server: Any, stopped: Any) -> None:
    page.goto(f"{server.url}/v1/unsubscribe?token={TOKEN}")
    assert stopped() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.get_by_role("button").bounding_box()["height"] >= 44
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(17, 21, 27)" if dark else "rgb(244, 245, 247)"
    )
    page.get_by_role("button").click()
    page.wait_for_function("document.querySelector('button') === null")
    assert page.get_by_role("heading").inner_text() in {
        "Sie bekommen diese Nachrichten nicht mehr", "You will get no more of these",
    }  # fmt: skip
    assert stopped() == [("milestone",), ("weekly",)]


def test_a_link_that_is_cut_short_is_explained(page: Any, server: Any) -> None:
    answer = page.goto(f"{server.url}/v1/unsubscribe?token={TOKEN[:50]}")
    assert answer.status == 401
    assert page.get_by_role("heading").inner_text() == "That did not work"
    assert page.get_by_role("button").count() == 0
