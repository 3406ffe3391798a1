"""Who has the export needs no more: its rows give the counts of stats, and the ledger's."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import pytest
from pyarrow import parquet

from exports.conftest import rows_of
from fixtures.cast import ago, bearer, event
from tracking.provenance import tokens

NAMES = ("view", "click", "click__apply", "impression")


@pytest.fixture
def lived(verdicts: Any, settled: Any, client: Any, web: str, catalogue: None, receivers: None) -> None:
    """Two days of two creators, with repeats, crawlers, mails fetched ahead, their own profiles, duplicates, and late events."""
    bots = {"user_agent": "Googlebot/2.1"}
    for creator in ("user-1", "user-2"):
        token = tokens.mint(web, "client", seconds=900, creator=creator)
        for hours in (30, 3):
            for name in NAMES:
                first = event(name=name, occurred_at=ago(hours=hours))
                again = event(name=name, occurred_at=ago(hours=hours, seconds=-1))
                verdicts(first, again, first, event(name=name, receiver="job:77"), event(context=bots), token=token)
        verdicts(event(receiver=f"profile:{creator}"), token=token)
        opens = tokens.mint(web, "pixel", seconds=60, creator=creator, receivers=["mail:a"], names=["view"])
        client.get(f"/v1/pixel.gif?token={opens}", headers={"User-Agent": "Mozilla/5.0"})
    settled()


def table(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"excluded": row["excluded"] or None}


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_a_recount_of_the_rows_gives_the_counts_of_stats_and_ledger(
    exporting: Any, lived: None, client: Any, web: str, sql: Any, form: str
) -> None:
    answer = exporting(f"format={form}")
    if form == "ndjson":
        rows = rows_of(answer)
    elif form == "csv":
        rows = [table(row) for row in csv.DictReader(io.StringIO(answer.data.decode(), newline=""))]
    else:
        rows = parquet.read_table(io.BytesIO(answer.data)).to_pylist()

    said = client.get("/v1/stats/breakdown?by=name", headers=bearer(web)).json
    counted = [row for row in rows if row["excluded"] is None]
    assert {part["value"]: (part["events"], part["creators"]) for part in said["parts"]} == {
        name: (
            sum(row["name"] == name for row in counted),
            len({row["creator"] for row in counted if row["name"] == name}),
        )
        for name in NAMES
    }
    verdicts = Counter(row["excluded"] or "accepted" for row in rows)
    assert min(verdicts[each] for each in ("accepted", "repeat", "bot", "own", "prefetch")) > 0
    assert sorted(verdicts.items()) == sql(
        "select verdict, sum(events)::int from tracking.ingest_ledger where verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')"
        " group by 1 order by 1"
    )


def test_what_is_compressed_comes_out_the_same(exporting: Any, lived: None, sql: Any) -> None:
    before = exporting().data
    sql("select compress_chunk(chunk) from show_chunks('tracking.events') as chunk")
    assert exporting().data == before
    sql("select compress_chunk(chunk) from show_chunks('tracking.ingest_ledger') as chunk")
    assert exporting().data == before
    assert len(rows_of(exporting("limit=3"))) == 3
