"""What the lake's tables are like. A column that is added here is added to the tables at the next run."""

from __future__ import annotations

from typing import NamedTuple

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import IcebergType, LongType, NestedField, StringType, TimestamptzType

EXPIRE_DAYS = 7
"""How long a snapshot is kept after a newer one: for readers that began before, and to look back."""

PROPERTIES = {
    "format-version": "2",  # what Athena, Trino, DuckDB and Spark all read
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
    "history.expire.max-snapshot-age-ms": str(EXPIRE_DAYS * 86_400_000),
    # Bounds of what cannot be looked up by them; those of a creator would name people beside the data.
    "write.metadata.metrics.column.event_id": "counts",
    "write.metadata.metrics.column.creator": "counts",
    "write.metadata.metrics.column.properties": "counts",
    "write.metadata.metrics.column.context": "counts",
}


class TableOf(NamedTuple):
    """A table of the lake: its columns, the column by whose UTC day it is partitioned, and the order within a file."""

    name: str
    columns: tuple[tuple[str, IcebergType, bool], ...]
    """Name, type, and whether it is always there."""
    partitioned_by: str
    sorted_by: tuple[str, ...]

    @property
    def schema(self) -> Schema:
        fields = enumerate(self.columns, start=1)
        return Schema(*(NestedField(nth, name, kind, required=needed) for nth, (name, kind, needed) in fields))

    @property
    def partitions(self) -> PartitionSpec:
        source = self.schema.find_field(self.partitioned_by).field_id
        return PartitionSpec(PartitionField(source, 1000, DayTransform(), f"{self.partitioned_by}_day"))

    @property
    def order(self) -> SortOrder:
        ids = [self.schema.find_field(name).field_id for name in self.sorted_by]
        return SortOrder(*(SortField(source_id=source, transform=IdentityTransform()) for source in ids))


EVENTS = TableOf(
    "events",
    (
        ("occurred_at", TimestamptzType(), True),
        ("received_at", TimestamptzType(), True),
        ("event_id", StringType(), True),  # decision 31: not every reader knows uuid
        ("source", StringType(), True),
        ("creator", StringType(), True),
        ("receiver_type", StringType(), True),
        ("receiver_id", StringType(), True),
        ("name", StringType(), True),
        ("properties", StringType(), False),  # JSON
        ("context", StringType(), False),  # JSON
        ("excluded", StringType(), False),  # why it does not count; null: it counts
    ),
    partitioned_by="occurred_at",
    sorted_by=("receiver_type", "receiver_id", "occurred_at"),
)

LEDGER = TableOf(
    "ledger",
    (
        ("received_at", TimestamptzType(), True),
        ("source", StringType(), True),
        ("name", StringType(), True),
        ("verdict", StringType(), True),
        ("events", LongType(), True),
        ("occurred_from", TimestamptzType(), False),
        ("occurred_to", TimestamptzType(), False),
    ),
    partitioned_by="received_at",
    sorted_by=("received_at",),
)
