"""Rows as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tracking.exports.arrivals import Row
from tracking.spreadsheets import BOM, cell

if TYPE_CHECKING:
    from collections.abc import Iterable


class Table:
    """RFC 4180, with a header row. A text that a spreadsheet would take for a formula gets an apostrophe before it."""

    def __init__(self, *, bom: bool = False) -> None:
        self._out = io.StringIO()
        self._writer = csv.writer(self._out, lineterminator="\r\n")
        self._out.write(bom * BOM)
        self._writer.writerow(Row._fields)

    def rows(self, rows: Iterable[Row]) -> bytes:
        """These rows; before the first ones the header."""
        self._writer.writerows(map(_cells, rows))
        return self._taken()

    def end(self) -> bytes:
        """The header, if there was no row."""
        return self._taken()

    def _taken(self) -> bytes:
        text = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return text.encode()


def _cells(row: Row) -> tuple[Any, ...]:
    """The row as cells. Of the others the characters are such that no formula begins with them."""
    return row._replace(
        occurred_at=_moment(row.occurred_at),
        received_at=_moment(row.received_at),
        creator=cell(row.creator),
        receiver_id=cell(row.receiver_id),
        properties=cell(row.properties),
        context=cell(row.context),
    )


def _moment(moment: datetime) -> Any:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
