"""What Superset's API is asked: to import the export, and for the numbers of each chart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from deploy.superset import bundle
from deploy.superset.server import USER
from deploy.superset.talking import Json
from deploy.superset.told import SupersetError

if TYPE_CHECKING:
    from deploy.superset.bundle import Address
    from deploy.superset.server import Superset

NAME = "Footfall"
ALL = "(page_size:100)"


@dataclass(frozen=True)
class Answer:
    """What a chart shows: its rows, and the period that its time range meant, until exclusive."""

    rows: list[dict[str, Any]]
    since: date | None
    until: date | None


def day(milliseconds: float) -> date:
    """The day of a time as Superset writes it: a day of the reporting timezone, as a midnight in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()


def log_in(superset: Superset) -> Json:
    api = Json(superset.url, {"Referer": superset.url})
    said = {"username": USER, "password": superset.password, "provider": "db", "refresh": False}
    api.headers["Authorization"] = f"Bearer {api.send('/api/v1/security/login', said)['access_token']}"
    api.headers["X-CSRFToken"] = api.ask("/api/v1/security/csrf_token/")["result"]
    return api


def connect(api: Json, database: Address) -> None:
    """Tries the connection, imports the export, and points its database there. Raises `SupersetError`."""
    try:
        api.send("/api/v1/database/test_connection/", {"sqlalchemy_uri": database.whole, "database_name": NAME})
    except SupersetError as error:
        told = str(error).replace(database.password or bundle.MASK, bundle.MASK)
        raise SupersetError(f"Superset cannot open Footfall's database at {database.url}: {told}") from None
    body, kind = bundle.form(database)
    api.upload("/api/v1/dashboard/import/", body, kind)
    for one in api.ask("/api/v1/database/", q=ALL)["result"]:
        if one["database_name"] == NAME and one["allow_file_upload"] is False:
            api.put(f"/api/v1/database/{one['id']}", {"sqlalchemy_uri": database.whole})  # it may be of an earlier run


def asked(api: Json) -> dict[str, Answer]:
    """The answer to each chart's question, by the chart's name. Raises `SupersetError` if one has none."""
    found = {}
    for chart in api.ask("/api/v1/chart/", q=ALL)["result"]:
        saved = api.ask(f"/api/v1/chart/{chart['id']}")["result"]
        if not saved["query_context"]:
            raise SupersetError(
                f"chart {chart['slice_name']!r} was exported without its query: save it in Superset first"
            )
        context = json.loads(saved["query_context"]) | {"force": True}
        (result,) = api.send("/api/v1/chart/data", context)["result"][:1]
        if result["error"] or not result["data"]:
            raise SupersetError(
                f"chart {chart['slice_name']!r} has no numbers: {result['error'] or 'its query found no row'}"
            )
        since, until = (result.get(key) and day(result[key]) for key in ("from_dttm", "to_dttm"))
        found[chart["slice_name"]] = Answer(result["data"], since, until)
    return found
