"""Things break here, in a deployment that is there for it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fixtures.database import SERVER
from fixtures.deployment import SOAK, Place, a_place
from fixtures.processes import await_ready
from fixtures.small_disk import a_small_disk


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """On a small disk where there is one to be had, since one test fills it up."""
    with ExitStack() as stack:
        folder = None if SERVER else stack.enter_context(a_small_disk(1_000 if SOAK else 300))
        yield stack.enter_context(a_place(tmp_path_factory.mktemp("deployment") / "log", folder))


@pytest.fixture
def place(deployment: Place) -> Place:
    """The deployment that may be broken: empty, and everything in it alive."""
    deployment.reset()
    await_ready(deployment.server.url, None, deployment.server.log)
    return deployment


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever else runs meanwhile would be what breaks first."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("alone")
