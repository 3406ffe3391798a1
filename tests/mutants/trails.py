"""Bugs in what people are counted from."""

from mutants import Mutant

EXTEND = "sql/functions/extend_trails.sql"
SCOPE = "sql/queries/stats_scope.sql"
HISTORIES = ("tests/aggregates/test_trails.py",)

MUTANTS = [
    Mutant(
        EXTEND, "and (occurred_at >= known or received_at >= known)", "and received_at >= known",
        "an event whose clock was ahead is never counted", HISTORIES,
    ),
    Mutant(
        EXTEND, "       and received_at < reach\n       and (", "       and (",
        "what has just arrived is counted twice", HISTORIES,
    ),
    Mutant(
        EXTEND, "set people = trail.people || excluded.people,", "set people = excluded.people || trail.people,",
        "people are paired with others' times", HISTORIES,
    ),
    Mutant(
        EXTEND, "oldest := least(known, tracking.first_arrived(known, reach));", "oldest := known;",
        "late events are never counted", HISTORIES,
    ),
    Mutant(
        EXTEND, "    delete from tracking.trails_inbox;\n", "",
        "what was put back is counted again with each run", HISTORIES,
    ),
    Mutant(
        "sql/functions/restore.sql", "           and greatest(occurred_at, received_at) < trodden\n", "           and received_at < trodden\n",
        "what was put back and happened just now is counted twice", HISTORIES,
    ),
    Mutant(
        SCOPE, " or received_at >= %(trails_until)s::timestamptz)", ")",
        "a late event is not counted for a quarter of an hour", HISTORIES,
    ),
    Mutant(
        SCOPE, "(occurred_at >= %(trails_until)s::timestamptz or received_at >= %(trails_until)s::timestamptz)", "true",
        "where one event is late, all of its time are counted twice", HISTORIES,
    ),
    Mutant(
        SCOPE, "             where occurred_at >= %(from)s::timestamptz\n               and occurred_at <  %(to)s::timestamptz) as arrived", "             where false) as arrived",
        "what was put back is not counted for a quarter of an hour", HISTORIES,
    ),
    Mutant(
        "sql/functions/drop_raw_events.sql", "and received_at >= trodden", "and false",
        "old events are dropped that nobody will ever know the people of", ("tests/aggregates/test_retention.py",),
    ),
    Mutant(
        "sql/functions/pack_trails.sql", "string_agg(times, ''),\n", "min(times),\n",
        "joined rows lose the times of all days but one", HISTORIES,
    ),
    Mutant(
        "tracking/stats/counting.py", "since = max(timed_since, since)", "since = max(since, since)",
        "all that happened on a dropped day seems to have happened at midnight", HISTORIES,
    ),
    Mutant(
        "tracking/stats/trails.py", "inside = (rest[3] >= since) & (rest[3] < until)", "inside = (rest[3] > since) & (rest[3] < until)",
        "an event at the first instant of the period is not counted", HISTORIES,
    ),
    Mutant(
        "tracking/stats/trails.py", "+ np.uint32(self._highest)", "+ np.uint32(0)",
        "a new person is taken for another", HISTORIES,
    ),
    Mutant(
        "tracking/stats/crowds.py", "np.where(earlier, times > before, times >= before)", "times >= before",
        "one event is two steps", ("tests/stats/test_crowds.py",),
    ),
]  # fmt: skip
