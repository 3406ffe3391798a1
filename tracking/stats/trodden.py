"""Answers from the trails, in the rows in which the queries of the same names answer from raw rows."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from gevent import get_hub, monkey

from tracking import db
from tracking.trails import columns, crowds, packing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Row

    from tracking.trails.columns import State
    from tracking.trails.crowds import Column

T = TypeVar("T")

NEVER = 1 << 30
"""A quarter of an hour that is later than any."""


class Total(NamedTuple):
    events: int
    creators: int


class Bucket(NamedTuple):
    """Bucket 0 has the creators of the whole period, the others are numbered from 1."""

    bucket: int
    events: int
    creators: int


class Part(NamedTuple):
    value: str | None
    events: int
    creators: int
    parts: int
    total: int


class Cell(NamedTuple):
    bucket: int
    source: str
    events: int
    people: list[int]


class Steps(NamedTuple):
    creators: list[int]
    events: list[int]


class Shared(NamedTuple):
    one: int
    other: int
    both: int


def summary(connection: Connection, state: State, bound: dict[str, Any]) -> list[Total]:
    walked = columns.load(connection, state, bound, kinds=False, times=False, receivers=False, long=True)
    creators = _beside(crowds.distinct, walked.everybody(), walked.highest)
    return [Total(walked.events, creators)]


def timeseries(connection: Connection, state: State, bound: dict[str, Any]) -> list[Bucket]:
    walked = columns.load(connection, state, bound, kinds=False, times=False, quarters=True, receivers=False, long=True)
    edges = np.array([packing.quarter_of(edge) for edge in bound["edges"]])

    def count() -> list[Bucket]:
        of_quarter = np.repeat(np.arange(len(edges) - 1, dtype=np.min_scalar_type(len(edges))), np.diff(edges))
        number = np.concatenate(
            [of_quarter[:0], *(of_quarter[piece - edges[0]] for piece in crowds.pieces(walked.quarters))]
        )
        long = [part for row in walked.long for part in enumerate(row.split(edges.tolist())) if part[1].events]
        found = crowds.parts(walked.people, number, len(edges) - 1, walked.highest, long)
        told = [
            Bucket(*row)
            for row in zip(range(1, len(edges)), found.events, found.different, strict=True)
            if row[1]
        ]  # fmt: skip
        return [*told, Bucket(0, 0, found.altogether)]

    return _beside(count)


def parted(connection: Connection, state: State, bound: dict[str, Any]) -> list[Cell]:
    walked = columns.load(connection, state, bound, kinds=True, times=False, quarters=True, receivers=False)
    number: dict[str, int] = {}
    source_of = np.array([number.setdefault(source, len(number)) for _, source in walked.kinds], np.int64)
    edges = np.array([packing.quarter_of(edge) for edge in bound["edges"]])

    def count() -> list[Cell]:
        bucket = np.searchsorted(edges, walked.quarters, side="right") - 1
        cell = bucket * len(number) + source_of[walked.kind]
        cells = len(number) * len(edges)
        events = np.bincount(cell, minlength=cells)
        some = crowds.some_of_each(walked.people, cell, cells, bound["most"])
        sources = list(number)
        return [
            Cell(one // len(sources) + 1, sources[one % len(sources)], int(events[one]), some.get(one, []))
            for one in np.flatnonzero(events).tolist()
        ]

    return _beside(count) if number else []


def breakdown(connection: Connection, state: State, bound: dict[str, Any]) -> list[Part]:
    by = bound["by"]
    of_types = by == "type"
    walked = columns.load(connection, state, bound, kinds=not of_types, times=False, receivers=of_types, long=True)
    values: list[str | None] = (
        [type_ for type_, _ in walked.receivers] if of_types
        else [_value(name, source, by) for name, source in walked.kinds]
    )  # fmt: skip
    number: dict[str | None, int] = {}
    part_of = np.array([number.setdefault(value, len(number)) for value in values], np.min_scalar_type(len(values)))

    def count() -> tuple[list[int], list[int]]:
        if of_types:
            long = [(int(part_of[row.row.receiver]), row) for row in walked.long]
            return crowds.by_part(walked.people, part_of[walked.receiver], len(number), walked.highest, long)
        return crowds.by_pieces(walked.by_kind(part_of), walked.events, len(number), walked.highest)

    events, creators = _beside(count) if number else ([], [])
    found = [row for row in zip(number, events, creators, strict=True) if row[1]]
    found.sort(key=lambda row: (-row[1], row[0] is None, row[0] or ""))
    return [Part(*row, parts=len(found), total=sum(events)) for row in found[: bound["limit"]]]


def top(connection: Connection, state: State, bound: dict[str, Any]) -> Sequence[Row[Any]]:
    walked = columns.load(connection, state, bound, kinds=False, times=False, long=True)
    long = [(row.row.receiver, row) for row in walked.long]
    parts = len(walked.receivers)
    events, creators = _beside(crowds.by_part, walked.people, walked.receiver, parts, walked.highest, long)
    found = [place for place, number in enumerate(events) if number]
    return db.run(
        connection, "receivers_ranked",
        found_types=[walked.receivers[place][0] for place in found],
        found_ids=[walked.receivers[place][1] for place in found],
        found_events=[events[place] for place in found],
        found_creators=[creators[place] for place in found],
        order=bound["order"], search=bound["search"], limit=bound["limit"],
    ).all()  # fmt: skip


def funnel(connection: Connection, state: State, bound: dict[str, Any]) -> list[Steps]:
    walked = columns.load(connection, state, bound, kinds=True, times=True)
    if not walked.kinds:
        return [Steps([0] * 6, [0] * 6)]
    belongs = _steps(connection, walked, {f"step{n}": bound[f"step{n}"] for n in range(1, 7)})

    def count() -> tuple[list[int], list[int]]:
        each = [of_step[walked.kind] for of_step in belongs]
        return crowds.came(walked.people, walked.receiver, walked.times, each, walked.highest)

    return [Steps(*_beside(count))]


def overlap(connection: Connection, state: State, bound: dict[str, Any]) -> list[Shared]:
    walked = columns.load(connection, state, bound, kinds=True, times=False, long=True)
    belongs = _steps(connection, walked, {"step1": bound["step1"], "step2": bound["step2"]})

    def side(number: int) -> Iterator[Column]:
        named = bound[f"receivers{number}"]
        meant = None if named is None else set(named)
        of_receiver = np.array([meant is None or ":".join(one) in meant for one in walked.receivers], np.bool_)
        of_kind = belongs[number - 1] if bound[f"step{number}"] is not None else np.ones(len(walked.kinds), np.bool_)
        people = walked.people[of_receiver[walked.receiver] & of_kind[walked.kind]]
        long = [row.of(of_kind[walked.kind_of]) for row in walked.long if of_receiver[row.row.receiver]]
        return chain([people], *(row.people() for row in long))

    def count() -> tuple[int, int, int]:
        return crowds.shared(side(1), side(2), walked.highest)

    return [Shared(*_beside(count))] if walked.kinds else [Shared(0, 0, 0)]


def returning(connection: Connection, state: State, bound: dict[str, Any]) -> list[Shared]:
    walked = columns.load(connection, state, bound, kinds=False, times=False, quarters=True, receivers=False, long=True)
    split = packing.quarter_of(bound["split"])

    def count() -> tuple[int, int, int]:
        after = walked.quarters >= split
        long = [row.split([0, split, NEVER]) for row in walked.long]
        later = chain([walked.people[after]], *(late.people() for _, late in long))
        earlier = chain([walked.people[~after]], *(early.people() for early, _ in long))
        return crowds.shared(later, earlier, walked.highest)

    return [Shared(*_beside(count))]


QUESTIONS: dict[str, Callable[[Connection, State, dict[str, Any]], Sequence[Any]]] = {
    "stats_summary": summary,
    "stats_timeseries": timeseries,
    "stats_breakdown": breakdown,
    "stats_parted": parted,
    "stats_top": top,
    "stats_funnel": funnel,
    "stats_overlap": overlap,
    "stats_returning": returning,
}
"""By the name of the query that counts the same from raw rows."""


def _steps(connection: Connection, walked: columns.Trails, steps: dict[str, list[str] | None]) -> Column:
    """For each of six steps, for each kind, whether it belongs to the step. `steps`: LIKE patterns of names."""
    names = [name for name, _ in walked.kinds]
    bound = dict.fromkeys(f"step{n}" for n in range(1, 7)) | steps
    rows = db.run(connection, "steps_of_names", **bound, all_names=names)
    return np.array([row.steps for row in rows], np.bool_).reshape(-1, 6).T


def _value(name: str, source: str, by: str) -> str | None:
    action, parted, detail = name.partition("__")
    return {"name": name, "action": action, "detail": detail if parted else None, "source": source}[by]


def _beside(count: Callable[..., T], *arguments: Any) -> T:
    """The result of arithmetic; a worker's loop goes on meanwhile, in which it would stand in everybody's way."""
    if monkey.is_module_patched("threading"):
        return get_hub().threadpool.apply(count, arguments)
    return count(*arguments)
