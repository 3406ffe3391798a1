"""The parameters of an export: its schema loads a query."""

from __future__ import annotations

import marshmallow as ma

from tracking.exports.cursors import CURSOR, CursorField
from tracking.exports.queries import FORMATS, ExportQuery
from tracking.stats.schemas import CountQuerySchema, Whole

MOST = 1_000_000
"""Events that one answer may be limited to. Without a limit it has all."""


class ExportQuerySchema(CountQuerySchema):
    class Meta:
        exclude = ("uniques",)

    query = ExportQuery
    cursor = CursorField(
        metadata={
            "type": "string",
            "pattern": CURSOR.pattern.replace(r"\Z", "$"),
            "description": "where to go on, in the order of arrival: Next-Cursor of an answer, or RECEIVED_AT,EVENT_ID"
            " of a row: behind it. Default: the beginning",
        }
    )
    limit = Whole(
        validate=ma.validate.Range(1, MOST),
        metadata={
            "description": "at most so many events, and those that share the last one's time of arrival and id."
            " Default: all"
        },
    )
    format = ma.fields.String(
        validate=ma.validate.OneOf(FORMATS), metadata={"description": "or by the Accept header. Default: ndjson"}
    )
