"""Invariant 4: no count ever falls, whatever was set before, is set now, or is imported. Random histories against a model."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from fixtures.cast import ALICE
from fixtures.database import AGGREGATES, EMPTY
from fixtures.jobs import midnight
from tracking import db, deployment, migrations, prerequisites
from tracking.aggregates import columnstore, refresh, retention
from tracking.ingest.bulk import Bulk, Tally

DAY = timedelta(days=1)
EXAMPLES, SPAN = 6, 45
imports = st.lists(st.floats(2.1, SPAN), min_size=1, max_size=6).map(lambda ages: ("import", ages))
decisions = st.tuples(st.integers(1, 30), st.sampled_from([0, 0, 5, 8, 12, 20, 34])).map(
    lambda days: ("decide", (days[0], days[1] and max(days[1], days[0] + prerequisites.RETENTION_MARGIN_DAYS)))
)
steps = st.one_of(
    imports, imports, decisions, decisions, st.sampled_from([("refresh", name) for name in AGGREGATES]),
    st.just(("refresh", None)), st.just(("retention", None)), st.just(("retention", None)), st.just(("columnstore", None)),
    st.integers(3, SPAN).map(lambda days: ("rebuild", days)),
)  # fmt: skip


class Model:
    """What was accepted, by day; all of it is counted once everything is refreshed, however much was dropped since."""

    def __init__(self, settings: Any, engine: Any) -> None:
        self._settings, self._engine, self._url = settings, engine, db.owner_url(settings)
        self._accepted: Counter[datetime] = Counter()
        self._least = {name: {} for name in AGGREGATES}

    def take(self, step: str, what: Any) -> None:
        match step:
            case "import":
                now = datetime.now(UTC)
                times = [now - age * DAY for age in what]
                base = {"name": "view", "receiver": "job:42", "creator": ALICE}
                sent = [base | {"occurred_at": at.isoformat(), "id": f"{n} {at}"} for n, at in enumerate(times)]
                gone = deployment.read(self._engine).dropped_until
                verdicts = Bulk(self._engine, self._settings, "web").write(sent, Tally())
                for at, verdict in zip(times, verdicts, strict=True):
                    if verdict["verdict"] == "accepted":
                        assert gone is None or at >= gone
                        self._accepted[at] += 1
            case "decide":
                migrations.migrate(replace(self._settings, lateness_days=what[0], retention_days=what[1]))
            case "refresh":
                refresh.catch_up(self._url, [what] if what else AGGREGATES)
            case "retention":
                retention.drop_raw_events(self._url)
            case "columnstore":
                columnstore.compress(self._url)
            case "rebuild":
                gone = deployment.read(self._engine).dropped_until or midnight(SPAN + 3)
                spans = refresh.everything(self._url, max(gone, midnight(what)), midnight(0))
                for _ in refresh.refresh(self._url, spans):
                    pass

    def check(self, step: str) -> None:
        with db.connect(self._url) as connection:
            for name in AGGREGATES:
                column = "day" if name.endswith("daily") else "start"
                query = f"select {column}, sum(events)::int from tracking.{name} group by 1"
                found = dict(connection.execute(query).fetchall())
                least = self._least[name]
                assert {at: found.get(at, 0) for at in least if found.get(at, 0) < least[at]} == {}, (
                    f"{name} after {step}"
                )
                self._least[name] = least | found
                assert sum(found.values()) <= self._accepted.total()

    def settle(self) -> None:
        for _ in range(2):
            self.take("refresh", None)
            self.take("retention", None)
        self.check("all")
        assert [sum(least.values()) for least in self._least.values()] == [self._accepted.total()] * len(AGGREGATES)


@pytest.fixture
def restored(settings: Any) -> Any:
    yield
    migrations.migrate(settings)


def test_no_count_ever_falls(settings: Any, engine: Any, restored: Any) -> None:
    @limits(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True,
        phases=[Phase.explicit, Phase.generate],  # shrinking histories in the database takes minutes
    )  # fmt: skip
    @given(st.lists(steps, min_size=3, max_size=10))
    def holds(history: list[tuple[str, Any]]) -> None:
        with db.connect(db.owner_url(settings)) as connection:
            connection.execute(EMPTY)
        model = Model(settings, engine)
        for step in [("decide", (7, 0)), *history]:
            model.take(*step)
            model.check(str(step))
        model.settle()

    holds()
