"""Events and different people of groups of receivers in a period, from the trails: also once raw events are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

import numpy as np
import structlog

from tracking import db
from tracking.trails import columns, crowds, loading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from tracking.trails.columns import State
    from tracking.trails.loading import Receiver

log = structlog.get_logger("jobs")

SNAPSHOT = {"isolation_level": "REPEATABLE READ"}
"""Whoever counts needs it: what moves into the trails meanwhile would be seen in both places, or in none."""


class Part(NamedTuple):
    """Events and different people of a group, and of a name; None: of all names that are meant, together."""

    group: int
    name: str | None
    events: int
    creators: int


def known(connection: Connection, since: datetime) -> bool:
    """Whether the trails have all that happened since then; else people are unknown."""
    return _has(columns.state(connection), since)


def count(
    connection: Connection,
    since: datetime,
    until: datetime,
    receivers: Sequence[Receiver],
    group: Sequence[int],
    names: Sequence[str] | None = None,
) -> list[Part]:
    """The numbers of each group of receivers. `group`: that of each of these, none of which is there twice.

    `names`: LIKE patterns of what counts, together; None: each name apart. Nothing is found of what is not `known`.
    """
    state = columns.state(connection)
    if not _has(state, since) or not receivers:
        return []
    try:
        walked = columns.load(connection, state, _bound(since, until, receivers, names), kinds=True, times=False)
    except loading.TooMany:
        return _halves(connection, since, until, receivers, group, names)
    if not len(walked.people):
        return []
    labels = sorted({name for name, _ in walked.kinds}) if names is None else [None]
    label_number = {label: place for place, label in enumerate(labels)}
    group_of = dict(zip(receivers, group, strict=True))
    of_kind = np.array([label_number[name if names is None else None] for name, _ in walked.kinds], np.int64)
    of_receiver = np.array([group_of[receiver] for receiver in walked.receivers], np.int64)
    keys, part = np.unique(of_receiver[walked.receiver] * len(labels) + of_kind[walked.kind], return_inverse=True)
    events, creators = crowds.by_part(walked.people, part, len(keys), walked.highest)
    return [
        Part(key // len(labels), labels[key % len(labels)], events[place], creators[place])
        for place, key in enumerate(keys.tolist())
    ]


def _has(state: State | None, since: datetime) -> TypeGuard[State]:
    return state is not None and (state.since is None or since >= state.since)


def _halves(
    connection: Connection, since: datetime, until: datetime, receivers: Sequence[Receiver], group: Sequence[int],
    names: Sequence[str] | None,
) -> list[Part]:  # fmt: skip
    """More events than fit into columns: group by group, and a group that is too busy from its raw rows."""
    groups = sorted(set(group))
    if len(groups) > 1:
        chosen = set(groups[: len(groups) // 2])
        found: list[Part] = []
        for first in (True, False):
            half = [place for place, number in enumerate(group) if (number in chosen) == first]
            found += count(connection, since, until, [receivers[n] for n in half], [group[n] for n in half], names)
        return found
    rows = db.run(
        connection, "counted_raw", since=since, until=until, names=None if names is None else list(names),
        types=[type_ for type_, _ in receivers], ids=[id_ for _, id_ in receivers],
    ).all()  # fmt: skip
    if not rows:
        log.warning(
            "too many events of one period: its people are not counted", since=str(since), receivers=receivers[:3]
        )
    return [Part(groups[0], row.name, row.events, row.creators) for row in rows]


def _bound(
    since: datetime, until: datetime, receivers: Sequence[Receiver], names: Sequence[str] | None
) -> dict[str, Any]:
    """The parameters of stats_scope: what happened on these receivers."""
    return {
        "from": since, "to": until, "raw_from": until, "days_from": since, "days_to": since,
        "reads_all": True, "granted": None, "granted_owner": None, "owner": None,
        "receivers": [f"{type_}:{id_}" for type_, id_ in receivers],
        "types": sorted({type_ for type_, _ in receivers}), "ids": [id_ for _, id_ in receivers],
        "type": None, "source": None, "names": None if names is None else list(names), "uniques": True,
    }  # fmt: skip
