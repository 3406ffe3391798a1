"""Things break here, in a deployment that is there for it."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("fixtures.deployment", "fixtures.clients")

from fixtures.deployment import Place, a_place  # noqa: E402 - rewritten from here on
from fixtures.processes import await_ready  # noqa: E402


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("deployment") / "log") as place:
        yield place


@pytest.fixture
def place(deployment: Place) -> Place:
    """The deployment that may be broken: empty, and everything in it alive."""
    deployment.reset()
    await_ready(deployment.server.url, None, deployment.server.log)
    return deployment
