"""Bugs in the rule of small groups, and in what is told of two groups at once."""

from mutants import Mutant

GROUPS, PARTS, QUESTIONS = (f"tracking/stats/{name}.py" for name in ("groups", "parts", "questions"))
PROPERTY = "sql/queries/stats_breakdown_property.sql"
RULE = ("tests/stats/test_groups.py",)

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
]  # fmt: skip
