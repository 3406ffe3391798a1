"""Bugs in what finds broken trackers, and in what is told of them."""

from mutants import Mutant

WATCH = "sql/functions/watch.sql"
VOLUMES = "sql/functions/volume_signals.sql"
SHARES = "sql/functions/share_signals.sql"
USUAL = "sql/functions/usual.sql"
SUMS = "sql/functions/arrivals.sql"
ACCEPT = "sql/functions/accept_incident.sql"
INCOMPLETE = "tracking/stats/incomplete.py"
JUDGED = ("tests/alarms/test_judging.py",)
SUMMED = ("tests/alarms/test_summing.py",)
TOLD = ("tests/alarms/test_alerts.py",)
ACCEPTED = ("tests/alarms/test_accepting.py",)
SAID = ("tests/stats/test_incomplete.py",)

MUTANTS = [
    Mutant(VOLUMES, "interval '21 days'", "interval '1 day'", "what has no history yet is called broken", JUDGED),
    Mutant(VOLUMES, "revoked_at is null", "true", "a revoked source is called broken", JUDGED),
    Mutant(VOLUMES, "least(strict, greatest(strict - 4.5,", "least(99, greatest(99,",
           "silence is told when nobody needs it any more", JUDGED),
    Mutant(SHARES, "strict.score as strict", "99 as strict", "no rejected event is too many", JUDGED),
    Mutant(WATCH, "(part[1] = '*' or part[1] = source", "(part[1] = source",
           "when the API is down, each source is told", JUDGED),
    Mutant(WATCH, "and not tracking.is_old(signal.moment, signal.source, signal.name, signal.wide)", "",
           "what is over is told again", JUDGED),
    Mutant(WATCH, "   set closed_at = until, closed_by = 'revoked'", "   set seen_at = until",
           "the incident of a revoked source stays open", JUDGED),
    Mutant(WATCH, "least(date_bin('1 minute', settled, '2000-01-01Z'), watch.until)", "watch.until",
           "a commit that takes a minute is not summed", SUMMED),
    Mutant(SUMS, "occurred_from >= received_at - lateness", "true", "an import is called broken", SUMMED),
    Mutant(SUMS, "<= 201", "<= 100000", "a source with endless names fills the database", SUMMED),
    Mutant(USUAL, "((at at time zone zone.name) - make_interval(weeks => week)) at time zone zone.name",
           "at - make_interval(weeks => week)", "when clocks change, everybody comes an hour too late", SUMMED),
    Mutant(ACCEPT, "set actions = actions * level", "set actions = actions * 1", "what is accepted is told again", ACCEPTED),
    Mutant(ACCEPT, "update tracking.alarm_state set weighed_at = null;", "", "an accepted share is told again", ACCEPTED),
    Mutant("sql/queries/incidents_untold.sql", "set told = true, told_over = closed_at is not null", "set told = told",
           "an incident is told each minute", TOLD),
    Mutant("sql/functions/incomplete_numbers.sql", "kind in ('fewer', 'rejected', 'clock')", "true",
           "numbers are called incomplete since a crawler came", SAID),
    Mutant(INCOMPLETE, "if _means(query, one.name) and _has_such(", "if _means(query, one.name) or _has_such(",
           "a customer learns of names that only others have", SAID),
    Mutant(INCOMPLETE, "one.until <= period.start", "one.until <= one.since", "last month's fault is told for ever", SAID),
]  # fmt: skip
