"""The forms in which events come out, and who chooses."""

from __future__ import annotations

import csv
import io
import sys
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from exports.conftest import rows_of
from fixtures.cast import ago, event
from tracking.exports import forms
from tracking.exports.parquet import SCHEMA

NDJSON, CSV, PARQUET = "application/x-ndjson", "text/csv", "application/vnd.apache.parquet"
ACCEPTED = {
    "*/*": NDJSON, "": NDJSON, NDJSON: NDJSON, "text/csv": CSV, "text/*": CSV, PARQUET: PARQUET, "TEXT/CSV": CSV,
    "application/*": NDJSON, f"{NDJSON};q=0.5, text/csv": CSV, f"{NDJSON};q=0, */*": CSV,
    f"{NDJSON};q=0, text/csv;q=0, */*;q=0.1": PARQUET, f"{PARQUET};q=0.2, text/csv;q=0.1": PARQUET,
    "text/html, application/xhtml+xml, */*;q=0.8": NDJSON, "text/csv; charset=utf-8": CSV,
}  # fmt: skip
REFUSED = ["application/json", "text/html", "*/*;q=0", "image/*", f"{NDJSON};q=0", "nonsense", "text/csv;q=0"]
HOSTILE = {
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "+1+1": "'+1+1", "-1": "-1", "@x": "'@x", "a;=1": "a;'=1", "\uff1d1": "'\uff1d1",
    'plain, "quoted"': 'plain, "quoted"', "a\u2028b": "a\u2028b", "\u202eevil": "\u202eevil",
}  # fmt: skip


def table(response: Any) -> list[dict[str, Any]]:
    """The rows of an answer in Parquet."""
    return parquet.read_table(io.BytesIO(response.data)).to_pylist()


@pytest.mark.parametrize("accept", ACCEPTED)
def test_accept_chooses_the_form(exporting: Any, accept: str) -> None:
    response = exporting(Accept=accept)
    assert response.mimetype == ACCEPTED[accept]


@pytest.mark.parametrize("accept", REFUSED)
def test_what_there_is_not_is_a_406(exporting: Any, accept: str) -> None:
    problem = exporting("", 406, Accept=accept).json
    assert problem["type"] == "/problems/not-acceptable"
    assert NDJSON in problem["detail"]


@pytest.mark.parametrize(("name", "media"), [("ndjson", NDJSON), ("csv", CSV), ("parquet", PARQUET)])
def test_a_format_that_is_named_needs_no_accept(exporting: Any, name: str, media: str) -> None:
    response = exporting(f"format={name}", Accept="application/json")
    assert response.mimetype == media
    assert response.headers["Content-Disposition"] == f'attachment; filename="events.{name}"'


def test_every_form_has_the_same_rows(exporting: Any, settled: Any, verdicts: Any) -> None:
    for n in range(3):
        verdicts(*[event(properties={"n": [n, 0.1, "ä"]}, occurred_at=ago(days=n, minutes=m)) for m in range(1, 4)])
    settled()
    lines, cells, records = rows_of(exporting()), exporting("format=csv"), table(exporting("format=parquet"))
    assert len(lines) == 9
    for line, cell, record in zip(lines, csv.DictReader(cells.text.splitlines()), records, strict=True):
        assert list(line) == list(cell) == list(record)
        for name, value in line.items():
            if name.endswith("_at"):
                moment = datetime.fromisoformat(value)
                assert (datetime.fromisoformat(cell[name]), record[name]) == (moment, moment)
            elif name == "properties":
                assert cell[name] == record[name]
                assert cell[name] == f'{{"n": [{value["n"][0]}, 0.1, "ä"]}}'
            else:
                assert (cell[name], record[name]) == (value or "", value)


def test_texts_of_strangers_are_no_formulas_in_a_spreadsheet(
    exporting: Any, settled: Any, verdicts: Any, web: str
) -> None:
    for text in HOSTILE:
        sent = event(receiver=f"job:{text}", creator=text, properties={"x": text})
        assert verdicts(sent, token=web) == ["accepted"]
    settled()
    exact = {row["receiver_id"]: row["properties"]["x"] for row in rows_of(exporting())}
    assert exact == {text: text for text in HOSTILE}
    rows = list(csv.DictReader(io.StringIO(exporting("format=csv").data.decode(), newline="")))
    assert {row["receiver_id"] for row in rows} == {row["creator"] for row in rows} == set(HOSTILE.values())
    assert [row["receiver_id"] for row in table(exporting("format=parquet"))] == list(HOSTILE)


def test_an_answer_without_rows_is_whole(exporting: Any) -> None:
    assert exporting().data == b""
    assert exporting("format=csv").text.splitlines() == [",".join(SCHEMA.names)]
    assert exporting("format=csv&bom=true").data.startswith(b"\xef\xbb\xbfoccurred_at,")
    assert table(exporting("format=parquet")) == []


def test_parquet_has_types_that_others_read(exporting: Any, settled: Any, verdicts: Any) -> None:
    verdicts(event())
    settled()
    read = parquet.read_schema(io.BytesIO(exporting("format=parquet").data))
    assert read.equals(SCHEMA)
    assert read.field("received_at").type == pa.timestamp("us", tz="UTC")
    assert not read.field("creator").nullable


def test_parquet_names_no_creator_beside_its_rows(exporting: Any, settled: Any, verdicts: Any) -> None:
    """The bounds of a column are kept in the footer."""
    verdicts(event())
    settled()
    group = parquet.ParquetFile(io.BytesIO(exporting("format=parquet").data)).metadata.row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n).is_stats_set for n in range(group.num_columns)}
    assert not columns["creator"]
    assert columns["occurred_at"]


def test_without_pyarrow_parquet_is_a_406_that_says_what_to_install(
    exporting: Any, footfall: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert not forms.has_parquet()
    for query, accept in (("format=parquet", "*/*"), ("", PARQUET)):
        assert "pip install -r tracking/lake/requirements.txt" in exporting(query, 406, Accept=accept).json["detail"]
    assert exporting(Accept=f"{PARQUET}, text/csv;q=0.1").mimetype == CSV
    assert "pip install" in footfall("export", str(tmp_path / "a.parquet"), exits=1).output
