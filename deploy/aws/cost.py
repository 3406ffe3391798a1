"""What Footfall costs on AWS a month, as the Markdown table of docs/aws.md: `python deploy/aws/cost.py`.

Put your own prices and sizes in: here, and in bench/prices.toml, which the capacity model reads, too. Prices are on
demand, without taxes, in US dollars, for eu-central-1, as remembered on 2026-11-28 and not fetched from AWS: look at
the figures that matter to you.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

PRICES = tomllib.loads((Path(__file__).resolve().parent.parent.parent / "bench" / "prices.toml").read_text())
HOURS = 730
SECONDS = HOURS * 3600

VCPU_HOUR = PRICES["hour"]["vcpu"]
GB_HOUR = PRICES["hour"]["memory_gb"]
HOST_HOUR = {"t4g.medium": 0.0384, "m7g.large": 0.0979, "r7g.4xlarge": PRICES["host"]["4xlarge"]["hour"]}
DISK_GB = PRICES["month"]["disk_gb"]  # gp3; 3,000 operations and 125 MiB a second are included
DISK_IOPS = 0.006
DISK_MBPS = PRICES["month"]["disk_mbps"]
SNAPSHOT_GB = 0.054
BALANCER_HOUR = PRICES["hour"]["balancer"]
LCU_HOUR = PRICES["hour"]["balancer_unit"]  # 1 GB an hour, or 25 new connections a second
NAT_HOUR = PRICES["hour"]["nat"]
NAT_GB = 0.052
ADDRESS_HOUR = PRICES["hour"]["address"]  # public IPv4: two of the load balancer, one of each NAT gateway
WAF = 5 + 2 * 1.0  # the list and two rules
WAF_MILLION = 0.60
SQS_MILLION = PRICES["each"]["sqs_million"]
S3_GB = PRICES["month"]["s3_gb"]
LOG_GB = 0.63
METRIC = 0.30
ALARM = 0.10
SECRET = 0.40
KEY = 1.0
ZONE = 0.50
BETWEEN_ZONES_GB = PRICES["each"]["between_zones_gb"]  # in and out

STORED = 877  # bytes of an event in the database, with indexes; a seventh of it in the columnstore (docs/lake.md)
SENT = 400  # bytes of an event in a request
WAL = 1500  # bytes that an event makes a standby read
LAKE = 39
LOGGED = 200_000_000  # bytes a month and task


@dataclass(frozen=True)
class Size:
    name: str
    events: float
    """A second, on average."""
    batch: float
    """Events in a request."""
    api: tuple[int, int]
    """Tasks, and vCPUs of each."""
    drains: int
    host: str
    hosts: int
    disk: int
    """GB of each host."""
    iops: int
    throughput: int
    columnstore: int
    """COLUMNSTORE_DAYS."""
    retention: int
    """RETENTION_DAYS."""
    changed: float
    """Part of the disk that each day's snapshots add."""

    @property
    def requests(self) -> float:
        """Millions a month."""
        return self.events / self.batch * SECONDS / 1e6

    def gigabytes(self, size: float) -> float:
        """What comes together in a month, at so many bytes an event."""
        return self.events * SECONDS * size / 1e9

    @property
    def needed(self) -> float:
        """GB that the events take on a disk when the first of them are dropped."""
        day = self.events * 86_400 * STORED / 1e9
        return day * (self.columnstore + (self.retention - self.columnstore) / 7)


SIZES = (
    Size("100 a minute", 100 / 60, 1, (1, 1), 0, "t4g.medium", 1, 100, 3000, 125, 35, 365, 0.01),
    Size("5,000 a minute", 5000 / 60, 2, (2, 1), 0, "m7g.large", 2, 700, 3000, 125, 35, 365, 0.02),
    Size("10,000 a second", 10_000, 10, (6, 2), 3, "r7g.4xlarge", 2, 12_000, 12_000, 750, 8, 30, 0.06),
)


def costs(size: Size) -> dict[str, float]:
    tasks, vcpus = size.api
    cores = tasks * vcpus + size.drains + 0.5
    memory = 2 * tasks * vcpus + 2 * size.drains + 1
    units = max(1.0, size.gigabytes(SENT) / HOURS)
    drained = size.requests * 1.2 if size.drains else 0.0  # sent one by one, received and deleted by tens
    return {
        "tasks (Fargate)": HOURS * (cores * VCPU_HOUR + memory * GB_HOUR),
        "database hosts": HOURS * size.hosts * HOST_HOUR[size.host],
        "disks": size.hosts
        * (size.disk * DISK_GB + (size.iops - 3000) * DISK_IOPS + (size.throughput - 125) * DISK_MBPS),
        "snapshots, 30 days": min(size.needed, size.disk) * size.hosts * (1 + 30 * size.changed) * SNAPSHOT_GB,
        "load balancer": HOURS * (BALANCER_HOUR + units * LCU_HOUR + 3 * ADDRESS_HOUR),
        "way out (one NAT gateway)": HOURS * NAT_HOUR + 20 * NAT_GB,
        "rate rule (WAF)": WAF + size.requests * WAF_MILLION,
        "queue (SQS)": drained * SQS_MILLION,
        "copy to the standby": size.gigabytes(WAL) * BETWEEN_ZONES_GB if size.hosts > 1 else 0.0,
        "lake (S3), a year": 12 * size.gigabytes(LAKE) * S3_GB,
        "logs, measures, alarms": (tasks + size.drains + 1) * LOGGED / 1e9 * LOG_GB + 40 * METRIC + 18 * ALARM,
        "key, secrets, names": KEY + 8 * SECRET + ZONE,
    }


def table() -> str:
    every = [costs(size) for size in SIZES]
    rows = [
        ["events", *(size.name for size in SIZES)],
        ["---", *("---:" for _ in SIZES)],
        ["events a request", *(f"{size.batch:g}" for size in SIZES)],
        ["API tasks, vCPUs each", *(f"{size.api[0]} of {size.api[1]}" for size in SIZES)],
        ["database", *(f"{size.hosts} {size.host}, {size.disk:,} GB" for size in SIZES)],
        [
            "events kept, of these not compressed",
            *(f"{size.retention}, {size.columnstore} days: {size.needed:,.0f} GB" for size in SIZES),
        ],
        *([what, *(f"{round(one[what]):,}" for one in every)] for what in every[0]),
        ["**US dollars a month**", *(f"**{round(sum(one.values())):,}**" for one in every)],
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(table())
