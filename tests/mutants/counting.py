"""Bugs that change a rule of docs/counting.md: a vector differs."""

from mutants import Mutant
from tracking.conformance.vectors import files

SECTIONS = {file.name.partition("-")[0].lstrip("0"): file.stem for file in files()}


def vectors(section: int) -> tuple[str, ...]:
    """The test of a section's vectors."""
    return (f"tests/conformance/test_vectors.py::test_events_in_counts_out[{SECTIONS[str(section)]}-batched]",)


VERSION = ("tests/conformance/test_version.py",)
GUARD, CEILING, INGEST = (f"sql/functions/{name}.sql" for name in ("double_fires", "beyond_ceiling", "ingest"))
ADMIT, BOTS, PIXEL = (f"tracking/ingest/{name}.py" for name in ("admit", "bots", "pixel"))

MUTANTS = [
    Mutant(GUARD, "tstzrange(t, t + w) as during", "tstzrange(t, t + w, '[]') as during",
           "rule 3.3: the very end of a window is a repeat", vectors(3)),
    Mutant(ADMIT, "if rule.seconds and (rule.is_known or is_client):", "if rule.seconds:",
           "rule 3.9: a backend's names have a window that nobody gave them", vectors(3)),
    Mutant(ADMIT, 'return _digest("" if rule.across_sources else source, creator, receiver, name)',
           'return _digest("", creator, receiver, name)', "rule 3.8: a source makes another's event a repeat", vectors(3)),
    Mutant(ADMIT, 'return _digest("" if rule.across_sources else source, creator, receiver, name)',
           'return _digest("" if rule.across_sources else source, creator, receiver, name.partition("__")[0])',
           "rule 3.6: two custom clicks at once are one", vectors(3)),
    Mutant("tracking/catalogue/windows.py", "windowed = own if own.seconds is not None else of_action", "windowed = of_action if of_action.seconds is not None else own",
           "rule 3.10: a name's own window is not heeded", vectors(3)),
    Mutant(CEILING, "where before + turn > m;", "where before + turn >= m;", "rule 4.1: the hundredth does not count", vectors(4)),
    Mutant(CEILING, "           and verdict = 'accepted'\n", "", "rule 4.4: a repeat takes a place", vectors(4)),
    Mutant(ADMIT, 'event.receiver, event.name.partition("__")[0])', "event.receiver, event.name)",
           "rule 4.2: invented details have a ceiling each", vectors(4)),
    Mutant(ADMIT, "if is_client and rule.per_day:", "if rule.per_day:", "rule 4.5: a backend has a ceiling", vectors(4)),
    Mutant(INGEST, "coalesce(sent.e, case when person.id_is_person and sent.ri = sent.c", "coalesce(sent.e, case when sent.ri = sent.c",
           "rule 5.3: a flat that is called like the person is own", vectors(5)),
    Mutant(INGEST, "when event_id is null then 'duplicate' else coalesce(excluded, 'accepted')",
           "when excluded is null and event_id is null then 'duplicate' else coalesce(excluded, 'accepted')",
           "rule 1.3: a crawler's retry is a bot again", vectors(1)),
    Mutant(BOTS, 'self._known[agent] = "bot" if kind(agent) != "person" else None', 'self._known[agent] = "bot" if kind(agent) == "crawler" else None',
           "rule 6.1: a tool in the context counts", vectors(6)),
    Mutant(BOTS, "len(self._known) >= self._most:", "len(self._known) > self._most:", "rule 6.5: eleven agents are looked at", vectors(6)),
    Mutant(PIXEL, """startswith(("prefetch", "preview"))""", """startswith(("prefetch", "preview "))""", "rule 7.1: a preview counts", vectors(7)),
    Mutant(ADMIT, "if event.occurred_at > self.newest:", "if event.occurred_at >= self.newest:", "rule 9.3: the last instant is rejected", vectors(9)),
    Mutant(ADMIT, "if event.occurred_at < self.oldest:", "if event.occurred_at <= self.oldest:", "rule 9.2: the first instant is rejected", vectors(9)),
    Mutant("tracking/stats/periods.py", "return day + timedelta(days=7 - day.weekday())", "return day + timedelta(days=7)",
           "rule 10.3: a week begins on any day", vectors(10)),
    Mutant("sql/queries/stats_funnel.sql", "then (select min(t) from unnest(also2) as t where t > t1) end) as t2", "then (select min(t) from unnest(also2) as t where t >= t1) end) as t2",
           "rule 12.3: one event is two steps", vectors(12)),
    Mutant("sql/queries/stats_funnel.sql", "then (select min(t) from unnest(only2) as t where t >= t1) end,", "then (select min(t) from unnest(only2) as t where t > t1) end,",
           "rule 12.4: at the same instant nothing is later", vectors(12)),
    Mutant("tracking/conformance/defaults.json", '{"name": "click", "repeat_window_seconds": 2}', '{"name": "click", "repeat_window_seconds": 3}',
           "the page and conform tell another window than a new deployment has", VERSION),
    Mutant(BOTS, "MOST = 10", "MOST = 11", "a rule is another one, and the version the same", VERSION),
    Mutant("tracking/stats/answers.py", '    response.headers["Counting-Standard"] = VERSION\n', "",
           "a table does not say by which rules it was counted", ("tests/stats/test_answers.py",)),
]  # fmt: skip
