"""Bugs in the rule of small groups, and in what is told of two groups at once."""

from mutants import Mutant

GROUPS, PARTS, QUESTIONS = (f"tracking/stats/{name}.py" for name in ("groups", "parts", "questions"))
PROPERTY = "sql/queries/stats_breakdown_property.sql"
OVERLAP, RETURNING, TRODDEN = (f"tracking/stats/{name}.py" for name in ("overlap", "returning", "trodden"))
RULE = ("tests/stats/test_groups.py",)
BOTH = ("tests/stats/test_overlap.py",)
AGAIN = ("tests/stats/test_returning.py",)

MUTANTS = [
    Mutant(GROUPS, 'grant.kind == "source" or small_group == 1', "small_group == 1", "a source sees what it could export in steps", RULE),
    Mutant(GROUPS, 'grant.kind == "source" or small_group == 1', "True", "nobody is bound", RULE),
    Mutant(GROUPS, "return number - number % (k or 1)", "return number", "a number is told as it is", RULE),
    Mutant(GROUPS, "[period.start, min(period.end, today)]", "[period.start, period.end]", "today is told as it grows", RULE),
    Mutant(QUESTIONS, "groups.past_days(period, decided.timezone)", "groups.past_days(period, timezone)",
           "days of two timezones differ by a quarter of an hour", RULE),
    Mutant(QUESTIONS, "    if small_group and isinstance(query, BreakdownQuery) and query.of_property:", "    if False:",
           "a quarter of an hour is asked by a property", RULE),
    Mutant(PARTS, "told(total, k) - sum", "total - sum", "the rest is told by one", RULE),
    Mutant(PROPERTY, "events - events %% %(step)s as events", "events", "events are told by one", RULE),
    Mutant(PROPERTY, "creators - creators %% %(step)s as creators", "creators", "people are told by one", RULE),
    Mutant(PROPERTY, "     where creators >= %(step)s\n", "", "a value that one person has is told", RULE),
    Mutant(PROPERTY, "count(*) over () as parts\n      from found", "(select count(*) from found) as parts\n      from found",
           "how many rare values there are is told", RULE),
    Mutant("tracking/stats/counting.py", "uniques=uniques or step > 1", "uniques=uniques", "without people none are folded", RULE),
    Mutant("tracking/stats/answers.py", 'if k := answer.payload.get("small_groups"):', "if k := None:", "CSV does not say that it is rounded", RULE),
    Mutant(OVERLAP, "both = told(found.both, k)", "both = found.both", "people who did both are told by one", RULE),
    Mutant(OVERLAP, "        counting.refuse(other.receivers, period)\n", "        pass\n", "who may not see a receiver is told zeros of it", BOTH),
    Mutant(OVERLAP, "    if any(counting.gone(period, names=side.names, receivers=side.receivers) for side in (one, other)):", "    if False:",
           "what is not known is told as none", BOTH),
    Mutant("tracking/stats/scope.py", "one.names if other is None else other", "other", "what b does not name is any name", BOTH),
    Mutant("tracking/stats/scope.py", "None if one is None or other is None else sorted({*one, *other})", "one",
           "the events of side b are not loaded", BOTH),
    Mutant(TRODDEN, "walked.people[of_receiver[walked.receiver] & of_kind[walked.kind]]", "walked.people[of_receiver[walked.receiver]]",
           "trails know no names of a side", BOTH),
    Mutant("tracking/trails/crowds.py", "np.count_nonzero(seen[0] & seen[1])", "np.count_nonzero(seen[0] | seen[1])", "either is told as both",
           ("tests/stats/test_crowds.py",)),
    Mutant("sql/queries/stats_overlap.sql", "count(*) filter (where is1 and is2) as both", "count(*) filter (where is1 or is2) as both",
           "either is told as both", BOTH),
    Mutant(RETURNING, "again = told(found.both, k)", "again = found.both", "people who returned are told by one", RULE),
    Mutant(RETURNING, "LOOKS_BACK = timedelta(days=365)", "LOOKS_BACK = timedelta(days=36)", "a person of spring is new in summer", AGAIN),
    Mutant(RETURNING, "if not counting.gone(longer, edges=_edges(question, since)):", "if True:", "what is not known is told as new", AGAIN),
    Mutant("sql/queries/stats_returning.sql", "bool_or(occurred_at < %(split)s::timestamptz)", "bool_or(occurred_at <= %(split)s::timestamptz)",
           "the first moment of the period is before it", AGAIN),
    Mutant(TRODDEN, "walked.quarters >= split", "walked.quarters > split", "the first moment of the period is before it", AGAIN),
    Mutant("tracking/stats/questions.py", "or (isinstance(query, SummaryQuery) and query.returning)", "",
           "new people are those of another moment", AGAIN),
]  # fmt: skip
