"""What is told equals a recount of the raw rows in plain Python, also where clocks change and at midnight."""

import random
import uuid
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from fixtures.telling import BERLIN
from tracking import db, deployment
from tracking.aggregates import refresh as refreshing
from tracking.ingest.bulk import Bulk, Tally
from tracking.notifications import asking

ZONE = ZoneInfo(BERLIN)
NAMES = ("view", "view__photo", "click")


@pytest.fixture(params=[date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)], ids=["spring", "autumn", "winter"])
def day(request) -> date:
    return request.param


@pytest.fixture
def events(day, engine, settings, sql) -> list[tuple[str, str, str, datetime]]:
    """(receiver, creator, name, time) of 600 counted events of eight days, many of them next to a midnight."""
    chance = random.Random(str(day))
    start, end = (datetime.combine(day + timedelta(days=back), time(), ZONE).timestamp() for back in (-7, 2))
    midnights = [datetime.combine(day + timedelta(days=number), time(), ZONE).timestamp() for number in range(-6, 2)]
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner)"
        " select 'job', id::text, case when id < 4 then 'acme' else 'globex' end from generate_series(0, 7) as id")  # fmt: skip
    made = []
    for _ in range(600):
        at = chance.choice(
            [chance.uniform(start, end), chance.choice(midnights) + chance.choice([-0.001, 0, 0.001, 3600])]
        )
        moment = datetime.fromtimestamp(round(at, 3), ZONE)
        made.append((f"job:{chance.randrange(8)}", f"c{chance.randrange(12)}", chance.choice(NAMES), moment))
    tally = Tally()
    Bulk(engine, settings, "web").write(
        [
            {"id": str(uuid.uuid4()), "receiver": receiver, "creator": creator, "name": name, "occurred_at": at.isoformat()}
            for receiver, creator, name, at in made
        ],
        tally,
    )  # fmt: skip
    assert tally.counts == {"accepted": 600}
    return made


@pytest.fixture
def told(rule, fill, settings, outbox, day):
    """What a rule puts into the outbox for the day: {receiver: value}."""

    def run(**fields) -> dict[str, int]:
        rule(receiver_type="job", first_day=day, **fields)
        fill(datetime.combine(day + timedelta(days=1), time(9, 5), ZONE))
        return dict(outbox())

    return run


def recount(events, names, days, by, measure):
    seen = defaultdict(set) if measure == "creators" else Counter()
    for receiver, creator, name, at in events:
        if name in names and at.astimezone(ZONE).date() in days:
            key = by(receiver)
            if measure == "creators":
                seen[key].add(creator)
            else:
                seen[key] += 1
    return {key: len(value) if measure == "creators" else value for key, value in seen.items()}


@pytest.mark.parametrize("measure", ["events", "creators"])
@pytest.mark.parametrize(
    ("patterns", "names"), [(("view",), ("view",)), (("view", "view__*"), ("view", "view__photo"))]
)
def test_a_day_equals_its_recount(told, events, day, measure, patterns, names) -> None:
    expected = recount(events, names, {day}, lambda receiver: receiver.removeprefix("job:"), measure)
    assert told(names=patterns, measure=measure) == expected


@pytest.mark.parametrize("measure", ["events", "creators"])
def test_a_week_equals_its_recount(told, events, day, measure) -> None:
    days = {day - timedelta(days=back) for back in range(7)}
    owner = {f"job:{id_}": "acme" if id_ < 4 else "globex" for id_ in range(8)}
    expected = recount(events, NAMES, days, owner.__getitem__, measure)
    assert day.weekday() == 6
    assert told(kind="weekly", per="owner", names=("*",), measure=measure) == expected


def test_the_day_before_equals_its_recount(told, events, day, outbox) -> None:
    told(names=("*",), measure="creators", compares=True)
    expected = recount(
        events, NAMES, {day - timedelta(days=1)}, lambda receiver: receiver.removeprefix("job:"), "creators"
    )
    assert {receiver: before for receiver, before in outbox("receiver_id, before") if before} == {
        receiver: value for receiver, value in expected.items() if receiver in dict(outbox())
    }


def test_a_total_equals_its_recount(told, events, day, outbox) -> None:
    until = {day - timedelta(days=back) for back in range(8)}
    expected = recount(events, ("view",), until, lambda receiver: receiver.removeprefix("job:"), "events")
    before = recount(events, ("view",), until - {day}, lambda receiver: receiver.removeprefix("job:"), "events")
    thresholds = tuple(range(1, 60))
    told(kind="milestone", names=("view",), measure="events", thresholds=thresholds)
    assert dict(outbox("receiver_id, threshold")) == {
        receiver: total for receiver, total in expected.items() if total > before.get(receiver, 0)
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"measure": "creators", "compares": True},
        {"kind": "weekly", "per": "owner", "measure": "events"},
        {"kind": "monthly", "measure": "events"},
        {"kind": "milestone", "measure": "events", "thresholds": (1,)},
    ],
    ids=["daily", "weekly", "monthly", "milestone"],
)
def test_the_table_of_the_events_is_in_no_plan(rule, events, day, settings, engine, sql, monkeypatch, fields) -> None:
    refreshing.catch_up(db.owner_url(settings))
    one = asking.Due(rule(receiver_type="job", **fields), day)
    plans = []

    def explain(connection, name, /, **parameters):
        plan = connection.exec_driver_sql(f"explain {db.query(name)}", parameters).scalars()
        plans.append("\n".join(plan))
        return run(connection, name, **parameters)

    decided, run = deployment.read(engine), db.run
    monkeypatch.setattr(db, "run", explain)
    with engine.connect() as connection:
        assert asking.ask(connection, decided, one, after="", page=100)
    monkeypatch.undo()
    chunks = [name.rpartition(".")[2] for (name,) in sql("select c::text from show_chunks('tracking.events') as c")]
    assert chunks
    assert plans
    assert "_hyper_" in plans[0]
    assert [name for name in chunks if name in plans[0]] == []
