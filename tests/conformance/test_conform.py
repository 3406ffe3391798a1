"""`conform` holds a deployment against the vectors, from outside: real requests to real workers."""

import json
from typing import Any

import pytest

from fixtures.database import KEY
from tracking.provenance import credentials


@pytest.fixture
def rights(sql: Any, catalogue: None) -> Any:
    """Gives source web these rights."""

    def give(*names: str) -> None:
        sql("update tracking.sources set rights = %s", list(names))

    give("ingest", "mint", "stats", "catalogue")
    return give


@pytest.fixture
def conform(footfall: Any, server: Any, rights: Any) -> Any:
    """Runs it against the workers, without a question unless options are given."""

    def run(*options: str, exits: int = 0, url: str | None = None, **more: Any) -> Any:
        credential = {"CONFORM_CREDENTIAL": credentials.derive(KEY, "web", 1)}
        return footfall("conform", url or server.url, *(options or ("--yes",)), exits=exits, **credential | more)

    return run


def test_a_new_deployment_agrees(conform: Any, sql: Any) -> None:
    done = conform("--yes", "--json")
    said = json.loads(done.stdout)
    assert (said["differ"], said["settings"]) == ([], [])
    assert said["counting_standard"] == {"here": "1.0", "there": "1.0"}
    assert said["agree"] > 200
    print(done.stdout, done.stderr)
