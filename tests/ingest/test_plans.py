"""What one batch reads does not grow with its day, even where the plans were made when the day was empty."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracking import db

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
BATCH, STORED = 50, 3_000
READ = """
  select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int
    from pg_stat_xact_user_tables
   where relname like '%_chunk'
"""


def row(number: int, key: int) -> dict[str, Any]:
    return {
        "t": (NOON + timedelta(milliseconds=number * 7919 % 10_000)).isoformat(), "i": str(uuid.uuid4()), "s": "web",
        "c": f"user-{key}", "rt": "job", "ri": "42", "n": "view", "p": None, "x": None,
        "w": 1800, "k": str(uuid.UUID(int=key)),
    }  # fmt: skip


@pytest.mark.parametrize("verdict", ["duplicate", "repeat"])
def test_a_batch_reads_what_it_concerns_and_not_its_whole_day(settings: Any, engine: Any, verdict: str) -> None:
    with db.connect(db.owner_url(settings)) as connection:

        def write(rows: list[dict[str, Any]]) -> set[str]:
            batch = json.dumps(rows)
            return {outcome for _, outcome in connection.execute(db.query("ingest"), (batch, "[]")).fetchall()}

        def again(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return rows if verdict == "duplicate" else [one | {"i": str(uuid.uuid4())} for one in rows]

        few = [row(number, number) for number in range(BATCH)]
        assert write(few) == set()
        for _ in range(10):  # a plan is kept after the fifth time
            assert write(again(few)) == {verdict}
        write([row(number, number) for number in range(BATCH, STORED)])
        with connection.transaction():
            ((before,),) = connection.execute(READ).fetchall()
            assert write(again(few)) == {verdict}
            ((after,),) = connection.execute(READ).fetchall()
    assert BATCH <= after - before < 10 * BATCH
