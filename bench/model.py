"""The capacity model: what a rate of events needs, what gives way first, and what it costs a month. docs/scale.md."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FIGURES: dict[str, dict[str, dict[str, Any]]] = tomllib.loads((HERE / "scale.toml").read_text())
PRICES: dict[str, Any] = tomllib.loads((HERE / "prices.toml").read_text())
DAY, HOURS = 86_400, 730
GB_OF_A_VCPU = 2
"""Memory of a task of the API."""


def figures(section: str) -> dict[str, float]:
    return {name: float(figure["value"]) for name, figure in FIGURES[section].items()}


CPU = {name: value / 1e6 for name, value in figures("cpu").items()}
BYTES, TRAFFIC, MACHINE = figures("bytes"), figures("traffic"), figures("machine")


def counting_cores(rate: float) -> float:
    """Of one database. Each aggregate is counted by one session: what takes longer than its interval takes the core."""
    quarters = min(1.0, rate * TRAFFIC["quarters"] * CPU["refresh_quarter"])
    often = rate * TRAFFIC["recounts"]
    return quarters + sum(min(1.0, often * CPU[name]) for name in ("refresh_day", "refresh_activity"))


@dataclass(frozen=True)
class Needs:
    """What so many events a second, on average, need."""

    rate: float

    @property
    def peak(self) -> float:
        return self.rate * TRAFFIC["peak"]

    @property
    def requests(self) -> float:
        """A second, at the peak."""
        return self.peak / TRAFFIC["events_per_request"]

    @property
    def queued(self) -> bool:
        return self.rate >= TRAFFIC["queue_from"]

    @cached_property
    def commits(self) -> float:
        """A second, at the peak. Each worker writes one group after the other, and a worker has a core."""
        if self.queued:
            return self.peak / TRAFFIC["rows_per_commit_of_a_queue"]
        without = self.requests * CPU["api_request"] + self.peak * CPU["api_event"]
        workers = max(2, math.ceil(without / MACHINE["busy"]))
        return min(self.requests, workers * TRAFFIC["commits_per_worker"])

    @property
    def api_cores(self) -> float:
        """Of the API, and of the drain: whichever of them commits pays for it."""
        used = self.requests * CPU["api_request"] + self.peak * CPU["api_event"] + self.commits * CPU["api_commit"]
        used += self.requests * CPU["queue_message"] * self.queued
        return max(2.0, used / MACHINE["busy"])

    @property
    def writing_cores(self) -> float:
        return (self.commits * CPU["database_commit"] + self.peak * CPU["database_event"]) / MACHINE["busy"]

    @property
    def recount_minutes(self) -> float:
        """How long the slower of the two counts of yesterday takes, once, in each of the databases."""
        return self.rate / self.databases * DAY * max(CPU["refresh_day"], CPU["refresh_activity"]) / 60

    @property
    def counting_cores(self) -> float:
        return self.databases * counting_cores(self.rate / self.databases)

    @property
    def question_cores(self) -> float:
        return self.peak * TRAFFIC["questions_per_event"] * CPU["question"] / MACHINE["busy"]

    @property
    def database_cores(self) -> float:
        return self.writing_cores + self.counting_cores + self.question_cores

    @property
    def log_mb(self) -> float:
        """A second, at the peak."""
        return self.peak * BYTES["log"] / 1e6

    @property
    def disk_gb(self) -> float:
        rows, all_days = TRAFFIC["uncompressed_days"], TRAFFIC["kept_days"]
        each = (BYTES["row"] + BYTES["counts"]) * rows
        each += (BYTES["compressed"] + BYTES["counts_compressed"]) * max(0.0, all_days - rows)
        return self.rate * DAY * each / 1e9

    @property
    def lake_gb(self) -> float:
        """A year."""
        return self.rate * DAY * 365 * BYTES["lake"] / 1e9

    @cached_property
    def databases(self) -> int:
        """How many side by side, each with its own customers: the fewest whose share each fits a host."""
        return next(many for many in count(1) if self._fits(many))

    def _fits(self, databases: int) -> bool:
        cores = (self.writing_cores + self.question_cores) / databases + counting_cores(self.rate / databases)
        log_mb, disk_tb = self.log_mb / databases, self.disk_gb / 1000 / databases
        return cores <= MACHINE["cores"] and log_mb <= MACHINE["log_mb"] and disk_tb <= MACHINE["disk_tb"]

    @property
    def host(self) -> dict[str, float]:
        """The smallest that has the cores, for each of the databases."""
        hosts: list[dict[str, float]] = sorted(PRICES["host"].values(), key=lambda host: host["vcpus"])
        enough = [host for host in hosts if host["vcpus"] >= self.database_cores / self.databases]
        return enough[0] if enough else hosts[-1]

    def dollars(self) -> dict[str, float]:
        """A month, each database with a standby."""
        hour, month, each = PRICES["hour"], PRICES["month"], PRICES["each"]
        hosts = 2 * self.databases
        monthly = self.rate * HOURS * 3600
        sent_gb = self.rate * 3600 * BYTES["sent"] / 1e9
        beyond = max(0.0, self.log_mb / self.databases * 2 - 125)
        return {
            "API": HOURS * self.api_cores * (hour["vcpu"] + GB_OF_A_VCPU * hour["memory_gb"]),
            "database hosts": HOURS * hosts * self.host["hour"],
            "disks": 2 * self.disk_gb * month["disk_gb"] + hosts * beyond * month["disk_mbps"],
            "copies to the standbys": monthly * BYTES["log"] / 1e9 * each["between_zones_gb"],
            "load balancer, way out": HOURS
            * (hour["balancer"] + max(1.0, sent_gb) * hour["balancer_unit"] + hour["nat"] + 3 * hour["address"]),
            "queue (SQS)": monthly / TRAFFIC["events_per_request"] / 1e6 * 1.2 * each["sqs_million"] * self.queued,
            "lake (S3), a year": self.lake_gb * month["s3_gb"],
        }


def limits() -> dict[str, float]:
    """Events a second, on average, at which one database gives way, by what gives way."""
    one, million = Needs(1), Needs(1e6)
    per_event = (million.writing_cores + million.question_cores) / million.rate
    return {
        "yesterday cannot be counted again every 15 minutes": 15 / one.recount_minutes,
        "the disks are full": MACHINE["disk_tb"] * 1000 / one.disk_gb,
        "the cores of the largest host are busy": (MACHINE["cores"] - counting_cores(1e6)) / per_event,
        "yesterday cannot be counted again within a day": DAY / 60 / one.recount_minutes,
        "a host takes no more write-ahead log": MACHINE["log_mb"] / one.log_mb,
    }
