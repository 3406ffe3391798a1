"""Who exports: the source `web`, which may here; and what it is answered."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fixtures.cast import bearer

RIGHTS = "update tracking.sources set rights = '{ingest,mint,stats,export}'"


@pytest.fixture
def exporting(client: Any, web: str, sql: Any) -> Callable[..., Any]:
    """Asks for events, as `web`; the answer must be a 200, unless another status is given."""
    sql(RIGHTS)

    def ask(query: str = "", status: int = 200, **headers: str) -> Any:
        response = client.get(f"/v1/events?{query}", headers=bearer(web) | headers)
        assert response.status_code == status, response.text
        return response

    return ask


@pytest.fixture
def settled(sql: Any) -> Callable[[], None]:
    """Makes all that is stored have arrived two seconds earlier: the last second is never settled."""

    def move() -> None:
        sql("update tracking.events set received_at = received_at - interval '2 s'")
        sql(
            "with gone as (delete from tracking.ingest_ledger returning *)"
            " insert into tracking.ingest_ledger select received_at - interval '2 s', source, name, verdict, events,"
            " occurred_from, occurred_to from gone"
        )

    return move


@pytest.fixture
def exported(exporting: Any, settled: Any) -> Callable[..., list[dict[str, Any]]]:
    """The rows of an answer in NDJSON, all that was sent among them."""

    def ask(query: str = "") -> list[dict[str, Any]]:
        settled()
        return rows_of(exporting(query))

    return ask


def rows_of(response: Any) -> list[dict[str, Any]]:
    """The rows of an answer in NDJSON."""
    return [json.loads(line) for line in response.data.splitlines()]


def cursor_of(row: dict[str, Any]) -> str:
    """The cursor behind a row, as a client makes it."""
    return f"{row['received_at']},{row['event_id']}"
