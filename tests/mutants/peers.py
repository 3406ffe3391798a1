"""Bugs in how receivers are held beside similar ones."""

from mutants import Mutant

COHORTS = "tracking/peers/cohorts.py"
PURE = ("tests/peers/test_cohorts.py",)
ATTACK = ("tests/peers/test_attack.py",)
NIGHTLY = ("tests/peers/test_nightly.py",)
TOLD = ("tests/peers/test_told.py",)

MUTANTS = [
    Mutant(
        COHORTS,
        "self._numbers = bands.middles(np.array([row.numbers for row in rows], np.int64).reshape(-1, len(STEPS)))",
        "self._numbers = np.array([row.numbers for row in rows], np.int64).reshape(-1, len(STEPS)).astype(float)",
        "rates tell of others' numbers beyond their band",
        ATTACK,
    ),
    Mutant(
        COHORTS,
        "float(values[(receivers - 1) * n // 4]) for n in (1, 2, 3)",
        "float(np.quantile(values, n / 4)) for n in (1, 2, 3)",
        "a quartile between two receivers is a mean of both",
        PURE,
    ),
    Mutant(
        COHORTS,
        "(middle - first + 0.5) / (end - first)",
        "0.5",
        "a difference is from the middle of the band",
        PURE,
    ),
    Mutant(
        COHORTS,
        "(middle - first + 0.5) / (end - first)",
        "(middle - first) / (end - first)",
        "one that is alone in its band lies at its lower edge",
        PURE,
    ),
    Mutant(
        COHORTS, "self._codes != owner]", "self._codes != -2]", "the asking owner's own receivers make a cohort", PURE
    ),
    Mutant(
        COHORTS,
        "self._values[self._owners != owner]",
        "self._values[self._owners != -2]",
        "the asking owner's own numbers are in the median",
        PURE,
    ),
    Mutant(
        COHORTS,
        "counts.max() > LARGEST_SHARE",
        "counts.min() > LARGEST_SHARE",
        "one owner's receivers are told as a cohort",
        PURE,
    ),
    Mutant(
        "sql/queries/peers_count.sql",
        "and not exists (select",
        "and exists (select",
        "no age is ever counted",
        NIGHTLY,
    ),
    Mutant(
        "sql/queries/peers_seen.sql",
        "   and first_day < %(today)s::date\n",
        "",
        "a day that is not over is an age",
        NIGHTLY,
    ),
    Mutant(
        "sql/queries/peers_seen.sql",
        "where shown_owner is not null",
        "where owner is not null",
        "people are compared",
        NIGHTLY,
    ),
    Mutant(
        "tracking/peers/nightly.py",
        "        if counted_on == today:\n            return 0\n",
        "",
        "an answer changes during the day",
        NIGHTLY,
    ),
    Mutant(
        "tracking/peers/nightly.py",
        "with db.connect(url) as connection, connection.transaction():",
        "with db.connect(url) as connection:",
        "a night that is broken off leaves half of it",
        NIGHTLY,
    ),
    Mutant(
        "sql/queries/peers_told.sql",
        "case when peers.owner = shown_owner then comparison end as comparison",
        "comparison",
        "a new owner reads what the one before was told",
        TOLD,
    ),
]
