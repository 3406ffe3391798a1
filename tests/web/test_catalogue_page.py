"""The page /catalogue: the names of events, what came in of each, and what nobody described."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from fixtures.cast import bearer, event
from fixtures.database import KEY
from tracking.catalogue import event_types
from tracking.catalogue.plan_schemas import EventTypesSchema
from tracking.provenance import credentials, tokens

SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the page, for people to look at."""
PLAN = [
    {"name": "*", "repeat_window_seconds": 60},
    {"name": "view", "description": "<b>opened</b>", "owner": "web team", "status": "deprecated", "mode": "reject",
     "from": "2099-01-01", "schema": {"required": ["page"]}},
    {"name": "click__*", "description": "a button"},
]  # fmt: skip


@pytest.fixture
def live(web: str, sql: Any) -> str:
    """A live token of `web`, which may also read the catalogue."""
    sql("update tracking.sources set rights = '{ingest,mint,live,catalogue}'")
    return tokens.mint(web, "live", seconds=900)


@pytest.fixture
def told(app: Any, engine: Any, verdicts: Any) -> None:
    """A plan, and events: two views of which one is a double fire, and a name that nobody described."""
    with engine.begin() as connection:
        event_types.put(connection, EventTypesSchema().load({"event_types": PLAN})["event_types"])
    app.extensions["footfall"].intake.windows.snapshot.expire()
    assert verdicts(event(), event(), event(name="seen"), event(name="click__save")) == [
        "accepted", "repeat", "accepted", "accepted",
    ]  # fmt: skip


def test_a_live_token_reads_the_catalogue_if_its_source_may(
    client: Any, app: Any, live: str, sql: Any, web: str
) -> None:
    def ask(token: str) -> Any:
        app.extensions["footfall"].gate.registry.snapshot.expire()
        return client.get("/v1/event-types", headers=bearer(token))

    assert ask(live).status_code == 200
    for rights in ("{mint,live}", "{mint,catalogue}", "{live,catalogue}"):
        sql("update tracking.sources set rights = %s", rights)
        assert (ask(live).status_code, ask(live).json["type"]) == (403, "/problems/not-allowed"), rights
    sql("update tracking.sources set rights = '{mint,stats,catalogue}'")
    assert ask(tokens.mint(web, "stats", seconds=900, owner="acme")).json["type"] == "/problems/wrong-kind"
    assert client.put("/v1/event-types", data="{}", headers=bearer(live)).status_code == 403


def test_names_are_shown_with_what_came_in(
    server: Any, page: Any, live: str, told: None, dashboard_sources: Path
) -> None:
    page.goto(f"{server.url}/catalogue#token={live}")
    view = page.locator('#names tr[data-name="view"]')
    expect(view).to_contain_text("<b>opened</b>", timeout=10_000)
    expect(view).to_contain_text("deprecated")
    expect(view).to_contain_text("reject from 2099-01-01")
    expect(view).to_contain_text("properties/page: missing (2 events)")
    assert view.locator("td.number").all_inner_texts()[:4] == ["2", "1", "50%", "0%"]
    expect(page.locator('#names tr[data-name="click__*"]')).to_contain_text("a button")
    expect(page.locator('#unknown tr[data-name="seen"]')).to_be_visible()
    expect(page.locator("#summary")).to_have_text("3 names, 1 unknown one")
    page.evaluate((dashboard_sources / "node_modules" / "axe-core" / "axe.min.js").read_text() + "; undefined")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1280, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if SHOTS:
                page.screenshot(path=str(Path(SHOTS) / f"catalogue-{scheme}-{width}.png"), full_page=True)
        found = page.evaluate("axe.run()")
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
    page.get_by_label("Search").fill("BUTTON")
    expect(page.locator("#names tbody tr")).to_have_count(1)
    page.goto(f"{server.url}/catalogue#")
    expect(page.locator("#notice-title")).to_have_text("No token")
    page.goto(
        f"{server.url}/catalogue#token={tokens.mint(credentials.derive(KEY, 'web', 1), 'stats', seconds=60, owner='acme')}"
    )
    expect(page.locator("#notice-title")).to_have_text("This token is of another kind")
    expect(page.locator("#content")).to_be_hidden()
