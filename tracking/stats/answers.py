"""An answer on its way out: JSON or CSV, with the headers that let a browser keep it, and nobody else."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response

from tracking.spreadsheets import BOM, cell
from tracking.standard import VERSION

if TYPE_CHECKING:
    from flask import Request

    from tracking.stats.queries import StatsQuery
    from tracking.stats.questions import Answer

SETTLED = 3600
"""Seconds that a browser may keep an answer that late events cannot change any more."""


def respond(request: Request, query: StatsQuery, answer: Answer) -> Response:
    """The answer as JSON or CSV; 304 if the client has this very answer (RFC 9110, section 13)."""
    form = query.format
    if form is None:
        best = request.accept_mimetypes.best_match(["application/json", "text/csv"], default="application/json")
        form = "csv" if best == "text/csv" else "json"
    if form == "csv":
        response = Response(
            query.bom * BOM + as_csv(answer.rows), content_type="text/csv; charset=utf-8; header=present"
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{request.path.rpartition("/")[2]}.csv"'
    else:
        response = Response(msgspec.json.encode(answer.payload), content_type="application/json")
    response.headers["Cache-Control"] = f"private, max-age={SETTLED}" if answer.settled else "private, no-cache"
    age = datetime.now(UTC) - answer.as_of
    response.headers["Age"] = str(max(0, int(age.total_seconds())))
    response.headers["Counting-Standard"] = VERSION
    if k := answer.payload.get("small_groups"):
        response.headers["Small-Groups"] = str(k)
    response.headers["As-Of"] = answer.as_of.astimezone(UTC).isoformat(timespec="milliseconds")
    response.vary.update(["Authorization", "Accept"])
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response


def as_csv(rows: list[dict[str, Any]]) -> str:
    """RFC 4180, with a header row. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else [], lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: cell(value) for key, value in row.items()})
    return out.getvalue()
