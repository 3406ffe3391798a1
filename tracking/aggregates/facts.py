"""Notes what arrived, and counts the people of weeks, months and owners' days again where something changed.

First the database notes which days were told otherwise before, and what is due (sql/functions/note_arrivals.sql). Then
that is counted from the trails, whole periods at a time, so that it may be broken off and done twice. At the end a day
that is over gets a tally, one a run, so that no late event waits for it. Each is a transaction of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import structlog
from sqlalchemy.exc import OperationalError

from tracking import db
from tracking.trails import columns, crowds, loading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import URL, Connection

    from tracking.trails.loading import Receiver

log = structlog.get_logger("jobs")

STEP = 100_000
"""Events that are noted in one transaction, or as many more as one commit stored."""
RECEIVERS, OWNERS = 500, 200
"""So many are counted in one transaction."""
SNAPSHOT = {"isolation_level": "REPEATABLE READ"}
"""What was taken as due is counted with all that had happened by then; a mark made meanwhile makes the count fail."""
ATTEMPTS = 10


class Part(NamedTuple):
    """Events and different people of a group, which is a receiver or an owner, and a name."""

    group: int
    name: str
    events: int
    creators: int


def count(url: URL) -> int:
    """Notes all that arrived until now, and counts what is due; returns how many periods of receivers and owners."""
    note(url)
    engine = db.engine(url)
    try:
        counted = sum(_until_done(engine, batch) for batch in (_periods, _owner_days))
        with engine.connect() as connection, connection.begin():
            db.run(connection, "tally_ended_day")
        return counted
    finally:
        engine.dispose()


def note(url: URL, step: int = STEP) -> int:
    """Notes all that arrived until now; returns the number of restatements."""
    written: int = 0
    with db.connect(url) as connection:
        db.run(connection, "note_holes")
        ((settled,),) = db.run(connection, "settled_until").fetchall()
        while True:
            ((reach,),) = db.run(connection, "arrivals_reach", most=step).fetchall()
            ((restated,),) = db.run(connection, "arrivals_note", reach=reach).fetchall()
            written += restated
            if reach >= settled:
                return written


def _until_done(engine: Any, batch: Callable[[Connection], int]) -> int:
    done, attempts = 0, 0
    while True:
        try:
            with engine.connect().execution_options(**SNAPSHOT) as connection, connection.begin():
                counted = batch(connection)
        except OperationalError as error:  # marked anew while it was counted
            attempts += 1
            if getattr(error.orig, "sqlstate", None) != "40001" or attempts == ATTEMPTS:
                raise
            continue
        if not counted:
            return done
        done += counted
        attempts = 0


def _periods(connection: Connection) -> int:
    """Counts some receivers of a week or month that is due; returns how many, none if nothing is due."""
    due = db.run(connection, "periods_take", most=RECEIVERS).all()
    if due:
        receivers = [(row.receiver_type, row.receiver_id) for row in due]
        parts = _parts(connection, due[0].since, due[0].until, receivers, list(range(len(receivers))))
        db.run(
            connection, "periods_put", grain=due[0].grain, start=due[0].start,
            types=[type_ for type_, _ in receivers], ids=[id_ for _, id_ in receivers],
            found_types=[receivers[part.group][0] for part in parts],
            found_ids=[receivers[part.group][1] for part in parts],
            **_columns(parts),
        )  # fmt: skip
    return len(due)


def _owner_days(connection: Connection) -> int:
    """Counts some owners of a day that is due; returns how many, none if nothing is due."""
    due = db.run(connection, "owner_days_take", most=OWNERS).all()
    if due:
        owners = [row.owner for row in due]
        number = {owner: place for place, owner in enumerate(owners)}
        theirs = db.run(connection, "owners_receivers", owners=owners).all()
        parts = _parts(
            connection, due[0].since, due[0].until,
            [(row.receiver_type, row.receiver_id) for row in theirs], [number[row.owner] for row in theirs],
        )  # fmt: skip
        db.run(
            connection, "owner_days_put", day=due[0].day, owners=owners,
            found=[owners[part.group] for part in parts], **_columns(parts),
        )  # fmt: skip
    return len(due)


def _columns(parts: list[Part]) -> dict[str, list[Any]]:
    return {
        "names": [part.name for part in parts],
        "events": [part.events for part in parts],
        "creators": [part.creators for part in parts],
    }


def _parts(
    connection: Connection, since: datetime, until: datetime, receivers: Sequence[Receiver], group: Sequence[int]
) -> list[Part]:
    """The numbers of each group of receivers. `group`: that of each of these.

    None, if the trails do not have all of the period: then people are unknown.
    """
    state = columns.state(connection)
    if not receivers or state is None or (state.since is not None and since < state.since):
        return []
    try:
        walked = columns.load(connection, state, _bound(since, until, receivers), kinds=True, times=False)
    except loading.TooMany:
        return _halves(connection, since, until, receivers, group)
    names = sorted({name for name, _ in walked.kinds})
    name_number = {name: place for place, name in enumerate(names)}
    group_of = dict(zip(receivers, group, strict=True))
    of_kind = np.array([name_number[name] for name, _ in walked.kinds], np.int64)
    of_receiver = np.array([group_of[receiver] for receiver in walked.receivers], np.int64)
    if not len(walked.people):
        return []
    keys, part = np.unique(of_receiver[walked.receiver] * len(names) + of_kind[walked.kind], return_inverse=True)
    events, creators = crowds.by_part(walked.people, part, len(keys), walked.highest)
    return [
        Part(key // len(names), names[key % len(names)], events[place], creators[place])
        for place, key in enumerate(keys.tolist())
    ]


def _halves(
    connection: Connection, since: datetime, until: datetime, receivers: Sequence[Receiver], group: Sequence[int]
) -> list[Part]:
    """More events than fit into columns: group by group, and a receiver that is too busy from its raw rows."""
    groups = sorted(set(group))
    if len(groups) > 1:
        chosen = set(groups[: len(groups) // 2])
        found: list[Part] = []
        for first in (True, False):
            half = [place for place, number in enumerate(group) if (number in chosen) == first]
            found += _parts(connection, since, until, [receivers[n] for n in half], [group[n] for n in half])
        return found
    rows = db.run(
        connection, "counted_raw", since=since, until=until,
        types=[type_ for type_, _ in receivers], ids=[id_ for _, id_ in receivers],
    ).all()  # fmt: skip
    if not rows:
        log.warning(
            "too many events of one period: its people are not counted", since=str(since), receivers=receivers[:3]
        )
    return [Part(groups[0], row.name, row.events, row.creators) for row in rows]


def _bound(since: datetime, until: datetime, receivers: Sequence[Receiver]) -> dict[str, Any]:
    """The parameters of stats_scope: all that happened on these receivers."""
    return {
        "from": since, "to": until, "raw_from": until, "days_from": since, "days_to": since,
        "reads_all": True, "granted": None, "granted_owner": None, "owner": None,
        "receivers": [f"{type_}:{id_}" for type_, id_ in receivers],
        "types": sorted({type_ for type_, _ in receivers}), "ids": [id_ for _, id_ in receivers],
        "type": None, "source": None, "names": None, "uniques": True,
    }  # fmt: skip
