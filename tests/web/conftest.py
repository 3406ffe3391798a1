"""The API with the demo's traffic, and a browser to look at it. The tests in this folder only read it."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from fixtures.database import EMPTY, KEY
from tracking import db
from tracking.cli.demo import fill
from tracking.provenance import credentials, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_standing: list[Any] = []


@pytest.fixture(scope="module")
def demo(running: Any, settings: Any) -> Any:
    """The API with two weeks of the demo's traffic, made once unless other tests took it away."""
    with db.connect(db.owner_url(settings)) as connection:
        filled = _standing and connection.execute("select count(*) from tracking.events").fetchone() == _standing[0]
        if not filled:
            connection.execute(EMPTY)
            connection.execute("delete from tracking.deployment where key = 'demo'")
    if not filled:
        fill(settings, events=6_000, days=16, seed=7)
        with db.connect(db.owner_url(settings)) as connection:
            _standing[:] = [connection.execute("select count(*) from tracking.events").fetchone()]
    return running


@pytest.fixture
def token() -> str:
    return tokens.mint(credentials.derive(KEY, "web", 1), "stats", seconds=900, owner="acme")


@pytest.fixture
def ask(demo: Any, token: str) -> Callable[..., dict[str, Any]]:
    def get(endpoint: str, **query: Any) -> dict[str, Any]:
        url = f"{demo.url}/v1/stats/{endpoint}?{urlencode({key.strip('_'): value for key, value in query.items()})}"
        with urllib.request.urlopen(
            urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        ) as answer:
            return json.load(answer)

    return get


@pytest.fixture
def page(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page in English and Berlin, which fails the test where the browser complains; a parameter changes it."""
    options = {"locale": "en-GB", "timezone_id": "Europe/Berlin"} | getattr(request, "param", {})
    context = chromium.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: message.type in {"error", "warning"} and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [said for said in complaints if "Failed to load resource" not in said] == []
