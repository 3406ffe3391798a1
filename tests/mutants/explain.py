"""Bugs in the parts of a number, and in who may see them."""

from mutants import Mutant

EXPLAIN, GATHERING, RULING = (f"tracking/stats/{name}.py" for name in ("explain", "gathering", "ruling"))
SCOPE, PARTED, LEFT_OUT, RESTATED = (
    f"sql/queries/stats_{name}.sql" for name in ("scope", "parted", "left_out", "restated")
)
SUMS, SAID, MEANWHILE = (f"tests/stats/test_{name}.py" for name in ("explain_recount", "explain", "explain_meanwhile"))

MUTANTS = [
    Mutant(EXPLAIN, "least = question.small_group or 0", "least = 0", "a customer sees hours of one person", (SAID,)),
    Mutant(EXPLAIN, "known = dropped is None or start >= dropped", "known = True", "what was dropped is told as if nothing was there", (SUMS,)),
    Mutant(EXPLAIN, "one.left_out[row.excluded] += row.events", "one.left_out[row.excluded] += 1", "many repeats are told as one", (SUMS,)),
    Mutant(EXPLAIN, 'if grant.kind != "source" or query', "if query", "a customer sees what others' events became", (SAID,)),
    Mutant(GATHERING, "if part.is_empty or len(part.people) >= least:", "if len(part.people) >= 0:",
           "hours of few people are not put together", (SAID,)),
    Mutant(GATHERING, "start, part = first, before + part", "start, part = first, part", "what is put together is lost", (SAID,)),
    Mutant(GATHERING, "Counter(self.left_out) + Counter(other.left_out) if known else None", "Counter(self.left_out) if known else None",
           "a sum has the reasons of its first part", (SAID,)),
    Mutant(RULING, "if everything or name in STANDARD", "if name", "a customer reads the whole catalogue", (SAID,)),
    Mutant(SCOPE, "       and excluded is not null\n", "", "all rows are read, also those that count", (SAID,)),
    Mutant(PARTED, "select width_bucket(occurred_at, %(edges)s::timestamptz[]), source, 1, creator",
           "select width_bucket(received_at, %(edges)s::timestamptz[]), source, 1, creator",
           "no time but the arrival is known, and the query fails", (SUMS,)),
    Mutant(LEFT_OUT, "count(*) as events", "count(distinct occurred_at) as events", "two at one moment are one", (SAID,)),
    Mutant(RESTATED, "     and day <= %(told_until)s::date\n", "", "later days' restatements are told", (SAID,)),
    Mutant("tracking/stats/questions.py", "NOTHING_KEPT if _sums(self.query) else self.counts.memo", "self.counts.memo",
           "parts are of several moments, and do not sum", (SAID,)),
    Mutant("tracking/stats/questions.py", "            return answer(self.opened(connection, scope, as_of))\n        return said", "            pass\n        return said",
           "what was dropped in the middle of an answer is told as if nothing was there", (MEANWHILE,)),
    Mutant("sql/queries/explain_own_types.sql", "          or receiver_type = any (%(types)s::text[]))", "          or true)",
           "a customer reads of types that are not theirs", (SAID,)),
]  # fmt: skip
