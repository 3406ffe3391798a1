"""What one event costs here, in CPU of the API and of the database, and what follows from it.

Each run sends requests of one size and counts what they used. Runs of some sizes make the costs of a request, an event
and a commit; runs of other sizes show what these are worth.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import cpu
from bench.database import WINDOWED, fresh
from bench.ingest import Load, serving
from tracking import db, environment
from tracking.provenance import credentials
from tracking.provenance.sources import add_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEARNT = {1: 256, 10: 64, 500: 16}
"""Events a request, and connections."""
PREDICTED = {50: 16, 100: 16}
COUNTERS = """
    select (select count(*) from tracking.ingest_ledger),
           (select count(*) from tracking.events),
           pg_current_wal_lsn() - '0/0'::pg_lsn,
           hypertable_size('tracking.events')
"""
"""The ledger has a row for each commit."""


@dataclass(frozen=True)
class Run:
    """What some seconds of one kind of request used."""

    size: int
    commits: float
    events: float
    wal_bytes: float
    table_bytes: float
    api: float
    """Seconds of CPU."""
    database: float

    @property
    def requests(self) -> float:
        return self.events / self.size


@dataclass(frozen=True)
class Costs:
    """Microseconds of CPU."""

    api_request: float
    api_event: float
    api_commit: float
    database_commit: float
    database_event: float

    @classmethod
    def of(cls, learnt: Sequence[Run]) -> Costs:
        api = fitted([(run.requests, run.events, run.commits) for run in learnt], [run.api for run in learnt])
        database = fitted([(run.commits, run.events) for run in learnt], [run.database for run in learnt])
        return cls(*(1e6 * cost for cost in (*api, *database)))

    def predicted(self, run: Run) -> tuple[float, float]:
        """Seconds of CPU that such a run uses: of the API, of the database."""
        api = self.api_request * run.requests + self.api_event * run.events + self.api_commit * run.commits
        return api / 1e6, (self.database_commit * run.commits + self.database_event * run.events) / 1e6


def fitted(counts: Sequence[Sequence[float]], used: Sequence[float]) -> list[float]:
    """The costs of one of each that explain best what was used: least squares of the relative errors."""
    rows = [[count / seconds for count in each] for each, seconds in zip(counts, used, strict=True)]
    width = len(rows[0])
    matrix = [[sum(row[i] * row[j] for row in rows) for j in range(width)] + [sum(row[i] for row in rows)]
              for i in range(width)]  # fmt: skip
    for i in range(width):
        pivot = matrix[i][i]
        matrix[i] = [value / pivot for value in matrix[i]]
        for j in range(width):
            if j != i:
                matrix[j] = [a - matrix[j][i] * b for a, b in zip(matrix[j], matrix[i], strict=True)]
    return [row[-1] for row in matrix]


def runs(rounds: int, seconds: float) -> Iterator[Run]:
    """Runs of each size, in turn. Needs DATABASE_URL, of a server on this machine that nobody else uses, and wrk."""
    with fresh("footfall_scale"):
        here = environment.load()
        engine = db.engine(db.owner_url(here))
        with engine.begin() as connection:
            add_source(connection, "web", key=here.secret_keys[0], rights=["ingest"])
        engine.dispose()
        load = Load(credentials.derive(here.secret_keys[0], "web", 1))
        with serving("api", "wsgi:app") as api, db.connect(db.owner_url(here)) as session:
            server = cpu.parent(session.info.backend_pid)

            def state() -> list[float]:
                counted = session.execute(COUNTERS).fetchone() or ()
                return [*map(float, counted), cpu.used(api.pid), cpu.used(server)]

            for size, connections in (LEARNT | PREDICTED).items():
                load("api", size, connections, 2, WINDOWED)  # what each process does once
            for number in range(rounds):
                for size, connections in (LEARNT | PREDICTED).items():
                    before = state()
                    load("api", size, connections, seconds, WINDOWED)
                    run = Run(size, *(now - then for now, then in zip(state(), before, strict=True)))
                    print(f"round {number + 1}/{rounds}: {run}", file=sys.stderr)
                    yield run
