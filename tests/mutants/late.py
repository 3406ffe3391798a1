"""Bugs in what counts late events, and in what tells that a number changed."""

from mutants import Mutant

NOTE = "sql/functions/note_arrivals.sql"
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
        "a late person is not counted in a day's people", WORLDS,
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
