"""Late, repeated, conflicting and duplicate events against compressed chunks: the same verdicts as ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import event

pytestmark = pytest.mark.usefixtures("catalogue")

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def compress(sql: Any) -> Any:
    def run() -> None:
        for (chunk,) in sql("select show_chunks('tracking.events')::text"):
            sql(f"call convert_to_columnstore('{chunk}')")
        assert sql(
            "select count(*) > 0 from timescaledb_information.chunks where hypertable_name = 'events' and is_compressed"
        ) == [(True,)]

    return run


def test_verdicts_do_not_depend_on_compression(verdicts: Any, compress: Any, sql: Any) -> None:
    many = [event(name="share", receiver=f"job:{number}", occurred_at=at(number)) for number in range(300)]
    seen = event(name="view", occurred_at=at(0), properties={"from": "list"})
    assert set(verdicts(*many)) == {"accepted"}
    assert verdicts(seen) == ["accepted"]
    compress()
    late = [
        event(name="share", occurred_at=at(-5)),
        many[17],
        many[17] | {"receiver": "job:18"},
        seen,
        event(name="view", occurred_at=at(60)),
        event(name="view", occurred_at=at(2000)),
    ]
    assert verdicts(*late) == ["accepted", "duplicate", "conflict", "duplicate", "repeat", "accepted"]
    compress()
    assert verdicts(*late) == ["duplicate", "duplicate", "conflict", "duplicate", "duplicate", "duplicate"]
    assert sql("select count(*), count(*) filter (where excluded = 'repeat') from tracking.events") == [(304, 1)]


def test_a_whole_batch_comes_again_after_compression(verdicts: Any, compress: Any, sql: Any) -> None:
    batch = [event(name="share", receiver=f"job:{number}", occurred_at=at(number / 10)) for number in range(500)]
    assert set(verdicts(*batch)) == {"accepted"}
    compress()
    assert set(verdicts(*reversed(batch))) == {"duplicate"}
    assert sql("select count(*) from tracking.events") == [(500,)]
