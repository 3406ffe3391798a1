"""The night's work: as a recount has it, once a day, whole or not at all, and deaf to what comes late."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from fixtures.peers import BERLIN, BY, Nights, a_world, recounted
from peers.conftest import events
from tracking import db
from tracking.peers import nightly
from tracking.peers.cohorts import Compared, Quartiles

WORLDS = 4
TOLD = """
select receiver_type, receiver_id, age, array[impressions, views, applications], conversion, comparison
  from tracking.peers where age is not null
"""


@pytest.fixture
def told(sql: Any) -> Any:
    return lambda: {row[:2]: row[2:] for row in sql(TOLD)}


@pytest.mark.parametrize("seed", range(WORLDS))
def test_each_night_equals_a_recount(put: Any, insert: Any, night: Any, told: Any, seed: int) -> None:
    """Of two nights; between them late events come, and attributes change."""
    chance = random.Random(seed)
    world = a_world(chance)
    put(world["receivers"])
    insert(world["sent"])
    kept, sent = Nights(world["receivers"]), world["sent"]
    found: Counter[Any] = Counter()
    for days_ago in (1, 0):
        today = datetime.now(BERLIN).date() - timedelta(days=days_ago)
        expected = kept.night(sent, today)
        compared = night(days_ago)
        answers = told()
        assert {key: (age, list(row.numbers)) for key, (age, row) in expected.items()} == {
            key: row[:2] for key, row in answers.items()
        }
        for key, (age, row) in expected.items():
            numbers, conversion, comparison = answers[key][1:]
            assert conversion == (numbers[2] / numbers[1] if numbers[1] else None)
            recount = recounted(row, kept.field(age))
            found[None if recount is None else recount[0]] += 1
            if recount is None:
                assert comparison is None
            else:
                quartiles = {name: Quartiles(*each) for name, each in recount[1].items()}
                assert comparison == nightly.comparison(row, Compared(recount[0], quartiles), BY, age)
        assert compared == sum(row[-1] is not None for row in answers.values()) > 0
        sent = sent + world["late"]
        insert(world["late"])
        for one in world["receivers"]:
            one["attributes"] |= {"category": chance.choice(["a", "b"])}
        put(world["receivers"])
    assert len(found) > 1


def test_a_number_stays_as_it_was_counted(market: Any, insert: Any, night: Any, sql: Any) -> None:
    """Else whoever sends late views to another's job sees it move from band to band, and knows where it was."""
    market()
    night(1)
    before = sql("select * from tracking.peer_ages where age = 7 order by receiver_id")
    assert len(before) == 13
    insert(events("job:3", datetime.now(BERLIN) - timedelta(days=8), 50, 50, 50))
    insert(events("job:3", datetime.now(BERLIN) - timedelta(days=12), 1, 1, 1))
    night()
    assert sql("select * from tracking.peer_ages where age = 7 order by receiver_id") == before
    assert sql("select count(distinct first_day) from tracking.peers") == [(1,)]


def test_the_same_day_is_counted_once(market: Any, put: Any, night: Any, told: Any) -> None:
    """So the same question has the same answer all day, though attributes change."""
    market()
    assert night() == 13
    before = told()
    put([{"type": "job", "id": "3", "owner": "owner-3", "attributes": {"category": "law"}}])
    assert night() == 0
    assert told() == before


def test_broken_off_it_leaves_the_night_before(
    market: Any, put: Any, night: Any, told: Any, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    market()
    night(1)
    before, ages = told(), sql("select count(*) from tracking.peer_ages")
    put([{"type": "job", "id": "42", "owner": "acme", "attributes": {"category": "law"}}])
    run = db.run

    def killed(connection: Any, name: str, **parameters: Any) -> Any:
        if name == "peers_end":
            raise psycopg.OperationalError("killed")
        return run(connection, name, **parameters)

    monkeypatch.setattr(db, "run", killed)
    with pytest.raises(psycopg.OperationalError, match="killed"):
        night()
    monkeypatch.undo()
    assert (told(), sql("select count(*) from tracking.peer_ages")) == (before, ages)
    assert sql("select counted_on from tracking.peers_state") == [(datetime.now(BERLIN).date() - timedelta(days=1),)]
    assert night() == 13


def test_with_other_steps_all_is_counted_anew(market: Any, night: Any, sql: Any) -> None:
    market()
    night(1)
    night(steps=("view", "impression", "click"))
    assert sql("select impressions, views, applications from tracking.peers where receiver_id = '42'") == [
        (131, 400, 30)
    ]


def test_old_receivers_are_no_measure(market: Any, night: Any, sql: Any) -> None:
    market()
    night(1)
    sql("update tracking.peers set first_day = first_day - 730 where receiver_id = '3'")
    night()
    assert sql("select count(*) filter (where receiver_id = '3'), count(*) from tracking.peers") == [(0, 12)]


def test_people_are_in_no_cohort(market: Any, night: Any, sql: Any) -> None:
    sql("insert into tracking.receiver_types (receiver_type, owner_is_person) values ('job', true)")
    market()
    assert night() == 0
    assert sql("select * from tracking.peers") == []
