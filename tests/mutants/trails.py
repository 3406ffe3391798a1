"""Bugs in what people are counted from."""

from mutants import Mutant

EXTEND = "sql/functions/extend_trails.sql"
SCOPE = "sql/queries/stats_scope.sql"
JOBS = "tracking/trails/keeping.py"
PACKING = "tracking/trails/packing.py"
LOADING = "tracking/trails/loading.py"
PACKED = ("tests/aggregates/test_packing.py",)
LONG_ROWS = "tracking/trails/long.py"
LONG = ("tests/stats/test_long.py",)
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
        EXTEND, "               people = trail.people || excluded.people,", "               people = excluded.people || trail.people,",
        "people are paired with others' times", HISTORIES,
    ),
    Mutant(
        EXTEND, "else least(known, tracking.first_arrived(known, reach)) end;", "else known end;",
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
        EXTEND, "oldest := case when known < tracking.booked_since() then '-infinity'", "oldest := case when false then '-infinity'",
        "what came late before the ledger began is never counted", HISTORIES,
    ),
    Mutant(
        PACKING, "_deflated(narrow(events.kinds[order]))", "_deflated(narrow(events.kinds))",
        "in joined rows people did what others did", PACKED,
    ),
    Mutant(
        PACKING, "        together[begins[1:]] -= last[:-1]\n", "",
        "rows that are read together have each other's days", PACKED,
    ),
    Mutant(
        PACKING, "        its += np.int32(begins)\n", "",
        "long rows happened in the year 2000", PACKED,
    ),
    Mutant(
        JOBS, "joined = pack(connection, today)  #", "joined = 0  #",
        "what came late is out of order once times are gone", HISTORIES,
    ),
    Mutant(
        JOBS, "events = packing.Events(*(np.concatenate(column) for column in zip(*(row.read() for row in rows), strict=True)))",
        "events = rows[0].read()",
        "joined rows lose the events of all days but one", HISTORIES,
    ),
    Mutant(
        JOBS, "for day in days for zone in (timezone, UTC)}", "for day in [row.since - DAY, *days] for zone in (timezone,)}",
        "around midnight of UTC people clicked before they came", HISTORIES,
    ),
    Mutant(
        "tracking/stats/counting.py", "since = max(timed_since, since)", "since = max(since, since)",
        "all that happened on a dropped day seems to have happened at midnight", HISTORIES,
    ),
    Mutant(
        LOADING, "inside = (columns.quarters >= since) & (columns.quarters < until)", "inside = (columns.quarters > since) & (columns.quarters < until)",
        "what happened in the first quarter of an hour of the period is not counted", HISTORIES,
    ),
    Mutant(
        LOADING, "+ np.uint32(self._known)", "+ np.uint32(0)",
        "a new person is taken for another", HISTORIES,
    ),
    Mutant(
        "tracking/trails/crowds.py", "np.where(earlier, times > before, times >= before)", "times >= before",
        "one event is two steps", ("tests/stats/test_crowds.py",),
    ),
    Mutant(
        LONG_ROWS, "max(begins[place], self.start)", "begins[place]",
        "a day has events of a long row that happened before the period", LONG,
    ),
    Mutant(
        LONG_ROWS, "kept if self.kept is None else kept & self.kept", "kept",
        "a filter of one side forgets the filter of the question", HISTORIES,
    ),
    Mutant(
        PACKING, "np.union1d(np.flatnonzero(each != 0), [0])", "np.flatnonzero(each != 0)",
        "what happened in the first quarter of an hour of a long row is of no bucket", LONG,
    ),
    Mutant(
        PACKING, "column[first:] + bytes(INDEX), 0", "bytes(column) + bytes(INDEX), 0",
        "the last person of a long row is the first one", LONG,
    ),
    Mutant(
        "tracking/trails/crowds.py", "self._latest.fill(0)", "self._latest.fill(1)",
        "after 255 days everybody was there each time", LONG,
    ),
]  # fmt: skip
