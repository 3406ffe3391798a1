"""Bugs in what counts come out of."""

from mutants import Mutant

SCOPE = "sql/queries/stats_scope.sql"
COUNTING = "tracking/stats/counting.py"
COMPARING = "tracking/stats/comparing.py"
AGREEMENT = ("tests/stats/test_agreement.py",)
RECOUNT = ("tests/stats/test_recount.py",)
PAIRS = ("tests/stats/test_comparing.py",)
FUNNEL = ("tests/stats/test_funnel.py",)
SERIES = ("tests/stats/test_timeseries.py",)
TURNS = ("tests/stats/test_turns.py",)
ANSWERS = ("tests/stats/test_answers.py",)

MUTANTS = [
    Mutant(
        COUNTING, "        if people:\n            return kept_from\n", "",
        "events come from the aggregates and people from the raw rows of what waits", AGREEMENT,
    ),
    Mutant(
        COUNTING, "return period.end if waiting is None else max(waiting, kept_from)", "return period.end",
        "a late event is not counted before its refresh", AGREEMENT,
    ),
    Mutant(
        COUNTING, "if gone and by_day:", "if by_day:",
        "days are counted from the daily aggregate that were counted otherwise", RECOUNT,
        equivalent="without dropped rows the first edge is where raw rows begin anyway, and the same days are counted",
    ),
    Mutant(
        COUNTING, "elif row and gone and start < raw_from:", "elif row and gone and start <= raw_from:",
        "the first day whose raw rows are kept has no people", SERIES,
    ),
    Mutant(
        COUNTING, 'bound["source"] is None and', "",
        "counts of one source are those of all", RECOUNT,
    ),
    Mutant(
        COUNTING, "*(edge for edge in edges if edge < raw_from), raw_from", "*edges",
        "whole days are counted from the daily aggregate and the raw rows, twice", AGREEMENT,
    ),
    Mutant(
        SCOPE, "       and occurred_at >= %(raw_from)s::timestamptz", "       and occurred_at >= %(from)s::timestamptz",
        "what the aggregates count is counted again from the raw rows", AGREEMENT,
    ),
    Mutant(
        SCOPE, "       and excluded is null\n", "",
        "repeats and crawlers are counted", RECOUNT,
    ),
    Mutant(
        "sql/queries/stats_summary.sql", "from raw group by creator", "from raw group by creator, receiver_id",
        "who saw two jobs is two people", SERIES,
    ),
    Mutant(
        "sql/queries/stats_gone.sql", "exists (select from counts)", "false",
        "people of a period whose raw rows were dropped are too few", RECOUNT,
    ),
    Mutant(
        "sql/functions/allowed_receivers.sql",
        "and receivers.owner = coalesce(granted_owner, asked_owner)\n       and (asked_owner is null or receivers.owner = asked_owner)",
        "and receivers.owner = coalesce(asked_owner, granted_owner)",
        "an owner's token reads another owner, where only the database looks", ("tests/stats/test_isolation.py",),
    ),
    Mutant(
        "sql/queries/stats_funnel.sql", "from unnest(also2) as t where t > t1", "from unnest(also2) as t where t >= t1",
        "one click is two steps", FUNNEL,
    ),
    Mutant(
        "sql/queries/stats_funnel.sql", "from unnest(only2) as t where t >= t1", "from unnest(only2) as t where t > t1",
        "a view and a click at one instant are not in order", FUNNEL,
    ),
    Mutant(
        "sql/queries/stats_funnel.sql", "is3 and not (is1 or is2)) as only3", "is3 and not is2) as only3",
        "the view that began is the view that comes after the click", FUNNEL,
    ),
    Mutant(
        "sql/queries/stats_funnel.sql", "    group by creator, receiver_type, receiver_id", "    group by creator, receiver_type",
        "a view of one job and a click on another make a way", FUNNEL,
    ),
    Mutant(
        "tracking/stats/funnel.py", "if query.step is None and any(events):", "if any(events):",
        "a step that was asked for is left out", FUNNEL,
    ),
    Mutant(
        COMPARING, 'months = buckets if kind == "previous" else 12', 'months = 1 if kind == "previous" else 12',
        "three months are compared with those of a month ago", PAIRS,
    ),
    Mutant(COMPARING, "    end = min(period.end, next_quarter(now))\n", "    end = period.end\n",
           "the whole of another month is beside the part of this one that has begun", PAIRS),
    Mutant(COMPARING, "WEEKS_OF_A_YEAR = timedelta(hours=1), 52", "WEEKS_OF_A_YEAR = timedelta(hours=1), 53",
           "a week is compared with the one after", PAIRS),
    Mutant(
        COMPARING, "        moved[-1] = _end_of_last_day(period)\n", "        pass\n",
        "February is compared with one of a day more", PAIRS,
    ),
    Mutant(
        COMPARING, "if wall.date() != begins else", "if wall.date() == begins else",
        "31 March is compared with March", PAIRS,
    ),
    Mutant(
        COMPARING, "    days = last - first + timedelta(days=1)\n", "    days = period.end - period.start\n",
        "a week over a clock change, or one that runs, is compared at another time of the day", PAIRS,
    ),
    Mutant(
        COMPARING, 'interval in {None, "hour"}', "interval is None",
        "hours are compared with those of another day", PAIRS,
    ),
    Mutant(
        "tracking/stats/periods.py", "day + timedelta(days=7 - day.weekday())", "day + timedelta(days=6 - day.weekday() or 7)",
        "weeks begin on Sundays", RECOUNT,
    ),
    Mutant(
        "tracking/stats/questions.py", "self.period.end <= final", "self.period.start <= final",
        "browsers keep an answer that late events still change", ANSWERS,
    ),
    Mutant("tracking/stats/turns.py", "max(1, connections // 2)", "connections", "one customer keeps all others out", TURNS),
    Mutant("tracking/stats/turns.py", "                self._changed.notify_all()\n", "",
           "who waits for a turn waits for five seconds", TURNS),
    Mutant("tracking/stats/turns.py", "                self._leave(self._asked, whose)\n                raise\n",
           "                raise\n", "after twelve questions that came in vain an account is refused for ever", TURNS),
    Mutant("tracking/stats/questions.py", "turn(grant.account)", "turn(grant.source_name)",
           "all customers of a source have half of the turns together", TURNS),
    Mutant(
        "tracking/wiring.py", "Counts(questions, decided,", "Counts(engine, decided,",
        "questions take the connections of those who write", ("tests/stats/test_turns.py", "tests/attacks/test_questions.py"),
    ),
    Mutant("tracking/spreadsheets.py", r"(?<=[;\t\r\n])", r"(?<=[\t\r\n])",
           "a cell is a formula where semicolons part cells", ANSWERS),
    Mutant(
        "tracking/stats/routes.py", 'receive(services, request, "stats")', 'receive(services, request, "ingest")',
        "a stats token cannot ask by POST, and a client token can", ("tests/stats/test_asking.py",),
    ),
    Mutant("tracking/bounded.py", "MOST_ERRORS = 20", "MOST_ERRORS = 9000",
           "who sends a megabyte of garbage is told more", ("tests/stats/test_asking.py",)),
    Mutant("tracking/timezones.py", " - {UNSET}", "", "what no place has is a timezone", ("tests/stats/test_asking.py",)),
    Mutant(
        "tracking/errors.py", "@problem_of.register(psycopg.DataError)\n", "",
        "a value that does not fit a column is a 500", ("tests/attacks/test_hostile_values.py",),
        equivalent="the stats and the writer go through SQLAlchemy, which wraps it; for what uses psycopg alone",
    ),
]  # fmt: skip
