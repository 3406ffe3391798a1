from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fixtures.cast import an_app
from fixtures.metrics import TOKEN
from tracking.settings import Settings


@pytest.fixture
def app(settings: Settings, engine: Any) -> Iterator[Any]:
    """An app that tells its numbers."""
    app = an_app(replace(settings, metrics_token=TOKEN))
    yield app
    app.extensions["footfall"].close()
