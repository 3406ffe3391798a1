"""Apps with limits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from fixtures.cast import an_app
from tracking.settings import Settings


@pytest.fixture
def client_of(settings: Settings, engine: object) -> Iterator[Callable[..., Any]]:
    """A client of an app of its own, with other settings."""
    apps = []

    def make(**other: Any) -> Any:
        apps.append(an_app(replace(settings, **other)))
        return apps[-1].test_client()

    yield make
    for app in apps:
        app.extensions["footfall"].close()
