"""What one batch reads does not grow with its day, even where the plans were made when the day was empty."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures import rows
from tracking import db

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
BATCH, STORED = 50, 3_000
READ = """
  select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int
    from pg_stat_xact_user_tables
   where relname like '%_chunk'
"""


def row(number: int) -> bytes:
    return rows.row(
        occurred_at=NOON + timedelta(milliseconds=number * 7919 % 10_000),
        creator=f"user-{number}",
        window=1800,
        guard_key=str(uuid.UUID(int=number)),
    )


@pytest.mark.parametrize("verdict", ["duplicate", "repeat"])
def test_a_batch_reads_what_it_concerns_and_not_its_whole_day(settings: Any, engine: Any, verdict: str) -> None:
    with db.connect(db.owner_url(settings)) as connection:

        def write(batch: list[bytes]) -> set[str]:
            written = db.run(connection, "ingest", batch=rows.batch(*batch), rejected="[]").fetchall()
            return {outcome for _, outcome in written}

        first = [row(number) for number in range(BATCH)]

        def again() -> list[bytes]:
            return first if verdict == "duplicate" else [row(number) for number in range(BATCH)]

        assert write(first) == set()
        for _ in range(10):  # a plan is kept after the fifth time
            assert write(again()) == {verdict}
        write([row(number) for number in range(BATCH, STORED)])
        with connection.transaction():
            ((before,),) = connection.execute(READ).fetchall()
            assert write(again()) == {verdict}
            ((after,),) = connection.execute(READ).fetchall()
    assert BATCH <= after - before < 10 * BATCH
