"""The tests' own deployment, as vectors meet it: it also has what no deployment lends to strangers."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.database import KEY
from tracking.catalogue import event_types
from tracking.catalogue.plan_schemas import EventTypesSchema
from tracking.conformance.masks import OURS, Mask
from tracking.conformance.moments import Clock
from tracking.conformance.run import Outcome, ask, write
from tracking.conformance.target import Reply, Sent, Target
from tracking.ingest.bulk import Bulk, Tally
from tracking.provenance import credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tracking.conformance.vectors import Vector


def stopped(now: datetime) -> type[datetime]:
    """A clock that stands still, for what judges times: so edges are exact."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now.astimezone(tz)

    return Stopped


class Here(Target):
    """With a second source, imports, and a catalogue that a vector may change."""

    def __init__(self, app: Any, client: Any, engine: Any, settings: Any, sql: Any) -> None:
        super().__init__(self._exchange, {name: credentials.derive(KEY, name, 1) for name in ("web", "ios")})
        self._client, self._bulk, self.sql = client, (engine, settings), sql
        self._engine, self._windows = engine, app.extensions["footfall"].intake.windows
        self.imports = False

    def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        done = self._client.open(path, method=method, data=body, headers=dict(headers))
        return Reply(done.status_code, done.headers, done.data)

    def send(self, events: list[Sent], mask: Mask) -> list[dict[str, Any]]:
        if not self.imports:
            return super().send(events, mask)
        sent = [self.event(one, mask) | {"creator": mask.id(one.step.creator)} for one in events]
        return [dict(one) for one in Bulk(*self._bulk, events[0].step.source).write(sent, Tally())]

    @contextmanager
    def fit_for(self, vector: Vector) -> Iterator[None]:
        """What the vector needs, for as long as it runs."""
        self.imports = vector.day is not None
        kept = self.sql("select * from tracking.event_types") if vector.catalogue else []
        if vector.catalogue:
            with self._engine.begin() as connection:
                event_types.put(connection, EventTypesSchema().load({"event_types": vector.catalogue})["event_types"])
        for kind in vector.types:
            self.sql(
                "insert into tracking.receiver_types (receiver_type, owner_is_person) values (%s, true)", OURS + kind
            )
        self._windows.snapshot.expire()
        yield
        if vector.catalogue:
            self.sql("delete from tracking.event_types")
            for row in kept:
                self.sql(f"insert into tracking.event_types values ({', '.join(['%s'] * len(row))})", *row)
        self.sql("delete from tracking.receiver_types where owner_is_person")


@pytest.fixture
def here(app: Any, client: Any, engine: Any, settings: Any, sql: Any, catalogue: None) -> Here:
    sql("update tracking.sources set rights = '{ingest,mint,stats,catalogue}'")
    sql("insert into tracking.sources (name, rights) values ('ios', '{ingest,mint,stats}')")
    return Here(app, client, engine, settings, sql)


@pytest.fixture
def differing(here: Here, settings: Any, monkeypatch: Any) -> Any:
    """Runs vectors and returns what differs, by what the vector says."""
    now = datetime.now(UTC)
    for module in ("tracking.deployment", "tracking.ingest.admit"):  # not of pictures: two at one instant are one
        monkeypatch.setattr(f"{module}.datetime", stopped(now))
    oldest, newest = now - timedelta(days=settings.lateness_days), now + timedelta(seconds=settings.future_seconds)
    clock = Clock(now.date() - timedelta(days=2), lambda: oldest, lambda: newest)

    def run(vectors: list[Vector], *, batched: bool) -> dict[str, list[str]]:
        found = {}
        for number, vector in enumerate(vectors):
            outcome = Outcome(vector, Mask(f"t{number}", {"web": "web", "ios": "ios"}), clock.of(vector.day))
            with here.fit_for(vector):
                write(outcome, here, batched=batched)
                ask([outcome], here, written=now)
            if outcome.differs:
                found[f"{vector.rule} {vector.says}"] = outcome.differs
        return found

    return run
