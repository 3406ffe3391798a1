"""The lake on S3 and in AWS Glue, as far as a server of both on this machine shows it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.processes import free_port
from fixtures.s3 import BUCKET, client
from lake.conftest import day
from lake.test_writing import rows, stored
from tracking.lake import expiry
from tracking.lake.schemas import EVENTS, LEDGER
from tracking.settings import Settings

pytestmark = pytest.mark.usefixtures("bucket")


@pytest.fixture
def place() -> str:
    return f"s3://{BUCKET}/lake"


def objects() -> list[str]:
    return [one["Key"] for one in client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.mark.parametrize("catalog", ["database", "glue"])
def test_a_lake_on_s3_is_like_one_on_a_disk(
    arrived: Any, tracking: Any, lake: Settings, sql: Any, catalog: str
) -> None:
    lake = replace(lake, lake_catalog=catalog)
    arrived(days=2)
    arrived(days=1)
    assert len(tracking("write", LAKE_CATALOG=catalog)) == 2
    assert tracking("write", LAKE_CATALOG=catalog) == []
    tracking("write", "--day", str(day(1)), LAKE_CATALOG=catalog)
    assert rows(lake) == stored(sql, EVENTS)
    assert rows(lake, "ledger") == stored(sql, LEDGER)
    assert tracking("verify", LAKE_CATALOG=catalog)["faults"] == []
    assert len(sql("select table_name from lake.iceberg_tables")) == (2 if catalog == "database" else 0)


def test_what_no_snapshot_names_is_removed_from_s3(arrived: Any, tracking: Any, lake: Settings, sql: Any) -> None:
    arrived()
    tracking("write")
    tracking("write", "--day", str(day(1)))
    s3 = client("s3")
    s3.put_object(Bucket=BUCKET, Key="lake/events/data/occurred_at_day=2026-01-01/half.parquet", Body=b"PAR1")
    s3.put_object(Bucket=BUCKET, Key="lake/events/README", Body=b"of somebody else")
    assert tracking("expire") == {"snapshots": 0, "files": 0, "bytes": 0}, "all is young"
    done = expiry.expire(lake, datetime.now(UTC) + timedelta(days=8))
    assert done.snapshots == 2
    assert "lake/events/data/occurred_at_day=2026-01-01/half.parquet" not in objects()
    assert "lake/events/README" in objects()
    assert rows(lake) == stored(sql, EVENTS)
    assert sum(".parquet" in key for key in objects()) == 3


def test_a_bucket_that_is_not_there(arrived: Any, refused: Any) -> None:
    arrived()
    assert refused("write", LAKE_URL="s3://nowhere/lake").startswith("s3://nowhere/lake: there is no such bucket")


def test_an_s3_that_cannot_be_reached(arrived: Any, refused: Any, tracking: Any, monkeypatch: Any) -> None:
    arrived()
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        assert "S3 cannot be reached" in refused("write")
    assert len(tracking("write")) == 1


@pytest.mark.parametrize("actions", [("s3:ListBucket", "s3:GetObject"), ("s3:GetObject",)])
def test_keys_that_may_not_write(arrived: Any, refused: Any, tracking: Any, may: Any, actions: tuple[str, ...]) -> None:
    arrived()
    may(*actions)
    said = refused("write")
    assert "no right to do this" in said
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in said


def test_keys_that_aws_does_not_know(arrived: Any, refused: Any, may: Any, monkeypatch: Any) -> None:
    arrived()
    may("s3:*")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    assert "AWS does not know AWS_ACCESS_KEY_ID" in refused("write")
