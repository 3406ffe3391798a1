"""The jobs that keep the counts up to date, and small."""

from __future__ import annotations

from datetime import time, timedelta
from functools import partial

from tracking.aggregates import AGGREGATES, columnstore, facts, policies, refresh, retention
from tracking.schedule import Daily, Every, Job, by_owner
from tracking.trails import keeping

AT_ONCE, QUICK, USUAL = timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=15)
"""The quarters of an hour are refreshed more often: most answers read them. What is late is counted at once."""

JOBS = (
    *(
        Job(
            f"refresh {aggregate}",
            Every(QUICK if aggregate == "event_counts_15min" else USUAL),
            by_owner(partial(refresh.catch_up, aggregates=[aggregate])),
        )
        for aggregate in AGGREGATES
    ),
    Job("extend trails", Every(USUAL), by_owner(keeping.extend)),
    Job("count late events", Every(AT_ONCE), by_owner(facts.count)),
    Job("tidy trails", Daily(time(4)), by_owner(keeping.tidy)),
    Job("drop raw events", Every(timedelta(hours=1)), by_owner(retention.drop_raw_events)),
    Job("compress counts", Daily(time(3)), by_owner(columnstore.compress)),
    Job("run policies", Every(timedelta(hours=1)), by_owner(policies.run_all)),
)
