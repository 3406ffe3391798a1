"""Bugs in what counts late events, and in what tells that a number changed."""

from mutants import Mutant

NOTE = "sql/functions/note_arrivals.sql"
TALLY = "sql/functions/tally.sql"
TALLIES = ("tests/aggregates/test_tally.py",)
WORLDS, LATE = ("tests/aggregates/test_facts.py",), ("tests/aggregates/test_late.py",)

MUTANTS = [
    Mutant(
        NOTE, "        perform tracking.mend_counts();\n", "        null;\n",
        "marketing sees a late event after the next refresh", LATE,
    ),
    Mutant(
        NOTE, "count(*) filter (where late.event_id is null), count(*),", "count(*), count(*),",
        "what was told before is what is told now", LATE,
    ),
    Mutant(
        NOTE, "    delete from tracking.noted_inbox;\n", "",
        "what was put back is told as a change again with each run", WORLDS,
    ),
    Mutant(
        NOTE, "    perform tracking.mark_owners();\n", "",
        "an owner keeps the people of a receiver that it has lost", LATE,
    ),
    Mutant(
        "sql/functions/mend_counts.sql", "', creators = counted.creators' else '' end,\n        (select", "'' else '' end,\n        (select",
        "a late person is not counted in a day's people", TALLIES,
    ),
    Mutant(
        NOTE, "    perform tracking.tally_arrived();\n", "",
        "a tally lacks what comes after it was made", TALLIES,
    ),
    Mutant(
        NOTE, "        perform tracking.tally_late(reach);\n", "",
        "a late event of a day without a tally waits for the refresh", LATE,
    ),
    Mutant(
        TALLY, "set ids = known.ids || excluded.ids", "set ids = excluded.ids",
        "who came late puts others out of the tally, and these are new again", TALLIES,
    ),
    Mutant(
        TALLY, "         where id = any (ids) is not true\n", "",
        "a late person of a day is always new", TALLIES,
    ),
    Mutant(
        TALLY, "known is null or exists (select from tracking.noted_inbox)", "known is null",
        "what was put back is in a tally twice", TALLIES,
    ),
    Mutant(
        TALLY, "           and occurred_at < ends\n           and received_at < reach\n", "           and occurred_at < ends\n",
        "what arrived while a tally was made is in it twice", TALLIES,
    ),
    Mutant(
        TALLY, "               where occurred_at >= first\n                 and occurred_at < ends\n                 and received_at < reach\n",
        "               where occurred_at >= first\n                 and occurred_at < ends\n",
        "of an hour what arrived while a tally was made is in it twice", TALLIES,
    ),
    Mutant(
        TALLY, "    delete from tracking.tallied where bucket < oldest;\n", "",
        "tallies are kept for ever", TALLIES,
    ),
    Mutant(
        "sql/functions/mend_counts.sql", "               and kept.events < counted.events\n", "",
        "what a refresh has counted is taken back until it is noted", TALLIES,
    ),
    Mutant(
        "tracking/aggregates/facts.py", '            db.run(connection, "tally_ended_day")\n', "            pass\n",
        "the first late event of a day waits until all of it is read", TALLIES,
    ),
    Mutant(
        "sql/queries/periods_put.sql", "   set events = excluded.events, creators = excluded.creators", "   set events = excluded.events",
        "a week keeps the people that it had at first", WORLDS,
    ),
    Mutant(
        "sql/analytics/fact_week.sql", "having count(*) >= 10", "having count(*) >= 9",
        "a group of nine people is shown", LATE,
    ),
]  # fmt: skip
